/** How far one visit has come with the recipes of its queue: when each may act next. Instants are milliseconds since the epoch. */
import type { RecipeConfig } from '../config-recipes.ts'

export class RecipeProgress {
  readonly recipes: readonly RecipeConfig[]
  readonly #nextAtMs: number[]

  /** @param sinceMs what `waitedMs` counts from */
  constructor(recipes: readonly RecipeConfig[], sinceMs: number) {
    this.recipes = recipes
    this.#nextAtMs = recipes.map(({ when }) => sinceMs + (when.waitedMs ?? 0))
  }

  /** Whether only conditions other than time keep a recipe from acting. */
  isRipe(index: number, nowMs: number): boolean {
    return (this.#nextAtMs[index] ?? Number.POSITIVE_INFINITY) <= nowMs
  }

  /** When the next recipe becomes ripe that is not; null: none will. */
  nextAt(nowMs: number): number | null {
    let next = Number.POSITIVE_INFINITY
    for (const atMs of this.#nextAtMs) if (atMs > nowMs && atMs < next) next = atMs
    return next === Number.POSITIVE_INFINITY ? null : next
  }

  acted(index: number, nowMs: number): void {
    const everyMs = this.recipes[index]?.everyMs
    this.#nextAtMs[index] = everyMs === undefined ? Number.POSITIVE_INFINITY : nowMs + everyMs
  }
}
