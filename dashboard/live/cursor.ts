/** Journal cursors are decimal strings that may pass 2^53: compared without turning them into numbers. */

export function isAfter(cursor: string, other: string): boolean {
  return cursor.length === other.length ? cursor > other : cursor.length > other.length
}

/** Remembers the last ids it was given: delivery is at least once, consumers dedupe by id (FEATURES §3). */
export class RecentIds {
  readonly #capacity: number
  readonly #ids = new Set<string>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** False when the id is among the last ones. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    const oldest = this.#ids.values().next().value
    if (this.#ids.size > this.#capacity && oldest !== undefined) this.#ids.delete(oldest)
    return true
  }
}
