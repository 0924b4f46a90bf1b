/** A slow or dead database delays nobody (DESIGN §5): calls go on, and every event is written in the end, once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createUnsteadyStore, createWorld, type StoreMood, type UnsteadyStore } from '../../engine/simulation/index.ts'
import { createMemoryStore } from '../../engine/store/memory-store.ts'
import { plots } from './plot.ts'
import { seed, trials } from './seeds.ts'
import { asWritten, faultsOf } from './sound.ts'

/** DESIGN §5: a group that is not committed by then is published all the same. */
const overdueMs = 250

const center = {
  queues: [{ id: 'support', wrapUpMs: 0 }],
  agents: ['ada', 'bob'].map(id => ({ id, queues: ['support'], alwaysAvailable: true })),
  numbers: [{ match: 'support', queue: 'support' }],
  media: { timeoutMs: 0 },
}

async function openWorld() {
  let store: UnsteadyStore | null = null
  const world = await createWorld({
    seed,
    center,
    store: clock => {
      store = createUnsteadyStore(clock, createMemoryStore())
      return store
    },
  })
  if (store === null) throw new Error('the world has no store')
  const lateness: number[] = []
  world.engine.onAny(event => {
    if (event.cursor !== undefined) lateness.push(world.clock.now() - Date.parse(event.time))
  })
  return { world, store: store as UnsteadyStore, lateness }
}

describe('an unsteady store', () => {
  it.each<StoreMood>(['failing', 'hangs', 'lostAnswer'])(
    'slow, then dead for a minute (%s), then back, delays no call and loses no event',
    async mood => {
      const { world, store, lateness } = await openWorld()
      const { engine, clock } = world
      /** A caller every five seconds, who talks for two. */
      const callFor = async (ms: number) => {
        for (const untilMs = clock.now() + ms; clock.now() < untilMs; await world.run(5_000))
          await world.call('support', { patienceMs: 30_000, talkMs: 2_000, talkFrom: 'join' })
      }
      await callFor(15_000)
      expect(engine.health()).toMatchObject({ status: 'ok', store: true })
      expect(world.events.some(({ durable }) => durable === false)).toBe(false)

      store.delayMs = 300
      await callFor(30_000)
      const slow = world.events.filter(({ durable }) => durable === false)
      expect(slow.length).toBeGreaterThan(20)

      store.mood = mood
      await world.run(1_000)
      await callFor(60_000)
      expect(engine.health()).toMatchObject({ status: 'degraded', store: false })
      expect(engine.counters().journalBacklog).toBeGreaterThan(100)
      // What the store has not got is told all the same to who asks for what was missed.
      const told = await engine.journal.read(0, 10_000)
      const published = world.events.filter(({ cursor }) => cursor !== undefined)
      expect(told.map(({ id }) => id)).toEqual(published.map(({ id }) => id))

      store.mood = 'steady'
      store.delayMs = 0
      await world.run(2_000)
      expect(engine.health()).toMatchObject({ status: 'ok', store: true, notes: [] })
      await callFor(15_000)
      await world.runUntil(() => engine.counters().callsActive === 0, 60_000)
      await world.stop()

      // An idle agent answers a second after the call, however the store is.
      const connected = world.events.filter(event => event.type === 'call.connected')
      expect(connected.length).toBe(world.events.filter(({ type }) => type === 'call.arrived').length)
      expect(connected.map(event => event.data.waitMs).filter(waitMs => waitMs > 1_100)).toEqual([])
      expect(Math.max(...lateness)).toBeLessThanOrEqual(overdueMs)

      const journal = await world.store.readEvents({ after: 0, limit: 100_000 })
      const all = world.events.filter(({ cursor }) => cursor !== undefined)
      expect(journal).toEqual(all.map(asWritten))
      expect(journal.map(({ cursor }) => Number(cursor))).toEqual(journal.map((_, index) => index + 1))
      if (mood !== 'lostAnswer') {
        const cursors = store.written.flatMap(({ events }) => events.map(({ cursor }) => cursor))
        expect(cursors).toEqual(journal.map(({ cursor }) => cursor))
      }
      expect(clock.pending).toBe(0)
    },
  )

  it('that hangs does not keep the engine from stopping', async () => {
    const { world, store } = await openWorld()
    await world.call('support', { patienceMs: 30_000, talkMs: 20_000, talkFrom: 'join' })
    await world.run(5_000)
    store.mood = 'hangs'
    const before = world.clock.now()
    await world.stop()
    expect(world.clock.now() - before).toBeLessThanOrEqual(15_000)
    store.mood = 'steady'
    await world.run(0)
    expect(world.clock.pending).toBe(0)
  })
})

describe(`random worlds on an unsteady store (seed ${seed})`, () => {
  const trial = trials(40)
  const spells = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 40_000 }),
      mood: fc.constantFrom<StoreMood>('steady', 'failing', 'hangs', 'lostAnswer'),
      delayMs: fc.constantFrom(0, 1, 30, 300, 2_000),
    }),
    { minLength: 1, maxLength: 6 },
  )

  it(`keep the invariants (${trial.numRuns} worlds)`, { timeout: 240_000 + trial.numRuns * 500 }, async () => {
    const sound = fc.asyncProperty(plots({ callers: 12 }), spells, async (plot, drawn) => {
      const moody = (clock: Parameters<typeof createUnsteadyStore>[0]) => {
        const store = createUnsteadyStore(clock, createMemoryStore())
        const set = (mood: StoreMood, delayMs: number) => {
          store.mood = mood
          store.delayMs = delayMs
        }
        for (const { atMs, mood, delayMs } of drawn) clock.setTimeout(() => set(mood, delayMs), atMs)
        clock.setTimeout(() => set('steady', 0), 60_000)
        return store
      }
      const complained = 'the store does not take events'
      const faults = await faultsOf(plot, { store: moody })
      expect(faults.filter(fault => !fault.includes(complained))).toEqual([])
    })
    await fc.assert(sound, trial)
  })
})
