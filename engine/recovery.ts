/**
 * After a killed process: the calls and sessions that it left open are closed with a cause, and their records written.
 * They end at the last moment at which it is known to have lived: the time until the restart was nobody's talk or wait.
 */
import { foldRecord } from './calls/call-record.ts'
import type { AgentLabel, AnyEvent, EventData, EventEnvelope, EventType } from './events.ts'
import type { Journal } from './journal.ts'
import type { Logger } from './ports/logger.ts'
import type { Store, StoreHead } from './ports/store.ts'
import { ProcessMark } from './process-mark.ts'
import type { AgentSessionRecord, CallRecord, SegmentRecord, VisitRecord } from './records.ts'
import type { RecordingClosing } from './voicemail/voicemail-recovery.ts'

export interface RecoveryOptions {
  readonly store: Store
  readonly head: StoreHead
  readonly journal: Journal
  readonly logger: Logger
  readonly tenant: string
  now(): number
  save(record: CallRecord): void
  saveSession(record: AgentSessionRecord): void
  /** How its recordings have ended, by id. */
  readonly recordings: ReadonlyMap<string, RecordingClosing>
}

/** Events of one call that are read back: a call with more was no ordinary one, and its record is cut there. */
const maxEventsPerCall = 5_000
/** How far back the last label of an agent is looked for. */
const labelEvents = 5_000

/** Takes the journal over from the last process and closes what that one left open. @returns until when that one lived */
export async function takeOver(options: RecoveryOptions): Promise<number> {
  const { head, journal } = options
  const aliveMs = await lastSignOfLife(options)
  journal.resume(head, aliveMs)
  await closeDeadCalls(options, aliveMs)
  await closeDeadSessions(options, aliveMs)
  return aliveMs
}

/** The later one of the mark of the last process and of its last event. */
async function lastSignOfLife({ store, head, now }: RecoveryOptions): Promise<number> {
  const { aliveAtMs } = ProcessMark.after(head)
  const [last] = head.cursor === 0 ? [] : await store.readEvents({ after: head.cursor - 1, limit: 1 })
  const lastMs = last === undefined ? null : Date.parse(last.time)
  if (aliveAtMs === null && lastMs === null) return now()
  // The clock may have been set back meanwhile.
  return Math.min(now(), Math.max(aliveAtMs ?? 0, lastMs ?? 0))
}

async function closeDeadCalls(options: RecoveryOptions, aliveMs: number): Promise<void> {
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
    const closing = new Closing(options, id, events, aliveMs)
    closing.close(record)
    save(closing.record() ?? record)
  }
  if (dead.length > 0) logger.warn({ calls: dead.length }, 'closed the calls of a process that was killed')
}

/** Ends the sessions of agents who were signed in: the new process starts with everybody offline. */
async function closeDeadSessions(options: RecoveryOptions, aliveMs: number): Promise<void> {
  const { head, journal, saveSession } = options
  const dead = head.checkpoints.filter(({ kind }) => kind === 'agent')
  if (dead.length === 0) return
  const labels = await lastLabels(options)
  const since = new Date(aliveMs).toISOString()
  for (const { id, state } of dead) {
    const common = { agentId: id, reason: 'restart', since, actor: 'system' }
    const from = labels.get(id) ?? 'available'
    const signedOut = { ...common, from: 'online', to: 'offline' } as const
    journal.emitAt(aliveMs, 'agent.session_changed', `agent/${id}`, signedOut, null)
    const shown = { ...common, from, to: 'offline', callId: null } as const
    journal.emitAt(aliveMs, 'agent.state_changed', `agent/${id}`, shown, null)
    journal.checkpoint({ kind: 'agent', id, state: null })
    saveSession({ ...(state as AgentSessionRecord), endedAt: since, endReason: 'restart' })
  }
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
  readonly #aliveMs: number

  constructor(options: RecoveryOptions, callId: string, events: readonly AnyEvent[], aliveMs: number) {
    this.#options = options
    this.#events = events
    this.#callId = callId
    this.#aliveMs = aliveMs
    for (const { subject, sequence } of this.#own()) options.journal.resumeSubject(subject, Number(sequence))
  }

  /** Exactly one end each for offers, pops, visit, segment, call and wrap-up: those that have theirs are left alone. */
  close(record: CallRecord): void {
    for (const offer of this.#openOffers()) this.#closeOffer(offer)
    for (const visit of record.visits) if (visit.outcome === null) this.#closeVisit(visit)
    for (const segment of record.segments) if (segment.endedAt === null) this.#closeSegment(segment)
    for (const { recordingId, outcome } of record.recordings ?? [])
      if (outcome === null) this.#closeRecording(recordingId)
    if (record.endedAt === null) this.#closeCall(this.record() ?? record)
    this.#closeWrapUps()
    for (const { subject } of this.#own()) this.#options.journal.closeSubject(subject)
  }

  /** As it stands with what was added. */
  record(): CallRecord | null {
    return foldRecord([...this.#events, ...this.added], this.#options.tenant)
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
    const ringing = this.#find('offer.ringing', data => data.offerId === offerId)
    const ringMs = ringing === undefined ? 0 : this.#since(ringing.time)
    const why = { reason: 'restart', sipCode: null }
    this.#emit('offer.canceled', { callId, visitId, offerId, agentId, queueId, ...why, ringMs })
    const pop = this.#find('screenpop.requested', data => data.offerId === offerId)
    if (pop === undefined || this.#find('screenpop.withdrawn', data => data.offerId === offerId) !== undefined) return
    const { popId } = pop.data
    this.#emit('screenpop.withdrawn', { popId, callId, offerId, agentId, reason: 'canceled' }, `screenpop/${popId}`)
  }

  #closeVisit({ visitId, queueId, enqueuedAt }: VisitRecord): void {
    const waitMs = this.#since(enqueuedAt)
    const callId = this.#callId
    this.#emit('call.rejected', { callId, visitId, queueId, waitMs, reason: 'restart', sipCode: 503 })
  }

  #closeSegment({ segmentId, visitId, queueId, agentId, startedAt }: SegmentRecord): void {
    const connected = this.#find('call.connected', data => data.segmentId === segmentId)
    const accepted = this.#find('offer.accepted', data => data.offerId === connected?.data.offerId)
    const ringMs = accepted?.data.ringMs ?? 0
    const holdMs = this.#heldSince(startedAt)
    const talkMs = Math.max(0, this.#since(startedAt) - holdMs)
    const callId = this.#callId
    this.#emit('call.segment_ended', { callId, segmentId, visitId, queueId, agentId, ringMs, talkMs, holdMs })
  }

  /** How long either side, or both, held the call from `startedAt` on. */
  #heldSince(startedAt: string): number {
    const holding = new Set<string>()
    let since = this.#aliveMs
    let heldMs = 0
    for (const event of this.#events) {
      if (event.time < startedAt) continue
      if (event.type === 'call.held') {
        if (holding.size === 0) since = Date.parse(event.time)
        holding.add(event.data.by)
      } else if (event.type === 'call.retrieved' && holding.delete(event.data.by) && holding.size === 0)
        heldMs += Date.parse(event.time) - since
    }
    return holding.size === 0 ? heldMs : heldMs + Math.max(0, this.#aliveMs - since)
  }

  #closeRecording(recordingId: string): void {
    const closing = this.#options.recordings.get(recordingId)
    if (closing?.type === 'recording.available') this.#emit(closing.type, closing.data)
    else if (closing !== undefined) this.#emit(closing.type, closing.data)
  }

  #closeCall({ arrivedAt, connectedAt, visits, segments, recordings = [] }: CallRecord): void {
    const hasMessage = recordings.some(({ outcome }) => outcome === 'available')
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    this.#emit('call.ended', {
      callId: this.#callId,
      ending: connectedAt !== null ? 'completed' : hasMessage ? 'diverted' : 'failed',
      endedBy: 'system',
      cause: 'restart',
      sipCode: null,
      totals: {
        durationMs: this.#since(arrivedAt),
        waitMs: sum(visits.map(({ waitMs }) => waitMs)),
        talkMs: sum(segments.map(({ talkMs }) => talkMs)),
        holdMs: sum(segments.map(({ holdMs }) => holdMs)),
      },
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
    return Math.max(0, this.#aliveMs - Date.parse(instant))
  }

  #find<T extends EventType>(type: T, fits: (data: EventData<T>) => boolean): EventEnvelope<T> | undefined {
    const found = this.#events.find(event => event.type === type && fits(event.data as EventData<T>))
    return found as unknown as EventEnvelope<T> | undefined
  }

  #emit<T extends EventType>(type: T, data: EventData<T>, subject = `call/${this.#callId}`): void {
    const event = this.#options.journal.emitAt(this.#aliveMs, type, subject, data, this.#callId)
    this.added.push(event as unknown as AnyEvent)
  }
}
