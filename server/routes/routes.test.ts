/** What the routes do with the engine, by way of HTTP. */

import { Value } from 'typebox/value'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AgentReply, DeviceReply } from '../api/agents.ts'
import { CallReply } from '../api/calls.ts'
import { Page, ProblemDocument } from '../api/common.ts'
import { HoursReply } from '../api/hours.ts'
import { QueueExplanationReply, QueueReply } from '../api/queues.ts'
import { createHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.close())

describe('opening hours', () => {
  it('are shown, overridden by a supervisor in their name, and handed back', async () => {
    const before = await harness.as('ada', 'GET', '/hours/office')
    expect([...Value.Errors(HoursReply, before.json)]).toEqual([])
    expect(before.json).toMatchObject({ open: true, override: null })
    const until = '2999-01-01T00:00:00Z'
    const body = { state: 'closed', until, reason: 'storm' }
    const closed = await harness.as('sue', 'PUT', '/hours/office/override', body)
    expect([...Value.Errors(HoursReply, closed.json)]).toEqual([])
    expect(closed.json).toMatchObject({ open: false, override: { state: 'closed', actor: 'user:sue', until } })
    expect((await harness.as('crm', 'GET', '/hours')).json).toMatchObject({ items: [{ id: 'office', open: false }] })
    await harness.as('sue', 'PUT', '/hours/office/override', { state: null })
    expect((await harness.as('sue', 'GET', '/hours/office/override')).json).toMatchObject({ override: null })
  })

  it('refuse what makes no sense', async () => {
    expect((await harness.as('sue', 'PUT', '/hours/none/override', { state: 'open' })).json).toMatchObject({
      code: 'hours.unknown',
    })
    for (const body of [{}, { state: 'ajar' }, { state: 'open', for: 'ever' }, { state: 'closed', reason: 'a\u0000' }])
      expect((await harness.as('sue', 'PUT', '/hours/office/override', body)).status).toBe(400)
  })
})

describe('queues and agents', () => {
  it('fit their schemas', async () => {
    const queues = await harness.as('crm', 'GET', '/queues')
    expect([...Value.Errors(Page(QueueReply), queues.json)]).toEqual([])
    expect(queues.json).toMatchObject({ items: [{ id: 'support', name: 'Support' }, { id: 'sales' }] })
    const why = await harness.as('sue', 'GET', '/queues/support/explain')
    expect([...Value.Errors(QueueExplanationReply, why.json)]).toEqual([])
    const agents = await harness.as('sue', 'GET', '/agents')
    expect([...Value.Errors(Page(AgentReply), agents.json)]).toEqual([])
    expect((await harness.as('ada', 'GET', '/agents')).json).toMatchObject({ items: [{ id: 'ada' }] })
  })

  it('answer 404 for what is not there', async () => {
    const queue = await harness.as('root', 'GET', '/queues/none')
    expect(queue.status).toBe(404)
    expect([...Value.Errors(ProblemDocument, queue.json)]).toEqual([])
    expect((await harness.as('root', 'GET', '/queues/none/explain')).status).toBe(404)
    expect((await harness.as('root', 'GET', '/agents/none')).json).toMatchObject({ code: 'agent.unknown' })
    expect((await harness.as('root', 'PUT', '/agents/none/state', { availability: 'available' })).status).toBe(404)
  })

  it('sign an offline agent in by setting its state, with the reason', async () => {
    const away = { availability: 'notReady', reason: 'lunch' }
    const reply = await harness.as('ada', 'PUT', '/agents/ada/state', away)
    expect(reply.json).toMatchObject({ session: 'online', availability: 'notReady', reason: 'lunch' })
    await harness.as('sue', 'PUT', '/agents/ada/state', { availability: 'available' })
    expect(harness.engine.asked).toEqual([
      ['signIn', 'ada', { availability: 'notReady', actor: 'user:ada' }],
      ['setAvailability', 'ada', 'notReady', { actor: 'user:ada', reason: 'lunch' }],
      ['setAvailability', 'ada', 'available', { actor: 'user:sue' }],
    ])
  })

  it('sign in and out', async () => {
    await harness.as('ada', 'PUT', '/agents/ada/session', { session: 'online', availability: 'available' })
    await harness.as('ada', 'PUT', '/agents/ada/session', { session: 'offline' })
    expect(harness.engine.asked).toEqual([
      ['signIn', 'ada', { actor: 'user:ada', availability: 'available' }],
      ['signOut', 'ada', { actor: 'user:ada' }],
    ])
  })

  it('complete wrap-up without a body, and refuse it when there is none', async () => {
    const reply = await harness.as('ada', 'POST', '/agents/ada/wrap-up/complete')
    expect(reply.status).toBe(409)
    expect(reply.json).toMatchObject({ code: 'agent.conflict' })
    await harness.as('ada', 'POST', '/agents/ada/wrap-up/complete', { disposition: 'sold' })
    expect(harness.engine.asked.at(-1)).toEqual(['completeWrapUp', 'ada', { actor: 'user:ada', disposition: 'sold' }])
  })

  it('say how a call went, ask for a wrap-up and for more of it, join and leave queues, choose a phone', async () => {
    const asked = [
      ['ada', 'PUT', '/agents/ada/wrap-up', { notes: 'n' }, ['noteWrapUp', 'ada', { actor: 'user:ada', notes: 'n' }]],
      ['ada', 'POST', '/agents/ada/wrap-up/request', undefined, ['askWrapUp', 'ada', { actor: 'user:ada' }]],
      ['ada', 'POST', '/agents/ada/wrap-up/extend', undefined, ['extendWrapUp', 'ada', { actor: 'user:ada' }]],
      [
        'sue',
        'POST',
        '/agents/ada/wrap-up/extend',
        { byMs: 5000 },
        ['extendWrapUp', 'ada', { actor: 'user:sue', byMs: 5000 }],
      ],
      [
        'ada',
        'PUT',
        '/agents/ada/queues/support',
        { signedIn: false },
        ['setQueue', 'ada', 'support', false, { actor: 'user:ada' }],
      ],
      ['ada', 'PUT', '/agents/ada/device', { deviceId: 'desk1' }, ['setDevice', 'ada', 'desk1', { actor: 'user:ada' }]],
    ] as const
    for (const [who, method, path, body, call] of asked) {
      const reply = await harness.as(who, method, path, body)
      expect([...Value.Errors(AgentReply, reply.json)], path).toEqual([])
      expect(harness.engine.asked.at(-1)).toEqual(call)
    }
    for (const [method, path, body] of [
      ['PUT', '/agents/ada/queues/support', {}],
      ['PUT', '/agents/ada/device', { deviceId: 7 }],
      ['POST', '/agents/ada/wrap-up/extend', { byMs: 1 }],
    ] as const)
      expect((await harness.as('ada', method, path, body)).status, path).toBe(400)
    expect((await harness.as('ada', 'PUT', '/agents/grace/queues/support', { signedIn: false })).status).toBe(403)
    expect((await harness.as('crm', 'PUT', '/agents/ada/device', { deviceId: null })).status).toBe(403)
    const phones = await harness.as('ada', 'GET', '/devices')
    expect([...Value.Errors(Page(DeviceReply), phones.json)]).toEqual([])
  })
})

describe('calls', () => {
  const endedAt = '2099-01-05T11:00:00.000Z'
  const pagesOf = async (query: string) => {
    const pages: string[][] = []
    let next: string | null = null
    do {
      const before: string = next === null ? '' : `&before=${encodeURIComponent(next)}`
      const { json } = await harness.as('sue', 'GET', `/calls?${query}${before}`)
      const page = json as { items: { callId: string }[]; next: string | null }
      pages.push(page.items.map(call => call.callId))
      next = page.next
    } while (next !== null)
    return pages
  }

  it('come live first, newest first, in pages', async () => {
    for (const id of ['01', '02', '05']) harness.engine.addCall({ callId: id, endedAt })
    for (const id of ['03', '04']) harness.engine.addCall({ callId: id })
    expect(await pagesOf('limit=50')).toEqual([['04', '03', '05', '02', '01']])
    expect(await pagesOf('limit=1')).toEqual([['04'], ['03'], ['05'], ['02'], ['01']])
    expect(await pagesOf('limit=2')).toEqual([['04', '03'], ['05', '02'], ['01']])
    expect(await pagesOf('limit=3')).toEqual([
      ['04', '03', '05'],
      ['02', '01'],
    ])
    expect(await pagesOf('limit=5')).toEqual([['04', '03', '05', '02', '01']])
  })

  it('can be narrowed to a queue and an agent; an agent sees its own', async () => {
    harness.engine.addCall({ callId: '01', endedAt, queueId: 'sales', agentId: 'grace' })
    harness.engine.addCall({ callId: '02', queueId: 'support', agentId: 'ada' })
    harness.engine.addCall({ callId: '03', queueId: 'support' })
    expect(await pagesOf('queue=sales')).toEqual([['01']])
    expect(await pagesOf('agent=ada')).toEqual([['02']])
    expect((await harness.as('ada', 'GET', '/calls')).json).toMatchObject({ items: [{ callId: '02' }], next: null })
  })

  it('are found by the SIP Call-ID of a leg, live and ended', async () => {
    const legs = [{ sipCallId: 'of-adas-phone', party: 'agent:ada', at: endedAt }]
    harness.engine.addCall({ callId: '01', endedAt, sipCallId: 'one' })
    harness.engine.addCall({ callId: '02', sipCallId: 'two', legs })
    expect(await pagesOf('sipCallId=one')).toEqual([['01']])
    expect(await pagesOf('sipCallId=two')).toEqual([['02']])
    expect(await pagesOf('sipCallId=of-adas-phone')).toEqual([['02']])
    expect(await pagesOf('sipCallId=three')).toEqual([[]])
  })

  it('are not looked for by a SIP Call-ID that no database can keep', async () => {
    for (const sipCallId of ['%00', 'a%00b', 'a%0Ab', 'a%1F', '%7F', '']) {
      const reply = await harness.as('sue', 'GET', `/calls?sipCallId=${sipCallId}`)
      expect(reply.status, sipCallId).toBe(400)
      expect(reply.json, sipCallId).toMatchObject({ status: 400, code: 'request.invalid' })
    }
    expect(await pagesOf('sipCallId=z%C3%BCrich%20%221%22')).toEqual([[]])
  })

  it.each([
    '/calls?queue=%00',
    '/calls?agent=a%00',
    '/calls?before=%1F',
    '/calls/%00',
    '/calls/a%00/explain',
    '/voicemail?before=%00',
    '/voicemail?mailbox=a%00',
  ])('are not looked for by what no database can keep, nor are messages: %s', async path => {
    const reply = await harness.as('sue', 'GET', path)
    expect(reply).toMatchObject({ status: 400, json: { status: 400, code: 'request.invalid' } })
  })

  it('are shown to nobody who signs in under a name that no database can keep, and that is no attempt', async () => {
    for (let i = 0; i < 12; i++) {
      const reply = await harness.as('root', 'POST', '/session', { username: 'a\u0000', password: 'x' })
      expect(reply).toMatchObject({ status: 400, json: { code: 'request.invalid' } })
    }
  })

  it('show everything that happened to one', async () => {
    harness.engine.addCall({ callId: 'c1' })
    harness.engine.emit('call.held', { callId: 'c1', by: 'agent' })
    harness.engine.emit('call.held', { callId: 'c2', by: 'agent' })
    harness.engine.emit('call.retrieved', { callId: 'c1', by: 'agent', heldMs: 5 })
    const reply = await harness.as('sue', 'GET', '/calls/c1')
    expect([...Value.Errors(CallReply, reply.json)]).toEqual([])
    expect(reply.json).toMatchObject({
      callId: 'c1',
      timeline: [
        { cursor: '1', type: 'call.held' },
        { cursor: '3', type: 'call.retrieved', data: { heldMs: 5 } },
      ],
    })
    expect((await harness.as('sue', 'GET', '/calls/c9')).status).toBe(404)
    expect((await harness.as('sue', 'GET', '/calls/c1/explain')).json).toMatchObject({ summary: 'It waits.' })
    expect((await harness.as('sue', 'GET', '/calls/c1/explain?agentId=ada')).json).toMatchObject({
      summary: 'It waits.',
      agent: { agentId: 'ada', moments: [] },
    })
    const unknown = await harness.as('sue', 'GET', '/calls/c1/explain?agentId=nobody')
    expect(unknown).toMatchObject({ status: 404, json: { code: 'agent.unknown' } })
    expect((await harness.as('sue', 'GET', '/calls/c1/explain?agentId=')).status).toBe(
      (await harness.as('sue', 'GET', '/calls?agent=a%00')).status,
    )
  })

  it('are handed over by a supervisor, and by the agent who has it', async () => {
    harness.engine.addCall({ callId: 'c1', agentId: 'ada' })
    harness.engine.addCall({ callId: 'c2', agentId: 'bob', fromAgentId: 'ada' })
    harness.engine.addCall({ callId: 'c3', fromAgentId: 'ada' })
    const path = '/calls/c1/transfer'
    expect((await harness.as('sue', 'POST', path, { to: { queue: 'support' } })).json).toMatchObject({ callId: 'c1' })
    expect((await harness.as('ada', 'POST', path, { to: { number: '+44' }, kind: 'blind' })).status).toBe(200)
    expect((await harness.as('ada', 'POST', '/calls/c2/transfer', { to: { agent: 'x' } })).status).toBe(403)
    // Her own call, to somebody outside.
    expect((await harness.as('ada', 'POST', '/calls/c3/transfer', { to: { agent: 'x' } })).status).toBe(200)
    expect((await harness.as('crm', 'POST', path, { to: { agent: 'x' } })).status).toBe(403)
    const toQueue = (priority: number) => ({ to: { queue: 'support', priority } })
    for (const body of [
      {},
      { to: {} },
      { to: { agent: 'x', queue: 'y' } },
      { to: { agent: 'x' }, kind: 'attended' },
      toQueue(101),
    ])
      expect((await harness.as('sue', 'POST', path, body)).status).toBe(400)
    expect((await harness.as('sue', 'POST', path, toQueue(100))).status).toBe(200)
    expect(harness.engine.asked).toEqual([
      ['transfer', 'c1', { queue: 'support' }, { actor: 'user:sue' }],
      ['transfer', 'c1', { number: '+44' }, { actor: 'user:ada' }],
      ['transfer', 'c3', { agent: 'x' }, { actor: 'user:ada' }],
      ['transfer', 'c1', { queue: 'support', priority: 100 }, { actor: 'user:sue' }],
    ])
  })

  it('take attributes and hang up', async () => {
    harness.engine.addCall({ callId: 'c1' })
    const patched = await harness.as('crm', 'PATCH', '/calls/c1', { attributes: { crmId: '7' } })
    expect(patched.json).toMatchObject({ callId: 'c1', attributes: { crmId: '7' } })
    expect((await harness.as('sue', 'POST', '/calls/c1/hangup')).status).toBe(204)
    expect(harness.engine.asked).toEqual([
      ['setAttributes', 'c1', { crmId: '7' }, { actor: 'user:crm' }],
      ['hangup', 'c1', { actor: 'user:sue' }],
    ])
    harness.engine.addCall({ callId: 'old', endedAt })
    expect((await harness.as('sue', 'POST', '/calls/old/hangup')).status).toBe(404)
  })
})

describe('events', () => {
  it('come by cursor, in pages', async () => {
    for (let i = 0; i < 5; i++) harness.engine.emit('call.held', { callId: `c${i}`, by: 'agent' })
    const cursors = (json: unknown) => (json as { items: { cursor: string }[] }).items.map(event => event.cursor)
    const first = await harness.as('crm', 'GET', '/events?limit=3')
    expect(cursors(first.json)).toEqual(['1', '2', '3'])
    expect(first.json).toMatchObject({ next: '3' })
    const second = await harness.as('crm', 'GET', '/events?after=3&limit=3')
    expect(cursors(second.json)).toEqual(['4', '5'])
    expect(second.json).toMatchObject({ next: null })
    expect((await harness.as('crm', 'GET', '/events?after=x')).status).toBe(400)
  })
})

describe('center', () => {
  const put = (payload: string, type = 'application/yaml') =>
    harness.app.inject({
      method: 'PUT',
      url: '/api/v1/center',
      headers: { authorization: `Bearer ${harness.tokenOf('root')}`, 'content-type': type },
      payload,
    })

  it('is read as JSON and as YAML, and takes back what it gave', async () => {
    expect((await harness.as('root', 'GET', '/center')).json).toMatchObject({ timeZone: 'Europe/London' })
    const yaml = await harness.app.inject({
      url: '/api/v1/center',
      headers: { authorization: `Bearer ${harness.tokenOf('root')}`, accept: 'application/yaml' },
    })
    expect(yaml.headers['content-type']).toContain('application/yaml')
    expect(yaml.body).toContain('timeZone: Europe/London')
    const again = await put(yaml.body)
    expect(again.statusCode).toBe(200)
    expect(again.json()).toMatchObject({ queues: [{ id: 'support' }, { id: 'sales' }] })
  })

  it('gives agents with a password an account, never shows it, and ends the sessions of those who are gone', async () => {
    const applied = await put('agents: [{ id: linus, password: tux }]\n')
    expect(applied.statusCode).toBe(200)
    expect(applied.body).not.toContain('tux')
    const credentials = { username: 'linus', password: 'tux' }
    const session = await harness.app.inject({ method: 'POST', url: '/api/v1/session', payload: credentials })
    expect(session.json()).toMatchObject({ role: 'agent', agentId: 'linus' })
    // Ada was an agent before and is none now.
    expect((await harness.as('ada', 'GET', '/queues')).status).toBe(401)
    expect((await put('{}', 'application/json')).statusCode).toBe(200)
    const gone = await harness.app.inject({ method: 'POST', url: '/api/v1/session', payload: credentials })
    expect(gone.statusCode).toBe(401)
  })

  it('applies nothing of a definition with a fault, and says where it is', async () => {
    const unknown = await put('queues: [{ id: a, strategy: psychic }]')
    expect(unknown.statusCode).toBe(422)
    expect(unknown.json()).toMatchObject({
      code: 'config.invalid',
      problems: [{ path: 'queues[0].strategy', value: 'psychic' }],
    })
    expect((await put('queues: [')).json()).toMatchObject({ status: 422, code: 'config.invalid' })
    expect((await put('{"agents":[{"id":"admin","password":"x"}]}', 'application/json')).statusCode).toBe(422)
    expect(harness.engine.asked).toEqual([])
    expect((await harness.as('ada', 'GET', '/queues')).status).toBe(200)
  })
})
