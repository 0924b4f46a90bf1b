/** The clock port on Node's timers. */
import { performance } from 'node:perf_hooks'
import type { Clock } from '../ports/clock.ts'

/** Node fires a longer timer after 1 ms instead of refusing it. */
const longestTimerMs = 2 ** 31 - 1

/** A timer that outlasts what Node can arm at once: waits in stages. */
interface LongTimer {
  stage: NodeJS.Timeout
}

/**
 * The clock of this process: whole milliseconds since the epoch as it was known when the process started, counted on
 * by the monotonic clock, so that a correction of the system's time moves no deadline. Timers of any length work.
 */
export function createNodeClock(): Clock {
  return {
    now: () => Math.floor(performance.timeOrigin + performance.now()),
    setTimeout(callback, delayMs) {
      // Who computes a delay from a deadline may be late; Node would warn of a negative one.
      return delayMs > longestTimerMs ? armLongTimer(callback, delayMs) : setTimeout(callback, Math.max(0, delayMs))
    },
    clearTimeout(handle) {
      const timer = handle as NodeJS.Timeout | LongTimer | null | undefined
      if (timer === null || timer === undefined) return
      clearTimeout('stage' in timer ? timer.stage : timer)
    },
  }
}

function armLongTimer(callback: () => void, delayMs: number): LongTimer {
  let leftMs = delayMs
  const next = (): NodeJS.Timeout => {
    const stageMs = Math.min(leftMs, longestTimerMs)
    leftMs -= stageMs
    return setTimeout(() => {
      if (leftMs > 0) timer.stage = next()
      else callback()
    }, stageMs)
  }
  const timer: LongTimer = { stage: next() }
  return timer
}
