/**
 * What the parts of one bridge have in common: what it is made of, who is joined with the customer, and what follows from what
 * happens on the legs. Nothing that others set off here comes back to them as an exception.
 */
import { EngineError } from '../errors.ts'
import { type CallerDecision, callerResponses } from '../outcomes.ts'
import type { MediaEvent } from '../ports/media.ts'
import { noFarewell, type OfferExchange, type ReferExchange } from '../sip/index.ts'
import { attempt } from './attempt.ts'
import type { BridgeEvent } from './bridge-alphabet.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import { CustomerSide } from './customer-side.ts'
import { moveEarly } from './early-move.ts'
import { completedElsewhere } from './forked-invite.ts'
import type { Digit } from './info-digit.ts'
import { farewellOf, type LegOutcome, mediaFault } from './leg-outcome.ts'
import { OfferedAgents } from './offered-agents.ts'
import type { Pair, Side } from './pair.ts'
import { Pairing } from './pairing.ts'
import { PhoneMoves } from './phone-moves.ts'
import { tellSignOfLife } from './signs-of-life.ts'
import { transferRequestOf } from './transfer-request.ts'
import { hasAnsweredWaiting, offeredWaiting } from './waiting-agent.ts'
import { ZipTones } from './zip-tone.ts'

export class BridgeCore {
  readonly options: BridgeOptions
  readonly customer: CustomerSide
  readonly agents: OfferedAgents
  readonly pairing: Pairing
  /** The offer whose agent the customer is joined with, or is about to be. */
  connected: string | null = null
  /** What all hear whom we let go at the end of the call. */
  farewell = noFarewell
  /** How a leg has ended of which is being told. */
  leaving: LegOutcome | null = null
  closed = false
  /** Null before anybody changes the phone: most calls are never moved. */
  #moves: PhoneMoves | null = null
  #zipTones: ZipTones | null = null
  /** What somebody who rings has said to the caller; null: nobody has said anything. */
  #passedOn: string | null = null

  constructor(options: BridgeOptions) {
    this.options = options
    this.customer = new CustomerSide(this)
    this.pairing = new Pairing(this)
    this.agents = new OfferedAgents(this)
  }

  /** An agent and the customer hear each other. */
  get isTalking(): boolean {
    return this.pairing.current !== null
  }

  /** Those who talk: the offer of the agent, and what joins him with the customer. Null: nobody does. */
  get talking(): { readonly offerId: string; readonly pair: Pair } | null {
    const pair = this.pairing.current
    return this.connected === null || pair === null || this.closed ? null : { offerId: this.connected, pair }
  }

  get zipTones(): ZipTones {
    this.#zipTones ??= new ZipTones(this.options.clock)
    return this.#zipTones
  }

  emit(event: BridgeEvent): void {
    this.options.onEvent(event)
  }

  /** Runs what has to wait for media. Media that can't be had are `onRefused`'s matter; all else is a fault of ours. */
  run(
    work: () => Promise<void>,
    onRefused: (error: EngineError) => void = error => this.fail('mediaUnavailable', error),
  ): void {
    work().catch(error => {
      if (error instanceof EngineError) {
        this.options.logger.error({ err: error, code: error.code }, 'there are no media for a call')
        this.guard(() => onRefused(error))
      } else this.fail('fault', error)
    })
  }

  /** What others set off here must not come back to them as an exception: it ends this call (SIP.md §2 row 12). */
  guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.fail('fault', error)
    }
  }

  fail(decision: CallerDecision, error: unknown): void {
    this.emit({ type: 'failed', decision, error })
    // The call has ended by now and with it the legs, unless the fault was in their ending.
    this.closed = true
    for (const offerId of this.agents.ids) {
      const agent = this.agents.take(offerId)
      attempt(() => agent?.leg.hangup())
      attempt(() => agent?.media?.close())
    }
    attempt(() => this.#moves?.close())
    attempt(() => this.customer.leg.reject(callerResponses[decision]))
    attempt(() => this.customer.media.close())
  }

  /** As {@link Bridge.move}. */
  move(offerId: string | null, arrival: PhoneArrival): void {
    this.#moves ??= new PhoneMoves(this)
    this.#moves.move(offerId, arrival)
  }

  /** Whoever was about to change the phone does not. */
  stopMoves(): void {
    this.#moves?.close()
  }

  /** As {@link Bridge.withdraw}. */
  withdraw(offerId: string, elsewhere: boolean, farewell: typeof noFarewell): void {
    const agent = this.agents.get(offerId)
    if (agent === undefined) {
      this.agents.cancelOpening(offerId)
      return
    }
    try {
      this.#drop(offerId)
    } finally {
      // Whatever becomes of its media, the phone must not ring on.
      agent.leg.hangup(elsewhere ? { reason: completedElsewhere } : farewell)
    }
  }

  /** The agent's leg is no more this bridge's: he leaves, or goes over to another call's. */
  left(offerId: string): void {
    this.#moves?.left(offerId)
    const agent = this.agents.take(offerId)
    if (this.connected === offerId) this.part()
    else if (agent !== undefined && agent.earlySdp !== null) this.customer.media.customer?.unjoin()
    this.ringsNoMore()
  }

  /** Customer and agent hear each other no more; both legs stay. */
  part(): void {
    const haveMet = this.isTalking
    this.connected = null
    this.pairing.part()
    if (this.closed) return
    this.customer.playMusic()
    // He was to hear the agent past us, and nothing else by then.
    if (!haveMet) this.customer.takeBack()
  }

  /** The agent's media do not fit: he is let go. */
  unusable(offerId: string): void {
    const agent = this.agents.get(offerId)
    if (agent === undefined) return
    this.#drop(offerId)
    agent.leg.hangup()
    this.emit({ type: 'agent.ended', offerId, outcome: mediaFault })
  }

  /** Hangs up the agent who is connected; `agent.ended` follows. */
  releaseAgent(): void {
    if (this.connected !== null) this.agents.get(this.connected)?.leg.hangup()
  }

  /** The device of an offer rings. */
  ringing(offerId: string): void {
    this.passOn(this.agents.get(offerId)?.leg.userToUser ?? null)
    this.emit({ type: 'agent.ringing', offerId })
  }

  /** Who rings has said this to the caller (RFC 7433), which counts until somebody has taken the call. Null: nothing. */
  passOn(uui: string | null): void {
    if (uui === null) return
    this.#passedOn = uui
    if (this.connected === null) this.customer.leg.passOn(uui)
  }

  /** Who does not take the call has nothing to say to the caller any more; another one who still rings may have. */
  ringsNoMore(): void {
    // When one of many takes the call, each of the others comes here.
    if (this.#passedOn === null || this.connected !== null || this.customer.leg.answered) return
    this.#passedOn = this.agents.userToUser
    this.customer.leg.passOn(this.#passedOn)
  }

  // What is heard of a leg: an agent's by its offer, or the customer's (null).

  onOffer(offerId: string | null, exchange: OfferExchange): void {
    const current = this.#isHeard(offerId) ? this.pairing.current : null
    if (current !== null) current.offered(sideOf(offerId), exchange)
    else if (offerId === null) this.customer.offered(exchange)
    else if (exchange.answered !== undefined)
      moveEarly(this.agents.get(offerId), this.customer.leg.said, exchange, exchange.answered)
    else offeredWaiting(this.agents.get(offerId), exchange, this.customer.media.formatsForAgent)
  }

  /** The ACK, or a PRACK, brought the answer to an offer of ours; without one there is no session (RFC 3261 §13.2.2.4). */
  onAnswer(offerId: string | null, sdp: string | null): void {
    const current = this.#isHeard(offerId) ? this.pairing.current : null
    if (offerId !== null) {
      const agent = this.agents.get(offerId)
      if (agent === undefined) return
      const isTaken = current === null ? hasAnsweredWaiting(agent, sdp) : current.answered('agent', sdp)
      if (!isTaken) agent.leg.hangup()
      return
    }
    const isTaken = current === null ? this.customer.hasAnswered(sdp) : current.answered('customer', sdp)
    if (!isTaken) this.customer.leg.reject(488)
  }

  /** A session that was only to be refreshed is another one now. What can't be taken of that changes nothing. */
  onRefreshed(offerId: string | null, answer: string): void {
    const leg = offerId === null ? this.customer.leg : this.agents.get(offerId)?.leg
    const current = this.#isHeard(offerId) ? this.pairing.current : null
    if (current !== null) current.refreshed(sideOf(offerId), answer, leg?.said ?? answer)
    else if (offerId === null) this.customer.media.refreshed(answer)
    else this.agents.get(offerId)?.media?.refresh(answer)
  }

  /** A digit that nobody but us has heard yet. */
  onDigit(offerId: string | null, digit: Digit): void {
    if (!this.#isHeard(offerId)) return
    if (offerId === null) this.emit({ type: 'customer.dtmf', digit: digit.digit })
    else this.emit({ type: 'agent.dtmf', offerId, digit: digit.digit })
    this.pairing.current?.pressed(sideOf(offerId), digit)
  }

  onRefer(offerId: string | null, exchange: ReferExchange): void {
    if (!this.#isHeard(offerId)) {
      exchange.refuse(603)
      return
    }
    const request = transferRequestOf(exchange, this.options.userAgent)
    this.emit({ type: 'transfer.asked', by: sideOf(offerId), request })
  }

  onMedia(offerId: string | null, event: MediaEvent): void {
    if (event.type === 'playEnded') {
      if (offerId === null) this.emit({ type: 'prompts.ended', playId: event.playId })
      else this.#zipTones?.ended(event.playId)
      return
    }
    if (event.type === 'dtmf') {
      this.onDigit(offerId, event)
      return
    }
    const leg = offerId === null ? this.customer.leg : this.agents.get(offerId)?.leg
    if (leg !== undefined) tellSignOfLife(leg, event, this.options.mediaTimeoutMs)
  }

  onEnded(offerId: string | null, outcome: LegOutcome): void {
    if (offerId === null) this.#onCustomerEnded(outcome)
    else this.#onAgentEnded(offerId, outcome)
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    if (this.closed) return
    this.closed = true
    this.pairing.part()
    // The agents' phones are free before anyone hears of it, and may ring for the next call at once.
    const farewell = outcome.kind === 'released' ? this.farewell : farewellOf(outcome)
    for (const offerId of this.agents.ids) this.withdraw(offerId, false, farewell)
    this.#tellEnd({ type: 'customer.ended', outcome })
    this.customer.media.close()
  }

  #onAgentEnded(offerId: string, outcome: LegOutcome): void {
    const agent = this.agents.get(offerId)
    if (agent === undefined) return
    if (outcome.kind === 'refused' && outcome.alarm === true) {
      const { reason, sipCode } = outcome
      this.options.logger.warn({ device: agent.uri, reason, sipCode }, 'a device refuses calls for what it is sent')
    }
    this.#drop(offerId)
    this.#tellEnd({ type: 'agent.ended', offerId, outcome })
  }

  #drop(offerId: string): void {
    const agent = this.agents.get(offerId)
    this.left(offerId)
    agent?.media?.close()
  }

  #tellEnd(event: Extract<BridgeEvent, { outcome: LegOutcome }>): void {
    this.leaving = event.outcome
    try {
      this.emit(event)
    } finally {
      this.leaving = null
    }
  }

  /** Of the agents only the one who is connected is. */
  #isHeard(offerId: string | null): boolean {
    return offerId === null || offerId === this.connected
  }
}

function sideOf(offerId: string | null): Side {
  return offerId === null ? 'customer' : 'agent'
}
