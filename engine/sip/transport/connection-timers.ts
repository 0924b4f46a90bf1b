/** What a connection has to have done by when: be there, say something, finish what it began (SIP.md §2 row 4). */
import type { Clock, TimerHandle } from '../../ports/clock.ts'

/** The first message of a peer must be complete this long after it connected: silent connections use up the table. */
const firstMessageMs = 60_000
/** A message must be complete this long after its first byte. */
const partialMessageMs = 10_000

/** One timer at a time: the nearest thing that the connection owes. */
export class ConnectionTimers {
  readonly #clock: Clock
  readonly #onOverdue: (what: string) => void
  #timer: TimerHandle | null = null
  #partial = false

  constructor(clock: Clock, onOverdue: (what: string) => void) {
    this.#clock = clock
    this.#onOverdue = onOverdue
  }

  connecting(limitMs: number): void {
    this.#arm(limitMs, 'it was not there in time')
  }

  accepted(): void {
    this.#arm(firstMessageMs, 'it never said anything')
  }

  connected(): void {
    this.#disarm()
  }

  /**
   * Bytes came.
   * @param completed they ended at least one message
   * @param partial a message has begun and is not complete
   */
  received(completed: boolean, partial: boolean): void {
    if (partial && (completed || !this.#partial)) this.#arm(partialMessageMs, 'a message was not complete in time')
    else if (completed && !partial) this.#disarm()
    this.#partial = partial
  }

  stop(): void {
    this.#disarm()
  }

  #arm(delayMs: number, what: string): void {
    this.#disarm()
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      this.#onOverdue(what)
    }, delayMs)
  }

  #disarm(): void {
    if (this.#timer === null) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
