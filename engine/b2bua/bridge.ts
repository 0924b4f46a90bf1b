/**
 * The bridge of one call: its customer leg, the agent legs that ring for it, and the pair that talks. It speaks one
 * signalling-neutral alphabet upwards: commands in, events out; no SIP message leaves it.
 */
import { EngineError } from '../errors.ts'
import { createDirectOrigin, type DirectOrigin } from '../media/sdp/direct-origin.ts'
import { type CallerDecision, callerResponses } from '../outcomes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaEvent, MediaPort, RtpFormat } from '../ports/media.ts'
import type { InviteServer, OfferExchange, UserAgent } from '../sip/index.ts'
import type { AgentLeg } from './agent-leg.ts'
import { attempt } from './attempt.ts'
import type { AgentDevice, BridgeEvent } from './bridge-alphabet.ts'
import { CallMedia } from './call-media.ts'
import { CustomerLeg } from './customer-leg.ts'
import { DirectPair, originAfter } from './direct-pair.ts'
import { acceptFinal, passEarlyMedia } from './early-media.ts'
import { canMeet } from './formats.ts'
import type { Digit } from './info-digit.ts'
import type { LegMedia } from './leg-media.ts'
import { type LegOutcome, mediaFault, noOffer, reasonOf } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'
import type { Pair, PairHandlers, Side } from './pair.ts'
import { RelayPair } from './relay-pair.ts'
import { handOver, recode } from './renegotiate.ts'
import { ringDevice } from './ring-device.ts'

export interface BridgeOptions {
  readonly userAgent: UserAgent
  readonly media: MediaPort
  readonly clock: Clock
  readonly logger: Logger
  readonly mode: 'relay' | 'direct'
  readonly mediaTimeoutMs: number
  /** Call-IDs and SDP session ids. */
  newCallId(): string
  newSessionId(): string
  readonly invite: InviteServer
  readonly customerNat: boolean
  onEvent(event: BridgeEvent): void
}

/** A silent side is asked for a sign of life in questions of this part of the media's time-out (see {@link Liveness}). */
const patiencePart = 0.5
const completedElsewhere = 'SIP;cause=200;text="Call completed elsewhere"'

export class Bridge {
  readonly #options: BridgeOptions
  readonly #customer: CustomerLeg
  readonly #media: CallMedia
  readonly #agents = new Map<string, OfferedAgent>()
  /** Offers whose media is being opened, and those of them that were withdrawn meanwhile. */
  readonly #opening = new Set<string>()
  readonly #withdrawn = new Set<string>()
  readonly #customerOrigin: DirectOrigin = createDirectOrigin()
  #answering = false
  /** What is heard when nothing else is; null: nothing. */
  #music: string | null = 'default'
  #pair: Pair | null = null
  #connected: string | null = null
  #closed = false

  constructor(options: BridgeOptions) {
    this.#options = options
    this.#customer = new CustomerLeg(options.invite, {
      clock: options.clock,
      pinned: options.customerNat,
      handlers: {
        onOffer: exchange => this.#guard(() => this.#onOffer('customer', exchange)),
        onAnswer: sdp => this.#guard(() => this.#onCustomerAnswer(sdp)),
        onDigit: digit => this.#guard(() => this.#onDigit('customer', digit)),
        onEnded: outcome => this.#guard(() => this.#onCustomerEnded(outcome)),
      },
    })
    const { media, invite, customerNat, newSessionId } = options
    this.#media = new CallMedia({
      media,
      customer: { flow: invite.flow, nat: customerNat, offer: invite.offer },
      newSessionId: () => newSessionId(),
      onCustomerEvent: event => this.#guard(() => this.#onCustomerMedia(event)),
    })
  }

  /** False when none of the customer's formats is one that we can play (DESIGN §6): such a call is treated as `with-agent`. */
  get canPlay(): boolean {
    return this.#media.canPlay
  }

  /** True once the customer was answered, or is about to be. */
  get customerAnswering(): boolean {
    return this.#answering || this.#customer.answered
  }

  get customerAnswered(): boolean {
    return this.#customer.answered
  }

  /** The customer's INVITE was cancelled. */
  customerCanceled(reason: string | null): void {
    this.#customer.canceled(reason)
  }

  ringCustomer(): void {
    if (!this.#customer.ringsWithOffer) {
      this.#customer.ring()
      return
    }
    this.#run(
      async () => {
        const media = await this.#media.openCustomer()
        if (media === null || this.#customer.ringing || this.#customer.answered) return
        this.#customer.ring(media.offer(this.#media.playable))
      },
      error => this.#fail('mediaUnavailable', error),
    )
  }

  /** Answers the customer, unless that is done, and plays music to him from now on; null: silence, for prompts. */
  answerCustomer(music: string | null): void {
    this.#music = music
    if (this.#customer.answered) this.#playMusic()
    if (this.#answering || this.#customer.answered) return
    this.#answering = true
    this.#run(
      async () => {
        const media = await this.#media.openCustomer()
        if (media === null) return
        this.#answerWith(media, this.#media.playable)
        if (this.#customer.answered) this.#playMusic()
      },
      error => this.#fail('mediaUnavailable', error),
    )
  }

  /** Says prompts to a customer who talks to nobody; `prompts.ended` follows unless something else is played before. */
  playPrompts(names: readonly string[], playId: string): void {
    if (!this.#customer.answered || this.#pair !== null) return
    this.#media.customer?.play({ kind: 'prompts', names, playId })
  }

  /** Cuts prompts off. */
  stopPrompts(): void {
    if (this.#customer.answered && this.#pair === null) this.#media.customer?.stopPlaying()
  }

  /** The device that an offer rings, as a URI. */
  deviceOf(offerId: string): string {
    return this.#agents.get(offerId)?.uri ?? ''
  }

  /** Ends the customer's leg: `status` if it isn't answered, else a BYE. */
  releaseCustomer(status: number, retryAfterSec: number | null = null): void {
    this.#customer.reject(status, response => {
      if (retryAfterSec !== null) response.headers.append('retry-after', String(retryAfterSec))
    })
  }

  /** Rings a device for an offer. `agent.ended` follows if it can't be rung. */
  offer(offerId: string, device: AgentDevice): void {
    const direct =
      this.#options.mode === 'direct' && !this.#customer.answered && !this.#answering ? this.#customer.offer : null
    if (direct !== null) {
      this.#agents.set(offerId, {
        leg: this.#invite(offerId, device, createDirectOrigin().pass(direct)),
        uri: device.uri,
        media: null,
        sdp: '',
        earlySdp: null,
      })
      return
    }
    this.#run(
      async () => {
        const media = await this.#media.open(device.flow, device.nat, event =>
          this.#guard(() => this.#onAgentMedia(offerId, event)),
        )
        if (this.#closed || this.#withdrawn.delete(offerId)) {
          media.close()
          return
        }
        const sdp = media.offer(this.#media.formatsForAgent)
        const leg = this.#invite(offerId, device, sdp)
        this.#agents.set(offerId, { leg, uri: device.uri, media, sdp: '', earlySdp: null })
      },
      () => this.#emit({ type: 'agent.ended', offerId, outcome: noOffer }),
    )
    this.#opening.add(offerId)
  }

  /** Takes an offer back: CANCEL, or BYE if the device has answered meanwhile. No event follows. */
  withdraw(offerId: string, elsewhere: boolean, reason: string | null = null): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) {
      if (this.#opening.has(offerId)) this.#withdrawn.add(offerId)
      return
    }
    try {
      this.#dropAgent(offerId)
    } finally {
      // Whatever becomes of its media, the phone must not ring on.
      agent.leg.hangup(elsewhere ? completedElsewhere : reason)
    }
  }

  /** Joins the customer with the agent who answered. `connected` follows, or `agent.ended` if their media can't meet. */
  connect(offerId: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined || this.#closed) return
    this.#connected = offerId
    if (agent.media === null) this.#connectDirect(offerId, agent)
    else
      this.#run(
        () => this.#connectRelay(offerId, agent, agent.media as LegMedia),
        error => this.#fail('mediaUnavailable', error),
      )
  }

  /** Hangs up the agent who is connected; `agent.ended` follows. */
  releaseAgent(): void {
    if (this.#connected !== null) this.#agents.get(this.#connected)?.leg.hangup()
  }

  #invite(offerId: string, device: AgentDevice, sdp: string): AgentLeg {
    this.#opening.delete(offerId)
    return ringDevice(this.#options, device, sdp, {
      ...(device.route === undefined
        ? {}
        : { onEarlyMedia: (early, done) => this.#passEarlyMedia(offerId, early, done) }),
      onRinging: () => this.#emit({ type: 'agent.ringing', offerId }),
      onAnswered: answer => {
        const agent = this.#agents.get(offerId)
        if (agent === undefined) return
        agent.sdp = answer
        this.#emit({ type: 'agent.answered', offerId })
      },
      onOffer: exchange => {
        if (this.#connected === offerId) this.#guard(() => this.#onOffer('agent', exchange))
        else exchange.reject(488)
      },
      onAnswer: sdp =>
        this.#guard(() => {
          if (this.#connected === offerId && this.#pair?.answered('agent', sdp) === false) this.releaseAgent()
        }),
      onDigit: digit => {
        if (this.#connected === offerId) this.#guard(() => this.#onDigit('agent', digit))
      },
      onEnded: outcome => this.#guard(() => this.#onAgentEnded(offerId, outcome)),
    })
  }

  #passEarlyMedia(offerId: string, sdp: string, done: () => void): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined || this.#closed) return
    agent.earlySdp = sdp
    const isWanted = () => this.#agents.get(offerId) === agent && this.#connected === null
    const call = { customer: this.#customer, media: this.#media, customerOrigin: this.#customerOrigin, isWanted }
    this.#run(() => passEarlyMedia(call, sdp, agent.media).then(done), done)
  }

  #connectDirect(offerId: string, agent: OfferedAgent): void {
    this.#customer.answer(this.#customerOrigin.pass(agent.sdp))
    this.#pair = new DirectPair({
      legs: { customer: this.#customer, agent: agent.leg },
      origins: { customer: this.#customerOrigin, agent: originAfter(this.#customer.offer) },
      handlers: this.#pairHandlers,
    })
    this.#emit({ type: 'customer.answered' })
    this.#emit({ type: 'connected', offerId })
  }

  async #connectRelay(offerId: string, agent: OfferedAgent, media: LegMedia): Promise<void> {
    const accepted = acceptFinal(media, agent, this.#media.formatsForAgent)
    if (!accepted) {
      this.#agentUnusable(offerId)
      return
    }
    const customerMedia = await this.#media.openCustomer()
    if (customerMedia === null || this.#agents.get(offerId) !== agent) return
    const { answered, described } = this.#customer
    if (!answered) this.#answerWith(customerMedia, media.formats)
    if (!this.#customer.answered) return
    this.#pair = new RelayPair({
      media: { customer: customerMedia, agent: media },
      legs: { customer: this.#customer, agent: agent.leg },
      music: this.#music ?? 'default',
      timeoutMs: this.#options.mediaTimeoutMs,
      handlers: this.#pairHandlers,
      onWatched: watched => {
        this.#customer.watchedByMedia(watched)
        agent.leg.watchedByMedia(watched)
      },
    })
    if ((answered || described) && !canMeet(customerMedia.formats, media.formats))
      recode(this.#customer, customerMedia, media.formats, this.#options.logger)
    this.#emit({ type: 'connected', offerId })
    if (this.#options.mode === 'direct' && this.#customer.offer !== null) this.#handOver(agent, this.#customer.offer)
  }

  #handOver(agent: OfferedAgent, customerSdp: string): void {
    const relay = this.#pair
    const legs = { customer: this.#customer, agent: agent.leg }
    const origins = { customer: this.#customerOrigin, agent: createDirectOrigin() }
    const isWanted = () => relay !== null && this.#pair === relay
    handOver(legs, origins, customerSdp, isWanted, () => {
      relay?.part()
      agent.media?.close()
      this.#media.customer?.close()
      this.#pair = new DirectPair({ legs, origins, handlers: this.#pairHandlers })
    })
  }

  #answerWith(media: LegMedia, formats: readonly RtpFormat[]): void {
    const { offer, described } = this.#customer
    if (described) {
      this.#customer.answer('')
      this.#emit({ type: 'customer.answered' })
      return
    }
    const result = offer === null ? ({ ok: true, sdp: media.offer(formats) } as const) : media.answer(offer, formats)
    if (!result.ok) {
      this.#fail(result.sipCode === 400 ? 'badOffer' : 'mediaFault', new Error(result.reason))
      return
    }
    if (this.#customer.ended) return
    this.#customer.answer(result.sdp)
    this.#emit({ type: 'customer.answered' })
  }

  #onOffer(by: Side, exchange: OfferExchange): void {
    if (this.#pair !== null) this.#pair.offered(by, exchange)
    else if (by === 'customer') this.#media.offered(exchange)
    else exchange.reject(488)
  }

  /** The ACK, or a PRACK, brought the answer to an offer of ours; without one there is no session (RFC 3261 §13.2.2.4). */
  #onCustomerAnswer(sdp: string | null): void {
    const isTaken = this.#pair === null ? this.#media.answered(sdp) : this.#pair.answered('customer', sdp)
    if (!isTaken) this.#customer.reject(488)
  }

  #onCustomerMedia(event: MediaEvent): void {
    if (event.type === 'dtmf') this.#onDigit('customer', event)
    else if (event.type === 'playEnded') this.#emit({ type: 'prompts.ended', playId: event.playId })
    else this.#onHearing(this.#customer, event)
  }

  #onAgentMedia(offerId: string, event: MediaEvent): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined || event.type === 'playEnded') return
    if (event.type !== 'dtmf') this.#onHearing(agent.leg, event)
    else if (this.#connected === offerId) this.#onDigit('agent', event)
  }

  #onHearing(
    leg: CustomerLeg | AgentLeg,
    event: Extract<MediaEvent, { type: 'silent' | 'heard' | 'mediaLost' }>,
  ): void {
    if (event.type === 'silent') leg.mediaSilent(this.#options.mediaTimeoutMs * patiencePart)
    else if (event.type === 'heard') leg.mediaHeard()
    else leg.mediaLost()
  }

  /** A digit that nobody but us has heard yet. */
  #onDigit(by: Side, digit: Digit): void {
    if (by === 'customer') this.#emit({ type: 'customer.dtmf', digit: digit.digit })
    else if (this.#connected !== null) this.#emit({ type: 'agent.dtmf', offerId: this.#connected, digit: digit.digit })
    this.#pair?.pressed(by, digit)
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    if (this.#closed) return
    this.#closed = true
    this.#pair?.part()
    this.#pair = null
    // The agents' phones are free before anyone hears of it, and may ring for the next call at once.
    for (const offerId of [...this.#agents.keys()]) this.withdraw(offerId, false, reasonOf(outcome))
    this.#emit({ type: 'customer.ended', outcome })
    this.#media.close()
  }

  #onAgentEnded(offerId: string, outcome: LegOutcome): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    if (outcome.kind === 'refused' && outcome.alarm === true) {
      const { reason, sipCode } = outcome
      this.#options.logger.warn({ device: agent.uri, reason, sipCode }, 'a device refuses calls for what it is sent')
    }
    this.#dropAgent(offerId)
    this.#emit({ type: 'agent.ended', offerId, outcome })
  }

  #agentUnusable(offerId: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    this.#dropAgent(offerId)
    agent.leg.hangup()
    this.#emit({ type: 'agent.ended', offerId, outcome: mediaFault })
  }

  #playMusic(): void {
    if (this.#music !== null && this.#pair === null) this.#media.customer?.play({ kind: 'music', name: this.#music })
  }

  #dropAgent(offerId: string): void {
    const agent = this.#agents.get(offerId)
    this.#agents.delete(offerId)
    if (this.#connected === offerId) {
      this.#connected = null
      this.#pair?.part()
      this.#pair = null
      if (!this.#closed) this.#playMusic()
    } else if (agent !== undefined && agent.earlySdp !== null) this.#media.customer?.unjoin()
    agent?.media?.close()
  }

  get #pairHandlers(): PairHandlers {
    return {
      onHeld: by => this.#emit({ type: 'held', by }),
      onRetrieved: by => this.#emit({ type: 'retrieved', by }),
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
    for (const [offerId, { leg, media }] of [...this.#agents]) {
      this.#agents.delete(offerId)
      attempt(() => leg.hangup())
      attempt(() => media?.close())
    }
    attempt(() => this.#customer.reject(callerResponses[decision]))
    attempt(() => this.#media.close())
  }
}
