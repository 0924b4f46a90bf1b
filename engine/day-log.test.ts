/** What was counted today goes on after a restart: of agents, of their queues, and how long calls take. */
import { describe, expect, it } from 'vitest'
import type { AgentDay } from './agents/agent-day.ts'
import type { CenterInput } from './config.ts'
import { DayLog } from './day-log.ts'
import type { Checkpoint } from './ports/store.ts'
import { createTestClock } from './simulation/test-clock.ts'
import { createWorld, type World } from './simulation/world.ts'

const patient = { patienceMs: null, talkMs: 20_000, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'q', strategy: 'fewest-calls', wrapUpMs: 0 }],
  numbers: [{ match: 'q', queue: 'q' }],
  agents: [
    { id: 'ada', queues: ['q'] },
    { id: 'bob', queues: ['q'] },
  ],
  media: { timeoutMs: 0 },
}

async function play(story: (world: World) => Promise<void>, input: CenterInput = center): Promise<void> {
  const world = await createWorld({ seed: 1, center: input })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

const available = (world: World, agentId: string) => world.engine.agents.signIn(agentId, { availability: 'available' })
const handled = (world: World, agentId: string) => world.engine.agents.get(agentId).today.handled

async function calls(world: World, count: number): Promise<void> {
  for (let made = 0; made < count; made++) {
    await world.call('q', patient)
    await world.run(40_000)
  }
}

describe('after a restart', () => {
  it('fewest-calls goes on from what each agent has handled today', async () => {
    await play(async world => {
      available(world, 'ada')
      await calls(world, 5)
      expect(handled(world, 'ada')).toBe(5)
      await world.restart()
      expect([handled(world, 'ada'), handled(world, 'bob')]).toEqual([5, 0])
      // Bob is lifted to the median of those who are there; nobody is yet.
      available(world, 'bob')
      available(world, 'ada')
      await calls(world, 4)
      expect([handled(world, 'ada'), handled(world, 'bob')]).toEqual([5, 4])
      await world.restart()
      expect([handled(world, 'ada'), handled(world, 'bob')]).toEqual([5, 4])
    })
  })

  it('the estimate knows how long calls take', async () => {
    await play(async world => {
      available(world, 'ada')
      await calls(world, 5)
      await world.restart()
      available(world, 'ada')
      await world.call('q', patient)
      await world.run(5_000)
      await world.call('q', patient)
      await world.run(1_000)
      // Two calls of 20 s; of 90 s each if nothing were known.
      const { ewtMs } = world.engine.queues.get('q').metrics
      expect(ewtMs).toBeGreaterThan(35_000)
      expect(ewtMs).toBeLessThan(45_000)
    })
  })

  it('of another day nothing counts, and nothing of it is kept', async () => {
    await play(async world => {
      available(world, 'ada')
      await calls(world, 2)
      await world.restart()
      await world.run(24 * 3_600_000)
      expect(handled(world, 'ada')).toBe(0)
      await world.restart()
      expect(handled(world, 'ada')).toBe(0)
    })
  })

  it('an agent who has gone from the center and comes back begins anew', async () => {
    await play(async world => {
      available(world, 'ada')
      await calls(world, 2)
      await world.restart()
      await world.engine.applyCenter({ ...center, agents: [{ id: 'bob', queues: ['q'] }] })
      await world.engine.applyCenter(center)
      expect(handled(world, 'ada')).toBe(0)
    })
  })

  it('one who goes without having signed in again is forgotten by the store, too', async () => {
    await play(async world => {
      available(world, 'ada')
      await calls(world, 2)
      await world.restart()
      await world.engine.applyCenter({ ...center, agents: [{ id: 'bob', queues: ['q'] }] })
      await world.run(11_000)
      await world.restart()
      await world.engine.applyCenter(center)
      expect(handled(world, 'ada')).toBe(0)
    })
  })
})

describe('the day log', () => {
  const day = (over: Partial<AgentDay> = {}): AgentDay => ({
    day: '2099-01-05',
    handled: 3,
    missed: 1,
    missedBy: { noAnswer: 1, declined: 0, unreachable: 0 },
    load: { ringMs: 1, talkMs: 2, wrapMs: 3, signedInMs: 60_000, signedInSince: 1_000 },
    queues: [{ queueId: 'q', callsHandled: 3, talkMs: 2, workMs: 5 }],
    ...over,
  })

  function start() {
    const clock = createTestClock()
    const kept: Checkpoint[] = []
    const log = new DayLog({ clock, dayOf: id => (id === 'ada' ? day() : null), checkpoint: one => kept.push(one) })
    return { clock, kept, log }
  }

  it('ends sessions when the last process did, and forgets other days and who is gone from the center', () => {
    const { kept, log } = start()
    const yesterday = { kind: 'agentDay', id: 'bob', state: day({ day: '2099-01-04' }) } as const
    const gone = { kind: 'agentDay', id: 'eve', state: day() } as const
    const past = { today: '2099-01-05', aliveMs: 31_000, agentIds: new Set(['ada', 'bob']) }
    log.restore([{ kind: 'agentDay', id: 'ada', state: day() }, yesterday, gone], past)
    expect(log.take('ada')?.load).toMatchObject({ signedInMs: 90_000, signedInSince: null })
    expect(log.take('ada')).toBeNull()
    expect(log.take('bob')).toBeNull()
    expect(log.take('eve')).toBeNull()
    expect(kept).toMatchObject([
      { kind: 'agentDay', id: 'ada', state: { handled: 3, load: { signedInMs: 90_000, signedInSince: null } } },
      { kind: 'agentDay', id: 'bob', state: null },
      { kind: 'agentDay', id: 'eve', state: null },
    ])
  })

  it('writes many changes once, and who is gone as gone', () => {
    const { clock, kept, log } = start()
    for (const id of ['ada', 'ada', 'eve', 'ada']) log.touch(id)
    expect(kept).toEqual([])
    clock.advance(10_000)
    expect(kept).toEqual([
      { kind: 'agentDay', id: 'ada', state: day() },
      { kind: 'agentDay', id: 'eve', state: null },
    ])
    log.touch('ada')
    log.flush()
    expect(kept.length).toBe(3)
    expect(clock.pending).toBe(0)
  })
})
