/** After a killed process: the calls and sessions that it left open are closed with a cause, and their records written. */
import { foldRecord } from './calls/call-record.ts'
import type { AgentLabel, AnyEvent, EventData, EventType } from './events.ts'
import type { Journal } from './journal.ts'
import type { Logger } from './ports/logger.ts'
import type { Store, StoreHead } from './ports/store.ts'
import type { AgentSessionRecord, CallRecord, SegmentRecord, VisitRecord } from './records.ts'

export interface RecoveryOptions {
  readonly store: Store
  readonly head: StoreHead
  readonly journal: Journal
  readonly logger: Logger
  readonly tenant: string
  now(): number
  save(record: CallRecord): void
  saveSession(record: AgentSessionRecord): void
}

/** Events of one call that are read back: a call with more was no ordinary one, and its record is cut there. */
const maxEventsPerCall = 5_000
/** How far back the last label of an agent is looked for. */
const labelEvents = 5_000

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
    const closing = new Closing(options, id, events)
    closing.close(record)
    save(foldRecord([...events, ...closing.added], tenant) ?? record)
  }
  if (dead.length > 0) logger.warn({ calls: dead.length }, 'closed the calls of a process that was killed')
  return dead.length
}

/** Ends the sessions of agents who were signed in: the new process starts with everybody offline. @returns how many */
export async function closeDeadSessions(options: RecoveryOptions): Promise<number> {
  const { head, journal, saveSession } = options
  const dead = head.checkpoints.filter(({ kind }) => kind === 'agent')
  if (dead.length === 0) return 0
  const labels = await lastLabels(options)
  const since = new Date(options.now()).toISOString()
  for (const { id, state } of dead) {
    const common = { agentId: id, reason: 'restart', since, actor: 'system' }
    const from = labels.get(id) ?? 'available'
    journal.emit('agent.session_changed', `agent/${id}`, { ...common, from: 'online', to: 'offline' }, null)
    journal.emit('agent.state_changed', `agent/${id}`, { ...common, from, to: 'offline', callId: null }, null)
    journal.checkpoint({ kind: 'agent', id, state: null })
    saveSession({ ...(state as AgentSessionRecord), endedAt: since, endReason: 'restart' })
  }
  return dead.length
}

async function lastLabels({ store, head }: RecoveryOptions): Promise<ReadonlyMap<string, AgentLabel>> {
  const labels = new Map<string, AgentLabel>()
  const events = await store.readEvents({ after: Math.max(0, head.cursor - labelEvents), limit: labelEvents })
  for (const event of events) if (event.type === 'agent.state_changed') labels.set(event.data.agentId, event.data.to)
  return labels
}

class Closing {
  readonly added: AnyEvent[] = []
  readonly #options: RecoveryOptions
  readonly #events: readonly AnyEvent[]
  readonly #callId: string

  constructor(options: RecoveryOptions, callId: string, events: readonly AnyEvent[]) {
    this.#options = options
    this.#events = events
    this.#callId = callId
    for (const { subject, sequence } of this.#own()) options.journal.resumeSubject(subject, Number(sequence))
  }

  /** Exactly one end each for offers, pops, visit, segment, call and wrap-up: those that have theirs are left alone. */
  close(record: CallRecord): void {
    for (const offer of this.#openOffers()) this.#closeOffer(offer)
    for (const visit of record.visits) if (visit.outcome === null) this.#closeVisit(visit)
    for (const segment of record.segments) if (segment.endedAt === null) this.#closeSegment(segment)
    if (record.endedAt === null) this.#closeCall(record)
    this.#closeWrapUps()
    for (const { subject } of this.#own()) this.#options.journal.closeSubject(subject)
  }

  /** Events of the call and its pops; those of its agents have a longer life. */
  #own(): readonly AnyEvent[] {
    return this.#events.filter(({ subject }) => !subject.startsWith('agent/'))
  }

  /** From the events, because a record does not have the offers of a call without a queue. */
  #openOffers(): readonly EventData<'offer.created'>[] {
    const open = new Map<string, EventData<'offer.created'>>()
    for (const { type, data } of this.#events) {
      if (type === 'offer.created') open.set(data.offerId, data)
      else if (type.startsWith('offer.') && 'ringMs' in data && 'offerId' in data) open.delete(data.offerId)
    }
    return [...open.values()]
  }

  #closeOffer({ offerId, agentId, visitId, queueId }: EventData<'offer.created'>): void {
    const callId = this.#callId
    const nothing = { sipCode: null, ringMs: 0 }
    this.#emit('offer.canceled', { callId, visitId, offerId, agentId, queueId, reason: 'restart', ...nothing })
    const pop = this.#find('screenpop.requested', data => data.offerId === offerId)
    if (pop === undefined || this.#find('screenpop.withdrawn', data => data.offerId === offerId) !== undefined) return
    const { popId } = pop
    this.#emit('screenpop.withdrawn', { popId, callId, offerId, agentId, reason: 'canceled' }, `screenpop/${popId}`)
  }

  #closeVisit({ visitId, queueId, enqueuedAt }: VisitRecord): void {
    const waitMs = this.#since(enqueuedAt)
    const callId = this.#callId
    this.#emit('call.rejected', { callId, visitId, queueId, waitMs, reason: 'restart', sipCode: 503 })
  }

  #closeSegment({ segmentId, visitId, queueId, agentId, startedAt, ringMs }: SegmentRecord): void {
    const talkMs = this.#since(startedAt)
    const callId = this.#callId
    this.#emit('call.segment_ended', { callId, segmentId, visitId, queueId, agentId, ringMs, talkMs, holdMs: 0 })
  }

  #closeCall({ arrivedAt, connectedAt }: CallRecord): void {
    this.#emit('call.ended', {
      callId: this.#callId,
      ending: connectedAt === null ? 'failed' : 'completed',
      endedBy: 'system',
      cause: 'restart',
      sipCode: null,
      totals: { durationMs: this.#since(arrivedAt), waitMs: 0, talkMs: 0, holdMs: 0 },
    })
  }

  #closeWrapUps(): void {
    for (const event of this.#events) {
      if (event.type !== 'call.wrapup_started') continue
      const { callId, segmentId, agentId } = event.data
      if (this.#find('call.wrapup_completed', data => data.segmentId === segmentId) !== undefined) continue
      const wrapMs = this.#since(event.time)
      const nothing = { disposition: null, notes: null }
      this.#emit('call.wrapup_completed', { callId, segmentId, agentId, wrapMs, by: 'restart', ...nothing })
    }
  }

  #since(instant: string): number {
    return Math.max(0, this.#options.now() - Date.parse(instant))
  }

  #find<T extends EventType>(type: T, fits: (data: EventData<T>) => boolean): EventData<T> | undefined {
    return this.#events.find(event => event.type === type && fits(event.data as EventData<T>))?.data as
      | EventData<T>
      | undefined
  }

  #emit<T extends EventType>(type: T, data: EventData<T>, subject = `call/${this.#callId}`): void {
    this.added.push(this.#options.journal.emit(type, subject, data, this.#callId) as unknown as AnyEvent)
  }
}
