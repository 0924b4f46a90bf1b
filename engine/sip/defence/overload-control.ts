/**
 * Overload (SIP.md §2 row 6): past what we can carry, new calls are sent away early and cheaply, so that those in progress
 * never feel it. Two hard bounds, on calls and on half-open transactions, and a rate that follows the load of the
 * signalling thread: it falls while work piles up, rises while it doesn't, and is forgotten when nobody was refused.
 */
import type { Clock, TimerHandle } from '../../ports/clock.ts'
import type { LoadProbe } from '../../ports/load.ts'
import type { Random } from '../../ports/random.ts'

export interface OverloadSettings {
  readonly maxCalls: number
  readonly maxHalfOpen: number
  /** Timers that run later than this mean overload. */
  readonly maxLagMs: number
}

export const overloadReasons = ['calls', 'halfOpen', 'load'] as const
export type OverloadReason = (typeof overloadReasons)[number]

export interface OverloadOptions {
  readonly clock: Clock
  readonly random: Random
  readonly probe: LoadProbe
  activeCalls(): number
  /** INVITEs that still wait for a final response or its ACK. */
  halfOpen(): number
  onStarted(reason: OverloadReason): void
  onEnded(durationMs: number, refused: number): void
}

/** A call that is sent away. */
export interface Shedding {
  /** Random, so that not all come back at once. */
  readonly retryAfterSec: number
  /** How many of a hundred calls are sent away at present: 1 to 100. */
  readonly lossPercent: number
}

/** How long the load is watched before the rate follows it. */
const windowMs = 250
/** From here on the thread has no time left. */
const busyLimit = 0.98
/** Below this there is room for much more. */
const easyLimit = 0.7
const fall = 0.85
const rise = 1.1
const fastRise = 1.5
/** Windows in a row that must look bad: one alone may be a large report or a collection of garbage. */
const lateWindows = 2
/** A thread without a pause but in time may just be warming up, or share its core; for so long the socket's buffer holds the rest. */
const busyWindows = 6
/** Calls per second that are let in, and calls at once, however bad it looks. */
const leastRate = 20
const leastBurst = 5
/** Nobody refused for so long: it is over. */
const calmMs = 2_000
const retryAfterSec = { min: 5, max: 15 }

export class OverloadControl {
  readonly #options: OverloadOptions
  #settings: OverloadSettings = { maxCalls: 10_000, maxHalfOpen: 10_000, maxLagMs: 100 }
  /** New calls per second; null: no limit. */
  #rate: number | null = null
  #tokens = 0
  #tokensAt = 0
  #windowStart: number
  #lateWindows = 0
  #busyWindows = 0
  #admitted = 0
  /** Of the calls of the last whole window, and of this one so far. */
  #lossPercent = 0
  #refusedInWindow = 0
  #startedAt: number | null = null
  #lastRefusedAt = 0
  #refused = 0
  #refusedTotal = 0
  #timer: TimerHandle = null

  constructor(options: OverloadOptions) {
    this.#options = options
    this.#windowStart = options.clock.now()
  }

  configure(settings: OverloadSettings): void {
    this.#settings = settings
  }

  get overloaded(): boolean {
    return this.#startedAt !== null
  }

  /** Calls sent away so far. */
  get refused(): number {
    return this.#refusedTotal
  }

  /** Asks for one new call. Null: it may come. */
  ask(): Shedding | null {
    const now = this.#options.clock.now()
    this.#watch(now)
    const reason = this.#reasonAgainst(now)
    if (reason !== null) return this.#refuse(reason, now)
    this.#admitted++
    return null
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#options.probe.stop()
  }

  #reasonAgainst(now: number): OverloadReason | null {
    if (this.#options.activeCalls() >= this.#settings.maxCalls) return 'calls'
    if (this.#options.halfOpen() >= this.#settings.maxHalfOpen) return 'halfOpen'
    if (this.#rate === null) return null
    // No more at once than a window's worth: a burst is what brought us here.
    const burst = Math.max(leastBurst, (this.#rate * windowMs) / 1000)
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#tokensAt) * this.#rate) / 1000)
    this.#tokensAt = now
    if (this.#tokens < 1) return 'load'
    this.#tokens--
    return null
  }

  #watch(now: number): void {
    const elapsedMs = now - this.#windowStart
    if (elapsedMs < windowMs) return
    const { lagMs, busy } = this.#options.probe.sample()
    const admittedPerSec = (this.#admitted * 1000) / elapsedMs
    this.#lossPercent = lossOf(this.#admitted, this.#refusedInWindow)
    this.#windowStart = now
    this.#admitted = 0
    this.#refusedInWindow = 0
    const isLate = lagMs > this.#settings.maxLagMs
    const isBusy = busy >= busyLimit
    this.#lateWindows = isLate ? this.#lateWindows + 1 : 0
    this.#busyWindows = isBusy ? this.#busyWindows + 1 : 0
    if (this.#lateWindows >= lateWindows || this.#busyWindows >= busyWindows) {
      if (this.#rate === null) this.#tokensAt = now
      this.#rate = Math.max(leastRate, Math.min(this.#rate ?? Number.POSITIVE_INFINITY, admittedPerSec) * fall)
    } else if (!isLate && !isBusy && this.#rate !== null) {
      // Who watches only when someone calls catches up on the windows that nobody called in.
      const windows = Math.min(40, Math.floor(elapsedMs / windowMs))
      this.#rate *= (busy < easyLimit ? fastRise : rise) ** windows
      if (now - this.#lastRefusedAt >= calmMs) this.#rate = null
    }
  }

  #refuse(reason: OverloadReason, now: number): Shedding {
    const { random, onStarted } = this.#options
    this.#lastRefusedAt = now
    this.#refused++
    this.#refusedInWindow++
    this.#refusedTotal++
    if (this.#startedAt === null) {
      this.#startedAt = now
      this.#refused = 1
      this.#armCheck()
      onStarted(reason)
    }
    return {
      retryAfterSec: retryAfterSec.min + (random.uint32() % (retryAfterSec.max - retryAfterSec.min + 1)),
      lossPercent: this.#lossPercent || lossOf(this.#admitted, this.#refusedInWindow),
    }
  }

  #armCheck(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      const now = this.#options.clock.now()
      if (this.#startedAt === null) return
      if (now - this.#lastRefusedAt < calmMs) {
        this.#armCheck()
        return
      }
      const durationMs = now - this.#startedAt
      this.#startedAt = null
      this.#options.onEnded(durationMs, this.#refused)
    }, calmMs / 2)
  }
}

/** 0: nobody was sent away. */
function lossOf(admitted: number, refused: number): number {
  return refused === 0 ? 0 : Math.max(1, Math.round((100 * refused) / (admitted + refused)))
}
