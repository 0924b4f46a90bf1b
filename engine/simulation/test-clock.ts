/** A clock that stands still until it is told to go on, and then walks from deadline to deadline. */
import type { Clock } from '../ports/clock.ts'

/** A runaway loop of zero-delay timers would hang the test; this many at one instant are one. */
const mostTimersAtOnce = 1_000_000

/** Rounds of the microtask queue after each timer: as deep a chain of awaits as settles between two timers. */
const settleRounds = 32

export interface TestClock extends Clock {
  /** Armed timers. */
  readonly pending: number
  /**
   * Lets `ms` pass: fires every timer that falls due, in order of deadline, then of arming, at its own time; timers
   * armed meanwhile fire too if they fall due. A timer's error is thrown here; the clock then stands at its deadline.
   */
  advance(ms: number): void
  /** As {@link advance}, but lets promises settle at first and after each timer. `0` fires what is due now. */
  advanceAsync(ms: number): Promise<void>
  /** Advances until no timer is armed, at most `maxMs`. True if none is; the clock then stands at the last deadline. */
  runUntilIdle(maxMs: number): boolean
}

interface Timer {
  readonly dueMs: number
  readonly order: number
  /** Null once fired or cleared. */
  callback: (() => void) | null
}

/** @param startMs milliseconds since the epoch; 2026-01-05T09:00:00Z, a Monday morning, unless told otherwise. */
export function createTestClock(startMs = Date.UTC(2026, 0, 5, 9)): TestClock {
  const heap = new TimerHeap()
  let nowMs = startMs
  let armed = 0
  let firedNow = 0
  let order = 0

  function disarm(timer: Timer): () => void {
    const callback = timer.callback ?? (() => {})
    timer.callback = null
    armed -= 1
    return callback
  }

  /** Fires the next timer that is due by `untilMs`; false if there is none. */
  function fireNext(untilMs: number): boolean {
    const timer = heap.peek()
    if (timer === undefined || timer.dueMs > untilMs) return false
    heap.pop()
    firedNow = timer.dueMs > nowMs ? 1 : firedNow + 1
    if (firedNow > mostTimersAtOnce) throw new Error('Timers keep firing without time passing')
    // A callback may have advanced the clock beyond the deadlines that the outer advance has yet to visit.
    nowMs = Math.max(nowMs, timer.dueMs)
    disarm(timer)()
    return true
  }

  function arrive(untilMs: number): void {
    if (untilMs > nowMs) firedNow = 0
    nowMs = Math.max(nowMs, untilMs)
  }

  return {
    get pending() {
      return armed
    },
    now: () => nowMs,
    setTimeout(callback, delayMs) {
      if (Number.isNaN(delayMs)) throw new RangeError('delayMs is not a number')
      order += 1
      armed += 1
      const timer: Timer = { dueMs: nowMs + Math.max(0, delayMs), order, callback }
      heap.push(timer)
      return timer
    },
    clearTimeout(handle) {
      const timer = handle as Timer | null | undefined
      if (timer === null || timer === undefined || timer.callback === null) return
      disarm(timer)
      heap.forgetOne()
    },
    advance(ms) {
      const untilMs = nowMs + ms
      while (fireNext(untilMs));
      arrive(untilMs)
    },
    async advanceAsync(ms) {
      const untilMs = nowMs + ms
      await settle()
      while (fireNext(untilMs)) await settle()
      arrive(untilMs)
    },
    runUntilIdle(maxMs) {
      const untilMs = nowMs + maxMs
      while (fireNext(untilMs));
      if (armed > 0) arrive(untilMs)
      return armed === 0
    },
  }
}

async function settle(): Promise<void> {
  for (let round = 0; round < settleRounds; round += 1) await Promise.resolve()
}

/** A binary heap by deadline and order. Cleared timers stay until they surface or outnumber the armed ones. */
class TimerHeap {
  #timers: Timer[] = []
  #cleared = 0

  push(timer: Timer): void {
    this.#timers.push(timer)
    this.#rise(this.#timers.length - 1)
  }

  /** The next armed timer. */
  peek(): Timer | undefined {
    for (;;) {
      const first = this.#timers[0]
      if (first === undefined || first.callback !== null) return first
      this.pop()
      this.#cleared -= 1
    }
  }

  /** Takes the first timer off. */
  pop(): void {
    const last = this.#timers.pop()
    if (last === undefined || this.#timers.length === 0) return
    this.#timers[0] = last
    this.#sink(0)
  }

  /** Notes that a timer in the heap was cleared. */
  forgetOne(): void {
    this.#cleared += 1
    if (this.#cleared < 64 || this.#cleared * 2 < this.#timers.length) return
    this.#timers = this.#timers.filter(timer => timer.callback !== null)
    this.#cleared = 0
    for (let index = (this.#timers.length >>> 1) - 1; index >= 0; index -= 1) this.#sink(index)
  }

  #rise(start: number): void {
    let index = start
    while (index > 0) {
      const parent = (index - 1) >>> 1
      if (!this.#swapIfBefore(index, parent)) return
      index = parent
    }
  }

  #sink(start: number): void {
    let index = start
    for (;;) {
      const left = index * 2 + 1
      const child = this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#swapIfBefore(child, index)) return
      index = child
    }
  }

  #isBefore(left: number, right: number): boolean {
    const a = this.#timers[left]
    const b = this.#timers[right]
    if (a === undefined || b === undefined) return false
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
  }

  #swapIfBefore(left: number, right: number): boolean {
    const a = this.#timers[left]
    const b = this.#timers[right]
    if (a === undefined || b === undefined || !this.#isBefore(left, right)) return false
    this.#timers[left] = b
    this.#timers[right] = a
    return true
  }
}
