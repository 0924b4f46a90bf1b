/**
 * Callers who have just left a line that lets them come back into it: by accident, as it seems, if they call again at once.
 * Kept by queue and number, as many as {@link mostRemembered} at most, the oldest forgotten first.
 */

export const mostRemembered = 10_000

interface Left {
  readonly enqueuedAt: number
  readonly untilMs: number
}

export class ReEntries {
  readonly #left = new Map<string, Left>()

  /** @param enqueuedAt when the wait began that was broken off @param untilMs no longer than until then; milliseconds */
  remember(queueId: string, number: string, enqueuedAt: number, untilMs: number): void {
    const key = keyOf(queueId, number)
    this.#left.delete(key)
    this.#left.set(key, { enqueuedAt, untilMs })
    for (const oldest of this.#left.keys()) {
      if (this.#left.size <= mostRemembered) break
      this.#left.delete(oldest)
    }
  }

  /** When the caller's wait began, once, if he is back in time; null if not. */
  take(queueId: string, number: string, now: number): number | null {
    const key = keyOf(queueId, number)
    const left = this.#left.get(key)
    this.#left.delete(key)
    return left === undefined || now > left.untilMs ? null : left.enqueuedAt
  }
}

function keyOf(queueId: string, number: string): string {
  return `${queueId} ${number}`
}
