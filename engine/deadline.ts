/** Waits that end, whatever they wait for (DESIGN §10, 4). */
import type { Clock } from './ports/clock.ts'

/** Waits for a promise, but no longer than `ms`: false if it has not settled by then. What it rejects with is thrown. */
export function settledWithin(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(false), ms)
    promise
      .then(() => resolve(true), reject)
      .finally(() => {
        clock.clearTimeout(timer)
      })
  })
}
