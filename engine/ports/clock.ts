/**
 * Time, as the engine sees it. A superset of XState's `Clock`, so that one object drives the machines and the
 * SIP timers alike and a test can walk both deadline by deadline.
 */

/** An opaque handle to an armed timer. */
export type TimerHandle = unknown

export interface Clock {
  /** Milliseconds since the Unix epoch. Never runs backwards within a process. */
  now(): number
  /** Arms a timer `delayMs` from now; zero or less: as soon as possible. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle
  /** Disarms a timer; a handle that already fired or was already cleared is ignored. */
  clearTimeout(handle: TimerHandle): void
}
