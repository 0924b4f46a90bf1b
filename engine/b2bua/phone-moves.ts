/**
 * An agent goes on with another of his phones (RFC 3891): its INVITE takes the place of his leg, be that the one that we rang
 * or the one on which he has called himself. What can't be met changes nothing: the old phone keeps the call.
 */

import { audioFormats } from '../media/sdp/description.ts'
import { holds, refusesAudio } from '../media/sdp/direct-hold.ts'
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { RtpFormat } from '../ports/media.ts'
import type { BridgeCore } from './bridge-core.ts'
import type { PhoneArrival } from './bridge-options.ts'
import { refusalFor } from './direct-pair.ts'
import { completedElsewhere } from './forked-invite.ts'
import { formatsBeside } from './formats.ts'
import type { LegHome } from './leg-home.ts'
import type { LegMedia } from './leg-media.ts'
import type { OfferedAgent } from './offered-agent.ts'
import type { Arrived } from './offered-agents.ts'
import type { Pair, Side } from './pair.ts'
import { passOffer } from './passed-offer.ts'

interface Move {
  readonly side: Side
  readonly offerId: string
  readonly agent: OfferedAgent
  readonly arrival: PhoneArrival
  /** Null: the agent was being rung. */
  readonly pair: Pair | null
}

/** Of final responses to a phone that can't have the call now. */
const pending = 491
const declined = 603
const gone = 480

export class PhoneMoves {
  readonly #core: BridgeCore
  #open: Move | null = null

  constructor(core: BridgeCore) {
    this.#core = core
  }

  /** `offerId` null: the agent has called himself, and is on the customer's side. */
  move(offerId: string | null, arrival: PhoneArrival): void {
    const { agents, talking: talks } = this.#core
    const of = offerId ?? talks?.offerId ?? ''
    const agent = agents.get(of)
    const isRinging = agent?.leg.answered === false
    if (agent === undefined || (!isRinging && talks?.offerId !== of)) {
      arrival.invite.reject(declined)
      return
    }
    if (this.#open !== null) {
      arrival.invite.reject(pending)
      return
    }
    // Who picks up has to say what he can: the customer may not be answered yet, and is by that.
    if (isRinging && arrival.invite.offer === null) {
      arrival.invite.reject(488)
      return
    }
    const side = offerId === null ? 'customer' : 'agent'
    const move: Move = { side, offerId: of, agent, arrival, pair: isRinging ? null : (talks?.pair ?? null) }
    this.#open = move
    if (agent.media !== null || isRinging) this.#relay(move)
    else this.#direct(move)
  }

  /** An agent's leg has ended, or gone to another call: who waits for its place waits in vain. */
  left(offerId: string): void {
    if (this.#open?.offerId === offerId) this.close()
  }

  /** The call is over. */
  close(): void {
    if (this.#open !== null) this.#refuse(this.#open, gone)
  }

  /** Audio runs through us: the other side notices nothing. */
  #relay(move: Move): void {
    const { customer } = this.#core
    const { side, agent, arrival } = move
    const { invite } = arrival
    this.#core.run(
      async () => {
        const home = this.#homeOf(move)
        const media = await customer.media.open(invite.flow, arrival.nat, event => home.ear.onMedia(event))
        const answer = answerBy(media, invite.offer, this.#preferred(side, agent))
        if (!this.#isOn(move) || !answer.ok) {
          media.close()
          this.#refuse(move, answer.ok ? gone : answer.sipCode)
        } else this.#finish(move, { arrival, home, sdp: answer.sdp, media, origin: new DirectOrigin() })
      },
      () => this.#refuse(move, gone),
    )
  }

  #homeOf({ side, offerId }: Move): LegHome {
    const { customer, agents } = this.#core
    return side === 'agent' ? agents.homeOf(offerId) : customer.newHome()
  }

  /** What the other side talks comes first. */
  #preferred(side: Side, agent: OfferedAgent): readonly RtpFormat[] {
    const { media } = this.#core.customer
    return side === 'agent' ? media.formatsForAgent : formatsBeside(agent.media?.formats ?? [], media.playable)
  }

  /** Audio runs past us: the other side is asked for what the new phone needs. */
  #direct(move: Move): void {
    const { customer } = this.#core
    const { side, agent, arrival } = move
    const { offer } = arrival.invite
    const [home, origin] = [this.#homeOf(move), new DirectOrigin()]
    if (offer === null) {
      // The ACK will answer what the other side has said last, and that goes on to it as an offer.
      const known = side === 'agent' ? customer.leg.said : agent.leg.said
      this.#finish(move, { arrival, home, sdp: origin.pass(known ?? ''), media: null, origin })
      return
    }
    if (!audioFormats(offer).ok) {
      this.#refuse(move, 488)
      return
    }
    const [other, otherSide] = side === 'agent' ? ([customer, 'customer'] as const) : ([agent, 'agent'] as const)
    const before = customer.leg.said
    const isHeld = move.pair?.held.includes(otherSide) === true
    const asked = (answer: string | null, refusedWith: number) => {
      // Who holds in the old way goes on with that; of anybody else it means that the two can't hear each other.
      const isMet = answer !== null && (isHeld || !refusesAudio(answer, offer))
      if (this.#isOn(move) && isMet)
        this.#finish(move, { arrival, home, sdp: origin.pass(answer, offer), media: null, origin })
      else {
        // Who has refused that phone's audio has not said anything of his own.
        if (answer !== null && this.#core.talking?.pair === move.pair)
          this.#core.pairing.restore(agent, isMet ? customer.leg.said : before)
        this.#refuse(move, refusalFor(refusedWith))
      }
    }
    const giveUp = passOffer(other.leg, other.origin, () => (this.#isOn(move) ? offer : null), asked)
    // RFC 3261 §9.1: the other side need not think about a phone that has given up. What it has taken by then is undone.
    arrival.invite.handlers = { onCanceled: giveUp }
  }

  /** Nothing has come between: the phone still calls, and the old leg is as it was. */
  #isOn(move: Move): boolean {
    const { agents, talking } = this.#core
    const { agent, arrival, offerId, pair } = move
    const isThere = agents.get(offerId) === agent && (pair === null ? !agent.leg.answered : talking?.pair === pair)
    return this.#open === move && isThere && arrival.invite.open
  }

  #refuse(move: Move, status: number): void {
    if (this.#open === move) this.#open = null
    move.arrival.invite.reject(status)
  }

  #finish(move: Move, arrived: Arrived): void {
    const { customer, agents, pairing } = this.#core
    const { side, offerId, agent, arrival, pair } = move
    this.#open = null
    const before = pair?.held ?? []
    const { offer } = arrival.invite
    const after = [...before.filter(held => held !== side), ...(offer !== null && holds(offer) ? [side] : [])]
    const to = arrival.invite.request.headers.contact?.uriText ?? ''
    const from = side === 'agent' ? agent.uri : customer.leg.uri
    const sipCallId = arrival.invite.request.headers.callId
    pair?.part()
    let current = agent
    if (side === 'customer') customer.goOnAt(arrived)
    else current = agents.replace(agent, arrived, pair === null ? completedElsewhere : null)
    this.#core.emit({ type: 'moved', by: side, offerId, from, to, sipCallId })
    if (pair === null) this.#core.emit({ type: 'agent.answered', offerId })
    else pairing.rejoin(current, before, after)
  }
}

function answerBy(media: LegMedia, offer: string | null, formats: readonly RtpFormat[]) {
  return offer === null ? ({ ok: true, sdp: media.offer(formats) } as const) : media.answer(offer, formats)
}
