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

  /**
   * Null if no entry matches.
   * @param forms decoded; the ways to write one number, the preferred one first
   */
  find(...forms: readonly string[]): Entry | null {
    for (const form of forms) {
      const exact = this.#exact.get(form)
      if (exact !== undefined) return exact
    }
    let best: Entry | null = null
    let left = Number.POSITIVE_INFINITY
    for (const form of forms) {
      // The longest beginning is the one that leaves the least, however the number is written.
      for (let length = Math.min(form.length, this.#longest); length > 0 && form.length - length < left; length--) {
        const found = this.#prefixes.get(form.slice(0, length))
        if (found === undefined) continue
        best = found
        left = form.length - length
      }
    }
    return best ?? this.#prefixes.get('') ?? null
  }
}
