/**
 * Slows guessing down: at most ten failed sign-ins per minute and address, and per minute, address and user. Never
 * per user alone: somebody else's wrong guesses must not lock a person out.
 */
import type { Clock } from '../../engine/ports/clock.ts'

export const maxFailures = 10
export const failureWindowMs = 60_000
const maxKeys = 20_000

export interface SignInLimit {
  /**
   * Counts an attempt as failed until it succeeds: attempts in parallel must not slip past the limit together.
   * @returns `succeeded` to call after a right password; or how long to wait.
   */
  begin(address: string, username: string): { readonly succeeded: () => void } | { readonly retryAfterMs: number }
}

export function createSignInLimit(clock: Clock): SignInLimit {
  const counts = new Map<string, { failures: number; endsAtMs: number }>()

  function countOf(key: string): { failures: number; endsAtMs: number } {
    const now = clock.now()
    const known = counts.get(key)
    if (known !== undefined && known.endsAtMs > now) return known
    counts.delete(key)
    if (counts.size >= maxKeys) {
      for (const [other, { endsAtMs }] of counts) if (endsAtMs <= now) counts.delete(other)
      if (counts.size >= maxKeys) counts.delete(counts.keys().next().value ?? '')
    }
    const fresh = { failures: 0, endsAtMs: now + failureWindowMs }
    counts.set(key, fresh)
    return fresh
  }

  return {
    begin(address, username) {
      const both = [countOf(address), countOf(`${address} ${username}`)]
      const full = both.filter(count => count.failures >= maxFailures)
      if (full.length > 0) return { retryAfterMs: Math.max(...full.map(count => count.endsAtMs)) - clock.now() }
      for (const count of both) count.failures += 1
      return {
        succeeded() {
          for (const count of both) count.failures -= 1
        },
      }
    },
  }
}
