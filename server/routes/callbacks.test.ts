import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})
afterAll(() => harness.close())

describe('callbacks over REST', () => {
  it('are asked for, listed, looked at and taken back, in the name of who asked', async () => {
    const wishes = { preferredAgents: [{ agentId: 'ada', score: 90 }], avoidAgents: ['eve'] }
    const steps = [{ expression: 'billing >= 5', afterMs: 20_000 }]
    const body = {
      ...{ number: '+442079460000', name: 'Ada Byron', priority: 5, attributes: { tier: 'gold' } },
      ...{ ...wishes, steps, callId: 'c1', enqueuedAt: '2026-11-29T09:30:00Z' },
    }
    const made = await harness.as('crm', 'POST', '/queues/support/callbacks', body)
    expect(made).toMatchObject({ status: 200, json: { queueId: 'support', number: body.number, actor: 'user:crm' } })
    const { id } = made.json as { id: string }
    expect(harness.engine.asked).toContainEqual(['callback', 'support', { ...body, actor: 'user:crm' }])
    const page = { items: [{ id }], next: null }
    expect((await harness.as('sue', 'GET', '/queues/support/callbacks')).json).toMatchObject(page)
    expect((await harness.as('sue', 'GET', '/callbacks')).json).toMatchObject(page)
    expect((await harness.as('sue', 'GET', '/queues/sales/callbacks')).json).toEqual({ items: [], next: null })
    expect((await harness.as('sue', 'GET', `/callbacks/${id}`)).json).toMatchObject({ id, state: 'waiting' })
    expect((await harness.as('sue', 'DELETE', `/callbacks/${id}?reason=solved`)).status).toBe(204)
    expect(harness.engine.asked).toContainEqual(['cancelCallback', id, { actor: 'user:sue', reason: 'solved' }])
    expect(await harness.as('sue', 'DELETE', `/callbacks/${id}`)).toMatchObject({
      status: 404,
      json: { code: 'callback.unknown' },
    })
  })

  it.each([
    ['/queues/support/callbacks', { number: '+1900' }, 403, 'outbound.denied'],
    ['/queues/nowhere/callbacks', { number: '+442079460000' }, 404, 'queue.unknown'],
    ['/queues/support/callbacks', { number: '1' }, 400, 'request.invalid'],
    ['/queues/support/callbacks', { number: '+442079460000', to: 'boss' }, 400, 'request.invalid'],
    ['/queues/support/callbacks', { number: '+442079460000', preferredAgents: ['ada'] }, 400, 'request.invalid'],
    ['/queues/support/callbacks', {}, 400, 'request.invalid'],
  ])('%s %j is refused: %s', async (path, body, status, code) => {
    expect(await harness.as('sue', 'POST', path, body)).toMatchObject({ status, json: { code } })
  })

  // What stands in the INVITE to a phone, in records and in logs has none.
  it.each([
    { number: '+44\r\n20' },
    { name: 'Ada\u0000' },
    { name: 'Ada\r\nX-Evil: 1' },
    { requirements: 'billing\u001b' },
    { steps: [{ expression: 'billing\n', afterMs: 1 }] },
    { preferredAgents: [{ agentId: 'ada\u0000' }] },
    { preferredAgents: [{ agentId: 'ada', until: '\u0000' }] },
    { avoidAgents: ['eve\u0000'] },
    { callId: 'c1\u0000' },
    { notBefore: '\u007f' },
    { enqueuedAt: '\t' },
  ])('are not asked for with control characters: %j', async odd => {
    const reply = await harness.as('sue', 'POST', '/queues/support/callbacks', { number: '+442079460000', ...odd })
    expect(reply).toMatchObject({ status: 400, json: { code: 'request.invalid' } })
  })

  it('are not taken back for a reason that has control characters', async () => {
    const reply = await harness.as('sue', 'DELETE', '/callbacks/cb-1?reason=a%0D%0Ab')
    expect(reply).toMatchObject({ status: 400, json: { code: 'request.invalid' } })
  })
})
