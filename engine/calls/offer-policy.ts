/** What an agent leg's failure means for the offer and for the agent (SIP.md §1, "Agent leg → offer outcome"). */
import type { OfferEnding } from '../agents/roster-types.ts'
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { OfferOutcome } from '../events.ts'
import type { RefusalOutcome } from './offer.machine.ts'

export interface Refusal {
  readonly outcome: RefusalOutcome
  readonly reason: string
  readonly sipCode: number | null
  readonly retryAfterMs: number | null
}

type RefusedWhy = Extract<LegOutcome, { kind: 'refused' }>['why']

const reasons: Readonly<Record<RefusedWhy, readonly [RefusalOutcome, reason: string]>> = {
  busy: ['rejected', 'busy'],
  declined: ['rejected', 'declined'],
  unavailable: ['failed', 'unreachable'],
  noAnswer: ['failed', 'noAnswer'],
  mediaFault: ['failed', 'mediaFault'],
  transient: ['failed', 'transient'],
  overloaded: ['failed', 'transient'],
  // Followed only under a policy, and there is none yet: SIP.md asks to refuse by default.
  redirected: ['failed', 'redirected'],
  unauthorized: ['failed', 'unauthorized'],
}

/** How a leg that was not answered ends its offer. */
export function refusalOfLeg(outcome: LegOutcome): Refusal {
  if (outcome.kind !== 'refused') return { outcome: 'failed', reason: outcome.kind, sipCode: null, retryAfterMs: null }
  const [ending, reason] = reasons[outcome.why]
  return { outcome: ending, reason, sipCode: outcome.sipCode, retryAfterMs: outcome.retryAfterMs }
}

export interface OfferPolicy {
  readonly offerCooldownMs: number
  readonly missedOffersToNotReady: number
}

/** What the roster is told; an accepted offer is told by engaging. */
export function endingOf(
  outcome: Exclude<OfferOutcome, 'accepted'>,
  reason: string,
  retryAfterMs: number | null,
  policy: OfferPolicy,
): OfferEnding {
  if (outcome === 'canceled' || outcome === 'rescinded') return { kind: outcome }
  return {
    kind: outcome,
    cause: reason,
    policy: {
      cooldownMs: policy.offerCooldownMs,
      missedToNotReady: policy.missedOffersToNotReady,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
  }
}

/** The cause of a call that ended because one side has vanished. */
export function lostCause(side: 'customer' | 'agent', cause: string): string {
  return cause === 'media' ? 'mediaTimeout' : `${side}${cause.charAt(0).toUpperCase()}${cause.slice(1)}`
}
