/** Offers that an agent has missed in a row, each reason counted for itself, and what they cost. Pure. */

export type MissReason = 'noAnswer' | 'declined' | 'unreachable'

export type MissCounts = Readonly<Record<MissReason, number>>

/** How an offer ended without an answer through the agent's side. */
export interface MissedOffer {
  /** What the agent becomes notReady with when the limit is reached. */
  readonly reason: MissReason
  /** No further offer before this long has passed; milliseconds. */
  readonly cooldownMs: number
  /** Each further miss of this reason in a row: so many times the cooldown, up to a limit; never less than `cooldownMs`. */
  readonly growth?: number
  readonly maxCooldownMs?: number
  /** Consecutive misses of this reason that make the agent notReady; 0: never. */
  readonly limit: number
}

interface Missing {
  readonly alwaysAvailable: boolean
  readonly misses: MissCounts
}

export const noMisses: MissCounts = { noAnswer: 0, declined: 0, unreachable: 0 }

export function oneMore(misses: MissCounts, { reason }: MissedOffer): MissCounts {
  return { ...misses, [reason]: misses[reason] + 1 }
}

/** True if this miss makes the agent notReady. Agents with `alwaysAvailable` only cool down (DESIGN §7). */
export function reachesLimit({ alwaysAvailable, misses }: Missing, { reason, limit }: MissedOffer): boolean {
  return !alwaysAvailable && limit > 0 && misses[reason] + 1 >= limit
}

/** Milliseconds. */
export function cooldownOf(misses: MissCounts, miss: MissedOffer): number {
  const { reason, cooldownMs, growth = 1, maxCooldownMs = 0 } = miss
  return Math.max(cooldownMs, Math.min(maxCooldownMs, Math.round(cooldownMs * growth ** misses[reason])))
}
