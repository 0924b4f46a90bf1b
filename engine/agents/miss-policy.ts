/** What an offer that was not taken costs: the queue's rule, else the center's, else the queue's plain settings. Pure. */
import type { MissedConfig } from '../config-agents.ts'
import type { MissedOffer, MissReason } from './misses.ts'
import type { MissPolicy } from './roster-types.ts'

/** Cooldowns that grow stop growing here, unless the center says otherwise. */
const mostCooldownMs = 300_000

/** What a queue says. */
export interface QueuePenalties {
  readonly offerCooldownMs: number
  readonly missedOffersToNotReady: number
  readonly missed: MissedConfig
}

/** Why an offer that ended like this was missed. */
export const missReasonOf: Readonly<Record<'timed_out' | 'rejected' | 'failed', MissReason>> = {
  timed_out: 'noAnswer',
  rejected: 'declined',
  failed: 'unreachable',
}

export function missPolicyOf(
  queue: QueuePenalties,
  center: MissedConfig,
  reason: MissReason,
  retryAfterMs: number | null,
): MissPolicy {
  const { missed } = queue
  return {
    cooldownMs: missed[reason]?.cooldownMs ?? center[reason]?.cooldownMs ?? queue.offerCooldownMs,
    missedToNotReady: missed[reason]?.toNotReady ?? center[reason]?.toNotReady ?? queue.missedOffersToNotReady,
    growth: missed.growth ?? center.growth ?? 1,
    maxCooldownMs: missed.maxCooldownMs ?? center.maxCooldownMs ?? mostCooldownMs,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  }
}

/** What the machine is told. */
export function missedOffer(reason: MissReason, policy: MissPolicy): MissedOffer {
  const { cooldownMs, missedToNotReady, retryAfterMs = 0, growth = 1, maxCooldownMs = 0 } = policy
  return { reason, cooldownMs: Math.max(cooldownMs, retryAfterMs), growth, maxCooldownMs, limit: missedToNotReady }
}
