/** How a leg ended: values of a union, not errors. */
import { type RefusalReason, refusalBy } from '../outcomes.ts'
import { type DialogEnd, type RedirectTarget, readRedirection, type SipResponse } from '../sip/index.ts'
import { reasonToPass } from './caller-identity.ts'

export type LegOutcome =
  /** The peer hung up, or gave up before the answer. */
  | { readonly kind: 'hungUp'; readonly reason: string | null }
  /** We hung up or cancelled. */
  | { readonly kind: 'released' }
  /** The peer vanished: no ACK, no sign of life, no media. Or we can't keep the leg: a fault of ours, or no minutes are left for it. */
  | { readonly kind: 'lost'; readonly cause: 'noAck' | 'dead' | 'media' | 'fault' | 'outboundLimited' }
  /** The leg was never answered. */
  | {
      readonly kind: 'refused'
      readonly outcome: 'rejected' | 'failed'
      readonly reason: RefusalReason
      readonly sipCode: number
      /** From Retry-After of a 503. */
      readonly retryAfterMs: number | null
      /** Somebody has to hear of it. */
      readonly alarm?: true
      /** Where the device would have the call go instead. */
      readonly targets?: readonly RedirectTarget[]
    }

/** `status` 408 without a response means that nothing was heard at all; 503 without one, that nothing could be sent. */
export function refusalOf(
  status: number,
  response: SipResponse | null,
  refusal = refusalBy(response === null ? null : status),
): LegOutcome {
  const { outcome, reason, retryAfter, alarm } = refusal
  return {
    kind: 'refused',
    outcome,
    reason,
    sipCode: status,
    retryAfterMs: retryAfter === true ? (response?.headers.retryAfterMs ?? null) : null,
    ...(alarm === true ? { alarm } : {}),
    ...(response !== null && status < 400 ? { targets: readRedirection(response) } : {}),
  }
}

/** The device answered with a session description that doesn't fit: as if it had said 488 itself. */
export const mediaFault: LegOutcome = refusalOf(488, null, refusalBy(488))

/** No minutes are left for a leg outside, that was answered or that was not. */
export const cutOff: LegOutcome = { kind: 'lost', cause: 'outboundLimited' }
export const notLetOut: LegOutcome = refusalOf(503, null, { outcome: 'failed', reason: 'outboundLimited' })

/** The offer could not even be made. */
export const noOffer: LegOutcome = refusalOf(500, null, refusalBy(500))

export function outcomeOfDialog(end: DialogEnd): LegOutcome {
  if (end.by === 'remote') return { kind: 'hungUp', reason: end.reason }
  return end.cause === 'bye' ? { kind: 'released' } : { kind: 'lost', cause: end.cause }
}

/** Why the peer left, as the other leg may hear it (RFC 3326); null if he did not say. */
export function reasonOf(outcome: LegOutcome): string | null {
  return outcome.kind === 'hungUp' ? reasonToPass(outcome.reason) : null
}
