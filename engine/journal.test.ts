import { describe, expect, it } from 'vitest'
import type { AnyEvent } from './events.ts'
import { Journal } from './journal.ts'
import { silentLogger } from './node/logger.ts'
import { createTestClock, createTestIds, createUnsteadyStore, type StoreMood } from './simulation/index.ts'
import { createMemoryStore } from './store/memory-store.ts'

const emptyHead = { cursor: 0, checkpoints: [], agentSequences: new Map() }

interface Published {
  readonly event: AnyEvent
  readonly atMs: number
}

function start() {
  const clock = createTestClock(0)
  const inner = createMemoryStore()
  let busy = false
  const store = createUnsteadyStore(clock, inner)
  const published: Published[] = []
  const journal = new Journal({
    clock,
    ids: createTestIds(),
    logger: silentLogger,
    store,
    tenant: 'default',
    onPublish: event => published.push({ event, atMs: clock.now() }),
    isBusy: () => busy,
  })
  journal.resume(emptyHead, 0)
  let count = 0
  const tell = () => {
    count += 1
    journal.emit('call.held', 'call/c', { callId: 'c', by: 'agent' }, 'c')
  }
  return {
    clock,
    inner,
    store,
    journal,
    published,
    tell,
    busy(now: boolean) {
      busy = now
    },
    /** As if the process were killed: another journal on what the store has. It has told nothing yet. */
    async successor() {
      journal.stop()
      store.mood = 'steady'
      const told: AnyEvent[] = []
      const options = { clock, ids: createTestIds(), logger: silentLogger, store, tenant: 'default' }
      const next = new Journal({ ...options, onPublish: event => told.push(event) })
      next.resume(await inner.open(), clock.now())
      return { next, told }
    },
    /** Tells an event every `everyMs`, for `forMs`. */
    async tellEvery(everyMs: number, forMs: number) {
      for (let ms = 0; ms < forMs; ms += everyMs) {
        tell()
        await clock.advanceAsync(everyMs)
      }
    },
    /** Everything told was published once, in order, and is in the store, once, in order. */
    async expectComplete() {
      const cursors = Array.from({ length: count }, (_, index) => String(index + 1))
      expect(published.map(({ event }) => event.cursor)).toEqual(cursors)
      expect(published.map(({ event }) => event.sequence)).toEqual(cursors)
      const stored = await inner.readEvents({ after: 0, limit: 10_000 })
      expect(stored.map(({ cursor }) => cursor)).toEqual(cursors)
    },
  }
}

const latenessOf = ({ event, atMs }: Published) => atMs - Date.parse(event.time)

describe('the journal', () => {
  it('writes the events of a tick as a group and publishes them after the commit', async () => {
    const { clock, store, tell, published, journal, expectComplete } = start()
    tell()
    tell()
    await clock.advanceAsync(19)
    expect(published).toEqual([])
    await clock.advanceAsync(1)
    expect(published.map(({ event }) => event.durable)).toEqual([undefined, undefined])
    expect(store.written.map(({ events }) => events.length)).toEqual([2])
    expect(journal.cursor).toBe(2)
    expect(clock.pending).toBe(0)
    await expectComplete()
  })

  it('begins a group at most every 20 ms, however fast the store is', async () => {
    const { store, tellEvery, expectComplete, clock } = start()
    store.delayMs = 5
    await tellEvery(1, 1_000)
    await clock.advanceAsync(100)
    expect(store.written.length).toBe(50)
    expect(Math.max(...store.written.map(({ events }) => events.length))).toBe(20)
    await expectComplete()
  })

  it('says durable of all that a steady store takes in time, however long the stream', async () => {
    const { store, published, tellEvery, clock, journal, expectComplete } = start()
    store.delayMs = 40
    await tellEvery(5, 3_000)
    await clock.advanceAsync(1_000)
    expect(published.filter(({ event }) => event.durable === false)).toEqual([])
    expect(Math.max(...published.map(latenessOf))).toBeLessThanOrEqual(15 + 2 * 40)
    expect(journal.healthy).toBe(true)
    await expectComplete()
    expect(clock.pending).toBe(0)
  })

  it.each<StoreMood>(['failing', 'hangs', 'lostAnswer'])('delays nobody while the store is dead: %s', async mood => {
    const { store, published, tellEvery, clock, journal, expectComplete } = start()
    await tellEvery(100, 1_000)
    expect(journal.healthy).toBe(true)
    store.mood = mood
    await tellEvery(100, 60_000)
    expect(journal.healthy).toBe(false)
    store.mood = 'steady'
    await tellEvery(100, 2_000)
    expect(journal.healthy).toBe(true)
    await clock.advanceAsync(1_000)
    expect(Math.max(...published.map(latenessOf))).toBe(250)
    expect(published.slice(0, 9).every(({ event }) => event.durable === undefined)).toBe(true)
    expect(published.slice(10, 600).every(({ event }) => event.durable === false)).toBe(true)
    expect(published.slice(-10).every(({ event }) => event.durable === undefined)).toBe(true)
    await expectComplete()
    expect(clock.pending).toBe(0)
  })

  it('keeps the latest checkpoint of each id over an outage', async () => {
    const { store, inner, journal, clock } = start()
    store.mood = 'failing'
    journal.checkpoint({ kind: 'call', id: 'a', state: { step: 1 } })
    journal.checkpoint({ kind: 'call', id: 'b', state: { step: 1 } })
    await clock.advanceAsync(400)
    journal.checkpoint({ kind: 'call', id: 'a', state: { step: 2 } })
    store.mood = 'steady'
    await clock.advanceAsync(1_000)
    expect((await inner.open()).checkpoints.filter(({ kind }) => kind === 'call')).toEqual([
      { kind: 'call', id: 'a', state: { step: 2 } },
      { kind: 'call', id: 'b', state: { step: 1 } },
    ])
    expect(clock.pending).toBe(0)
  })

  it('flushes what is left, and stops without a timer while the store hangs', async () => {
    const { store, journal, tell, clock, published } = start()
    tell()
    await journal.flush()
    expect(published.map(({ event }) => event.durable)).toEqual([undefined])
    store.mood = 'hangs'
    tell()
    const flushed = journal.flush()
    await clock.advanceAsync(60_000)
    journal.stop()
    expect(published.map(({ event }) => event.durable)).toEqual([undefined, false])
    store.mood = 'steady'
    await flushed
    expect(clock.pending).toBe(0)
  })
})

describe('cursors', () => {
  const cursorsOf = (events: readonly AnyEvent[]) => events.map(({ cursor }) => Number(cursor))

  it('that a killed process told and never wrote are never given out again', async () => {
    const { clock, store, inner, tellEvery, published, successor } = start()
    await tellEvery(100, 1_000)
    store.mood = 'failing'
    await tellEvery(100, 30_000)
    const told = cursorsOf(published.map(({ event }) => event))
    const written = cursorsOf(await inner.readEvents({ after: 0, limit: 1_000 }))
    expect([told.length, written.length]).toEqual([310, 10])

    const { next, told: toldNext } = await successor()
    next.emit('call.held', 'call/d', { callId: 'd', by: 'agent' }, 'd')
    await clock.advanceAsync(1_000)
    expect(cursorsOf(toldNext).filter(cursor => told.includes(cursor))).toEqual([])
    const [skipped, second] = toldNext
    expect(skipped).toMatchObject({ type: 'journal.skipped', subject: 'journal/11', sequence: '1' })
    expect(skipped?.data).toEqual({ first: '11', last: String(Number(skipped?.cursor) - 1), reason: 'killed' })
    expect(Number(second?.cursor)).toBe(Number(skipped?.cursor) + 1)

    // Who had everything that was written misses what came then; who had more knows something that never came to be.
    expect([next.missed(10), next.missed(0), next.missed(Number(skipped?.cursor))]).toEqual([2, 12, 1])
    for (const void_ of [11, 310, Number(skipped?.cursor) - 1, Number(second?.cursor) + 1])
      expect(next.missed(void_)).toBeNull()
    expect(cursorsOf(await inner.readEvents({ after: 310, limit: 10 }))).toEqual(cursorsOf(toldNext))
    expect(clock.pending).toBe(0)
  })

  it('are without a gap when the process before has stopped in good order, and that one remembers older gaps', async () => {
    const { clock, inner, tell, journal, successor } = start()
    tell()
    await journal.close()
    expect((await inner.open()).checkpoints).toEqual([])
    const { next, told } = await successor()
    next.emit('call.held', 'call/d', { callId: 'd', by: 'agent' }, 'd')
    await next.flush()
    expect(cursorsOf(told)).toEqual([2])
    // Killed, and then stopped.
    next.stop()
    const third = (await successor()).next
    await third.close()
    const fourth = await successor()
    await fourth.next.flush()
    expect(fourth.told).toEqual([])
    expect([fourth.next.missed(3), fourth.next.missed(2)]).toEqual([null, 1])
    expect(clock.pending).toBe(0)
  })

  it('that are not set aside yet are not told before they are written', async () => {
    const { clock, store, tell, published } = start()
    store.mood = 'failing'
    tell()
    await clock.advanceAsync(60_000)
    expect(published).toEqual([])
    store.mood = 'steady'
    await clock.advanceAsync(1_000)
    expect(published.map(({ event }) => event.durable)).toEqual([undefined])
  })

  it('cost no row per group; a sign of life comes while something goes on', async () => {
    const { clock, store, tellEvery, busy, tell } = start()
    await tellEvery(100, 5_000)
    const marks = () => store.written.flatMap(({ checkpoints }) => checkpoints)
    expect([store.written.length, marks().length]).toEqual([50, 1])
    busy(true)
    tell()
    await clock.advanceAsync(45_000)
    expect(marks().map(({ state }) => Date.parse((state as { aliveAt: string }).aliveAt))).toEqual([
      20, 15_040, 25_060, 35_080, 45_100,
    ])
    busy(false)
    await clock.advanceAsync(20_000)
    expect(clock.pending).toBe(0)
  })
})
