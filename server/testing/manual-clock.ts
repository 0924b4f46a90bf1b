/**
 * A clock that stands still until a test moves it, deadline by deadline. It begins in the far future, because account
 * stores throw sessions away that have expired by the real time.
 */
import type { Clock } from '../../engine/ports/clock.ts'

export interface ManualClock extends Clock {
  /** Moves on, firing what falls due in order. */
  advance(ms: number): void
  /** Timers still armed. */
  armed(): number
}

export function createManualClock(startMs = Date.parse('2099-01-05T12:00:00.000Z')): ManualClock {
  let nowMs = startMs
  const timers = new Map<object, { dueMs: number; callback: () => void }>()
  return {
    now: () => nowMs,
    setTimeout(callback, delayMs) {
      const handle = {}
      timers.set(handle, { dueMs: nowMs + Math.max(0, delayMs), callback })
      return handle
    },
    clearTimeout: handle => {
      timers.delete(handle as object)
    },
    advance(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = [...timers].filter(([, timer]) => timer.dueMs <= endMs).sort(([, a], [, b]) => a.dueMs - b.dueMs)
        if (next === undefined) break
        const [handle, timer] = next
        timers.delete(handle)
        nowMs = timer.dueMs
        timer.callback()
      }
      nowMs = endMs
    },
    armed: () => timers.size,
  }
}
