/**
 * Overload (SIP.md §2 row 6): past what we can carry, new calls are sent away early and cheaply, so that those in progress
 * never feel it. Two hard bounds, on calls and on half-open transactions; and the time for which messages wait in the socket
 * before we read them. A wait that stays is work that piles up; as long as it does, calls are sent away while it is above
 * what it should be and let in while it is below, so that no rate has to be guessed (as CoDel does for packets, RFC 8289).
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
  /** How long what is read now has waited to be read, at most. */
  waitedMs(): number
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

/**
 * A message may wait so long; calls are sent away once that has been exceeded for a while without a break. A pause, as to
 * collect garbage, is over before, and the socket's buffer holds what comes meanwhile.
 */
const wait = { mostMs: 40, forMs: 1_500 }
/** How long timers are watched before they count as late, and how often in a row: one large report alone is no overload. */
const windowMs = 500
const lateWindows = 2
/** The pressure goes on while so many of a hundred calls are sent away: fewer are a pause, or so little that it piles up slowly. */
const pressingPercent = 10
/** Calls that are let in however bad it looks: per second, and at once. */
const least = { perSec: 20, atOnce: 5 }
/** Nobody sent away for so long: it is over. */
const calmMs = 2_000
const retryAfterSec = { min: 5, max: 15 }

export class OverloadControl {
  readonly #options: OverloadOptions
  #settings: OverloadSettings = { maxCalls: 10_000, maxHalfOpen: 10_000, maxLagMs: 100 }
  /** When messages last waited no longer than they may. */
  #goodAt: number
  /** When the load was last seen to be too much. */
  #pressedAt = Number.NEGATIVE_INFINITY
  #tokens = 0
  #tokensAt = 0
  #windowStart: number
  #lateWindows = 0
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
    this.#goodAt = this.#windowStart
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
    const waitsLong = this.#options.waitedMs() > wait.mostMs
    if (!waitsLong) this.#goodAt = now
    if (now - this.#goodAt >= wait.forMs) this.#pressedAt = now
    const isTooMuch = this.#isLate || (waitsLong && this.#isPressed(now))
    return !isTooMuch || this.#isOneOfFew(now) ? null : 'load'
  }

  get #isLate(): boolean {
    return this.#lateWindows >= lateWindows
  }

  #isPressed(now: number): boolean {
    return now - this.#pressedAt < calmMs
  }

  #isOneOfFew(now: number): boolean {
    this.#tokens = Math.min(least.atOnce, this.#tokens + ((now - this.#tokensAt) * least.perSec) / 1000)
    this.#tokensAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  #watch(now: number): void {
    if (now - this.#windowStart < windowMs) return
    this.#lossPercent = lossOf(this.#admitted, this.#refusedInWindow)
    this.#windowStart = now
    this.#admitted = 0
    this.#refusedInWindow = 0
    this.#lateWindows = this.#options.probe.lagMs() > this.#settings.maxLagMs ? this.#lateWindows + 1 : 0
    if (this.#isPressed(now) && this.#lossPercent >= pressingPercent) this.#pressedAt = now
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
