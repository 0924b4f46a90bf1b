/** Hears of a leg for the bridge that has it. What happens there comes back to nobody as an exception. */
import type { MediaEvent } from '../ports/media.ts'
import type { OfferExchange, ReferExchange } from '../sip/index.ts'
import type { BridgeCore } from './bridge-core.ts'
import type { Digit } from './info-digit.ts'
import type { LegEar } from './leg-home.ts'
import type { LegOutcome } from './leg-outcome.ts'

export class LegHearer implements LegEar {
  readonly #core: BridgeCore
  readonly #offerId: string | null

  /** @param offerId null: it is the customer's leg */
  constructor(core: BridgeCore, offerId: string | null) {
    this.#core = core
    this.#offerId = offerId
  }

  onOffer(exchange: OfferExchange): void {
    this.#core.guard(() => this.#core.onOffer(this.#offerId, exchange))
  }

  onAnswer(sdp: string | null): void {
    this.#core.guard(() => this.#core.onAnswer(this.#offerId, sdp))
  }

  onRefreshed(answer: string): void {
    this.#core.guard(() => this.#core.onRefreshed(this.#offerId, answer))
  }

  onDigit(digit: Digit): void {
    this.#core.guard(() => this.#core.onDigit(this.#offerId, digit))
  }

  onRefer(exchange: ReferExchange): void {
    this.#core.guard(() => this.#core.onRefer(this.#offerId, exchange))
  }

  onEnded(outcome: LegOutcome): void {
    this.#core.guard(() => this.#core.onEnded(this.#offerId, outcome))
  }

  onMedia(event: MediaEvent): void {
    this.#core.guard(() => this.#core.onMedia(this.#offerId, event))
  }
}
