/**
 * A clock whose timers can't reach the event loop with an exception: a fault in one call's handler is that call's alone
 * (SIP.md §2 row 12).
 */
import type { Clock } from '../../ports/clock.ts'

export function guardedClock(clock: Clock, onFault: (error: unknown) => void): Clock {
  return {
    now: () => clock.now(),
    setTimeout: (callback, delayMs) =>
      clock.setTimeout(() => {
        try {
          callback()
        } catch (error) {
          onFault(error)
        }
      }, delayMs),
    clearTimeout: handle => clock.clearTimeout(handle),
  }
}
