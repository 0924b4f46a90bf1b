/** Leave to make one call outside: what its holder tells of the call, and is told when there are no minutes left for it. */

/** A call that was let through. It costs from its answer to its end, both of which are to be told, once each. */
export interface OutboundPass {
  answered(): void
  /** How to end the call when the minutes are used up, at once if they are. Whoever has the call says so: the last one counts. */
  onSpent(end: () => void): void
  end(): void
}

/** As {@link OutboundLimits} gives it. */
export class LimitedPass implements OutboundPass {
  readonly #onAnswered: () => number
  readonly #isSpent: () => boolean
  readonly #onEnded: (answeredAt: number | null) => void
  #answeredAt: number | null = null
  #cut: (() => void) | null = null
  #isOver = false

  /** @param onAnswered says when that was @param onEnded is told it again; null: it never was */
  constructor(onAnswered: () => number, isSpent: () => boolean, onEnded: (answeredAt: number | null) => void) {
    this.#onAnswered = onAnswered
    this.#isSpent = isSpent
    this.#onEnded = onEnded
  }

  answered(): void {
    if (!this.#isOver) this.#answeredAt ??= this.#onAnswered()
  }

  onSpent(end: () => void): void {
    this.#cut = end
    if (!this.#isOver && this.#isSpent()) end()
  }

  cut(): void {
    if (!this.#isOver) this.#cut?.()
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cut = null
    this.#onEnded(this.#answeredAt)
  }
}
