/**
 * The Store of an embedder without a database: everything in memory, gone with the process, and bounded, so that a
 * process that runs for months stays as small as it was on its first day.
 */
import type { CallQuery, Checkpoint, Store, StoredCenter } from '../ports/store.ts'
import { type AgentSessionRecord, type CallRecord, sipCallIdsOf } from '../records.ts'
import { createMemoryJournal } from './memory-journal.ts'
import { createMemoryVoicemail } from './memory-voicemail.ts'
import { sumVisits } from './visit-totals.ts'

export interface MemoryStoreOptions {
  /** Named in the `source` of the events that are read back. */
  readonly tenant?: string
  /** Events kept; the oldest are dropped first. */
  readonly journalLimit?: number
  /** Ended calls kept; the oldest are dropped first. */
  readonly callLimit?: number
}

const sessionLimit = 10_000

export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { tenant = 'default', journalLimit = 100_000, callLimit = 10_000 } = options
  const journal = createMemoryJournal(tenant, journalLimit)
  const checkpoints = new Map<string, Checkpoint>()
  const calls = new Map<string, CallRecord>()
  /** Ids of `calls`, ascending: ids sort by time. */
  const callIds: string[] = []
  const sessions = new Map<string, AgentSessionRecord>()
  let center: StoredCenter | null = null

  function saveCall(record: CallRecord): void {
    if (!calls.has(record.callId)) callIds.splice(placeOf(callIds, record.callId), 0, record.callId)
    calls.set(record.callId, record)
    checkpoints.delete(`call ${record.callId}`)
  }

  return {
    kind: 'memory',
    open: async () => ({
      cursor: journal.lastCursor(),
      checkpoints: [...checkpoints.values()],
      agentSequences: journal.agentSequences(),
    }),
    async append(group) {
      journal.append(group.events)
      for (const checkpoint of group.checkpoints) {
        const key = `${checkpoint.kind} ${checkpoint.id}`
        if (checkpoint.state === null) checkpoints.delete(key)
        else checkpoints.set(key, structuredClone(checkpoint))
      }
    },
    readEvents: async query => journal.read(query),
    oldestCursor: async () => journal.oldestCursor(),
    async saveCalls(records) {
      for (const record of records) saveCall(record)
      for (const dropped of callIds.splice(0, callIds.length - callLimit)) calls.delete(dropped)
    },
    async saveSessions(records) {
      for (const record of records) sessions.set(record.sessionId, record)
      for (const oldest of sessions.keys()) {
        if (sessions.size <= sessionLimit) break
        sessions.delete(oldest)
      }
    },
    async listCalls(query) {
      const found: CallRecord[] = []
      let index = query.before === undefined ? callIds.length : placeOf(callIds, query.before)
      while (index > 0 && found.length < query.limit) {
        index -= 1
        const record = calls.get(callIds[index] ?? '')
        if (record !== undefined && isAskedFor(record, query)) found.push(record)
      }
      return found
    },
    getCall: async callId => calls.get(callId) ?? null,
    queueTotals: async (since, targetsMs) => sumVisits(calls.values(), since, targetsMs),
    async forget({ eventsBefore, callsBefore }) {
      if (eventsBefore !== null) journal.forget(eventsBefore)
      if (callsBefore === null) return false
      const isOld = (endedAt: string | null) => endedAt !== null && endedAt < callsBefore
      for (const [callId, { endedAt }] of calls) if (isOld(endedAt)) calls.delete(callId)
      callIds.splice(0, callIds.length, ...callIds.filter(callId => calls.has(callId)))
      for (const [sessionId, { endedAt }] of sessions) if (isOld(endedAt)) sessions.delete(sessionId)
      return false
    },
    voicemail: createMemoryVoicemail(),
    loadCenter: async () => structuredClone(center),
    async saveCenter(stored) {
      center = structuredClone(stored)
    },
    close: async () => undefined,
  }
}

/** In the queue: any visit. Of the agent: was offered it, had it, or started it. */
function isAskedFor(record: CallRecord, { queueId, agentId, sipCallId }: CallQuery): boolean {
  if (sipCallId !== undefined && !sipCallIdsOf(record).includes(sipCallId)) return false
  if (queueId !== undefined && !record.visits.some(visit => visit.queueId === queueId)) return false
  if (agentId === undefined || record.fromAgentId === agentId) return true
  return (
    record.segments.some(segment => segment.agentId === agentId) ||
    record.visits.some(visit => visit.offers.some(offer => offer.agentId === agentId))
  )
}

/** Index of the first id that is not smaller. */
function placeOf(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? '') < id) low = middle + 1
    else high = middle
  }
  return low
}
