/** What is told of a call and of its visits to queues. */
import Type from 'typebox'
import { Meanwhile } from './explanation.ts'
import { Ani, Attributes, CallWishes, Instant, LegCallId, Millis, Nullable, SaidAlong, WaitEstimate } from './shapes.ts'

export const callEndings = ['completed', 'abandoned', 'diverted', 'rejected', 'failed'] as const
export type CallEnding = (typeof callEndings)[number]

export const visitOutcomes = [
  'answered',
  'abandoned',
  'flowOut',
  'callbackAccepted',
  'full',
  'closed',
  'empty',
  'failed',
] as const
export type VisitOutcome = (typeof visitOutcomes)[number]

const VisitRef = { callId: Type.String(), visitId: Type.String(), queueId: Type.String() }
const FlowStep = { step: Type.String(), action: Type.String(), result: Type.String() }
const Because = Type.Optional(
  Type.String({ description: 'What the conditions of an overflow rule have found, in words' }),
)
const Asks = Type.Optional(
  Type.String({ description: 'All that a ring of a bullseye asks for, whose name does not say so; empty: anyone' }),
)
const VisitEnd = { ...VisitRef, waitMs: Millis }

export const outsideOutcomes = ['completed', 'canceled', 'failed'] as const
export type OutsideOutcome = (typeof outsideOutcomes)[number]

const OutsideRef = { callId: Type.String(), legId: Type.String(), number: Type.String(), trunkId: Type.String() }

export const transferKinds = ['blind', 'attended'] as const
/** `caller`: the waiting caller has hung up. */
const consultOutcomes = ['ended', 'transferred', 'caller'] as const

const ConsultRef = { callId: Type.String(), consultCallId: Type.String(), agentId: Type.String() }
const TransferRef = {
  callId: Type.String(),
  kind: Type.Enum(transferKinds),
  from: Type.String({ description: 'agent:ID' }),
  to: Type.String({ description: 'agent:ID, queue:ID, flow:ID, mailbox:ID or number:N' }),
}

export const callEvents = {
  /** An INVITE was accepted as a new call; nothing has been decided yet. */
  'call.arrived': Type.Object({
    callId: Type.String(),
    direction: Type.Enum(['inbound', 'internal', 'outbound']),
    ani: Ani,
    dnis: Type.String(),
    trunkId: Nullable(Type.String()),
    fromAgentId: Nullable(Type.String()),
    sipCallId: Type.String({ description: 'SIP Call-ID of the customer’s leg; empty: it is no SIP leg' }),
    uui: Nullable(Type.String({ description: 'User-to-User of the INVITE, as it was sent' })),
    callbackId: Type.Optional(Type.String({ description: 'The callback that this call makes' })),
  }),
  /**
   * The caller is on the block list; what became of the call is told next. `match` is the entry, or `anonymous` for whoever
   * withholds the number that it was found by.
   */
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
    ewt: Type.Optional(WaitEstimate),
    enqueuedAt: Instant,
    cause: Type.Enum(['inbound', 'overflow', 'transfer', 'agentLost', 'api', 'callback']),
    callbackId: Type.Optional(Type.String({ description: 'The visit is of a callback: it counts in no totals' })),
    requirements: Type.Optional(
      Type.String({
        description:
          'The skills that call and queue ask for at first, as an expression; absent: none. In journals of versions that did not tell `asked`: the name of the first stage',
      }),
    ),
    asked: Type.Optional(CallWishes),
    resumed: Type.Optional(
      Type.Boolean({ description: 'The caller left this line a moment ago, and has come back into the old place' }),
    ),
  }),
  /** All offers of the visit ended unaccepted: it waits again, in its old place. */
  'call.requeued': Type.Object({ ...VisitRef, position: Type.Integer(), enqueuedAt: Instant, cause: Type.String() }),
  /** Nobody was found in time, or a recipe has acted: from now on the call asks for less, or for something else. */
  'call.routing_step_changed': Type.Object({
    ...VisitRef,
    from: Type.String(),
    to: Type.String(),
    asks: Asks,
    recipe: Type.Optional(Type.String({ description: 'The recipe that changed it; absent: waiting did' })),
    requirements: Type.Optional(Type.String({ description: 'All that it requires since a recipe; empty: nothing' })),
    eligibleCount: Type.Integer({ description: "The queue's agents who are signed in and suit, free or not" }),
  }),
  /** The conditions of a recipe of the queue have come true for the call. What changes by it is told next. */
  'call.recipe_applied': Type.Object({
    ...VisitRef,
    recipe: Type.String({ description: 'Its name; #1: the first one' }),
    because: Type.String({ description: 'What its conditions have found, in words' }),
    actions: Type.Array(Type.String(), { description: 'What is done, in words' }),
  }),
  /** Customer and agent hear each other. */
  'call.connected': Type.Object({
    callId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    waitMs: Millis,
    agentId: Type.String(),
    offerId: Type.String(),
    segmentId: Type.String(),
    sipCallId: LegCallId,
  }),
  /** An outside number is called for the caller: an agent dialled it, or an overflow rule or the embedder sent the call there. */
  'call.outside_dialled': Type.Object({
    ...OutsideRef,
    callerId: Type.String({ description: 'the number that is shown' }),
    sipCallId: LegCallId,
  }),
  /** The outside party has answered: caller and outside party hear each other. */
  'call.outside_connected': Type.Object({ ...OutsideRef, ringMs: Millis, uui: SaidAlong }),
  /** The outside party is gone, or was never there. Exactly one per leg. */
  'call.outside_ended': Type.Object({
    ...OutsideRef,
    outcome: Type.Enum(outsideOutcomes),
    reason: Type.String(),
    sipCode: Nullable(Type.Integer()),
    ringMs: Millis,
    talkMs: Millis,
    uui: SaidAlong,
  }),
  /** A side put the call on hold. */
  'call.held': Type.Object({ callId: Type.String(), by: Type.Enum(['customer', 'agent']) }),
  /** The side that held the call took it back. */
  'call.retrieved': Type.Object({ callId: Type.String(), by: Type.Enum(['customer', 'agent']), heldMs: Millis }),
  /** An agent goes on with another of his phones: the same talk, or the call that rang. */
  'call.moved': Type.Object({
    callId: Type.String(),
    agentId: Type.String(),
    offerId: Nullable(Type.String({ description: 'Null: the agent has made the call himself' })),
    from: Type.String({ description: 'the phone, as a URI' }),
    to: Type.String(),
    sipCallId: LegCallId,
  }),
  /** An agent talks to somebody else about the call, whose caller waits: `consultCallId` is a call of its own. */
  'call.consult_started': Type.Object({ ...ConsultRef, to: Type.String({ description: 'what was dialled' }) }),
  /** The consultation is over; by what came of it the call itself goes on. */
  'call.consult_ended': Type.Object({ ...ConsultRef, outcome: Type.Enum(consultOutcomes) }),
  /** An agent, or a supervisor, sends the caller to somebody else. The agent's part in the call is over. */
  'call.transfer_started': Type.Object({ ...TransferRef, actor: Type.String() }),
  /** The caller was handed over: who is named talks to him, or he waits there. */
  'call.transferred': Type.Object({
    ...TransferRef,
    newVisitId: Nullable(Type.String({ description: 'The visit that began, or was taken over; null: none' })),
    consultCallId: Nullable(Type.String()),
  }),
  /** Whom the caller was sent to did not take him; what became of him is told next. */
  'call.transfer_failed': Type.Object({
    ...TransferRef,
    reason: Type.String(),
    sipCode: Nullable(Type.Integer()),
    next: Type.Enum(['recall', 'requeue', 'end'], {
      description: 'the agent is called back, the queue again, or nothing',
    }),
  }),
  /** The caller left while waiting: the visit ends. In a flow (stage screening) there is no visit. */
  'call.abandoned': Type.Object({
    callId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    waitMs: Millis,
    stage: Type.Enum(['screening', 'queued', 'offered', 'connecting']),
    short: Type.Boolean(),
    meanwhile: Type.Optional(Meanwhile),
  }),
  /** The visit ended by overflow or time-out: the call goes elsewhere. */
  'call.diverted': Type.Object({
    ...VisitEnd,
    target: Type.String(),
    reason: Type.String(),
    because: Because,
    meanwhile: Type.Optional(Meanwhile),
  }),
  /** The call was not admitted, or was refused while waiting. `visitId` is null when it never entered a queue. */
  'call.rejected': Type.Object({
    callId: Type.String(),
    visitId: Nullable(Type.String()),
    queueId: Nullable(Type.String()),
    waitMs: Millis,
    reason: Type.String(),
    sipCode: Type.Integer(),
    because: Because,
    meanwhile: Type.Optional(Meanwhile),
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
    uui: SaidAlong,
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
    by: Type.Enum(['agent', 'timer', 'supervisor', 'signOut', 'recall', 'restart']),
    disposition: Nullable(Type.String()),
    notes: Nullable(Type.String()),
  }),
} as const
