/**
 * A clock whose timers can't reach the event loop with an exception: a fault in one owner's handler is that owner's alone
 * (SIP.md §2 row 12).
 */
import type { Clock, TimerHandle } from './ports/clock.ts'

class GuardedClock implements Clock {
  readonly clock: Clock
  readonly #onFault: (error: unknown) => void

  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.clock = clock
    this.#onFault = onFault
  }

  now(): number {
    return this.clock.now()
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    return this.clock.setTimeout(() => {
      try {
        callback()
      } catch (error) {
        this.#onFault(error)
      }
    }, delayMs)
  }

  clearTimeout(handle: TimerHandle): void {
    this.clock.clearTimeout(handle)
  }
}

/** A clock that is guarded already gets this owner in place of the one before: whoever is nearest to the fault hears of it. */
export function guardedClock(clock: Clock, onFault: (error: unknown) => void): Clock {
  return new GuardedClock(clock instanceof GuardedClock ? clock.clock : clock, onFault)
}
