import { describe, expect, it } from 'vitest'
import type { AnyEvent } from './events.ts'
import { Journal } from './journal.ts'
import { silentLogger } from './node/logger.ts'
import { createTestClock, createTestIds, createUnsteadyStore, type StoreMood } from './simulation/index.ts'
import { createMemoryStore } from './store/memory-store.ts'

interface Published {
  readonly event: AnyEvent
  readonly atMs: number
}

function start() {
  const clock = createTestClock(0)
  const inner = createMemoryStore()
  const store = createUnsteadyStore(clock, inner)
  const published: Published[] = []
  const journal = new Journal({
    clock,
    ids: createTestIds(),
    logger: silentLogger,
    store,
    tenant: 'default',
    onPublish: event => published.push({ event, atMs: clock.now() }),
  })
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
    await clock.advanceAsync(14)
    expect(published).toEqual([])
    await clock.advanceAsync(1)
    expect(published.map(({ event }) => event.durable)).toEqual([undefined, undefined])
    expect(store.written.map(({ events }) => events.length)).toEqual([2])
    expect(journal.cursor).toBe(2)
    expect(clock.pending).toBe(0)
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
    expect((await inner.open()).checkpoints).toEqual([
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
