/** A cursor is never given out twice, whatever keeps the journal: not even one that only a killed process has told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../engine/events.ts'
import { Journal } from '../../engine/journal.ts'
import type { Store, StoreHead } from '../../engine/ports/store.ts'
import { createTestClock, createTestIds, createUnsteadyStore } from '../../engine/simulation/index.ts'
import { silentLogger } from './rigs.ts'
import type { StoreRig } from './store.contract.ts'

/** `rigOf` is called when the tests run, not when they are collected. */
export function cursorContract(name: string, rigOf: () => StoreRig): void {
  describe(`cursors in ${name}`, () => {
    let rig: StoreRig
    let store: Store
    let head: StoreHead
    let count = 0
    let tenant = ''

    beforeEach(async () => {
      rig = rigOf()
      count += 1
      tenant = `cursors-${count}`
      store = await rig.make(tenant)
      head = await store.open()
    })
    afterEach(() => store.close())

    /** What the next process finds. */
    async function reopen(): Promise<void> {
      if (rig.persistent) {
        await store.close()
        store = await rig.make(tenant)
      }
      head = await store.open()
    }

    function begin() {
      const clock = createTestClock(Date.UTC(2031, 4, 6))
      const unsteady = createUnsteadyStore(clock, store)
      const told: AnyEvent[] = []
      const options = { clock, ids: createTestIds(), logger: silentLogger, store: unsteady, tenant }
      const journal = new Journal({ ...options, onPublish: event => told.push(event) })
      journal.resume(head, clock.now())
      const tell = (events: number) => {
        for (let i = 0; i < events; i++) journal.emit('call.held', 'call/c', { callId: 'c', by: 'agent' }, 'c')
      }
      return { clock, unsteady, told, journal, tell }
    }

    const cursorsOf = (events: readonly AnyEvent[]) => events.map(({ cursor }) => Number(cursor))

    it('go on after all that a killed process may have told, and the gap is told', async () => {
      const seen = new Set<number>()
      const lost: number[] = []
      for (let life = 0; life < 3; life += 1) {
        const { clock, unsteady, told, journal, tell } = begin()
        tell(3)
        await journal.flush()
        unsteady.mood = 'failing'
        tell(4)
        await clock.advanceAsync(2_000)
        journal.stop()
        const durable = told.filter(event => event.durable !== false)
        expect([durable.length, told.length - durable.length]).toEqual([life === 0 ? 3 : 4, 4])
        for (const cursor of cursorsOf(told)) expect(seen.has(cursor)).toBe(false)
        for (const cursor of cursorsOf(told)) seen.add(cursor)
        lost.push(...cursorsOf(told.filter(event => event.durable === false)))
        await reopen()
      }
      const { told, journal } = begin()
      await journal.flush()
      const present = Number(told[0]?.cursor)
      const stored = await store.readEvents({ after: 0, limit: 100 })
      expect(stored.map(({ type }) => type === 'journal.skipped')).toEqual(
        [0, 1, 2, 3].flatMap(life => [...(life === 0 ? [] : [true]), ...(life === 3 ? [] : [false, false, false])]),
      )
      // Every step of more than one is told by the event that follows it.
      for (const [index, event] of stored.entries()) {
        const before = Number(stored[index - 1]?.cursor ?? 0)
        const first = event.type === 'journal.skipped' ? Number(event.data.first) : Number(event.cursor)
        expect(first).toBe(before + 1)
        if (event.type === 'journal.skipped') expect(Number(event.data.last)).toBe(Number(event.cursor) - 1)
      }
      for (const cursor of lost) {
        expect(journal.missed(cursor)).toBeNull()
        expect((await store.readEvents({ after: cursor, limit: 1 }))[0]?.type).toBe('journal.skipped')
      }
      for (const [index, { cursor }] of stored.entries())
        expect(journal.missed(Number(cursor))).toBe(stored.length - 1 - index)
      expect([journal.missed(0), journal.missed(present + 1)]).toEqual([stored.length, null])
      journal.stop()
    })

    it('have no gap after a stop in good order', async () => {
      for (let life = 0; life < 3; life += 1) {
        const { journal, tell } = begin()
        tell(2)
        await journal.close()
        journal.stop()
        await reopen()
        expect(head).toMatchObject({ cursor: 2 * (life + 1), checkpoints: [] })
      }
      expect(cursorsOf(await store.readEvents({ after: 0, limit: 10 }))).toEqual([1, 2, 3, 4, 5, 6])
    })
  })
}
