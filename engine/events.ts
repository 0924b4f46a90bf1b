/**
 * The catalogue of domain events: the contract that journal, server, dashboard and CRM plugins share. One schema and
 * one sentence per event; changes are additive only. The envelope is CloudEvents 1.0 with the extensions `sequence`
 * and `cursor`. All instants are RFC 3339 strings in UTC, all durations are integers in milliseconds.
 */
import Type, { type Static, type TSchema } from 'typebox'

const Instant = Type.String({ description: 'RFC 3339 instant in UTC' })
const Millis = Type.Integer({ minimum: 0, description: 'milliseconds' })
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Attributes = Type.Record(Type.String(), Type.String(), {
  description: 'Free call attributes: what a flow, a lookup or an agent has said about the call',
})
export type Attributes = Static<typeof Attributes>

export const Ani = Type.Object({
  e164: Nullable(Type.String({ description: 'The number in E.164 with "+", when it can be known' })),
  raw: Type.String({ description: 'User part of From or of the asserted identity, as sent' }),
  name: Nullable(Type.String()),
  withheld: Type.Boolean(),
})
export type Ani = Static<typeof Ani>

/** The one label a person is shown for an agent, by precedence (FEATURES §4). */
export const agentLabels = [
  'offline',
  'unreachable',
  'talking',
  'held',
  'consulting',
  'conferencing',
  'wrapUp',
  'ringing',
  'reserved',
  'notReady',
  'available',
] as const
export type AgentLabel = (typeof agentLabels)[number]
const Label = Type.Enum(agentLabels)

export const callEndings = ['completed', 'abandoned', 'diverted', 'rejected', 'failed'] as const
export type CallEnding = (typeof callEndings)[number]

export const visitOutcomes = ['answered', 'abandoned', 'flowOut', 'full', 'closed', 'empty', 'failed'] as const
export type VisitOutcome = (typeof visitOutcomes)[number]

export const offerOutcomes = ['accepted', 'rejected', 'timed_out', 'canceled', 'rescinded', 'failed'] as const
export type OfferOutcome = (typeof offerOutcomes)[number]

export const Explanation = Type.Object(
  {
    strategy: Type.String(),
    reason: Type.String({ description: 'Why the chosen agent won, in words' }),
    candidates: Type.Array(
      Type.Object({ agentId: Type.String(), score: Type.Number(), chosen: Type.Boolean(), reason: Type.String() }),
      { description: 'The best candidates, best first; at most ten' },
    ),
    candidateCount: Type.Integer(),
    excluded: Type.Array(
      Type.Object({
        agentId: Type.String(),
        reason: Type.String(),
        unmet: Type.Optional(
          Type.Array(Type.Object({ skill: Type.String(), has: Type.Integer(), needs: Type.String() }), {
            description: 'Skills that the agent does not have as needed; has 0: not at all',
          }),
        ),
      }),
      { description: 'Agents who were free but not eligible; at most ten' },
    ),
    notFree: Type.Record(Type.String(), Type.Integer(), {
      description: "How many of the queue's agents were in each state that excludes them",
    }),
    waiting: Type.Integer({ description: 'Visits waiting in the queue at that moment' }),
    position: Type.Integer({ description: 'Place of this visit: 1 is first' }),
    step: Nullable(Type.String({ description: 'Relaxation step in force' })),
    scoreMeaning: Type.Optional(Type.String({ description: 'What a score is; the highest wins' })),
  },
  { description: 'Why an offer went where it went' },
)
export type Explanation = Static<typeof Explanation>

/** `visitId` and `queueId` are null for a call that rings an agent without a queue. */
const OfferRef = {
  callId: Type.String(),
  visitId: Nullable(Type.String()),
  offerId: Type.String(),
  agentId: Type.String(),
  queueId: Nullable(Type.String()),
}
const OfferEnd = Type.Object({ ...OfferRef, reason: Type.String(), sipCode: Nullable(Type.Integer()), ringMs: Millis })
const VisitRef = { callId: Type.String(), visitId: Type.String(), queueId: Type.String() }
const FlowStep = { step: Type.String(), action: Type.String(), result: Type.String() }
const VisitEnd = { ...VisitRef, waitMs: Millis }

export const ScreenPop = Type.Object({
  popId: Type.String(),
  callId: Type.String(),
  offerId: Type.String(),
  agentId: Type.String(),
  trigger: Type.Enum(['offer', 'answer', 'consult', 'transfer', 'callbackPreview']),
  ani: Ani,
  dnis: Type.String(),
  queueId: Nullable(Type.String()),
  queueName: Nullable(Type.String()),
  waitMs: Millis,
  ivr: Type.Object({ path: Type.Array(Type.String()), digits: Type.String() }),
  attributes: Attributes,
  matchStatus: Type.Enum(['pending', 'none', 'single', 'multiple', 'failed']),
  matches: Type.Array(
    Type.Object({
      system: Type.String(),
      objectType: Type.String(),
      recordId: Type.String(),
      label: Type.String(),
      url: Nullable(Type.String()),
      confidence: Type.Number(),
    }),
  ),
  target: Nullable(
    Type.Object({
      kind: Type.Enum(['record', 'url', 'search', 'new']),
      params: Type.Record(Type.String(), Type.String()),
    }),
  ),
  expiresAt: Instant,
})
export type ScreenPop = Static<typeof ScreenPop>

export const QueueMetrics = Type.Object({
  queueId: Type.String(),
  waiting: Type.Integer(),
  oldestEnqueuedAt: Nullable(Instant),
  offering: Type.Integer({ description: 'Waiting visits with an offer pending' }),
  talking: Type.Integer({ description: 'Visits of this queue now with an agent' }),
  agents: Type.Object(
    {
      signedIn: Type.Integer(),
      available: Type.Integer({ description: 'Free and routable now' }),
      ringing: Type.Integer({ description: 'Reserved or ringing' }),
      busy: Type.Integer({ description: 'On a call' }),
      wrapUp: Type.Integer(),
      notReady: Type.Integer(),
      unreachable: Type.Integer(),
    },
    { description: "The queue's agents by state; the states other than signedIn do not overlap" },
  ),
  today: Type.Object({
    offered: Type.Integer(),
    answered: Type.Integer(),
    abandoned: Type.Integer(),
    shortAbandoned: Type.Integer({ description: 'Abandoned within 5 s; also counted in abandoned' }),
    flowOut: Type.Integer(),
    rejected: Type.Integer(),
    serviceLevel: Nullable(Type.Number({ description: '0–1; see serviceLevelVariant; null without data' })),
    serviceLevelVariant: Type.String({ description: 'The formula: shortAsMet = (A<=T + B<=S) / (A + B)' }),
    asaMs: Nullable(Millis),
    longestWaitMs: Millis,
  }),
  ewtMs: Nullable(Millis),
})
export type QueueMetrics = Static<typeof QueueMetrics>

export const outsideOutcomes = ['completed', 'canceled', 'failed'] as const
export type OutsideOutcome = (typeof outsideOutcomes)[number]

const OutsideRef = { callId: Type.String(), legId: Type.String(), number: Type.String(), trunkId: Type.String() }

/** Every event type with the schema of its `data`. */
export const eventSchemas = {
  /** An INVITE was accepted as a new call; nothing has been decided yet. */
  'call.arrived': Type.Object({
    callId: Type.String(),
    direction: Type.Enum(['inbound', 'internal', 'outbound']),
    ani: Ani,
    dnis: Type.String(),
    trunkId: Nullable(Type.String()),
    fromAgentId: Nullable(Type.String()),
    sipCallId: Type.String(),
    uui: Nullable(Type.String()),
  }),
  /** The caller is on the block list; what became of the call is told next. */
  'call.blocked': Type.Object({
    callId: Type.String(),
    match: Type.String(),
    target: Type.String(),
    note: Type.String(),
  }),
  /** The call is in a menu, or with an embedder that talks to the caller. */
  'call.screening_started': Type.Object({ callId: Type.String(), flowId: Nullable(Type.String()) }),
  /** A step of a flow was taken, with what came of it. `step` is its id, or #3 for the third one. */
  'call.flow_step_taken': Type.Object({ callId: Type.String(), flowId: Nullable(Type.String()), ...FlowStep }),
  /** Attributes of the call were set or changed. */
  'call.attributes_updated': Type.Object({ callId: Type.String(), changed: Attributes, origin: Type.String() }),
  /** The call entered a queue: a new visit. */
  'call.queued': Type.Object({
    ...VisitRef,
    priority: Type.Integer(),
    position: Type.Integer(),
    ewtMs: Nullable(Millis),
    enqueuedAt: Instant,
    cause: Type.Enum(['inbound', 'overflow', 'transfer', 'agentLost', 'api']),
    requirements: Type.Optional(Type.String({ description: 'What it asks of agents at first; absent: nothing' })),
  }),
  /** All offers of the visit ended unaccepted: it waits again, in its old place. */
  'call.requeued': Type.Object({ ...VisitRef, position: Type.Integer(), enqueuedAt: Instant, cause: Type.String() }),
  /** Nobody was found in time: from now on the call asks for less, or for something else. */
  'call.routing_step_changed': Type.Object({
    ...VisitRef,
    from: Type.String(),
    to: Type.String(),
    eligibleCount: Type.Integer({ description: "The queue's agents who are signed in and suit, free or not" }),
  }),
  /** An agent was reserved for the visit; the device is not ringing yet. */
  'offer.created': Type.Object({ ...OfferRef, expiresAt: Instant, explanation: Explanation }),
  /** The agent's device rings (first 180 or 183). */
  'offer.ringing': Type.Object({ ...OfferRef, device: Type.String() }),
  /** The agent answered first: terminal. */
  'offer.accepted': OfferEnd,
  /** The device declined or was busy: terminal. */
  'offer.rejected': OfferEnd,
  /** The agent did not answer in time: terminal. */
  'offer.timed_out': OfferEnd,
  /** The caller left, or the visit ended, while the offer was pending: terminal, no penalty for the agent. */
  'offer.canceled': OfferEnd,
  /** Another agent took the visit: terminal, no penalty for the agent. */
  'offer.rescinded': OfferEnd,
  /** The device could not be reached or its media did not fit: terminal. */
  'offer.failed': OfferEnd,
  /** Customer and agent hear each other. */
  'call.connected': Type.Object({
    callId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    waitMs: Millis,
    agentId: Type.String(),
    offerId: Type.String(),
    segmentId: Type.String(),
  }),
  /** An outside number is called for the caller: an agent dialled it, or an overflow rule or the embedder sent the call there. */
  'call.outside_dialled': Type.Object({
    ...OutsideRef,
    callerId: Type.String({ description: 'the number that is shown' }),
  }),
  /** The outside party has answered: caller and outside party hear each other. */
  'call.outside_connected': Type.Object({ ...OutsideRef, ringMs: Millis }),
  /** The outside party is gone, or was never there. Exactly one per leg. */
  'call.outside_ended': Type.Object({
    ...OutsideRef,
    outcome: Type.Enum(outsideOutcomes),
    reason: Type.String(),
    sipCode: Nullable(Type.Integer()),
    ringMs: Millis,
    talkMs: Millis,
  }),
  /** A side put the call on hold. */
  'call.held': Type.Object({ callId: Type.String(), by: Type.Enum(['customer', 'agent']) }),
  /** The side that held the call took it back. */
  'call.retrieved': Type.Object({ callId: Type.String(), by: Type.Enum(['customer', 'agent']), heldMs: Millis }),
  /** The caller left while waiting: the visit ends. In a flow (stage screening) there is no visit. */
  'call.abandoned': Type.Object({
    callId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    waitMs: Millis,
    stage: Type.Enum(['screening', 'queued', 'offered', 'connecting']),
    short: Type.Boolean(),
  }),
  /** The visit ended by overflow or time-out: the call goes elsewhere. */
  'call.diverted': Type.Object({ ...VisitEnd, target: Type.String(), reason: Type.String() }),
  /** The call was not admitted, or was refused while waiting. `visitId` is null when it never entered a queue. */
  'call.rejected': Type.Object({
    callId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    waitMs: Millis,
    reason: Type.String(),
    sipCode: Type.Integer(),
  }),
  /** An agent's part in the call is over; the call itself may go on. */
  'call.segment_ended': Type.Object({
    callId: Type.String(),
    segmentId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    agentId: Type.String(),
    ringMs: Millis,
    talkMs: Millis,
    holdMs: Millis,
  }),
  /** The last customer leg is gone. Exactly one per call. */
  'call.ended': Type.Object({
    callId: Type.String(),
    ending: Type.Enum(callEndings),
    endedBy: Type.Enum(['customer', 'agent', 'outside', 'system', 'supervisor']),
    cause: Type.String(),
    sipCode: Nullable(Type.Integer()),
    totals: Type.Object({ durationMs: Millis, waitMs: Millis, talkMs: Millis, holdMs: Millis }),
  }),
  /** The agent's after-call work began. May follow call.ended. */
  'call.wrapup_started': Type.Object({
    callId: Type.String(),
    segmentId: Type.String(),
    agentId: Type.String(),
    queueId: Nullable(Type.String()),
    deadline: Nullable(Instant),
  }),
  /** The agent's after-call work is done, by the agent, the timer or a supervisor. */
  'call.wrapup_completed': Type.Object({
    callId: Type.String(),
    segmentId: Type.String(),
    agentId: Type.String(),
    wrapMs: Millis,
    by: Type.Enum(['agent', 'timer', 'supervisor', 'signOut', 'restart']),
    disposition: Nullable(Type.String()),
    notes: Nullable(Type.String()),
  }),
  /** An agent signed in or out. */
  'agent.session_changed': Type.Object({
    agentId: Type.String(),
    from: Type.Enum(['offline', 'online']),
    to: Type.Enum(['offline', 'online']),
    reason: Type.String(),
    since: Instant,
    actor: Type.String(),
  }),
  /** What is shown for the agent changed. */
  'agent.state_changed': Type.Object({
    agentId: Type.String(),
    from: Label,
    to: Label,
    reason: Nullable(Type.String()),
    since: Instant,
    actor: Type.String(),
    callId: Nullable(Type.String()),
  }),
  /** A status was stored to be applied when the present work ends; null when it was taken back. */
  'agent.next_status_set': Type.Object({
    agentId: Type.String(),
    next: Nullable(
      Type.Object({ availability: Type.Enum(['available', 'notReady', 'signOut']), reason: Nullable(Type.String()) }),
    ),
    actor: Type.String(),
  }),
  /** Somebody said that it is open or closed whatever the calendar says; null: the calendar holds again. */
  'hours.override_set': Type.Object({
    hoursId: Type.String(),
    state: Nullable(Type.Enum(['open', 'closed'])),
    until: Nullable(Instant),
    reason: Type.String(),
    actor: Type.String(),
  }),
  /** Metrics of a queue, at most one per second and queue. Not journaled, no cursor. */
  'queue.snapshot': QueueMetrics,
  /** Show this caller to this agent. */
  'screenpop.requested': ScreenPop,
  /** A late lookup or changed attributes: replaces the pop of the same popId. */
  'screenpop.updated': ScreenPop,
  /** The offer ended unaccepted: take the pop away. */
  'screenpop.withdrawn': Type.Object({
    popId: Type.String(),
    callId: Type.String(),
    offerId: Type.String(),
    agentId: Type.String(),
    reason: Type.String(),
  }),
  /** A client told what it did with the pop. The last word counts. */
  'screenpop.acknowledged': Type.Object({
    popId: Type.String(),
    callId: Type.String(),
    agentId: Type.String(),
    result: Type.String(),
    actor: Type.String(),
  }),
  /**
   * A process was killed while its store was out of reach, or might have been: the cursors from `first` to `last` stand
   * for nothing. What was told under them as `durable: false` is lost, and none of them is ever given out again.
   */
  'journal.skipped': Type.Object({ first: Type.String(), last: Type.String(), reason: Type.Enum(['killed']) }),
  /** Too many wrong passwords came from an address, or for IPv6 a network: it gets no answer for a time. */
  'security.source_banned': Type.Object({ source: Type.String(), failures: Type.Integer(), until: Instant }),
  /** New calls are sent away with 503 from now on: there are too many of them, or too much to do. */
  'security.overload_started': Type.Object({
    reason: Type.Enum(['calls', 'halfOpen', 'load'], {
      description: 'which bound was reached: sip.overload.maxCalls, maxHalfOpen, or the load of the signalling thread',
    }),
    callsActive: Type.Integer(),
  }),
  /** Calls to outside numbers are refused for a bound of `outboundLimits`. Told again only after a minute in which none was. */
  'security.outbound_limited': Type.Object({
    limit: Type.Enum(['rate', 'concurrency', 'numbers', 'minutes']),
    number: Type.String({ description: 'The first that was refused' }),
  }),
  /** We are registered at the trunk, after not having been. */
  'trunk.registered': Type.Object({ trunkId: Type.String(), expiresSec: Type.Integer() }),
  /** We are not registered at the trunk any more, or the first try failed. It is tried again. */
  'trunk.unregistered': Type.Object({
    trunkId: Type.String(),
    reason: Type.String(),
    sipCode: Nullable(Type.Integer()),
  }),
  /** New calls are taken again. */
  'security.overload_ended': Type.Object({ durationMs: Millis, callsRefused: Type.Integer() }),
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = Static<(typeof eventSchemas)[T]>
export const eventTypes = Object.keys(eventSchemas) as readonly EventType[]

/** One event as it travels everywhere: journal, sockets, webhooks, REST. */
export interface EventEnvelope<T extends EventType = EventType> {
  readonly specversion: '1.0'
  readonly id: string
  /** `/tenants/{tenant}` */
  readonly source: string
  readonly type: T
  /** `call/{id}`, `agent/{id}`, `queue/{id}`, `screenpop/{id}`, `hours/{id}`, `security/{id}`, `trunk/{id}` or `journal/{first cursor skipped}` */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** Gap-free per subject, from "1"; absent on events that are not journaled. */
  readonly sequence?: string
  /** Position in the tenant's journal, never given out twice; absent on events that are not journaled. */
  readonly cursor?: string
  /** The call that this belongs to, if any. */
  readonly correlationid?: string
  /** False when it was published before the store confirmed it (DESIGN §5). */
  readonly durable?: false
  readonly data: EventData<T>
}

/** The envelope as a union that narrows by `type`. */
export type AnyEvent = { [T in EventType]: EventEnvelope<T> }[EventType]

/** The subscription topics of the realtime interface. */
export const topics = ['calls', 'agents', 'queues', 'screenpop'] as const
export type Topic = (typeof topics)[number]

const topicOfPrefix: Readonly<Record<string, Topic>> = {
  call: 'calls',
  offer: 'calls',
  callback: 'calls',
  recording: 'calls',
  monitor: 'calls',
  agent: 'agents',
  queue: 'queues',
  hours: 'queues',
  screenpop: 'screenpop',
  journal: 'calls',
  security: 'calls',
  trunk: 'calls',
}

/** The topic that carries a type of event. */
export function topicOf(type: EventType): Topic {
  return topicOfPrefix[type.slice(0, type.indexOf('.'))] ?? 'calls'
}
