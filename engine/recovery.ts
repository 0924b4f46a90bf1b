/** After a killed process: the calls that it left open are closed with a cause, and their records written. */
import { foldRecord } from './calls/call-record.ts'
import type { AnyEvent, EventData, EventType } from './events.ts'
import type { Journal } from './journal.ts'
import type { Logger } from './ports/logger.ts'
import type { Store, StoreHead } from './ports/store.ts'
import type { CallRecord } from './records.ts'

export interface RecoveryOptions {
  readonly store: Store
  readonly head: StoreHead
  readonly journal: Journal
  readonly logger: Logger
  readonly tenant: string
  now(): number
  save(record: CallRecord): void
}

/** Events of one call that are read back: a call with more was no ordinary one, and its record is cut there. */
const maxEventsPerCall = 5_000

/** @returns how many calls were closed */
export async function closeDeadCalls(options: RecoveryOptions): Promise<number> {
  const { head, store, logger, tenant, save } = options
  const dead = head.checkpoints.filter(({ kind }) => kind === 'call')
  for (const { id } of dead) {
    const events = await store.readEvents({ after: 0, limit: maxEventsPerCall, callId: id })
    const record = foldRecord(events, tenant)
    if (record === null) {
      // The checkpoint was committed without its arrival: nothing was ever told about this call.
      options.journal.checkpoint({ kind: 'call', id, state: null })
      continue
    }
    const closing = new Closing(options, events)
    closing.close(record)
    save(foldRecord([...events, ...closing.added], tenant) ?? record)
  }
  if (dead.length > 0) logger.warn({ calls: dead.length }, 'closed the calls of a process that was killed')
  return dead.length
}

class Closing {
  readonly added: AnyEvent[] = []
  readonly #options: RecoveryOptions

  constructor(options: RecoveryOptions, events: readonly AnyEvent[]) {
    this.#options = options
    const last = events.findLast(({ subject }) => subject.startsWith('call/'))
    if (last?.sequence !== undefined) options.journal.resumeSubject(last.subject, Number(last.sequence))
  }

  /** Exactly one end each for offers, visit, segment and call: those that have theirs are left alone. */
  close(record: CallRecord): void {
    const now = this.#options.now()
    const { callId } = record
    for (const visit of record.visits) {
      for (const offer of visit.offers) {
        if (offer.outcome !== null) continue
        const { offerId, agentId } = offer
        const data = {
          callId,
          visitId: visit.visitId,
          offerId,
          agentId,
          queueId: visit.queueId,
          reason: 'restart',
          sipCode: null,
          ringMs: 0,
        }
        this.#emit('offer.canceled', callId, data)
      }
      if (visit.outcome !== null) continue
      const waitMs = Math.max(0, now - Date.parse(visit.enqueuedAt))
      this.#emit('call.rejected', callId, {
        callId,
        visitId: visit.visitId,
        queueId: visit.queueId,
        waitMs,
        reason: 'restart',
        sipCode: 503,
      })
    }
    for (const { segmentId, visitId, queueId, agentId, startedAt, endedAt, ringMs } of record.segments) {
      if (endedAt !== null) continue
      const talkMs = Math.max(0, now - Date.parse(startedAt))
      this.#emit('call.segment_ended', callId, {
        callId,
        segmentId,
        visitId,
        queueId,
        agentId,
        ringMs,
        talkMs,
        holdMs: 0,
      })
    }
    if (record.endedAt !== null) return
    const durationMs = Math.max(0, now - Date.parse(record.arrivedAt))
    const connected = record.connectedAt !== null
    this.#emit('call.ended', callId, {
      callId,
      ending: connected ? 'completed' : 'failed',
      endedBy: 'system',
      cause: 'restart',
      sipCode: null,
      totals: { durationMs, waitMs: 0, talkMs: 0, holdMs: 0 },
    })
  }

  #emit<T extends EventType>(type: T, callId: string, data: EventData<T>): void {
    this.added.push(this.#options.journal.emit(type, `call/${callId}`, data, callId) as unknown as AnyEvent)
  }
}
