/**
 * The record of a call as a fold over its events: the same function serves the live view, the stored projection and
 * the recovery of a killed process.
 */
import type { AnyEvent, EventData } from '../events.ts'
import {
  type CallRecord,
  type CallState,
  type OfferRecord,
  type OutsideRecord,
  type RecordingRecord,
  type SegmentRecord,
  sipCallIdsOf,
  type VisitRecord,
} from '../records.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
/** Steps that a record keeps; the journal has them all. */
const longestFlowPath = 200

type Arrived = Extract<AnyEvent, { type: 'call.arrived' }>

/** The record that `call.arrived` begins. */
export function beginRecord(event: Arrived, tenant: string): CallRecord {
  const { data } = event
  return {
    callId: data.callId,
    tenant,
    direction: data.direction,
    state: 'arrived',
    since: event.time,
    ani: data.ani,
    dnis: data.dnis,
    trunkId: data.trunkId,
    fromAgentId: data.fromAgentId,
    sipCallId: data.sipCallId,
    ...(data.callbackId === undefined ? {} : { callbackId: data.callbackId }),
    queueId: null,
    agentId: null,
    arrivedAt: event.time,
    connectedAt: null,
    endedAt: null,
    endedBy: null,
    cause: null,
    sipCode: null,
    attributes: {},
    visits: [],
    segments: [],
  }
}

/** Applies one later event of the call, in place: a live record is read far less often than it changes. */
export function applyToRecord(record: CallRecord, event: AnyEvent): void {
  const call = record as Mutable<CallRecord>
  const enter = (state: CallState) => {
    if (call.state === state) return
    call.state = state
    call.since = event.time
  }
  switch (event.type) {
    case 'call.attributes_updated':
      call.attributes = { ...call.attributes, ...event.data.changed }
      break
    case 'call.screening_started':
      enter('screening')
      break
    case 'call.flow_step_taken': {
      const { flowId, step, action, result } = event.data
      const path = call.flowPath ?? []
      if (path.length < longestFlowPath) call.flowPath = [...path, { at: event.time, flowId, step, action, result }]
      break
    }
    case 'call.queued':
      call.visits.push(newVisit(event.data))
      call.queueId = event.data.queueId
      enter('queued')
      break
    case 'call.requeued':
      enter('queued')
      break
    case 'call.routing_step_changed': {
      const visit = visitOf(record, event.data.visitId)
      if (visit === undefined) break
      // A recipe changes what is required, and leaves the step as it is.
      if (event.data.requirements === undefined) visit.step = event.data.to
      else visit.requirements = event.data.requirements
      break
    }
    case 'offer.created':
      visitOf(record, event.data.visitId)?.offers.push(newOffer(event.data, event.time))
      addLegs(call, event.data.sipCallIds, `agent:${event.data.agentId}`, event.time)
      enter('offered')
      break
    case 'offer.ringing': {
      const offer = offerOf(record, event.data)
      if (offer !== undefined) offer.ringingAt = event.time
      break
    }
    case 'offer.redirected': {
      const offer = offerOf(record, event.data)
      if (offer !== undefined) offer.redirectedTo = [...(offer.redirectedTo ?? []), event.data.to]
      addLegs(call, [event.data.sipCallId], `agent:${event.data.agentId}`, event.time)
      break
    }
    case 'offer.accepted':
    case 'offer.rejected':
    case 'offer.timed_out':
    case 'offer.canceled':
    case 'offer.rescinded':
    case 'offer.failed':
      endOffer(record, event)
      if (event.type === 'offer.accepted') enter('connecting')
      break
    case 'call.connected':
      connect(call, event)
      // A leg that another call has rung, and given away.
      addLegs(call, [event.data.sipCallId], `agent:${event.data.agentId}`, event.time)
      enter('connected')
      break
    case 'call.outside_dialled':
      dialOutside(call, event)
      addLegs(call, [event.data.sipCallId], `number:${event.data.number}`, event.time)
      enter('connecting')
      break
    case 'call.outside_connected':
      call.connectedAt ??= event.time
      outsideOf(record, event.data.legId).connectedAt = event.time
      enter('connected')
      break
    case 'call.outside_ended': {
      const { outcome, reason, sipCode, talkMs } = event.data
      Object.assign(outsideOf(record, event.data.legId), { endedAt: event.time, outcome, reason, sipCode, talkMs })
      break
    }
    case 'call.moved':
      addLegs(call, [event.data.sipCallId], `agent:${event.data.agentId}`, event.time)
      break
    case 'recording.started': {
      const { recordingId, kind, mailboxId } = event.data
      const begun = { recordingId, kind, mailboxId, startedAt: event.time, outcome: null, durationMs: 0 }
      call.recordings = [...(call.recordings ?? []), begun]
      break
    }
    case 'recording.available':
      endRecording(record, event.data.recordingId, 'available', event.data.durationMs)
      break
    case 'recording.dropped':
      endRecording(record, event.data.recordingId, event.data.reason, 0)
      break
    case 'call.transfer_started': {
      const { kind, from, to } = event.data
      const begun = { at: event.time, kind, from, to, outcome: null, reason: null }
      call.transfers = [...(call.transfers ?? []), begun]
      break
    }
    case 'call.transferred':
    case 'call.transfer_failed': {
      const last = call.transfers?.at(-1)
      const isDone = event.type === 'call.transferred'
      const reason = isDone ? null : event.data.reason
      if (last !== undefined)
        Object.assign(last, { to: event.data.to, outcome: isDone ? 'transferred' : 'failed', reason })
      break
    }
    case 'call.segment_ended':
      endSegment(record, event.data, event.time)
      break
    case 'call.wrapup_completed': {
      const segment = record.segments.find(({ segmentId }) => segmentId === event.data.segmentId)
      if (segment === undefined) break
      segment.wrapMs = event.data.wrapMs
      segment.disposition = event.data.disposition
      segment.notes = event.data.notes
      break
    }
    case 'call.abandoned':
      endVisit(record, event.data, event.time, 'abandoned', event.data.stage)
      break
    case 'call.diverted':
      endVisit(record, event.data, event.time, divertedOutcome(event.data.reason), event.data.reason)
      break
    case 'call.rejected':
      reject(call, event)
      break
    case 'call.ended':
      call.endedAt = event.time
      call.endedBy = event.data.endedBy
      call.cause = event.data.cause
      call.sipCode = event.data.sipCode
      enter(event.data.ending)
      break
  }
}

function dialOutside(
  call: Mutable<CallRecord>,
  { data, time }: Extract<AnyEvent, { type: 'call.outside_dialled' }>,
): void {
  const { legId, number, trunkId } = data
  const leg: OutsideRecord = {
    legId,
    number,
    trunkId,
    dialledAt: time,
    connectedAt: null,
    endedAt: null,
    outcome: null,
    reason: null,
    sipCode: null,
    talkMs: 0,
  }
  call.outside = [...(call.outside ?? []), leg]
}

function addLegs(
  call: Mutable<CallRecord>,
  sipCallIds: readonly (string | undefined)[] = [],
  party: string,
  at: string,
): void {
  const known = sipCallIdsOf(call)
  const legs = sipCallIds.flatMap(sipCallId =>
    sipCallId === undefined || sipCallId === '' || known.includes(sipCallId) ? [] : { sipCallId, party, at },
  )
  if (legs.length > 0) call.legs = [...(call.legs ?? []), ...legs]
}

/** A leg that nobody has told of is nobody's. */
function outsideOf(record: CallRecord, legId: string): Partial<Mutable<OutsideRecord>> {
  return record.outside?.find(leg => leg.legId === legId) ?? {}
}

/** Folds the events of one call, oldest first. Null when they don't begin with its arrival. */
export function foldRecord(events: readonly AnyEvent[], tenant: string): CallRecord | null {
  const [first, ...others] = events
  if (first?.type !== 'call.arrived') return null
  const record = beginRecord(first, tenant)
  for (const event of others) applyToRecord(record, event)
  return record
}

function visitOf(record: CallRecord, visitId: string | null): VisitRecord | undefined {
  return visitId === null ? undefined : record.visits.findLast(visit => visit.visitId === visitId)
}

function offerOf(record: CallRecord, ref: { visitId: string | null; offerId: string }): OfferRecord | undefined {
  return visitOf(record, ref.visitId)?.offers.findLast(({ offerId }) => offerId === ref.offerId)
}

function newVisit(data: EventData<'call.queued'>): VisitRecord {
  return {
    visitId: data.visitId,
    queueId: data.queueId,
    priority: data.priority,
    enqueuedAt: data.enqueuedAt,
    endedAt: null,
    waitMs: 0,
    outcome: null,
    reason: null,
    agentId: null,
    ...(data.callbackId === undefined ? {} : { callbackId: data.callbackId }),
    offers: [],
    ...(data.resumed === true ? { resumed: true } : {}),
  }
}

function newOffer(data: EventData<'offer.created'>, time: string): OfferRecord {
  return {
    offerId: data.offerId,
    agentId: data.agentId,
    createdAt: time,
    ringingAt: null,
    endedAt: null,
    outcome: null,
    reason: null,
    sipCode: null,
    ringMs: 0,
    explanation: data.explanation,
  }
}

type OfferEnd = Extract<AnyEvent, { type: `offer.${string}`; data: { ringMs: number } }>

function endOffer(record: CallRecord, event: OfferEnd): void {
  const offer = offerOf(record, event.data)
  if (offer === undefined) return
  offer.endedAt = event.time
  offer.outcome = event.type.slice('offer.'.length) as NonNullable<OfferRecord['outcome']>
  offer.reason = event.data.reason
  offer.sipCode = event.data.sipCode
  offer.ringMs = event.data.ringMs
}

function endVisit(
  record: CallRecord,
  data: { visitId: string | null; waitMs: number },
  time: string,
  outcome: NonNullable<VisitRecord['outcome']>,
  reason: string,
): void {
  const visit = visitOf(record, data.visitId)
  if (visit === undefined) return
  visit.endedAt = time
  visit.waitMs = data.waitMs
  visit.outcome = outcome
  visit.reason = reason
}

function connect(call: Mutable<CallRecord>, event: Extract<AnyEvent, { type: 'call.connected' }>): void {
  const { data } = event
  call.connectedAt ??= event.time
  call.agentId = data.agentId
  endVisit(call, data, event.time, 'answered', 'answered')
  const visit = visitOf(call, data.visitId)
  if (visit !== undefined) visit.agentId = data.agentId
  call.segments.push({
    segmentId: data.segmentId,
    agentId: data.agentId,
    visitId: data.visitId,
    queueId: data.queueId,
    startedAt: event.time,
    endedAt: null,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapMs: 0,
    disposition: null,
    notes: null,
  })
}

function endSegment(record: CallRecord, data: EventData<'call.segment_ended'>, time: string): void {
  const segment: SegmentRecord | undefined = record.segments.find(({ segmentId }) => segmentId === data.segmentId)
  if (segment === undefined) return
  segment.endedAt = time
  segment.ringMs = data.ringMs
  segment.talkMs = data.talkMs
  segment.holdMs = data.holdMs
}

function endRecording(
  { recordings = [] }: CallRecord,
  recordingId: string,
  outcome: NonNullable<RecordingRecord['outcome']>,
  durationMs: number,
): void {
  const recording = recordings.find(one => one.recordingId === recordingId)
  if (recording !== undefined) Object.assign(recording, { outcome, durationMs })
}

/** Reasons for which a queue gives a call up, as outcomes of the visit; any other one is a failure of it. */
const rejectedOutcomes: Readonly<Record<string, NonNullable<VisitRecord['outcome']>>> = {
  full: 'full',
  closed: 'closed',
  empty: 'empty',
  noneSignedIn: 'empty',
  allPaused: 'empty',
  noneQualified: 'empty',
  callbackAccepted: 'callbackAccepted',
  overflow: 'flowOut',
  maxWait: 'flowOut',
  recipe: 'flowOut',
}

/** How a visit has ended whose call was sent elsewhere for a reason. */
export function divertedOutcome(reason: string): NonNullable<VisitRecord['outcome']> {
  const outcome = refusedOutcome(reason)
  return outcome === 'failed' ? 'flowOut' : outcome
}

/** How a visit has ended whose call was refused for a reason. */
export function refusedOutcome(reason: string): NonNullable<VisitRecord['outcome']> {
  return rejectedOutcomes[reason] ?? 'failed'
}

function reject(call: Mutable<CallRecord>, event: Extract<AnyEvent, { type: 'call.rejected' }>): void {
  const { data } = event
  endVisit(call, data, event.time, refusedOutcome(data.reason), data.reason)
}
