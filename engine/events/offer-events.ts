/** What is told of one offer: made once, ended once. */
import Type from 'typebox'
import { Explanation } from './explanation.ts'
import { Instant, LegCallId, Millis, Nullable, SaidAlong } from './shapes.ts'

export const offerOutcomes = ['accepted', 'rejected', 'timed_out', 'canceled', 'rescinded', 'failed'] as const
export type OfferOutcome = (typeof offerOutcomes)[number]

/** `visitId` and `queueId` are null for a call that rings an agent without a queue. */
const OfferRef = {
  callId: Type.String(),
  visitId: Nullable(Type.String()),
  offerId: Type.String(),
  agentId: Type.String(),
  queueId: Nullable(Type.String()),
}
const OfferEnd = Type.Object({
  ...OfferRef,
  reason: Type.String(),
  sipCode: Nullable(Type.Integer()),
  ringMs: Millis,
  uui: SaidAlong,
})

export const offerEvents = {
  /** An agent was reserved for the visit; the device is not ringing yet, and may never do. */
  'offer.created': Type.Object({
    ...OfferRef,
    expiresAt: Instant,
    explanation: Explanation,
    sipCallIds: Type.Optional(
      Type.Array(Type.String(), { description: 'SIP Call-IDs by which the agent’s phones are rung, one for each' }),
    ),
  }),
  /** The agent's device rings (first 180 or 183). */
  'offer.ringing': Type.Object({ ...OfferRef, device: Type.String() }),
  /** The device sent the call elsewhere (3xx), and that was followed: another one is rung for the same agent. */
  'offer.redirected': Type.Object({
    ...OfferRef,
    from: Type.String({ description: 'the device, as a URI' }),
    to: Type.String(),
    sipCallId: LegCallId,
  }),
  /** The agent answered first: terminal. To a caller who was answered before, by music, no message takes its `uui` (RFC 7433). */
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
} as const
