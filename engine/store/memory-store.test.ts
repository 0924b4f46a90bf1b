import { describe, expect, it } from 'vitest'
import { agentEvent, callEvent, callRecord, idOf } from '../../test/contract/records.ts'
import { createMemoryStore } from './memory-store.ts'

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('the in-memory store', () => {
  it('keeps so many events, drops the oldest and tells which is the oldest', async () => {
    const store = createMemoryStore({ journalLimit: 10 })
    for (const cursor of range(1, 37)) {
      await store.append({ events: [callEvent({ cursor })], checkpoints: [] })
      expect(await store.oldestCursor()).toBe(Math.max(1, cursor - 9))
    }
    const cursors = async (after: number) =>
      (await store.readEvents({ after, limit: 100 })).map(event => Number(event.cursor))
    expect(await cursors(0)).toEqual(range(28, 37))
    expect(await cursors(33)).toEqual(range(34, 37))
    await store.append({ events: range(1, 38).map(cursor => callEvent({ cursor })), checkpoints: [] })
    expect(await cursors(0)).toEqual(range(29, 38))
  })

  it('remembers the sequence of an agent whose events it has dropped', async () => {
    const store = createMemoryStore({ journalLimit: 1 })
    await store.append({ events: [agentEvent({ cursor: 1, sequence: 4 }), callEvent({ cursor: 2 })], checkpoints: [] })
    expect((await store.open()).agentSequences).toEqual(new Map([['agent/ada', 4]]))
  })

  it('keeps ten thousand ended calls', async () => {
    const store = createMemoryStore()
    for (const number of [...range(5_001, 10_003), ...range(1, 5_000)]) await store.saveCalls([callRecord(number, [])])
    expect(await store.getCall(idOf(3))).toBeNull()
    expect((await store.getCall(idOf(4)))?.callId).toBe(idOf(4))
    expect(await store.listCalls({ limit: 20_000 })).toHaveLength(10_000)
  })
})
