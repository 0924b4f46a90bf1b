/** A pair whose audio runs past us: in-dialog offers are forwarded to the other leg (DESIGN §6, §13). */

import { isUnspecified } from '../media/sdp/address.ts'
import { audioFormats, readDescription } from '../media/sdp/description.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { OfferExchange } from '../sip/index.ts'
import type { Digit } from './info-digit.ts'
import { type DigitLeg, HoldState, type Pair, type PairHandlers, type Side } from './pair.ts'
import { other } from './relay-pair.ts'

export interface DirectLeg extends DigitLeg {
  reinvite(sdp: string, onResult: (answer: string | null, refusedWith: number) => void): void
}

export interface DirectPairOptions {
  readonly legs: Readonly<Record<Side, DirectLeg>>
  /** What each leg has been shown as the origin of its partner's descriptions. */
  readonly origins: Readonly<Record<Side, DirectOrigin>>
  readonly handlers: PairHandlers
  /** Who holds from the beginning. */
  readonly held?: readonly Side[]
}

export class DirectPair implements Pair {
  readonly #options: DirectPairOptions
  readonly #hold: HoldState

  constructor(options: DirectPairOptions) {
    this.#options = options
    this.#hold = new HoldState(options.handlers, options.held ?? [])
  }

  get held(): readonly Side[] {
    return this.#hold.sides
  }

  offered(by: Side, exchange: OfferExchange): void {
    const { legs, origins } = this.#options
    const { offer } = exchange
    if (offer === null) {
      // Who only refreshes is offered what is in force; if his answer says anything new, the other side hears of it.
      exchange.accept(exchange.current)
      return
    }
    // An offer that nobody can take is refused here at once instead of troubling the other side.
    if (!audioFormats(offer).ok) {
      exchange.reject(488)
      return
    }
    const to = other(by)
    legs[to].reinvite(origins[to].pass(offer), (answer, refusedWith) => {
      if (answer === null) {
        exchange.reject(refusedWith === 0 ? 488 : refusedWith)
        return
      }
      exchange.accept(origins[by].pass(answer))
      this.#hold.set(by, holds(offer))
    })
  }

  answered(by: Side, sdp: string | null): boolean {
    if (sdp === null || !audioFormats(sdp).ok) return false
    const { legs, origins } = this.#options
    const to = other(by)
    // A side that refuses keeps what it has, as after any refused re-INVITE.
    legs[to].reinvite(origins[to].pass(sdp), () => {})
    this.#hold.set(by, holds(sdp))
    return true
  }

  pressed(by: Side, digit: Digit): void {
    this.#options.legs[other(by)].sendDigit(digit)
  }

  part(): void {}
}

/** True if the description asks for silence: sendonly, inactive, or an unspecified address (RFC 3264 §8.4). */
export function holds(sdp: string): boolean {
  const read = readDescription(sdp)
  if (!read.ok) return false
  const audio = read.description.sections.find(section => section.kind === 'audio' && section.port > 0)
  if (audio === undefined) return true
  return (
    audio.direction === 'sendonly' ||
    audio.direction === 'inactive' ||
    (audio.host !== null && isUnspecified(audio.host))
  )
}
