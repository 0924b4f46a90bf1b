/**
 * What toll fraud may cost at most (SIP.md §2 row 16): bounds on calls to outside numbers by rate, number at once, different
 * numbers and minutes. A bound that bites is told once, and again only after it has let calls pass for a while. Minutes are
 * counted while calls run, and in the moment when they are used up that is told, and the calls are ended: nobody who stays on
 * the line costs more than is allowed. What was used up is known to the next process, too: who makes this one fail does not
 * win a fresh day.
 */
import type { CenterConfig } from '../config.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Checkpoint } from '../ports/store.ts'
import { LimitedPass, type OutboundPass } from './outbound-pass.ts'

export type OutboundLimit = 'rate' | 'concurrency' | 'numbers' | 'minutes'

export interface OutboundLimitsOptions {
  readonly clock: Clock
  checkpoint(checkpoint: Checkpoint): void
  /** Calls are refused for this bound from now on. `number`: the first that was refused, or the last one that was let through. */
  onReached(limit: OutboundLimit, number: string): void
}

/** As stored: of the windows all but the numbers, each of which lies by itself, so that a call costs one small row. */
interface Used {
  readonly minuteSince: number
  readonly minuteCalls: number
  readonly hourSince: number
  readonly daySince: number
  readonly dayMs: number
  /** Answered, and not over; and the sum of when each of them was. */
  readonly active: number
  readonly activeSinceMs: number
}

const key = { kind: 'outside', id: 'limits' } as const
const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
/** Quiet for this long: the next refusal is news again. */
const newsAfterMs = minuteMs

export class OutboundLimits {
  readonly #options: OutboundLimitsOptions
  #limits: CenterConfig['outboundLimits'] = { callsPerMin: 0, callsAtOnce: 0, numbersPerHour: 0, minutesPerDay: 0 }
  readonly #passes = new Set<LimitedPass>()
  /** Of them those that were answered. */
  #talking = 0
  /** The sum of when each of those was: how long they last altogether is known without looking at each. */
  #talkingSinceMs = 0
  #minuteSince = 0
  #minuteCalls = 0
  #hourSince = 0
  readonly #hourNumbers = new Set<string>()
  #daySince = 0
  /** Of calls that have ended, less what those that run had used up before this day. */
  #dayMs = 0
  #lastNumber = ''
  /** For the moment when the calls that run will have used up the minutes, and for the end of their day. */
  #timer: TimerHandle | null = null
  #spent = false
  readonly #lastReachedAt = new Map<OutboundLimit, number>()
  #refused = 0

  constructor(options: OutboundLimitsOptions) {
    this.#options = options
  }

  configure(limits: CenterConfig['outboundLimits']): void {
    this.#limits = limits
    this.#watch(this.#options.clock.now())
  }

  stop(): void {
    this.#disarm()
  }

  /** What the last process has used up. @param aliveMs until when it lived: so long its last calls have lasted at most */
  restore(checkpoints: readonly Checkpoint[], aliveMs: number): void {
    const used = checkpoints.find(({ kind, id }) => kind === key.kind && id === key.id)?.state as Used | undefined
    if (used === undefined) return
    const { minuteSince, minuteCalls, hourSince, daySince, dayMs, active, activeSinceMs } = used
    // The clock may have been ahead meanwhile: a window that has not begun would never end.
    this.#minuteSince = Math.min(minuteSince, aliveMs)
    this.#minuteCalls = minuteCalls
    this.#hourSince = Math.min(hourSince, aliveMs)
    this.#daySince = Math.min(daySince, aliveMs)
    this.#dayMs = dayMs + Math.max(0, active * aliveMs - activeSinceMs)
    for (const { kind, id } of checkpoints) if (kind === 'outsideNumber') this.#hourNumbers.add(id)
    if (active > 0) this.#save()
  }

  get active(): number {
    return this.#passes.size
  }

  get refused(): number {
    return this.#refused
  }

  /** Null: refused by a bound. */
  admit(number: string): OutboundPass | null {
    const now = this.#options.clock.now()
    this.#turn(now)
    const limit = this.#reached(number, now)
    if (limit !== null) {
      this.#refused++
      this.#tell(limit, number, now)
      return null
    }
    this.#lastNumber = number
    this.#minuteCalls++
    if (!this.#hourNumbers.has(number)) {
      this.#hourNumbers.add(number)
      this.#options.checkpoint({ kind: 'outsideNumber', id: number, state: {} })
    }
    const pass = new LimitedPass(
      () => this.#answered(),
      () => this.#isSpent(),
      answeredAt => this.#ended(pass, answeredAt),
    )
    this.#passes.add(pass)
    this.#save()
    this.#watch(now)
    return pass
  }

  #answered(): number {
    const now = this.#options.clock.now()
    this.#turn(now)
    this.#talking++
    this.#talkingSinceMs += now
    this.#save()
    this.#watch(now)
    return now
  }

  #ended(pass: LimitedPass, answeredAt: number | null): void {
    const now = this.#options.clock.now()
    this.#turn(now)
    this.#passes.delete(pass)
    if (answeredAt !== null) {
      this.#talking--
      this.#talkingSinceMs -= answeredAt
      this.#dayMs += now - answeredAt
    }
    this.#save()
    this.#watch(now)
  }

  #isSpent(): boolean {
    const now = this.#options.clock.now()
    this.#turn(now)
    return this.#leftMs(now) <= 0
  }

  #save(): void {
    const state: Used = {
      minuteSince: this.#minuteSince,
      minuteCalls: this.#minuteCalls,
      hourSince: this.#hourSince,
      daySince: this.#daySince,
      dayMs: this.#dayMs,
      active: this.#talking,
      activeSinceMs: this.#talkingSinceMs,
    }
    this.#options.checkpoint({ ...key, state })
  }

  #reached(number: string, now: number): OutboundLimit | null {
    const { callsPerMin, callsAtOnce, numbersPerHour } = this.#limits
    if (this.#passes.size >= callsAtOnce) return 'concurrency'
    if (this.#minuteCalls >= callsPerMin) return 'rate'
    if (this.#hourNumbers.size >= numbersPerHour && !this.#hourNumbers.has(number)) return 'numbers'
    return this.#leftMs(now) <= 0 ? 'minutes' : null
  }

  #runningMs(now: number): number {
    return this.#talking * now - this.#talkingSinceMs
  }

  /** What is left of the day's minutes; not above zero: nothing. */
  #leftMs(now: number): number {
    return this.#limits.minutesPerDay * minuteMs - this.#dayMs - this.#runningMs(now)
  }

  /** While calls run the minutes pass without anybody asking for more. */
  #watch(now: number): void {
    const wasSpent = this.#spent
    this.#spent = this.#leftMs(now) <= 0
    if (this.#spent && !wasSpent && this.#passes.size > 0) {
      this.#tell('minutes', this.#lastNumber, now)
      // Those that ring would be let in to nothing.
      for (const pass of [...this.#passes]) pass.cut()
    }
    this.#disarm()
    if (this.#talking === 0) return
    const turnsInMs = Math.max(0, this.#daySince + dayMs - now)
    const spentInMs = this.#spent ? turnsInMs : Math.ceil(this.#leftMs(now) / this.#talking)
    this.#timer = this.#options.clock.setTimeout(() => this.#onTimer(), Math.min(spentInMs, turnsInMs))
  }

  #onTimer(): void {
    this.#timer = null
    const now = this.#options.clock.now()
    this.#turn(now)
    this.#watch(now)
  }

  #disarm(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #tell(limit: OutboundLimit, number: string, now: number): void {
    const last = this.#lastReachedAt.get(limit)
    this.#lastReachedAt.set(limit, now)
    if (last === undefined || now - last > newsAfterMs) this.#options.onReached(limit, number)
  }

  /** Windows begin with the first call after the one before is over; a day, while calls run, with the end of the one before. */
  #turn(now: number): void {
    if (now - this.#minuteSince >= minuteMs) {
      this.#minuteSince = now
      this.#minuteCalls = 0
    }
    if (now - this.#hourSince >= hourMs) {
      this.#hourSince = now
      for (const id of this.#hourNumbers) this.#options.checkpoint({ kind: 'outsideNumber', id, state: null })
      this.#hourNumbers.clear()
    }
    if (now - this.#daySince >= dayMs) {
      this.#daySince = now
      this.#dayMs = -this.#runningMs(now)
    }
  }
}
