import { describe, expect, it } from 'vitest'
import type { CenterInput } from './config.ts'
import type { AnyEvent, EventType } from './events.ts'
import type { AgentSessionRecord } from './records.ts'
import { createWorld } from './simulation/index.ts'
import { createMemoryStore } from './store/memory-store.ts'

const center: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 60_000 }],
  agents: [{ id: 'ada', queues: ['support'], alwaysAvailable: true }],
  numbers: [{ match: 'support', queue: 'support' }],
  media: { timeoutMs: 0 },
}
const talk = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const
const downMs = 3_600_000

/** A world whose engine is killed by `interrupt` and is back after an hour. */
async function start() {
  const sessions: AgentSessionRecord[] = []
  const inner = createMemoryStore()
  const store = {
    ...inner,
    async saveSessions(records: readonly AgentSessionRecord[]) {
      sessions.push(...records)
      await inner.saveSessions(records)
    },
  }
  const world = await createWorld({ seed: 1, center, store: () => store })
  let killedAtMs = 0
  return {
    world,
    store: inner,
    sessions,
    killedAtMs: () => killedAtMs,
    async interrupt() {
      killedAtMs = world.clock.now()
      world.kill()
      await world.run(downMs)
      await world.restart()
    },
    last: <T extends EventType>(type: T) =>
      world.events.findLast(event => event.type === type) as Extract<AnyEvent, { type: T }> | undefined,
  }
}

describe('a killed process', () => {
  it('ends its calls at its last sign of life: the time until the restart is no talk, hold or wait', async () => {
    const { world, interrupt, killedAtMs, last, store } = await start()
    await world.call('support', { ...talk, hold: { afterMs: 2_000, forMs: 5_000 } })
    await world.run(10_000)
    await world.call('support', talk)
    // Nothing is told for minutes, but signs of life are written all the while.
    await world.run(300_000)
    await interrupt()

    const ended = world.events.filter(event => event.type === 'call.ended')
    expect(ended.map(({ data }) => data.cause)).toEqual(['restart', 'restart'])
    for (const { time } of ended) {
      expect(Date.parse(time)).toBeGreaterThan(killedAtMs() - 10_100)
      expect(Date.parse(time)).toBeLessThanOrEqual(killedAtMs())
    }
    const aliveMs = Date.parse(ended[0]?.time ?? '')
    const connectedMs = Date.parse(last('call.connected')?.time ?? '')
    const segment = last('call.segment_ended')?.data
    expect(segment).toMatchObject({ talkMs: aliveMs - connectedMs - 5_000, holdMs: 5_000 })
    expect(segment?.ringMs).toBe(last('offer.accepted')?.data.ringMs)
    expect(last('call.rejected')?.data).toMatchObject({ reason: 'restart', waitMs: expect.any(Number) })
    expect(last('call.rejected')?.data.waitMs).toBeLessThanOrEqual(300_000)

    const records = await store.listCalls({ limit: 10 })
    expect(records.map(({ cause, endedAt }) => [cause, endedAt])).toEqual(Array(2).fill(['restart', ended[0]?.time]))
    const totals = ended.map(({ data }) => data.totals)
    const arrivedMs = records.map(({ arrivedAt }) => Date.parse(arrivedAt)).reverse()
    expect(totals.map(({ durationMs }) => durationMs)).toEqual(arrivedMs.map(arrived => aliveMs - arrived))
    expect(totals[0]).toMatchObject({ talkMs: segment?.talkMs, holdMs: 5_000 })
    expect(totals[1]).toMatchObject({ waitMs: last('call.rejected')?.data.waitMs, talkMs: 0 })
    await world.stop()
  })

  it('ends sessions and wrap-ups then too', async () => {
    const { world, interrupt, killedAtMs, last, sessions } = await start()
    await world.call('support', { ...talk, talkMs: 3_000 })
    await world.run(20_000)
    await interrupt()
    const started = last('call.wrapup_started')
    const wrapMs = last('call.wrapup_completed')?.data.wrapMs ?? -1
    expect(wrapMs).toBe(Date.parse(last('call.wrapup_completed')?.time ?? '') - Date.parse(started?.time ?? ''))
    expect(wrapMs).toBeLessThanOrEqual(20_000)
    await world.run(2_000)
    const [session] = sessions.filter(({ endReason }) => endReason === 'restart')
    const endedMs = Date.parse(session?.endedAt ?? '')
    expect(endedMs).toBeGreaterThanOrEqual(Date.parse(started?.time ?? ''))
    expect(endedMs).toBeLessThanOrEqual(killedAtMs())
    expect(world.events.find(({ data }) => 'reason' in data && data.reason === 'restart')?.time).toBe(session?.endedAt)
    await world.stop()
  })
})
