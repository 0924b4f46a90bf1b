/** A pair whose audio runs past us: in-dialog offers are forwarded to the other leg (DESIGN §6, §13). */

import { audioFormats, closesAudio } from '../media/sdp/description.ts'
import { holds, holdsInAnswer } from '../media/sdp/direct-hold.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { OfferExchange } from '../sip/index.ts'
import type { Digit } from './info-digit.ts'
import { type DirectLeg, HoldState, type Pair, type PairHandlers, type Side } from './pair.ts'
import { passOffer } from './passed-offer.ts'
import { other } from './relay-pair.ts'

export interface DirectPairOptions {
  readonly legs: Readonly<Record<Side, DirectLeg>>
  /** What each leg has been shown as the origin of its partner's descriptions. */
  readonly origins: Readonly<Record<Side, DirectOrigin>>
  readonly handlers: PairHandlers
  /** Who holds from the beginning. */
  readonly held?: readonly Side[]
  /** A side has changed its session. */
  onChanged(): void
}

/** One side changes its session, and the other has not said yet what it thinks of that. */
interface Change {
  readonly by: Side
  readonly exchange: OfferExchange
}

interface Proposal {
  giveUp: () => void
}

export class DirectPair implements Pair {
  readonly #options: DirectPairOptions
  readonly #hold: HoldState
  /** At most one, of either side: with one of each, each leg would wait until the other's is over. */
  #change: Change | null = null
  /** What a side is told of the other one, which waits for no answer; null: nothing, or that is over. */
  #proposed: Record<Side, Proposal | null> = { customer: null, agent: null }

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
    // RFC 3261 §14.2: they have crossed, although in two dialogs. Whose dialog it is tells how long each waits.
    if (this.#change !== null) {
      exchange.reject(491)
      return
    }
    const change = { by, exchange }
    if (offer === null) {
      this.#change = change
      // Who only refreshes is offered what is in force; if his answer says anything new, the other side hears of it.
      exchange.accept(exchange.current)
      return
    }
    // An offer that nobody can take is refused here at once instead of troubling the other side.
    if (!isOfUse(offer)) {
      exchange.reject(488)
      return
    }
    const to = other(by)
    const before = origins[to].last
    this.#change = change
    const asked = (answer: string | null, refusedWith: number) => {
      if (this.#change !== change) return
      this.#change = null
      if (answer === null) {
        exchange.reject(refusalFor(refusedWith))
        return
      }
      const answered = origins[by].pass(answer, offer)
      if (exchange.accept(answered)) {
        // He has heard by that what the other side says.
        this.#proposed[by]?.giveUp()
        this.#answered(to, answer, offer)
        this.#changed(by, offer)
      } else {
        origins[by].refused(answered)
        if (before !== null) this.#turnBack(change, before)
      }
    }
    const giveUp = passOffer(legs[to], origins[to], () => offer, asked)
    // RFC 3261 §9.1: the other side need not ring, or think, for what nobody waits for. What it has taken by then is undone.
    exchange.whenGivenUp?.(giveUp)
  }

  answered(by: Side, sdp: string | null): boolean {
    if (sdp === null || !isOfUse(sdp)) return false
    const to = other(by)
    // The change goes on that began when this side asked; one of the other side goes its own way.
    const change = this.#change?.by === by ? this.#change : null
    this.#propose(to, sdp, change)
    this.#changed(by, sdp)
    return true
  }

  refreshed(by: Side, _answer: string, said: string): void {
    if (!isOfUse(said)) return
    this.#propose(other(by), said, null)
    this.#changed(by, said)
  }

  pressed(by: Side, digit: Digit): void {
    this.#options.legs[other(by)].sendDigit(digit)
  }

  part(): void {
    const open = this.#change
    this.#change = null
    this.#proposed = { customer: null, agent: null }
    // Nobody will answer it any more; whoever asks again finds what has come in place of this pair.
    open?.exchange.reject(491)
  }

  /** Who changed his mind while the other side was asked has not changed anything: the other side goes back, too. */
  #turnBack(change: Change, before: string): void {
    this.#change = change
    this.#propose(other(change.by), before, change)
  }

  /** A side that refuses keeps what it has, as after any refused re-INVITE. `change` is over then, or when it has taken it. */
  #propose(to: Side, sdp: string, change: Change | null): void {
    const { legs, origins } = this.#options
    const proposal: Proposal = { giveUp() {} }
    this.#proposed[to] = proposal
    const told = (answer: string | null) => {
      if (this.#change === change) this.#change = null
      if (this.#proposed[to] !== proposal) return
      this.#proposed[to] = null
      // Nobody waits for the answer; but who is held from now on, or not any more, must hear of that.
      if (answer !== null && this.#answered(to, answer, sdp)) this.#propose(other(to), answer, null)
    }
    proposal.giveUp = passOffer(legs[to], origins[to], () => sdp, told)
  }

  /** True if the side has begun to hold by that, or has ended it. */
  #answered(by: Side, answer: string, offer: string): boolean {
    const isHolding = holdsInAnswer(answer, offer)
    return isHolding !== null && this.#hold.set(by, isHolding)
  }

  #changed(by: Side, said: string): void {
    this.#hold.set(by, holds(said))
    this.#options.onChanged()
  }
}

function isOfUse(sdp: string): boolean {
  return audioFormats(sdp).ok || closesAudio(sdp)
}

/**
 * What a side hears whose change the other has refused. RFC 5057 §5.1: what the other says of its own dialog, as that there is
 * nobody (404, 480), would end the first one's; and a challenge or redirection is meant for us.
 */
export function refusalFor(status: number): number {
  return status === 491 || status === 500 ? status : 488
}
