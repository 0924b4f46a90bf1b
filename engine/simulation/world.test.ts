import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { createWorld } from './world.ts'

const center: CenterInput = {
  queues: [{ id: 'support', strategy: 'random', wrapUpMs: 0 }],
  agents: ['ada', 'bob', 'eve'].map(id => ({ id, queues: ['support'], alwaysAvailable: true })),
  numbers: [{ match: 'support', queue: 'support' }],
  media: { timeoutMs: 0 },
}
const plan = { patienceMs: 30_000, talkMs: 2_000, talkFrom: 'join' } as const

async function eventsOf(seed: number) {
  const conditions = { lossRate: 0.1, duplicateRate: 0.1, reorderRate: 0.1, delayMs: { min: 1, max: 30 } }
  const world = await createWorld({ seed, center, conditions })
  for (let calls = 0; calls < 10; calls++) {
    await world.call('support', plan)
    await world.run(700)
  }
  expect(await world.runUntil(() => world.engine.counters().callsActive === 0, 120_000)).toBe(true)
  await world.stop()
  expect(world.clock.pending).toBe(0)
  return world.events
}

describe('a world', () => {
  it('is decided by its seed, to the last event', async () => {
    const [first, again, other] = [await eventsOf(5), await eventsOf(5), await eventsOf(6)]
    expect(first.length).toBeGreaterThan(100)
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('lets its engine be killed in the middle of a call, and another one take over', async () => {
    const world = await createWorld({ seed: 1, center })
    const { call } = await world.call('support', { ...plan, talkMs: null })
    await world.run(5_000)
    expect([call.state, world.engine.counters().callsActive]).toEqual(['answered', 1])
    const { engine } = world
    const sent = world.network.counts.sent
    await world.restart()
    await world.run(60_000)
    // Nobody hung up: a killed process says nothing, and its successor knows no one to say it to.
    expect([call.state, world.network.counts.sent]).toEqual(['answered', sent])
    expect(world.engine).not.toBe(engine)
    expect(world.events.findLast(({ type }) => type === 'call.ended')?.data).toMatchObject({ cause: 'restart' })
    const { call: next } = await world.call('support', plan)
    await world.run(10_000)
    expect(next.end).toEqual({ by: 'self', status: 200 })
    await world.stop()
  })

  it('can cut a phone off: its call is given to somebody else', async () => {
    const world = await createWorld({ seed: 1, center: { ...center, agents: (center.agents ?? []).slice(0, 2) } })
    world.network.partition(world.hostOf('ada'))
    world.network.partition(world.hostOf('bob'))
    await world.call('support', { ...plan, patienceMs: 60_000 })
    await world.run(10_000)
    expect(world.events.some(({ type }) => type === 'offer.ringing')).toBe(false)
    world.network.heal(world.hostOf('bob'))
    await world.run(40_000)
    expect(world.events.find(event => event.type === 'call.connected')?.data).toMatchObject({ agentId: 'bob' })
    await world.stop()
  })
})
