/** How one live call follows its events: call.* and offer.*. Pure. */
import type { AnyEvent, EventData, OfferOutcome, VisitOutcome } from '../../engine/events.ts'
import type { CallRecord } from '../../server/api/calls.ts'
import { withLegs } from './legs.ts'
import { outsideAfter, outsideParty, outsideTalkMs } from './outside.ts'

/** A call in progress. Who holds it is known from events only: a record doesn't tell. */
export type LiveCall = CallRecord & { readonly heldBy: 'customer' | 'agent' | null }

type Visit = CallRecord['visits'][number]
type Offer = Visit['offers'][number]
type Segment = CallRecord['segments'][number]

export function liveCall(record: CallRecord): LiveCall {
  return { ...record, heldBy: null }
}

export function isEnded(call: CallRecord): boolean {
  return call.endedAt !== null
}

/** The visit that is going on, or the last one. */
export function currentVisit(call: CallRecord): Visit | null {
  return call.visits.at(-1) ?? null
}

/** Who talks, or whose phone rings. */
export function agentOf(call: CallRecord): string | null {
  if (call.state !== 'offered') return call.agentId
  const pending = currentVisit(call)?.offers.filter(offer => offer.outcome === null) ?? []
  return pending.at(-1)?.agentId ?? call.agentId
}

/** How the caller's wait is to be shown: it ticks from `since`, or has ended after `ms`. Null without a visit. */
export function waitOf(call: CallRecord): { since: string } | { ms: number } | null {
  const visit = currentVisit(call)
  if (visit === null) return null
  return visit.endedAt === null && call.endedAt === null ? { since: visit.enqueuedAt } : { ms: visit.waitMs }
}

/** How the talk is to be shown, as {@link waitOf}. Null when nobody has talked. */
export function talkOf(call: CallRecord): { since: string } | { ms: number } | null {
  if (call.endedAt === null && call.connectedAt !== null && call.state === 'connected') {
    return { since: outsideParty(call)?.connectedAt ?? call.segments.at(-1)?.startedAt ?? call.connectedAt }
  }
  const outsideMs = outsideTalkMs(call)
  if (call.segments.length === 0 && outsideMs === 0) return null
  return { ms: call.segments.reduce((sum, segment) => sum + segment.talkMs, outsideMs) }
}

/**
 * The call after the event. Null in: we don't know the call; null out: we still don't (it began before we listened, or
 * it has ended already). The same object when nothing changed.
 */
export function applyToCall(call: LiveCall | null, event: AnyEvent): LiveCall | null {
  if (event.type === 'call.arrived') return call ?? arrived(event.data, event)
  return call === null ? null : withLegs(changed(call, event), event)
}

function changed(call: LiveCall, event: AnyEvent): LiveCall {
  switch (event.type) {
    case 'call.attributes_updated':
      return { ...call, attributes: { ...call.attributes, ...event.data.changed } }
    case 'call.screening_started':
      return { ...call, state: 'screening', since: event.time }
    case 'call.queued':
      return queued(call, event.data, event.time)
    case 'call.requeued':
      return { ...call, state: 'queued', since: event.time }
    case 'offer.created':
      return offered(call, event.data, event.time)
    case 'offer.ringing':
      return withOffer(call, event.data.offerId, { ringingAt: event.time })
    case 'offer.accepted':
      return { ...offerEnded(call, event.data, 'accepted', event.time), state: 'connecting', since: event.time }
    case 'offer.rejected':
      return offerEnded(call, event.data, 'rejected', event.time)
    case 'offer.timed_out':
      return offerEnded(call, event.data, 'timed_out', event.time)
    case 'offer.canceled':
      return offerEnded(call, event.data, 'canceled', event.time)
    case 'offer.rescinded':
      return offerEnded(call, event.data, 'rescinded', event.time)
    case 'offer.failed':
      return offerEnded(call, event.data, 'failed', event.time)
    case 'call.connected':
      return connected(call, event.data, event.time)
    case 'call.outside_dialled':
      return { ...call, state: 'connecting', since: event.time, outside: outsideAfter(call.outside ?? [], event) }
    case 'call.outside_connected':
      return {
        ...call,
        state: 'connected',
        since: event.time,
        connectedAt: call.connectedAt ?? event.time,
        outside: outsideAfter(call.outside ?? [], event),
      }
    case 'call.outside_ended':
      return { ...call, outside: outsideAfter(call.outside ?? [], event) }
    case 'call.held':
      return { ...call, heldBy: event.data.by }
    case 'call.retrieved':
      return { ...call, heldBy: null }
    case 'call.abandoned':
      return visitEnded({ ...call, state: 'abandoned', since: event.time }, event.data, 'abandoned', event.time)
    case 'call.diverted':
      return visitEnded(call, event.data, outcomes[event.data.reason] ?? 'flowOut', event.time)
    case 'call.rejected':
      return rejected(call, event.data, event.time)
    case 'call.segment_ended':
      // Who has held it is gone.
      return { ...segmentEnded(call, event.data, event.time), heldBy: null }
    case 'call.transferred':
    case 'call.transfer_failed':
      // Another object: its page asks again.
      return { ...call }
    case 'call.wrapup_completed':
      return withSegment(call, event.data.segmentId, {
        wrapMs: event.data.wrapMs,
        disposition: event.data.disposition,
        notes: event.data.notes,
      })
    case 'call.ended':
      return ended(call, event.data, event.time)
    default:
      return call
  }
}

function arrived(data: EventData<'call.arrived'>, event: AnyEvent): LiveCall {
  return {
    callId: data.callId,
    tenant: event.source.slice(event.source.lastIndexOf('/') + 1),
    direction: data.direction,
    state: 'arrived',
    since: event.time,
    ani: data.ani,
    dnis: data.dnis,
    trunkId: data.trunkId,
    fromAgentId: data.fromAgentId,
    sipCallId: data.sipCallId,
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
    heldBy: null,
  }
}

function queued(call: LiveCall, data: EventData<'call.queued'>, time: string): LiveCall {
  const next: LiveCall = { ...call, state: 'queued', since: time, queueId: data.queueId }
  if (call.visits.some(visit => visit.visitId === data.visitId)) return next
  const visit: Visit = {
    visitId: data.visitId,
    queueId: data.queueId,
    priority: data.priority,
    enqueuedAt: data.enqueuedAt,
    endedAt: null,
    waitMs: 0,
    outcome: null,
    reason: null,
    agentId: null,
    offers: [],
  }
  return { ...next, visits: [...call.visits, visit] }
}

function offered(call: LiveCall, data: EventData<'offer.created'>, time: string): LiveCall {
  const offer: Offer = {
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
  const visits = call.visits.map(visit =>
    visit.visitId === data.visitId && !visit.offers.some(known => known.offerId === data.offerId)
      ? { ...visit, offers: [...visit.offers, offer] }
      : visit,
  )
  const since = call.state === 'offered' ? call.since : time
  return { ...call, state: 'offered', since, visits }
}

function withOffer(call: LiveCall, offerId: string, change: Partial<Offer>): LiveCall {
  const visits = call.visits.map(visit =>
    visit.offers.some(offer => offer.offerId === offerId)
      ? { ...visit, offers: visit.offers.map(offer => (offer.offerId === offerId ? { ...offer, ...change } : offer)) }
      : visit,
  )
  return { ...call, visits }
}

function offerEnded(call: LiveCall, data: EventData<'offer.accepted'>, outcome: OfferOutcome, time: string): LiveCall {
  const { reason, sipCode, ringMs } = data
  return withOffer(call, data.offerId, { endedAt: time, outcome, reason, sipCode, ringMs })
}

function visitEnded(
  call: LiveCall,
  data: { readonly visitId: string | null; readonly waitMs: number },
  outcome: VisitOutcome,
  time: string,
  change: Partial<Visit> = {},
): LiveCall {
  const visits = call.visits.map(visit =>
    visit.visitId === data.visitId ? { ...visit, endedAt: time, waitMs: data.waitMs, outcome, ...change } : visit,
  )
  return { ...call, visits }
}

function connected(call: LiveCall, data: EventData<'call.connected'>, time: string): LiveCall {
  const segment: Segment = {
    segmentId: data.segmentId,
    agentId: data.agentId,
    visitId: data.visitId,
    queueId: data.queueId,
    startedAt: time,
    endedAt: null,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapMs: 0,
    disposition: null,
    notes: null,
  }
  const next: LiveCall = {
    ...call,
    state: 'connected',
    since: time,
    connectedAt: call.connectedAt ?? time,
    agentId: data.agentId,
    heldBy: null,
    segments: [...call.segments.filter(known => known.segmentId !== data.segmentId), segment],
  }
  return visitEnded(next, data, 'answered', time, { agentId: data.agentId })
}

/** Reasons for which a queue does not take a call, as outcomes of the visit. */
const outcomes: Readonly<Record<string, VisitOutcome>> = {
  full: 'full',
  closed: 'closed',
  empty: 'empty',
  noneSignedIn: 'empty',
  allPaused: 'empty',
  noneQualified: 'empty',
  callbackAccepted: 'callbackAccepted',
  overflow: 'flowOut',
  maxWait: 'flowOut',
}

function rejected(call: LiveCall, data: EventData<'call.rejected'>, time: string): LiveCall {
  const outcome = outcomes[data.reason] ?? 'failed'
  const next: LiveCall = { ...call, state: 'rejected', since: time, sipCode: data.sipCode }
  return visitEnded(next, data, outcome, time, { reason: data.reason })
}

function withSegment(call: LiveCall, segmentId: string, change: Partial<Segment>): LiveCall {
  const segments = call.segments.map(known => (known.segmentId === segmentId ? { ...known, ...change } : known))
  return { ...call, segments }
}

function segmentEnded(call: LiveCall, data: EventData<'call.segment_ended'>, time: string): LiveCall {
  const { ringMs, talkMs, holdMs } = data
  return withSegment(call, data.segmentId, { endedAt: time, ringMs, talkMs, holdMs })
}

function ended(call: LiveCall, data: EventData<'call.ended'>, time: string): LiveCall {
  const { ending, endedBy, cause, sipCode } = data
  return { ...call, state: ending, since: time, endedAt: time, endedBy, cause, sipCode, heldBy: null }
}
