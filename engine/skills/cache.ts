/** Each distinct text is parsed once; the least recently used ones are forgotten beyond a number. */
import type { Expression } from './expression.ts'
import { parseExpression } from './parser.ts'

export class ExpressionCache {
  readonly #known = new Map<string, Expression>()
  readonly #most: number

  constructor(most = 1_000) {
    this.#most = most
  }

  get size(): number {
    return this.#known.size
  }

  /** @throws ExpressionError */
  get(text: string): Expression {
    const known = this.#known.get(text)
    if (known !== undefined) {
      this.#known.delete(text)
      this.#known.set(text, known)
      return known
    }
    const expression = parseExpression(text)
    this.#known.set(text, expression)
    if (this.#known.size > this.#most) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    return expression
  }
}
