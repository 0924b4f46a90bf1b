/** The server's own clock: the engine's port on Node's timers, which never keep the process alive by themselves. */
import type { Clock } from '../engine/ports/clock.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimeout: handle => clearTimeout(handle as NodeJS.Timeout),
}
