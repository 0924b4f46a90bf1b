/**
 * How long a call waits for the embedder's handler to decide (DESIGN §10.4). Only for the handler's own thinking: what it has asked of
 * the engine meanwhile, as `await call.say(…)`, has its own end, and time begins anew when that is there.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'

export class HandlerPatience {
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #onOver: () => void
  #timer: TimerHandle | null = null
  /** What the handler waits for itself. */
  #pending = 0
  #state: 'new' | 'waiting' | 'lost' | 'over' = 'new'

  constructor(clock: Clock, deadlineMs: number, onOver: () => void) {
    this.#clock = clock
    this.#deadlineMs = deadlineMs
    this.#onOver = onOver
  }

  /** It took so long that the call was decided without it. */
  get isLost(): boolean {
    return this.#state === 'lost'
  }

  /** The handler has not decided at once. */
  begin(): void {
    this.#state = 'waiting'
    if (this.#pending === 0) this.#arm()
  }

  /** The handler waits for us. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1
    this.#disarm()
    try {
      return await work()
    } finally {
      this.#pending -= 1
      if (this.#pending === 0 && this.#state === 'waiting') this.#arm()
    }
  }

  /** It has decided, or nothing is left to decide. */
  end(): void {
    this.#disarm()
    if (this.#state !== 'lost') this.#state = 'over'
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#state = 'lost'
      this.#onOver()
    }, this.#deadlineMs)
  }

  #disarm(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
