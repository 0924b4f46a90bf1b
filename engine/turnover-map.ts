/**
 * A map through which very many entries pass, few of which are there at a time: calls, dialogs, transactions.
 *
 * When one of V8's own maps makes its table anew, the old table goes on naming the new one. If the collector of young objects
 * has moved one of them aside, each that follows is kept, with all that was in it, until the next full collection: every
 * call would be copied twice and looked at for as long as that takes. So a new map is begun before the tables of one have
 * changed often. That costs a copy of what is there for as many deletions.
 */

/** Deletions after which a new map is worth its while, however few entries there are. */
const fewest = 64

export class TurnoverMap<K, V> implements Iterable<[K, V]> {
  #map = new Map<K, V>()
  #deletions = 0

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  set(key: K, value: V): void {
    this.#map.set(key, value)
  }

  /** An iteration that goes on meanwhile may miss this, and what is set after it. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false
    this.#deletions++
    if (this.#deletions > fewest && this.#deletions > this.#map.size) {
      this.#deletions = 0
      this.#map = new Map(this.#map)
    }
    return true
  }

  clear(): void {
    this.#map = new Map()
    this.#deletions = 0
  }

  /** In the order in which they were set first. */
  keys(): IterableIterator<K> {
    return this.#map.keys()
  }

  values(): IterableIterator<V> {
    return this.#map.values()
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.#map[Symbol.iterator]()
  }
}
