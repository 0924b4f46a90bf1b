/** A clock for what takes minutes: real time, only more of it. */
import type { Clock } from '../../engine/ports/clock.ts'

/** `factor` milliseconds pass in one. Peers keep their own pace, so no wait for them may come near `factor` × T1. */
export function createFastClock(factor: number): Clock {
  const startMs = Date.now()
  const from = performance.now()
  return {
    now: () => Math.floor(startMs + factor * (performance.now() - from)),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs / factor),
    clearTimeout: handle => clearTimeout(handle as NodeJS.Timeout | undefined),
  }
}
