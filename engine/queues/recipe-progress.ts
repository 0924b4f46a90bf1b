/** How far one visit has come with the rules of its queue: when each may act next. Instants are milliseconds since the epoch. */
import type { WaitRule } from './wait-rules.ts'

export class RecipeProgress {
  readonly rules: readonly WaitRule[]
  readonly #nextAtMs: number[]

  /**
   * @param sinceMs what `waitedMs` counts from
   * @param isSpent which of the rules have acted for the call before, and never do again
   */
  constructor(rules: readonly WaitRule[], sinceMs: number, isSpent: (rule: WaitRule) => boolean = () => false) {
    this.rules = rules
    this.#nextAtMs = rules.map(rule => (isSpent(rule) ? Number.POSITIVE_INFINITY : sinceMs + (rule.when.waitedMs ?? 0)))
  }

  /** Whether only conditions other than time keep a rule from acting. */
  isRipe(index: number, nowMs: number): boolean {
    return (this.#nextAtMs[index] ?? Number.POSITIVE_INFINITY) <= nowMs
  }

  /** When the next rule becomes ripe that is not; null: none will. */
  nextAt(nowMs: number): number | null {
    let next = Number.POSITIVE_INFINITY
    for (const atMs of this.#nextAtMs) if (atMs > nowMs && atMs < next) next = atMs
    return next === Number.POSITIVE_INFINITY ? null : next
  }

  acted(index: number, nowMs: number): void {
    const everyMs = this.rules[index]?.everyMs
    this.#nextAtMs[index] = everyMs === undefined ? Number.POSITIVE_INFINITY : nowMs + everyMs
  }
}
