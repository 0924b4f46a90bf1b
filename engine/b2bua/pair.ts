/** Two answered legs that hear each other: what relay and direct media do differently after the bridge. */
import type { FormOffer, OfferExchange } from '../sip/index.ts'
import type { Digit } from './info-digit.ts'

export type Side = 'customer' | 'agent'

export interface PairHandlers {
  onHeld(by: Side): void
  onRetrieved(by: Side): void
}

export interface Pair {
  /** Who holds the other. */
  readonly held: readonly Side[]
  /** One side offers a change of its session. */
  offered(by: Side, exchange: OfferExchange): void
  /**
   * One side answered an offer that we made because it asked for one; null when it did not answer after all. False if
   * it can't be taken: that leg is to be ended.
   */
  answered(by: Side, sdp: string | null): boolean
  /**
   * One side has answered with something new when we only refreshed its session; what can't be taken of that changes nothing.
   * @param said what it stands by now of all that it has said
   */
  refreshed(by: Side, answer: string, said: string): void
  /** One side pressed a digit that the other has not had yet. */
  pressed(by: Side, digit: Digit): void
  /** The legs part; what the pair holds is let go, the legs themselves stay. */
  part(): void
}

/** What became of a re-INVITE of ours: the answer, or the status with which there is none. */
export type OnReinvited = (answer: string | null, refusedWith: number) => void

/** What a pair needs of a leg to pass a digit on by signalling. */
export interface DigitLeg {
  sendDigit(digit: Digit): void
}

/** What is needed of a leg to ask it for another session. */
export interface DirectLeg extends DigitLeg {
  /** @returns what gives it up */
  reinvite(form: FormOffer, onResult: OnReinvited): () => void
}

/** Tells edges of hold apart from repeated descriptions. */
export class HoldState {
  readonly #handlers: PairHandlers
  readonly #held: Set<Side>

  /** @param held who holds from the beginning; that is not told */
  constructor(handlers: PairHandlers, held: readonly Side[] = []) {
    this.#handlers = handlers
    this.#held = new Set(held)
  }

  get any(): boolean {
    return this.#held.size > 0
  }

  get sides(): readonly Side[] {
    return [...this.#held]
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
