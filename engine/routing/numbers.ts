/** What is said of numbers: exact entries win, then the longest prefix, which ends in "*". */

export class NumberTable<Entry extends { readonly match: string }> {
  readonly #exact = new Map<string, Entry>()
  /** Prefix entries, by prefix; looked up from the longest possible prefix down. */
  readonly #prefixes = new Map<string, Entry>()
  #longest = 0

  constructor(numbers: readonly Entry[]) {
    for (const number of numbers) {
      if (!number.match.endsWith('*')) {
        this.#exact.set(number.match, number)
        continue
      }
      const prefix = number.match.slice(0, -1)
      this.#prefixes.set(prefix, number)
      this.#longest = Math.max(this.#longest, prefix.length)
    }
  }

  /** `dialled` is decoded. Null if no entry matches. */
  find(dialled: string): Entry | null {
    const exact = this.#exact.get(dialled)
    if (exact !== undefined) return exact
    for (let length = Math.min(dialled.length, this.#longest); length >= 0; length--) {
      const found = this.#prefixes.get(dialled.slice(0, length))
      if (found !== undefined) return found
    }
    return null
  }
}
