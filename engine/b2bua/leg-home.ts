/** Where a leg belongs. It may go over to another call while it rings or talks, or change sides; then somebody else hears of it. */
import type { MediaEvent } from '../ports/media.ts'
import type { OfferExchange, ReferExchange } from '../sip/index.ts'
import type { AgentDevice, LegOwner } from './bridge-alphabet.ts'
import type { Digit } from './info-digit.ts'
import type { LegOutcome } from './leg-outcome.ts'

/** Hears what happens on a leg that was answered, and on its audio. */
export interface LegEar {
  onOffer(exchange: OfferExchange): void
  onAnswer(sdp: string | null): void
  onRefreshed(answer: string): void
  onDigit(digit: Digit): void
  onRefer(exchange: ReferExchange): void
  onEnded(outcome: LegOutcome): void
  onMedia(event: MediaEvent): void
}

/** Hears what happens on a leg that rings for an agent's offer, or an outside party's. */
export interface RingEar {
  onRinging(): void
  /** It plays something already; `done` has {@link onRinging} told after it. */
  onEarlyMedia(sdp: string, done: () => void): void
  onAnswered(sdp: string): void
  /** Of several phones this one was answered. */
  onChosen(device: AgentDevice): void
  /** @returns whether another phone is rung instead, or may be */
  onRefused(outcome: LegOutcome): boolean
}

export interface LegHome {
  ear: LegEar
  /** Null: it is not one that we have rung. */
  ring: RingEar | null
  readonly owner: LegOwner
}

/** Of a leg whose place another one has taken. */
export const deaf: LegEar = {
  onOffer: exchange => exchange.reject(488),
  onAnswer() {},
  onRefreshed() {},
  onDigit() {},
  onRefer: exchange => exchange.refuse(603),
  onEnded() {},
  onMedia() {},
}

/** Tells whoever hears of the leg at that moment. */
export class Hearing implements LegEar {
  readonly #home: LegHome

  constructor(home: LegHome) {
    this.#home = home
  }

  onOffer(exchange: OfferExchange): void {
    this.#home.ear.onOffer(exchange)
  }

  onAnswer(sdp: string | null): void {
    this.#home.ear.onAnswer(sdp)
  }

  onRefreshed(answer: string): void {
    this.#home.ear.onRefreshed(answer)
  }

  onDigit(digit: Digit): void {
    this.#home.ear.onDigit(digit)
  }

  onRefer(exchange: ReferExchange): void {
    this.#home.ear.onRefer(exchange)
  }

  onEnded(outcome: LegOutcome): void {
    this.#home.ear.onEnded(outcome)
  }

  onMedia(event: MediaEvent): void {
    this.#home.ear.onMedia(event)
  }
}
