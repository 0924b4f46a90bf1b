/**
 * Whether a peer is there when its media does not tell: it is asked by an in-dialog OPTIONS (DESIGN §7). Twice no
 * answer, 408 or 481 is death; anything else is life.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { InviteDialog } from '../sip/index.ts'

interface Rhythm {
  /** From a sign of life to the next question. */
  readonly everyMs: number
  /** From a question to the next one, if no sign of life comes. */
  readonly patienceMs: number
}

/** No media passes here that could tell. The patience is that of the transaction, 64·T1. */
const calm: Rhythm = { everyMs: 60_000, patienceMs: 32_000 }
/** Time for two repeats over UDP (RFC 3261 §17.1.2.2), however short the media's time-out is. */
const leastPatienceMs = 2_000
/** One lost answer is an accident, two are a fact. */
const missesToDeath = 2

export class Liveness {
  readonly #clock: Clock
  readonly #dialog: InviteDialog
  #rhythm: Rhythm | null = null
  #timer: TimerHandle | null = null
  #asking = false
  #misses = 0

  constructor(clock: Clock, dialog: InviteDialog) {
    this.#clock = clock
    this.#dialog = dialog
  }

  /** Asks from time to time: nothing else tells that the peer is there. */
  start(): void {
    if (this.#rhythm === calm) return
    this.stop()
    this.#rhythm = calm
    this.#arm(calm.everyMs, () => this.#ask(calm))
  }

  /** Asks at once, and again every `patienceMs`: a peer that ought to be heard is not. */
  suspect(patienceMs: number): void {
    this.stop()
    const bounded = Math.min(Math.max(patienceMs, leastPatienceMs), calm.patienceMs)
    this.#rhythm = { everyMs: bounded, patienceMs: bounded }
    this.#ask(this.#rhythm)
  }

  stop(): void {
    this.#disarm()
    this.#rhythm = null
    this.#asking = false
    this.#misses = 0
  }

  #ask(rhythm: Rhythm): void {
    this.#asking = true
    this.#arm(rhythm.patienceMs, () => this.#onSilence(rhythm))
    this.#dialog.ping(alive => {
      if (alive && this.#rhythm === rhythm) this.#onAlive(rhythm)
    })
  }

  /** Also the late answer to an earlier question. */
  #onAlive(rhythm: Rhythm): void {
    this.#misses = 0
    if (!this.#asking) return
    this.#asking = false
    this.#arm(rhythm.everyMs, () => this.#ask(rhythm))
  }

  #onSilence(rhythm: Rhythm): void {
    this.#misses++
    if (this.#misses < missesToDeath) {
      this.#ask(rhythm)
      return
    }
    this.stop()
    this.#dialog.declareDead()
  }

  #arm(delayMs: number, callback: () => void): void {
    this.#disarm()
    this.#timer = this.#clock.setTimeout(callback, delayMs)
  }

  #disarm(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
