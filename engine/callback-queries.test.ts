/** What a whole center tells of a callback: asked for, in line, tried, given up or connected. */
import { expect, it } from 'vitest'
import { createTestCenter, number, outside, trunks } from './calls/testing/test-center.ts'
import { timeOfId } from './ids.ts'

it('tells the way of a callback from its beginning, open or over, and with the calls that were made for it', async () => {
  const center = await createTestCenter({
    queues: [{ id: 'q', wrapUpMs: 0, callback: { mode: 'agent-first', retryMs: 60_000, maxAttempts: 2 } }],
    agents: [{ id: 'ada', name: 'Ada Byron', queues: ['q'] }],
    numbers: [{ match: 'n', queue: 'q' }],
    trunks: [...trunks],
    outbound: [...outside],
    countryCode: '44',
    media: { timeoutMs: 0 },
  })
  const { world } = center
  const { engine } = world
  center.react({ kind: 'refuse', ringAfterMs: 100, afterMs: 1_000, status: 486 })
  const { id } = engine.callbacks.request('q', { number })
  expect(timeOfId(id)).toBe(Date.parse(engine.callbacks.get(id).requestedAt))
  await world.run(10_000)
  expect(await engine.callbacks.explain(id)).toMatchObject({
    ...{ callbackId: id, queueId: 'q', number, summary: 'Position 1. It waits for an agent.' },
    moments: [{ afterMs: 0, callId: null, words: expect.stringMatching(/^embedder asked for a call back to \+44/) }],
  })
  engine.agents.signIn('ada', { availability: 'available' })
  await world.run(20_000)
  const [attempt] = center.told('callback.attempted')
  const tried = await engine.callbacks.explain(id)
  expect(tried.summary).toMatch(/^It is called back from/)
  expect(tried.moments.map(({ words }) => words).slice(1)).toEqual([
    expect.stringMatching(/^In line for 1\d s until its turn came. Attempt 1: Ada Byron has accepted it/),
    expect.stringMatching(/^Attempt 1 failed: busy, 486. Tried again in 60 s at the earliest.$/),
  ])
  expect(tried.moments.map(({ callId }) => callId)).toEqual([null, attempt?.callId, attempt?.callId])
  // The page of a call that was made for it tells all of it, too.
  expect((await engine.calls.explain(attempt?.callId ?? ''))?.callback).toMatchObject({ callbackId: id })
  center.react({ kind: 'answer', ringAfterMs: 100, afterMs: 1_000, talkMs: 5_000 })
  await world.run(90_000)
  const over = await engine.callbacks.explain(id)
  expect(over.moments).toHaveLength(5)
  expect(over.summary).toMatch(/^Customer and Ada Byron talk, \d+ s after the wait began.$/)
  await expect(engine.callbacks.explain('none')).rejects.toMatchObject({ code: 'callback.unknown' })
  await expect(engine.callbacks.explain(id.replace(/.$/, 'Z'))).rejects.toMatchObject({ code: 'callback.unknown' })
  await center.stop()
})
