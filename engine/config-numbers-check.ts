/** Numbers that a definition sends callers to: each must lead somewhere, by the same tables that the calls are led by. */
import type { CenterConfig } from './config.ts'
import { formsOf } from './routing/caller.ts'
import { NumberTable } from './routing/numbers.ts'
import { OutboundRules } from './routing/outbound.ts'

export class NumberTargets {
  readonly #numbers: NumberTable<{ readonly match: string }>
  readonly #rules: OutboundRules
  readonly #countryCode: string | null
  /** What is allowed, in words. */
  readonly allowed: string

  constructor({ numbers, outbound, countryCode }: CenterConfig) {
    const list = (items: readonly string[]) => items.join(', ') || 'none is defined'
    this.#numbers = new NumberTable(numbers)
    this.#rules = new OutboundRules(outbound, countryCode)
    this.#countryCode = countryCode
    this.allowed =
      `a number that numbers match (${list(numbers.map(({ match }) => match))}), ` +
      `or that outbound permits (${list(outbound.map(({ prefix }) => prefix))})`
  }

  leads(number: string): boolean {
    return this.#numbers.find(...formsOf(number, this.#countryCode)) !== null || this.#rules.find(number) !== null
  }
}
