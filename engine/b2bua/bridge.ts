/**
 * The bridge of one call: its customer leg, the agent legs that ring for it, and the pair that talks. It speaks one
 * signalling-neutral alphabet upwards: commands in, events out; no SIP message leaves it.
 */
import { EngineError } from '../errors.ts'
import { type CallerDecision, callerResponses } from '../outcomes.ts'
import type { MediaEvent, RecordingRequest, RecordingResult } from '../ports/media.ts'
import { noFarewell, type OfferExchange, type ReferExchange } from '../sip/index.ts'
import { attempt } from './attempt.ts'
import type { AgentDevice, BridgeEvent, DeviceView } from './bridge-alphabet.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import { CustomerSide } from './customer-side.ts'
import { acceptFinal, passEarlyMedia, ringBack } from './early-media.ts'
import { completedElsewhere } from './forked-invite.ts'
import type { Digit } from './info-digit.ts'
import type { LegMedia } from './leg-media.ts'
import { farewellOf, type LegOutcome, mediaFault, userToUserOf } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'
import { OfferedAgents } from './offered-agents.ts'
import type { Side } from './pair.ts'
import { Pairing } from './pairing.ts'
import { PhoneMoves } from './phone-moves.ts'
import { handOver } from './renegotiate.ts'
import { tellSignOfLife } from './signs-of-life.ts'
import { transferRequestOf } from './transfer-request.ts'
import { ZipTones } from './zip-tone.ts'

export class Bridge {
  readonly #options: BridgeOptions
  readonly #customer: CustomerSide
  readonly #agents: OfferedAgents
  readonly #pairing: Pairing
  /** Null before anybody changes the phone: most calls are never moved. */
  #moves: PhoneMoves | null = null
  #zipTones: ZipTones | null = null
  #connected: string | null = null
  /** What all hear whom we let go at the end of the call. */
  #farewell = noFarewell
  /** How a leg has ended of which is being told. */
  #leaving: LegOutcome | null = null
  #closed = false

  constructor(options: BridgeOptions) {
    this.#options = options
    this.#customer = new CustomerSide({
      bridge: options,
      isTalking: () => this.#pairing.current !== null,
      emit: event => this.#emit(event),
      run: work => this.#run(work, error => this.#fail('mediaUnavailable', error)),
      fail: (decision, error) => this.#fail(decision, error),
      guard: work => this.#guard(work),
      onOffer: exchange => this.#onOffer('customer', exchange),
      onAnswer: sdp => this.#onCustomerAnswer(sdp),
      onDigit: digit => this.#onDigit('customer', digit),
      onRefer: exchange => this.#onRefer('customer', exchange),
      onPickedUp: () => {
        if (this.#connected !== null && this.#pairing.current === null) this.connect(this.#connected)
      },
      onMedia: event => this.#onCustomerMedia(event),
      onEnded: outcome => this.#onCustomerEnded(outcome),
    })
    this.#pairing = new Pairing({
      customer: this.#customer,
      logger: options.logger,
      mediaTimeoutMs: options.mediaTimeoutMs,
      mode: options.mode,
      emit: event => this.#emit(event),
    })
    this.#agents = new OfferedAgents({
      bridge: options,
      media: this.#customer.media,
      directOffer: () => (options.mode === 'direct' && !this.#customer.answering ? this.#customer.leg.offer : null),
      customerEnd: () => this.#customer.end,
      isClosed: () => this.#closed,
      emit: event => this.#emit(event),
      run: (work, onRefused) => this.#run(work, onRefused),
      guard: work => this.#guard(work),
      onRinging: offerId => {
        this.#customer.leg.passOn(this.#agents.get(offerId)?.leg.userToUser ?? null)
        this.#emit({ type: 'agent.ringing', offerId })
      },
      onEarlyMedia: (offerId, sdp, done) => this.#passEarlyMedia(offerId, sdp, done),
      onOffer: (offerId, exchange) => {
        if (this.#connected === offerId) this.#guard(() => this.#onOffer('agent', exchange))
        else exchange.reject(488)
      },
      onAnswer: (offerId, sdp) =>
        this.#guard(() => {
          const pair = this.#connected === offerId ? this.#pairing.current : null
          if (pair?.answered('agent', sdp) === false) this.releaseAgent()
        }),
      onDigit: (offerId, digit) => {
        if (this.#connected === offerId) this.#guard(() => this.#onDigit('agent', digit))
      },
      onRefer: (offerId, exchange) => {
        if (this.#connected === offerId) this.#guard(() => this.#onRefer('agent', exchange))
        else exchange.refuse(603)
      },
      onMedia: (offerId, event) => this.#guard(() => this.#onAgentMedia(offerId, event)),
      onEnded: (offerId, outcome) => this.#guard(() => this.#onAgentEnded(offerId, outcome)),
    })
  }

  /** False when none of the customer's formats is one that we can play (DESIGN §6): such a call is treated as `with-agent`. */
  get canPlay(): boolean {
    return this.#customer.media.canPlay
  }

  /** True once the customer was answered, or is about to be. */
  get customerAnswering(): boolean {
    return this.#customer.answering
  }

  get customerAnswered(): boolean {
    return this.#customer.leg.answered
  }

  /** The customer's INVITE was cancelled. */
  customerCanceled(reason: string | null): void {
    this.#customer.leg.canceled(reason)
  }

  ringCustomer(): void {
    this.#customer.ring()
  }

  /** Answers the customer, unless that is done, and plays music to him from now on; null: silence, for prompts. */
  answerCustomer(music: string | null): void {
    this.#customer.answer(music)
  }

  /** Says prompts to a customer who talks to nobody; `prompts.ended` follows unless something else is played before. */
  playPrompts(names: readonly string[], playId: string): void {
    this.#customer.playPrompts(names, playId)
  }

  /** Cuts prompts off. */
  stopPrompts(): void {
    this.#customer.stopPrompts()
  }

  /** Writes down what a customer says who talks to nobody. It ends with the customer's leg at the latest. Never rejects. */
  record(request: RecordingRequest): Promise<RecordingResult> {
    return this.#customer.record(request)
  }

  stopRecording(): void {
    this.#customer.stopRecording()
  }

  /** The device that an offer rings, or that was answered. */
  deviceOf(offerId: string): DeviceView {
    const { uri = '', leg } = this.#agents.get(offerId) ?? {}
    return { uri, sipCallId: leg?.sipCallId ?? '', userToUser: leg?.userToUser ?? null }
  }

  /** What the one has said to the other side who has just left, or would not come (RFC 7433): while that is told. */
  get parting(): string | null {
    return this.#leaving === null ? null : userToUserOf(this.#leaving)
  }

  /**
   * Ends the customer's leg: `status` if it isn't answered, else a BYE. He hears what was said by the one who has set it off.
   * `reason`: a Reason header value, for every leg.
   */
  releaseCustomer(status: number, reason: string | null = null): void {
    const said = this.#leaving === null ? noFarewell : farewellOf(this.#leaving)
    if (reason !== null) this.#farewell = { reason }
    this.#customer.leg.reject(status, reason === null ? said : { ...said, reason })
  }

  /** Rings a device for an offer. `agent.ended` follows if it can't be rung. */
  offer(offerId: string, device: AgentDevice): void {
    this.#agents.offer(offerId, device)
  }

  /** Takes an offer back: CANCEL, or BYE if the device has answered meanwhile. No event follows. */
  withdraw(offerId: string, elsewhere: boolean, farewell = noFarewell): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) {
      this.#agents.cancelOpening(offerId)
      return
    }
    try {
      this.#dropAgent(offerId)
    } finally {
      // Whatever becomes of its media, the phone must not ring on.
      agent.leg.hangup(elsewhere ? { reason: completedElsewhere } : farewell)
    }
  }

  /** Joins the customer with the agent who answered. `connected` follows, or `agent.ended` if their media can't meet. */
  connect(offerId: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined || this.#closed) return
    this.#connected = offerId
    this.#customer.meet(agent)
    const { media } = agent
    if (media !== null)
      this.#run(
        () => this.#connectRelay(offerId, agent, media),
        error => this.#fail('mediaUnavailable', error),
      )
    else if (agent.joined || this.#customer.leg.answered) this.#connectAnew(offerId, agent)
    else this.#connectDirect(offerId, agent)
  }

  /** The agent who is connected is so no more, but stays on the line; the customer hears music. {@link connect} undoes it. */
  partAgent(): void {
    this.#part()
    if (!this.#closed) this.#customer.takeBack()
  }

  /** Gives an agent who talks, or whose device rings, away to another call's bridge; null if none does, as while it is got ready. */
  giveAgent(offerId: string): OfferedAgent | null {
    this.#moves?.left(offerId)
    const agent = this.#agents.take(offerId) ?? null
    if (this.#connected === offerId) this.#part()
    else if (agent !== null && agent.earlySdp !== null) this.#customer.media.customer?.unjoin()
    return agent
  }

  /** Has a device that another bridge gave away ring on here, for this offer. What has happened on it so far is not told again. */
  takeRinging(offerId: string, agent: OfferedAgent): void {
    agent.home.owner.offerId = offerId
    this.#agents.adopt(agent)
    if (agent.earlySdp !== null) this.#passEarlyMedia(offerId, agent.earlySdp, () => {})
  }

  /** Takes an agent that another bridge gave away, and joins the customer with him as {@link connect} does. */
  takeAgent(offerId: string, agent: OfferedAgent): void {
    this.#agents.adopt(agent)
    this.connect(offerId)
  }

  /**
   * An agent goes on with the phone whose INVITE this is: `moved` follows, or it is refused.
   * @param offerId null: he has called himself, and is on the customer's side
   */
  move(offerId: string | null, arrival: PhoneArrival): void {
    this.#moves ??= new PhoneMoves({
      customer: this.#customer,
      agents: this.#agents,
      talking: () => {
        const pair = this.#pairing.current
        return this.#connected === null || pair === null || this.#closed ? null : { offerId: this.#connected, pair }
      },
      rejoin: (agent, before, after) => this.#pairing.rejoin(agent, before, after),
      emit: event => this.#emit(event),
      run: (work, onRefused) => this.#run(work, onRefused),
    })
    this.#moves.move(offerId, arrival)
  }

  /**
   * The agent who has made the call is connected as `offerId` from now on, and whom he talks to is the customer. No event follows.
   * @returns false if they do not talk
   */
  turnRound(offerId: string): boolean {
    const party = this.#pairing.current === null || this.#closed ? null : this.#agents.take(this.#connected ?? '')
    if (party === null || party === undefined) return false
    this.#moves?.close()
    this.#agents.adopt(this.#pairing.turnRound(party, offerId))
    this.#connected = offerId
    return true
  }

  /** Hangs up the agent who is connected; `agent.ended` follows. */
  releaseAgent(): void {
    if (this.#connected !== null) this.#agents.get(this.#connected)?.leg.hangup()
  }

  #passEarlyMedia(offerId: string, sdp: string, done: () => void): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined || this.#closed) return
    agent.earlySdp = sdp
    const { leg: customer, media, origin: customerOrigin } = this.#customer
    customer.passOn(agent.leg.userToUser)
    const isWanted = () => this.#agents.get(offerId) === agent && this.#connected === null
    const call = { customer, media, customerOrigin, isWanted }
    this.#run(() => passEarlyMedia(call, sdp, agent.media).then(done), done)
  }

  #connectDirect(offerId: string, agent: OfferedAgent): void {
    this.#customer.leg.answer(this.#customer.origin.pass(agent.sdp))
    this.#pairing.direct(agent)
    this.#emit({ type: 'customer.answered' })
    this.#emit({ type: 'connected', offerId })
  }

  /** Both sides have been answered, and their audio runs past us, but not to each other. */
  #connectAnew(offerId: string, agent: OfferedAgent): void {
    const { leg, origin, media } = this.#customer
    handOver(
      { customer: leg, agent: agent.leg },
      { customer: origin, agent: agent.origin },
      leg.said ?? '',
      () => this.#connected === offerId && !this.#closed,
      () => {
        media.letGo()
        this.#pairing.direct(agent)
        this.#emit({ type: 'connected', offerId })
      },
      () => this.#agentUnusable(offerId),
    )
  }

  async #connectRelay(offerId: string, agent: OfferedAgent, media: LegMedia): Promise<void> {
    const isNew = !agent.joined
    if (isNew && !acceptFinal(media, agent, this.#customer.media.formatsForAgent)) {
      this.#agentUnusable(offerId)
      return
    }
    agent.joined = true
    if (isNew && agent.zipTone) {
      this.#zipTones ??= new ZipTones(this.#options.clock)
      await this.#zipTones.play(media, offerId)
    }
    const customerMedia = await this.#customer.media.openCustomer()
    if (customerMedia === null || this.#agents.get(offerId) !== agent) return
    const { answered, described } = this.#customer.leg
    if (!answered) this.#customer.answerWith(customerMedia, media.formats)
    if (!this.#customer.leg.answered) {
      ringBack(media, this.#options.customer, this.#customer.leg.ended)
      return
    }
    const { held } = this.#pairing.relay(agent, media, customerMedia, answered || described)
    this.#emit({ type: 'connected', offerId })
    for (const by of held) this.#emit({ type: 'held', by })
    this.#pairing.handOver(agent)
  }

  #onOffer(by: Side, exchange: OfferExchange): void {
    if (this.#pairing.current !== null) this.#pairing.current.offered(by, exchange)
    else if (by === 'customer') this.#customer.media.offered(exchange)
    else exchange.reject(488)
  }

  /** The ACK, or a PRACK, brought the answer to an offer of ours; without one there is no session (RFC 3261 §13.2.2.4). */
  #onCustomerAnswer(sdp: string | null): void {
    const isTaken =
      this.#pairing.current === null
        ? this.#customer.media.answered(sdp)
        : this.#pairing.current.answered('customer', sdp)
    if (!isTaken) this.#customer.leg.reject(488)
  }

  #onCustomerMedia(event: MediaEvent): void {
    if (event.type === 'dtmf') this.#onDigit('customer', event)
    else if (event.type === 'playEnded') this.#emit({ type: 'prompts.ended', playId: event.playId })
    else tellSignOfLife(this.#customer.leg, event, this.#options.mediaTimeoutMs)
  }

  #onAgentMedia(offerId: string, event: MediaEvent): void {
    const agent = this.#agents.get(offerId)
    if (event.type === 'playEnded') this.#zipTones?.ended(event.playId)
    if (agent === undefined || event.type === 'playEnded') return
    if (event.type !== 'dtmf') tellSignOfLife(agent.leg, event, this.#options.mediaTimeoutMs)
    else if (this.#connected === offerId) this.#onDigit('agent', event)
  }

  /** A digit that nobody but us has heard yet. */
  #onDigit(by: Side, digit: Digit): void {
    if (by === 'customer') this.#emit({ type: 'customer.dtmf', digit: digit.digit })
    else if (this.#connected !== null) this.#emit({ type: 'agent.dtmf', offerId: this.#connected, digit: digit.digit })
    this.#pairing.current?.pressed(by, digit)
  }

  #onRefer(by: Side, exchange: ReferExchange): void {
    this.#emit({ type: 'transfer.asked', by, request: transferRequestOf(exchange, this.#options.userAgent) })
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    if (this.#closed) return
    this.#closed = true
    this.#pairing.part()
    // The agents' phones are free before anyone hears of it, and may ring for the next call at once.
    const farewell = outcome.kind === 'released' ? this.#farewell : farewellOf(outcome)
    for (const offerId of this.#agents.ids) this.withdraw(offerId, false, farewell)
    this.#tellEnd({ type: 'customer.ended', outcome })
    this.#customer.media.close()
  }

  #onAgentEnded(offerId: string, outcome: LegOutcome): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    if (outcome.kind === 'refused' && outcome.alarm === true) {
      const { reason, sipCode } = outcome
      this.#options.logger.warn({ device: agent.uri, reason, sipCode }, 'a device refuses calls for what it is sent')
    }
    this.#dropAgent(offerId)
    this.#tellEnd({ type: 'agent.ended', offerId, outcome })
  }

  #agentUnusable(offerId: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    this.#dropAgent(offerId)
    agent.leg.hangup()
    this.#emit({ type: 'agent.ended', offerId, outcome: mediaFault })
  }

  #dropAgent(offerId: string): void {
    this.#moves?.left(offerId)
    const agent = this.#agents.take(offerId)
    if (this.#connected === offerId) this.#part()
    else if (agent !== undefined && agent.earlySdp !== null) this.#customer.media.customer?.unjoin()
    agent?.media?.close()
  }

  /** Customer and agent hear each other no more; both legs stay. */
  #part(): void {
    this.#connected = null
    this.#pairing.part()
    if (!this.#closed) this.#customer.playMusic()
  }

  #tellEnd(event: Extract<BridgeEvent, { outcome: LegOutcome }>): void {
    this.#leaving = event.outcome
    try {
      this.#emit(event)
    } finally {
      this.#leaving = null
    }
  }

  #emit(event: BridgeEvent): void {
    this.#options.onEvent(event)
  }

  /** Runs what has to wait for media. Media that can't be had are `onRefused`'s matter; all else is a fault of ours. */
  #run(work: () => Promise<void>, onRefused: (error: EngineError) => void): void {
    work().catch(error => {
      if (error instanceof EngineError) {
        this.#options.logger.error({ err: error, code: error.code }, 'there are no media for a call')
        this.#guard(() => onRefused(error))
      } else this.#fail('fault', error)
    })
  }

  /** What others set off here must not come back to them as an exception: it ends this call (SIP.md §2 row 12). */
  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail('fault', error)
    }
  }

  #fail(decision: CallerDecision, error: unknown): void {
    this.#emit({ type: 'failed', decision, error })
    // The call has ended by now and with it the legs, unless the fault was in their ending.
    this.#closed = true
    for (const offerId of this.#agents.ids) {
      const agent = this.#agents.take(offerId)
      attempt(() => agent?.leg.hangup())
      attempt(() => agent?.media?.close())
    }
    attempt(() => this.#moves?.close())
    attempt(() => this.#customer.leg.reject(callerResponses[decision]))
    attempt(() => this.#customer.media.close())
  }
}
