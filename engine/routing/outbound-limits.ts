/**
 * What toll fraud may cost at most (SIP.md §2 row 16): bounds on calls to outside numbers by rate, number at once, different
 * numbers and minutes. A bound that bites is told once, and again only after it has let calls pass for a while.
 */
import type { CenterConfig } from '../config.ts'
import type { Clock } from '../ports/clock.ts'

export type OutboundLimit = 'rate' | 'concurrency' | 'numbers' | 'minutes'

export interface OutboundLimitsOptions {
  readonly clock: Clock
  /** Calls are refused for this bound from now on. */
  onReached(limit: OutboundLimit, number: string): void
}

/** A call that was let through; to be told when it is over, once. */
export interface OutboundPass {
  /** `talkMs`: how long it lasted after the answer. */
  end(talkMs: number): void
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
/** Quiet for this long: the next refusal is news again. */
const newsAfterMs = minuteMs

export class OutboundLimits {
  readonly #options: OutboundLimitsOptions
  #limits: CenterConfig['outboundLimits'] = { callsPerMin: 0, callsAtOnce: 0, numbersPerHour: 0, minutesPerDay: 0 }
  #active = 0
  #minuteSince = 0
  #minuteCalls = 0
  #hourSince = 0
  readonly #hourNumbers = new Set<string>()
  #daySince = 0
  #dayMs = 0
  readonly #lastRefusedAt = new Map<OutboundLimit, number>()
  #refused = 0

  constructor(options: OutboundLimitsOptions) {
    this.#options = options
  }

  configure(limits: CenterConfig['outboundLimits']): void {
    this.#limits = limits
  }

  get active(): number {
    return this.#active
  }

  get refused(): number {
    return this.#refused
  }

  /** Null: refused by a bound. */
  admit(number: string): OutboundPass | null {
    const now = this.#options.clock.now()
    this.#turn(now)
    const limit = this.#reached(number)
    if (limit !== null) {
      this.#refuse(limit, number, now)
      return null
    }
    this.#minuteCalls++
    this.#hourNumbers.add(number)
    this.#active++
    let ended = false
    return {
      end: talkMs => {
        if (ended) return
        ended = true
        this.#active--
        this.#turn(this.#options.clock.now())
        this.#dayMs += talkMs
      },
    }
  }

  #reached(number: string): OutboundLimit | null {
    const { callsPerMin, callsAtOnce, numbersPerHour, minutesPerDay } = this.#limits
    if (this.#active >= callsAtOnce) return 'concurrency'
    if (this.#minuteCalls >= callsPerMin) return 'rate'
    if (this.#hourNumbers.size >= numbersPerHour && !this.#hourNumbers.has(number)) return 'numbers'
    return this.#dayMs >= minutesPerDay * minuteMs ? 'minutes' : null
  }

  #refuse(limit: OutboundLimit, number: string, now: number): void {
    this.#refused++
    const last = this.#lastRefusedAt.get(limit)
    this.#lastRefusedAt.set(limit, now)
    if (last === undefined || now - last > newsAfterMs) this.#options.onReached(limit, number)
  }

  /** Windows begin with the first call after the one before is over. */
  #turn(now: number): void {
    if (now - this.#minuteSince >= minuteMs) {
      this.#minuteSince = now
      this.#minuteCalls = 0
    }
    if (now - this.#hourSince >= hourMs) {
      this.#hourSince = now
      this.#hourNumbers.clear()
    }
    if (now - this.#daySince >= dayMs) {
      this.#daySince = now
      this.#dayMs = 0
    }
  }
}
