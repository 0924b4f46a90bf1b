/**
 * One shared timer for many listeners. Due times are computed from the start, so a late tick does not delay those
 * after it. No timer is armed while nobody listens.
 */
import type { Clock, TimerHandle } from '../../ports/clock.ts'

export interface TickListener {
  /** Called once per tick. `now` is the time for which the tick was due, however late it comes; milliseconds. */
  onTick(now: number): void
}

export class Ticker {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #listeners = new Set<TickListener>()
  #startedAt = 0
  #timer: TimerHandle | null = null

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock
    this.#intervalMs = intervalMs
  }

  add(listener: TickListener): void {
    this.#listeners.add(listener)
    if (this.#timer !== null) return
    this.#startedAt = this.#clock.now()
    this.#arm()
  }

  remove(listener: TickListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0 || this.#timer === null) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Whole intervals since the start. */
  #intervalsPassed(): number {
    return Math.floor((this.#clock.now() - this.#startedAt) / this.#intervalMs)
  }

  #arm(): void {
    const dueMs = this.#startedAt + (this.#intervalsPassed() + 1) * this.#intervalMs
    this.#timer = this.#clock.setTimeout(this.#tick, Math.ceil(dueMs - this.#clock.now()))
  }

  readonly #tick = (): void => {
    this.#timer = null
    const now = this.#startedAt + this.#intervalsPassed() * this.#intervalMs
    for (const listener of this.#listeners) listener.onTick(now)
    // A listener may have armed it anew by leaving and coming back.
    if (this.#listeners.size > 0 && this.#timer === null) this.#arm()
  }
}
