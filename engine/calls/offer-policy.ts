/** What an agent leg's failure means for the offer and for the agent. */
import { missPolicyOf, missReasonOf, type QueuePenalties } from '../agents/miss-policy.ts'
import type { OfferEnding } from '../agents/roster-types.ts'
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { MissedConfig } from '../config-agents.ts'
import type { OfferOutcome } from '../events.ts'
import type { RefusalOutcome } from './offer.machine.ts'

export interface Refusal {
  readonly outcome: RefusalOutcome
  readonly reason: string
  readonly sipCode: number | null
  readonly retryAfterMs: number | null
}

/** How a leg that was not answered ends its offer. */
export function refusalOfLeg(outcome: LegOutcome): Refusal {
  if (outcome.kind !== 'refused') return { outcome: 'failed', reason: outcome.kind, sipCode: null, retryAfterMs: null }
  const { outcome: ending, reason, sipCode, retryAfterMs } = outcome
  return { outcome: ending, reason, sipCode, retryAfterMs }
}

/** What the roster is told; an accepted offer is told by engaging. */
export function endingOf(
  outcome: Exclude<OfferOutcome, 'accepted'>,
  reason: string,
  retryAfterMs: number | null,
  queue: QueuePenalties,
  center: MissedConfig,
): OfferEnding {
  if (outcome === 'canceled' || outcome === 'rescinded') return { kind: outcome }
  return { kind: outcome, cause: reason, policy: missPolicyOf(queue, center, missReasonOf[outcome], retryAfterMs) }
}

/** How long an agent is offered nothing who has answered, and was gone before he talked. */
export function cooldownAfter(outcome: LegOutcome, queue: QueuePenalties, center: MissedConfig): number {
  return missPolicyOf(queue, center, outcome.kind === 'hungUp' ? 'declined' : 'unreachable', null).cooldownMs
}

/** The cause of a call that ended because one side has vanished, or can't be kept. */
export function lostCause(side: 'customer' | 'agent' | 'outside', cause: string): string {
  if (cause === 'outboundLimited') return cause
  return cause === 'media' ? 'mediaTimeout' : `${side}${cause.charAt(0).toUpperCase()}${cause.slice(1)}`
}
