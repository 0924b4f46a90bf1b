/**
 * The records that projections make of the journal: one per call with its visits, offers and agent segments, and one
 * per agent session. The store keeps them, REST and the dashboard show them.
 */
import Type, { type Static, type TSchema } from 'typebox'
import {
  Ani,
  Attributes,
  callEndings,
  Explanation,
  offerOutcomes,
  outsideOutcomes,
  recordingEnds,
  recordingKinds,
  transferKinds,
  visitOutcomes,
} from './events.ts'

const Instant = Type.String({ description: 'RFC 3339 instant in UTC' })
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Millis = Type.Integer({ minimum: 0 })

export const callStates = [
  'arrived',
  'screening',
  'queued',
  'offered',
  'connecting',
  'connected',
  'parked',
  'callbackWaiting',
  'callbackDialing',
  ...callEndings,
] as const
export type CallState = (typeof callStates)[number]

export const OfferRecord = Type.Object({
  offerId: Type.String(),
  agentId: Type.String(),
  createdAt: Instant,
  ringingAt: Nullable(Instant),
  endedAt: Nullable(Instant),
  outcome: Nullable(Type.Enum(offerOutcomes)),
  reason: Nullable(Type.String()),
  sipCode: Nullable(Type.Integer()),
  ringMs: Millis,
  redirectedTo: Type.Optional(
    Type.Array(Type.String(), { description: 'Where devices sent the call, one after the other: URIs' }),
  ),
  explanation: Explanation,
})
export type OfferRecord = Static<typeof OfferRecord>

export const VisitRecord = Type.Object({
  visitId: Type.String(),
  queueId: Type.String(),
  priority: Type.Integer(),
  enqueuedAt: Instant,
  endedAt: Nullable(Instant),
  waitMs: Millis,
  resumed: Type.Optional(Type.Boolean({ description: 'The caller came back into the place that he had left' })),
  requirements: Type.Optional(Type.String({ description: 'What recipes have made it require; empty: nothing' })),
  step: Type.Optional(Type.String({ description: 'The routing step that it has reached, if its queue has steps' })),
  outcome: Nullable(Type.Enum(visitOutcomes)),
  reason: Nullable(Type.String()),
  agentId: Nullable(Type.String()),
  callbackId: Type.Optional(Type.String({ description: 'A callback had this place: it counts in no totals' })),
  offers: Type.Array(OfferRecord),
})
export type VisitRecord = Static<typeof VisitRecord>

export const SegmentRecord = Type.Object({
  segmentId: Type.String(),
  agentId: Type.String(),
  visitId: Nullable(Type.String()),
  queueId: Nullable(Type.String()),
  startedAt: Instant,
  endedAt: Nullable(Instant),
  ringMs: Millis,
  talkMs: Millis,
  holdMs: Millis,
  wrapMs: Millis,
  disposition: Nullable(Type.String()),
  notes: Nullable(Type.String()),
})
export type SegmentRecord = Static<typeof SegmentRecord>

export const OutsideRecord = Type.Object({
  legId: Type.String(),
  number: Type.String(),
  trunkId: Type.String(),
  dialledAt: Instant,
  connectedAt: Nullable(Instant),
  endedAt: Nullable(Instant),
  outcome: Nullable(Type.Enum(outsideOutcomes)),
  reason: Nullable(Type.String()),
  sipCode: Nullable(Type.Integer()),
  talkMs: Millis,
})
export type OutsideRecord = Static<typeof OutsideRecord>

/** A leg of a call beside the customer's: an INVITE that was sent for it, or by which an agent has changed the phone. */
export const LegRecord = Type.Object({
  sipCallId: Type.String(),
  party: Type.String({ description: 'agent:ID or number:N' }),
  at: Instant,
})
export type LegRecord = Static<typeof LegRecord>

export const TransferRecord = Type.Object({
  at: Instant,
  kind: Type.Enum(transferKinds),
  from: Type.String(),
  to: Type.String(),
  outcome: Nullable(Type.Enum(['transferred', 'failed'])),
  reason: Nullable(Type.String()),
})
export type TransferRecord = Static<typeof TransferRecord>

export const FlowStepRecord = Type.Object({
  at: Instant,
  flowId: Nullable(Type.String()),
  step: Type.String(),
  action: Type.String(),
  result: Type.String(),
})
export type FlowStepRecord = Static<typeof FlowStepRecord>

export const RecordingRecord = Type.Object({
  recordingId: Type.String(),
  kind: Type.Enum(recordingKinds),
  mailboxId: Type.String(),
  startedAt: Instant,
  outcome: Nullable(
    Type.Enum(['available', 'tooShort', 'failed', 'lost'], { description: 'Null: it goes on, or is being completed' }),
  ),
  durationMs: Millis,
})
export type RecordingRecord = Static<typeof RecordingRecord>

export const CallRecord = Type.Object({
  callId: Type.String(),
  tenant: Type.String(),
  direction: Type.Enum(['inbound', 'internal', 'outbound']),
  state: Type.Enum(callStates),
  since: Instant,
  ani: Ani,
  dnis: Type.String(),
  trunkId: Nullable(Type.String()),
  fromAgentId: Nullable(Type.String()),
  sipCallId: Type.String({ description: 'SIP Call-ID of the customer’s leg; empty: it is no SIP leg' }),
  callbackId: Type.Optional(Type.String({ description: 'The callback that this call made' })),
  queueId: Nullable(Type.String({ description: 'The queue of the latest visit' })),
  agentId: Nullable(Type.String({ description: 'The agent of the latest segment' })),
  arrivedAt: Instant,
  connectedAt: Nullable(Instant),
  endedAt: Nullable(Instant),
  endedBy: Nullable(Type.String()),
  cause: Nullable(Type.String()),
  sipCode: Nullable(Type.Integer()),
  attributes: Attributes,
  flowPath: Type.Optional(Type.Array(FlowStepRecord, { description: 'The steps of its flows, the first 200' })),
  visits: Type.Array(VisitRecord),
  segments: Type.Array(SegmentRecord),
  transfers: Type.Optional(Type.Array(TransferRecord)),
  outside: Type.Optional(Type.Array(OutsideRecord, { description: 'Outside numbers that were called for it' })),
  recordings: Type.Optional(Type.Array(RecordingRecord)),
  legs: Type.Optional(
    Type.Array(LegRecord, {
      description: 'Its other SIP legs, in the order in which they were begun, answered or not',
    }),
  ),
})
export type CallRecord = Static<typeof CallRecord>

/** The SIP Call-IDs of all legs of a call, as traces of carriers and phones have them. */
export function sipCallIdsOf({ sipCallId, legs = [] }: Pick<CallRecord, 'sipCallId' | 'legs'>): readonly string[] {
  return [...(sipCallId === '' ? [] : [sipCallId]), ...legs.map(leg => leg.sipCallId)]
}

/** A message that a caller has left. Its recording has the same id. */
export const VoicemailRecord = Type.Object({
  messageId: Type.String(),
  tenant: Type.String(),
  mailboxId: Type.String(),
  callId: Type.String(),
  queueId: Nullable(Type.String({ description: 'The queue that the caller came from' })),
  ani: Ani,
  dnis: Type.String(),
  receivedAt: Instant,
  durationMs: Millis,
  bytes: Type.Integer({ description: 'Size of the WAV file' }),
  endedBy: Type.Enum(recordingEnds),
  heardAt: Nullable(Instant),
  heardBy: Nullable(Type.String()),
})
export type VoicemailRecord = Static<typeof VoicemailRecord>

export const AgentSessionRecord = Type.Object({
  sessionId: Type.String(),
  tenant: Type.String(),
  agentId: Type.String(),
  startedAt: Instant,
  endedAt: Nullable(Instant),
  endReason: Nullable(Type.String()),
})
export type AgentSessionRecord = Static<typeof AgentSessionRecord>

/** What one queue has done since the start of the tenant's day; service level counts are against the target then in force. */
export interface QueueTotals {
  readonly queueId: string
  readonly offered: number
  readonly answered: number
  readonly answeredInTarget: number
  readonly abandoned: number
  readonly shortAbandoned: number
  readonly flowOut: number
  readonly callbackAccepted: number
  readonly rejected: number
  readonly answeredWaitMs: number
  readonly longestWaitMs: number
}
