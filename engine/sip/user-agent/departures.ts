/**
 * The requests of a dialog on their way out: each leaves when it is known where it goes, and none before another that was made
 * earlier, which its peer would refuse for its number (RFC 3261 §12.2.2).
 */
import type { NextHop } from './next-hop.ts'

interface Departure {
  /** Null: there is nothing to be asked. */
  readonly hop: NextHop | null
  leave(): void
}

export class Departures {
  readonly #waiting: Departure[] = []

  /** Goes on when its turn has come: at once, unless it or one before it waits for the DNS. */
  add(hop: NextHop | null, leave: () => void): void {
    this.#waiting.push({ hop, leave })
    if (this.#waiting.length === 1) this.#awaitFirst()
  }

  #awaitFirst(): void {
    const [first] = this.#waiting
    if (first === undefined) return
    const go = () => {
      this.#waiting.shift()
      try {
        first.leave()
      } finally {
        // A fault in one of them keeps none of the others back.
        this.#awaitFirst()
      }
    }
    if (first.hop === null) go()
    else first.hop.whenKnown(go)
  }
}
