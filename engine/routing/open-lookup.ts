/**
 * One question about a caller that has no answer yet. When its time is over it lets go of who asked: a promise of an embedder
 * that is never settled, and kept by him, must not keep the call.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { LookupAsked, LookupFound, LookupHandlers } from './lookups.ts'

export class OpenLookup {
  readonly #clock: Clock
  readonly #onOver: (lookup: OpenLookup) => void
  readonly #onSilent: () => void
  /** Null once it is over. */
  #handlers: LookupHandlers | null
  #isLate: boolean
  #timer: TimerHandle

  /** @param onOver it is told no more, before whoever asked is told the last; @param onSilent there was no answer at all */
  constructor(
    clock: Clock,
    { deadlineMs, lateMs }: Pick<LookupAsked, 'deadlineMs' | 'lateMs'>,
    handlers: LookupHandlers,
    onOver: (lookup: OpenLookup) => void,
    onSilent: () => void,
  ) {
    this.#clock = clock
    this.#handlers = handlers
    this.#onOver = onOver
    this.#onSilent = onSilent
    this.#isLate = deadlineMs === 0
    this.#timer = this.#isLate
      ? clock.setTimeout(() => this.#giveUp(), lateMs)
      : clock.setTimeout(() => this.#deadline(lateMs), deadlineMs)
  }

  answered(answer: LookupFound): void {
    const isLate = this.#isLate
    this.#end()?.onAnswer(answer, isLate)
  }

  failed(reason: string): void {
    const isLate = this.#isLate
    this.#end()?.onFailure(reason, isLate)
  }

  #deadline(lateMs: number): void {
    this.#isLate = true
    this.#timer = this.#clock.setTimeout(() => this.#giveUp(), lateMs)
    this.#handlers?.onDeadline()
  }

  #giveUp(): void {
    this.#onSilent()
    this.failed('no answer at all')
  }

  #end(): LookupHandlers | null {
    const handlers = this.#handlers
    if (handlers === null) return null
    this.#handlers = null
    this.#clock.clearTimeout(this.#timer)
    this.#onOver(this)
    return handlers
  }
}
