/** Two answered legs that hear each other: what relay and direct media do differently after the bridge. */
import type { OfferExchange } from '../sip/index.ts'

export type Side = 'customer' | 'agent'

export interface PairHandlers {
  onHeld(by: Side): void
  onRetrieved(by: Side): void
}

export interface Pair {
  /** One side offers a change of its session. */
  offered(by: Side, exchange: OfferExchange): void
  /** The legs part; what the pair holds is let go, the legs themselves stay. */
  part(): void
}

/** Tells edges of hold apart from repeated descriptions. */
export class HoldState {
  readonly #handlers: PairHandlers
  readonly #held = new Set<Side>()

  constructor(handlers: PairHandlers) {
    this.#handlers = handlers
  }

  get any(): boolean {
    return this.#held.size > 0
  }

  holds(side: Side): boolean {
    return this.#held.has(side)
  }

  /** True if this changed anything. */
  set(side: Side, held: boolean): boolean {
    if (this.#held.has(side) === held) return false
    if (held) {
      this.#held.add(side)
      this.#handlers.onHeld(side)
    } else {
      this.#held.delete(side)
      this.#handlers.onRetrieved(side)
    }
    return true
  }
}
