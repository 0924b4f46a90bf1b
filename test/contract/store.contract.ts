/** What every Store does, whatever keeps its data. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCenter } from '../../engine/config-check.ts'
import type { AnyEvent } from '../../engine/events.ts'
import type { Checkpoint, Expiry, Store, StoreHead } from '../../engine/ports/store.ts'
import { agentEvent, callEvent, callRecord, idOf, instant, sessionRecord } from './records.ts'

/** Where stores are made. */
export interface StoreRig {
  /** Whether a store that is closed and made again still has its data. */
  readonly persistent: boolean
  /** A store that is not open yet. The same tenant means the same data. */
  make(tenant: string): Promise<Store>
}

/** `rigOf` is called when the tests run, not when they are collected. */
export function storeContract(name: string, rigOf: () => StoreRig): void {
  describe(`a store in ${name}`, () => {
    let rig: StoreRig
    let store: Store
    let head: StoreHead
    let tenant = 'default'
    let count = 0

    beforeEach(async () => {
      rig = rigOf()
      count += 1
      tenant = `tenant-${count}`
      store = await rig.make(tenant)
      head = await store.open()
    })
    afterEach(async () => {
      await store.close()
    })

    /** The head that the next process would find. A store that forgets is asked itself. */
    async function nextHead(): Promise<StoreHead> {
      if (!rig.persistent) return store.open()
      await store.close()
      store = await rig.make(tenant)
      return store.open()
    }

    const append = (events: readonly AnyEvent[], checkpoints: readonly Checkpoint[] = []) =>
      store.append({ events, checkpoints })
    const ours = (event: AnyEvent): AnyEvent => ({ ...event, source: `/tenants/${tenant}` })
    const cursors = (events: readonly AnyEvent[]) => events.map(event => Number(event.cursor))

    it('begins empty', async () => {
      expect(head).toEqual({ cursor: 0, checkpoints: [], agentSequences: new Map() })
      expect(await store.oldestCursor()).toBe(0)
      expect(await store.readEvents({ after: 0, limit: 10 })).toEqual([])
      expect(await store.listCalls({ limit: 10 })).toEqual([])
      expect(await store.getCall(idOf(1))).toBeNull()
      expect(await store.queueTotals(instant(0), {})).toEqual([])
      expect(await store.loadCenter()).toBeNull()
    })

    it('gives events back as they were, in order and without a gap', async () => {
      const events = [
        callEvent({ cursor: 1 }),
        agentEvent({ cursor: 2 }),
        callEvent({ cursor: 3 }, idOf(2), 'Zoë 🦊\n'),
      ]
      await append(events.slice(0, 2))
      await append(events.slice(2))
      expect(await store.readEvents({ after: 0, limit: 10 })).toEqual(events.map(ours))
      expect(await store.oldestCursor()).toBe(1)
    })

    it('pages by cursor', async () => {
      const events = Array.from({ length: 250 }, (_, index) => callEvent({ cursor: index + 1 }, idOf(index % 7)))
      await append(events)
      const seen: number[] = []
      for (;;) {
        const page = await store.readEvents({ after: seen.at(-1) ?? 0, limit: 60 })
        expect(page.length).toBeLessThanOrEqual(60)
        if (page.length === 0) break
        seen.push(...cursors(page))
      }
      expect(seen).toEqual(events.map((_, index) => index + 1))
    })

    it("finds a call's events", async () => {
      await append([callEvent({ cursor: 1 }, idOf(1)), agentEvent({ cursor: 2 }), callEvent({ cursor: 3 }, idOf(2))])
      await append([callEvent({ cursor: 4 }, idOf(1))])
      expect(cursors(await store.readEvents({ after: 0, limit: 10, callId: idOf(1) }))).toEqual([1, 4])
      expect(cursors(await store.readEvents({ after: 1, limit: 10, callId: idOf(1) }))).toEqual([4])
      expect(await store.readEvents({ after: 0, limit: 10, callId: idOf(9) })).toEqual([])
      const subject = `call/${idOf(1)}`
      expect(cursors(await store.readEvents({ after: 0, limit: 10, subject }))).toEqual([1, 4])
      expect(cursors(await store.readEvents({ after: 0, limit: 10, subject, upTo: 3 }))).toEqual([1])
      expect(cursors(await store.readEvents({ after: 1, limit: 10, subject }))).toEqual([4])
      expect(cursors(await store.readEvents({ after: 0, limit: 10, upTo: 2 }))).toEqual([1, 2])
      expect(await store.readEvents({ after: 0, limit: 10, subject: `call/${idOf(9)}` })).toEqual([])
    })

    it('takes a group again after a lost answer', async () => {
      const group = { events: [callEvent({ cursor: 1 }), callEvent({ cursor: 2 })], checkpoints: [] }
      await store.append(group)
      await store.append(group)
      await append([callEvent({ cursor: 2 }), callEvent({ cursor: 3 })])
      expect(cursors(await store.readEvents({ after: 0, limit: 10 }))).toEqual([1, 2, 3])
    })

    it('keeps no trace of how an event was published', async () => {
      await append([{ ...callEvent({ cursor: 1 }), durable: false }])
      expect(await store.readEvents({ after: 0, limit: 1 })).toEqual([ours(callEvent({ cursor: 1 }))])
    })

    it('is not stopped by what a caller may have put into a name', async () => {
      await append([callEvent({ cursor: 1 }, idOf(1), 'a\u0000b \ud800 c\u001fd\u001ee')])
      await append([callEvent({ cursor: 2 })])
      expect(cursors(await store.readEvents({ after: 0, limit: 10 }))).toEqual([1, 2])
    })

    it('takes groups without events and without anything', async () => {
      await append([], [{ kind: 'registration', id: 'ada', state: { a: 1 } }])
      await append([])
      const next = await nextHead()
      expect(next.cursor).toBe(0)
      expect(next.checkpoints).toEqual([{ kind: 'registration', id: 'ada', state: { a: 1 } }])
    })

    it('tells where the previous process stopped', async () => {
      await append([agentEvent({ cursor: 1, sequence: 1 }), agentEvent({ cursor: 2, sequence: 1 }, 'bob')])
      await append([agentEvent({ cursor: 3, sequence: 2 }), callEvent({ cursor: 4, sequence: 9 })])
      const next = await nextHead()
      expect(next.cursor).toBe(4)
      expect(next.agentSequences).toEqual(
        new Map([
          ['agent/ada', 2],
          ['agent/bob', 1],
        ]),
      )
    })

    it('knows the sequences of agents from long ago', async () => {
      await append([agentEvent({ cursor: 1, sequence: 7 }, 'early')])
      for (let first = 2; first < 9_000; first += 1_000) {
        await append(Array.from({ length: 1_000 }, (_, index) => callEvent({ cursor: first + index })))
      }
      await append([agentEvent({ cursor: 9_002, sequence: 1 }, 'late')])
      const next = await nextHead()
      expect(next.cursor).toBe(9_002)
      expect(next.agentSequences).toEqual(
        new Map([
          ['agent/early', 7],
          ['agent/late', 1],
        ]),
      )
    })

    it('keeps, replaces and deletes checkpoints', async () => {
      await append(
        [callEvent({ cursor: 1 })],
        [
          { kind: 'call', id: 'a', state: { step: 1, text: "it's\u0000\u001f" } },
          { kind: 'call', id: 'b', state: { step: 1 } },
          { kind: 'agent', id: 'a', state: { step: 1 } },
          { kind: 'agent', id: 'never', state: null },
          { kind: 'callback', id: 'a', state: { number: '+442079460000', enqueuedAt: 1_767_603_600_123 } },
          { kind: 'agentDay', id: 'a', state: { day: '2099-01-05', handled: 5, load: { signedInSince: null } } },
          { kind: 'handleTimes', id: 'a', state: { handled: 5, meanMs: 20_012.345_678_901_23 } },
        ],
      )
      await append(
        [],
        [
          { kind: 'call', id: 'a', state: { step: 2 } },
          { kind: 'call', id: 'a', state: { step: 3, list: [1, null, 'x'] } },
          { kind: 'call', id: 'b', state: null },
        ],
      )
      const { checkpoints } = await nextHead()
      expect(checkpoints).toHaveLength(5)
      expect(checkpoints).toContainEqual({
        kind: 'agentDay',
        id: 'a',
        state: { day: '2099-01-05', handled: 5, load: { signedInSince: null } },
      })
      // What goes on from an average must not have lost any of it.
      expect(checkpoints).toContainEqual({
        kind: 'handleTimes',
        id: 'a',
        state: { handled: 5, meanMs: 20_012.345_678_901_23 },
      })
      expect(checkpoints).toContainEqual({
        kind: 'callback',
        id: 'a',
        state: { number: '+442079460000', enqueuedAt: 1_767_603_600_123 },
      })
      expect(checkpoints).toContainEqual({ kind: 'call', id: 'a', state: { step: 3, list: [1, null, 'x'] } })
      expect(checkpoints).toContainEqual({ kind: 'agent', id: 'a', state: { step: 1 } })
    })

    it('saves calls, and with them deletes their checkpoints', async () => {
      const sketch = { queueId: 'support', outcome: 'answered', waitMs: 4, enqueuedMs: 10, offeredTo: ['ada'] } as const
      const records = [callRecord(1, [sketch]), callRecord(2, [])]
      const state = { alive: true }
      await append(
        [],
        [1, 2, 3].map(number => ({ kind: 'call', id: idOf(number), state })),
      )
      await append([], [{ kind: 'agent', id: idOf(1), state }])
      await store.saveCalls(records)
      for (const record of records) expect(await store.getCall(record.callId)).toEqual(record)
      const { checkpoints } = await nextHead()
      expect(checkpoints.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual([`agent ${idOf(1)}`, `call ${idOf(3)}`])
    })

    it('replaces a call that is saved again', async () => {
      const sketch = { queueId: 'support', outcome: 'answered', waitMs: 4, enqueuedMs: 10, offeredTo: ['ada'] } as const
      const record = callRecord(1, [sketch])
      const wrapped = { ...record, segments: record.segments.map(segment => ({ ...segment, wrapMs: 9 })) }
      await store.saveCalls([record])
      await store.saveCalls([record, wrapped])
      await store.saveCalls([])
      expect(await store.getCall(record.callId)).toEqual(wrapped)
      expect(await store.listCalls({ limit: 10 })).toEqual([wrapped])
      expect(await store.queueTotals(instant(0), {})).toMatchObject([{ queueId: 'support', offered: 1 }])
    })

    it('lists calls newest first, by page, queue and agent', async () => {
      const missed = { outcome: 'abandoned', waitMs: 4, enqueuedMs: 10, offeredTo: ['ada', 'ada'] } as const
      const taken = { outcome: 'answered', waitMs: 4, enqueuedMs: 10, offeredTo: ['ada', 'bob'] } as const
      const records = [
        callRecord(1, [{ queueId: 'support', ...missed }]),
        callRecord(2, [{ queueId: 'sales', ...taken }]),
        callRecord(3, [], 'ada'),
        callRecord(4, [
          { queueId: 'support', outcome: 'flowOut', waitMs: 1, enqueuedMs: 10 },
          { queueId: 'sales', ...taken },
        ]),
        callRecord(5, [{ queueId: 'sales', outcome: 'abandoned', waitMs: 1, enqueuedMs: 10 }]),
      ]
      await store.saveCalls([...records].reverse())
      const list = async (query: Omit<Parameters<Store['listCalls']>[0], 'limit'>, limit = 10) =>
        (await store.listCalls({ ...query, limit })).map(record => numberOf(record.callId))
      expect(await list({})).toEqual([5, 4, 3, 2, 1])
      expect(await list({}, 2)).toEqual([5, 4])
      expect(await list({ before: idOf(4) }, 2)).toEqual([3, 2])
      expect(await list({ before: idOf(1) })).toEqual([])
      expect(await list({ queueId: 'support' })).toEqual([4, 1])
      expect(await list({ queueId: 'sales' }, 2)).toEqual([5, 4])
      expect(await list({ queueId: 'sales', before: idOf(4) })).toEqual([2])
      expect(await list({ agentId: 'ada' })).toEqual([4, 3, 2, 1])
      expect(await list({ agentId: 'ada', before: idOf(4) }, 2)).toEqual([3, 2])
      expect(await list({ agentId: 'bob' })).toEqual([4, 2])
      expect(await list({ agentId: 'ada', queueId: 'support' }, 2)).toEqual([4, 1])
      expect(await list({ agentId: 'nobody' })).toEqual([])
    })

    it('finds a call by the Call-ID of any of its legs, however long a peer has made it', async () => {
      const long = 'x'.repeat(20_000)
      const legs = [{ sipCallId: 'of-adas-phone', party: 'agent:ada', at: instant(1) }]
      const rung = { ...callRecord(1, []), legs }
      await store.saveCalls([rung, callRecord(2, []), { ...callRecord(3, []), sipCallId: long }])
      // Saved again, as when wrap-up is over.
      await store.saveCalls([{ ...rung, legs: [...legs, { sipCallId: 'outside', party: 'number:1', at: instant(2) }] }])
      const find = async (sipCallId: string) =>
        (await store.listCalls({ sipCallId, limit: 9 })).map(record => numberOf(record.callId))
      expect(await find('of-adas-phone')).toEqual([1])
      expect(await find('outside')).toEqual([1])
      expect(await find('2@127.0.0.1')).toEqual([2])
      expect(await find(long)).toEqual([3])
      expect(await find('nobody’s')).toEqual([])
    })

    it('compares a long Call-ID to its end, page by page', async () => {
      const beginning = 'x'.repeat(300)
      const withId = (number: number, end: string) => ({ ...callRecord(number, []), sipCallId: `${beginning}${end}` })
      await store.saveCalls([1, 2, 3, 4, 5, 6].map(number => withId(number, number % 3 === 1 ? 'mine' : 'other')))
      const page = async (query: { limit: number; before?: string }, end = 'mine') =>
        (await store.listCalls({ sipCallId: `${beginning}${end}`, ...query })).map(({ callId }) => numberOf(callId))
      expect(await page({ limit: 9 })).toEqual([4, 1])
      expect(await page({ limit: 2 })).toEqual([4, 1])
      expect(await page({ limit: 1 })).toEqual([4])
      expect(await page({ limit: 1, before: idOf(4) })).toEqual([1])
      expect(await page({ limit: 2 }, '')).toEqual([])
    })

    it('saves agent sessions and their end', async () => {
      await store.saveSessions([sessionRecord(1, null), sessionRecord(2, null)])
      await store.saveSessions([sessionRecord(1, instant(5))])
      await store.saveSessions([])
    })

    it("sums each queue's visits", async () => {
      const visit = (
        queueId: string,
        outcome: 'answered' | 'abandoned' | 'flowOut' | 'callbackAccepted',
        waitMs: number,
        enqueuedMs = 1_000,
      ) => ({ queueId, outcome, waitMs, enqueuedMs }) as const
      await store.saveCalls([
        callRecord(1, [visit('support', 'answered', 20_000), visit('support', 'flowOut', 90_000)]),
        callRecord(2, [visit('support', 'answered', 20_001), visit('sales', 'answered', 3)]),
        callRecord(3, [visit('support', 'abandoned', 4_999), visit('support', 'abandoned', 5_000)]),
        callRecord(4, [visit('support', 'answered', 7, 999)]),
        callRecord(6, [visit('support', 'callbackAccepted', 30_000)]),
        // Who is called back was offered to the queue once.
        callRecord(7, [{ ...visit('support', 'answered', 999_000), callbackId: idOf(70) }]),
        callRecord(5, [
          { queueId: 'support', outcome: 'full', waitMs: 0, enqueuedMs: 1_000 },
          { queueId: 'support', outcome: 'closed', waitMs: 0, enqueuedMs: 1_000 },
          { queueId: 'support', outcome: 'empty', waitMs: 0, enqueuedMs: 1_000 },
          { queueId: 'support', outcome: 'failed', waitMs: 0, enqueuedMs: 1_000 },
          { queueId: 'support', outcome: null, waitMs: 100_000, enqueuedMs: 1_000 },
        ]),
      ])
      const totals = await store.queueTotals(instant(1_000), { support: 20_000 })
      expect([...totals].sort((a, b) => (a.queueId < b.queueId ? -1 : 1))).toEqual([
        {
          queueId: 'sales',
          offered: 1,
          answered: 1,
          answeredInTarget: 0,
          abandoned: 0,
          shortAbandoned: 0,
          flowOut: 0,
          callbackAccepted: 0,
          rejected: 0,
          answeredWaitMs: 3,
          longestWaitMs: 3,
        },
        {
          queueId: 'support',
          offered: 10,
          answered: 2,
          answeredInTarget: 1,
          abandoned: 2,
          shortAbandoned: 1,
          flowOut: 1,
          callbackAccepted: 1,
          rejected: 4,
          answeredWaitMs: 40_001,
          longestWaitMs: 90_000,
        },
      ])
    })

    async function forgetAll(expiry: Expiry): Promise<void> {
      while (await store.forget(expiry));
    }

    it('forgets events by age, but not where the journal ends, nor how far agents have counted', async () => {
      await append([agentEvent({ cursor: 1, sequence: 7 }), callEvent({ cursor: 2 }, idOf(1))])
      for (let first = 3; first < 100; first += 2)
        await append([callEvent({ cursor: first }, idOf(first)), callEvent({ cursor: first + 1 }, idOf(1))])
      await forgetAll({ eventsBefore: null, callsBefore: instant(10_000) })
      expect(await store.oldestCursor()).toBe(1)
      await forgetAll({ eventsBefore: instant(51), callsBefore: null })
      expect(await store.oldestCursor()).toBe(51)
      expect(cursors(await store.readEvents({ after: 0, limit: 3 }))).toEqual([51, 52, 53])
      expect(await store.readEvents({ after: 0, limit: 9, callId: idOf(3) })).toEqual([])
      expect(cursors(await store.readEvents({ after: 0, limit: 2, callId: idOf(1) }))).toEqual([52, 54])
      await forgetAll({ eventsBefore: instant(10_000), callsBefore: null })
      expect(await store.oldestCursor()).toBeGreaterThanOrEqual(99)
      const next = await nextHead()
      expect([next.cursor, next.agentSequences]).toEqual([100, new Map([['agent/ada', 7]])])
      await append([callEvent({ cursor: 101 })])
      expect(cursors(await store.readEvents({ after: 99, limit: 9 }))).toEqual([100, 101])
    })

    it('forgets calls and sessions by their end, wherever they are looked for', async () => {
      const sketch = { queueId: 'support', outcome: 'answered', waitMs: 4, enqueuedMs: 10, offeredTo: ['ada'] } as const
      const [first, second, third, fourth] = [1, 2, 3, 4].map(number => callRecord(number, [sketch]))
      if (first === undefined || second === undefined || third === undefined || fourth === undefined) return
      await store.saveCalls([first, second])
      await store.saveCalls([third])
      // Saved again: it goes with its later record.
      const wrapped = { ...first, endedAt: instant(5_000) }
      await store.saveCalls([wrapped, fourth])
      await store.saveSessions([sessionRecord(1, instant(5)), sessionRecord(2, instant(5_000)), sessionRecord(3, null)])
      const leftAfter = async (limit: string) => {
        await forgetAll({ eventsBefore: null, callsBefore: limit })
        const all = await store.listCalls({ limit: 9 })
        expect(await store.listCalls({ limit: 9, queueId: 'support' })).toEqual(all)
        expect(await store.listCalls({ limit: 9, agentId: 'ada' })).toEqual(all)
        const found = all.map(({ sipCallId }) => store.listCalls({ limit: 9, sipCallId }))
        expect((await Promise.all(found)).flat()).toEqual(all)
        const [totals] = await store.queueTotals(instant(0), {})
        expect(totals?.offered ?? 0).toBe(all.length)
        return all.map(({ callId }) => numberOf(callId))
      }
      expect(await leftAfter(instant(0))).toEqual([4, 3, 2, 1])
      expect(await leftAfter(instant(903))).toEqual([4, 3, 1])
      expect([await store.getCall(idOf(2)), await store.getCall(idOf(1))]).toEqual([null, wrapped])
      expect(await leftAfter(instant(904))).toEqual([4, 1])
      expect(await leftAfter(instant(5_001))).toEqual([])
    })

    it('keeps the center and, apart from it, its secrets', async () => {
      const center = parseCenter({ queues: [{ id: 'support' }], agents: [{ id: 'ada', queues: ['support'] }] })
      const ada = { realm: 'strowger', ha1: { MD5: '0123456789abcdef', 'SHA-256': 'fedcba9876543210' } }
      await store.saveCenter({
        center,
        secrets: {
          agents: { ada, bob: ada },
          trunks: { carrier: "tru'nk", ada: 'x' },
          pins: { ada: 'old', bob: 'gone' },
        },
      })
      const secrets = {
        agents: { ada: { ...ada, realm: 'other' } },
        trunks: { carrier: 'new' },
        pins: { ada: '$scrypt$new' },
      }
      await store.saveCenter({ center, secrets })
      const loaded = await store.loadCenter()
      expect(loaded).toEqual({ center, secrets })
      expect(JSON.stringify(loaded?.center)).not.toContain('0123456789abcdef')
      await nextHead()
      expect(await store.loadCenter()).toEqual({ center, secrets })
    })

    it('shows a tenant nothing of another', async () => {
      await append([callEvent({ cursor: 1 })], [{ kind: 'call', id: 'a', state: {} }])
      await store.saveCalls([callRecord(1, [{ queueId: 'support', outcome: 'abandoned', waitMs: 4, enqueuedMs: 10 }])])
      await store.close()
      store = await rig.make(`${tenant}-neighbour`)
      expect(await store.open()).toEqual({ cursor: 0, checkpoints: [], agentSequences: new Map() })
      expect(await store.readEvents({ after: 0, limit: 10 })).toEqual([])
      expect(await store.readEvents({ after: 0, limit: 10, callId: idOf(1) })).toEqual([])
      expect(await store.listCalls({ limit: 10, queueId: 'support' })).toEqual([])
      expect(await store.queueTotals(instant(0), {})).toEqual([])
      expect(await store.loadCenter()).toBeNull()
    })
  })
}

function numberOf(callId: string): number {
  return Number(callId.slice(3))
}
