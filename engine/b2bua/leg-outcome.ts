/** How a leg ended: values of a union, not errors. */
import { type RefusalReason, refusalBy } from '../outcomes.ts'
import { type DialogEnd, type Farewell, type RedirectTarget, readRedirection, type SipResponse } from '../sip/index.ts'
import { farewellToPass, userToUserIn } from './passed-headers.ts'

interface Said {
  /** User-to-User that came along with it; absent: none. */
  readonly userToUser?: string
}

export type LegOutcome =
  /** The peer hung up, or gave up before the answer. */
  | ({ readonly kind: 'hungUp'; readonly reason: string | null } & Said)
  /** We hung up or cancelled. */
  | { readonly kind: 'released' }
  /** The peer vanished: no ACK, no sign of life, no media. Or we can't keep the leg: a fault of ours, or no minutes are left for it. */
  | { readonly kind: 'lost'; readonly cause: 'noAck' | 'dead' | 'media' | 'fault' | 'outboundLimited' }
  /** The leg was never answered. */
  | ({
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
    } & Said)

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
    ...saidOf(response === null ? null : userToUserIn(response)),
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
  if (end.by === 'remote')
    return { kind: 'hungUp', reason: end.reason, ...saidOf(farewellToPass(end).userToUser ?? null) }
  return end.cause === 'bye' ? { kind: 'released' } : { kind: 'lost', cause: end.cause }
}

/** What the other leg hears as this one's peer has left, or would not come. */
export function farewellOf(outcome: LegOutcome): Farewell {
  return outcome.kind === 'hungUp' ? farewellToPass(outcome) : { userToUser: userToUserOf(outcome) }
}

/** What the peer has said to the user at the other side; null: nothing. */
export function userToUserOf(outcome: LegOutcome): string | null {
  return 'userToUser' in outcome ? (outcome.userToUser ?? null) : null
}

function saidOf(userToUser: string | null): Said {
  return userToUser === null ? {} : { userToUser }
}
