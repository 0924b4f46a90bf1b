/**
 * What toll fraud may cost at most (SIP.md §2 row 16): bounds on calls to outside numbers by rate, number at once, different
 * numbers and minutes. A bound that bites is told once, and again only after it has let calls pass for a while. What was used
 * up is known to the next process, too: who makes this one fail does not win a fresh day.
 */
import type { CenterConfig } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Checkpoint } from '../ports/store.ts'

export type OutboundLimit = 'rate' | 'concurrency' | 'numbers' | 'minutes'

export interface OutboundLimitsOptions {
  readonly clock: Clock
  checkpoint(checkpoint: Checkpoint): void
  /** Calls are refused for this bound from now on. */
  onReached(limit: OutboundLimit, number: string): void
}

/** A call that was let through; to be told when it is over, once. */
export interface OutboundPass {
  /** `talkMs`: how long it lasted after the answer. */
  end(talkMs: number): void
}

/** As stored: of the windows all but the numbers, each of which lies by itself, so that a call costs one small row. */
interface Used {
  readonly minuteSince: number
  readonly minuteCalls: number
  readonly hourSince: number
  readonly daySince: number
  readonly dayMs: number
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
  #active = 0
  /** The sum of when each of them was let through: how long they last altogether is known without looking at each. */
  #activeSinceMs = 0
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
    if (!this.#hourNumbers.has(number)) {
      this.#hourNumbers.add(number)
      this.#options.checkpoint({ kind: 'outsideNumber', id: number, state: {} })
    }
    this.#active++
    this.#activeSinceMs += now
    this.#save()
    let ended = false
    return {
      end: talkMs => {
        if (ended) return
        ended = true
        this.#active--
        this.#activeSinceMs -= now
        this.#turn(this.#options.clock.now())
        this.#dayMs += talkMs
        this.#save()
      },
    }
  }

  #save(): void {
    const state: Used = {
      minuteSince: this.#minuteSince,
      minuteCalls: this.#minuteCalls,
      hourSince: this.#hourSince,
      daySince: this.#daySince,
      dayMs: this.#dayMs,
      active: this.#active,
      activeSinceMs: this.#activeSinceMs,
    }
    this.#options.checkpoint({ ...key, state })
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
      for (const id of this.#hourNumbers) this.#options.checkpoint({ kind: 'outsideNumber', id, state: null })
      this.#hourNumbers.clear()
    }
    if (now - this.#daySince >= dayMs) {
      this.#daySince = now
      this.#dayMs = 0
    }
  }
}
