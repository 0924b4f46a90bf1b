/**
 * The bridge of one call: its customer leg, the agent legs that ring for it, and the pair that talks. It speaks one
 * signalling-neutral alphabet upwards: commands in, events out; no SIP message leaves it.
 */
import { EngineError } from '../errors.ts'
import { positionPrompts } from '../media/audio/position-prompts.ts'
import { audioFormats } from '../media/sdp/description.ts'
import { createDirectOrigin, type DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaEvent, MediaPort, RtpFormat } from '../ports/media.ts'
import type { Flow, InviteServer, OfferExchange, UserAgent } from '../sip/index.ts'
import { AgentLeg } from './agent-leg.ts'
import type { AgentDevice, BridgeEvent } from './bridge-alphabet.ts'
import { CustomerLeg } from './customer-leg.ts'
import { DirectPair } from './direct-pair.ts'
import { canMeet, formatsBeside, playableFormats } from './formats.ts'
import { LegMedia } from './leg-media.ts'
import type { LegOutcome } from './leg-outcome.ts'
import type { Pair, PairHandlers, Side } from './pair.ts'
import { RelayPair } from './relay-pair.ts'

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

interface OfferedAgent {
  readonly uri: string
  readonly leg: AgentLeg
  /** Null in direct mode with an unanswered customer. */
  readonly media: LegMedia | null
  sdp: string
}

const completedElsewhere = 'SIP;cause=200;text="Call completed elsewhere"'

export class Bridge {
  readonly #options: BridgeOptions
  readonly #customer: CustomerLeg
  readonly #agents = new Map<string, OfferedAgent>()
  /** Offers whose media is being opened, and those of them that were withdrawn meanwhile. */
  readonly #opening = new Set<string>()
  readonly #withdrawn = new Set<string>()
  readonly #customerOrigin: DirectOrigin = createDirectOrigin()
  #customerMedia: LegMedia | null = null
  #answering = false
  #music = 'default'
  #pair: Pair | null = null
  #connected: string | null = null
  #closed = false

  constructor(options: BridgeOptions) {
    this.#options = options
    this.#customer = new CustomerLeg(options.invite, {
      clock: options.clock,
      pinned: options.customerNat,
      handlers: {
        onOffer: exchange => this.#onOffer('customer', exchange),
        onAnswer: sdp => this.#onCustomerAnswer(sdp),
        onEnded: outcome => this.#onCustomerEnded(outcome),
      },
    })
  }

  /** False when none of the customer's formats is one that we can play (DESIGN §6): such a call is treated as `with-agent`. */
  get canPlay(): boolean {
    const { offer } = this.#customer
    if (offer === null) return true
    const formats = audioFormats(offer)
    return (
      formats.ok && formats.formats.some(({ encoding }) => this.#options.media.playableEncodings.includes(encoding))
    )
  }

  /** True once the customer was answered, or is about to be. */
  get customerAnswering(): boolean {
    return this.#answering || this.#customer.answered
  }

  /** The customer's INVITE was cancelled. */
  customerCanceled(reason: string | null): void {
    this.#customer.canceled(reason)
  }

  ringCustomer(): void {
    this.#customer.ring()
  }

  /** Answers the customer so that music can be played. */
  answerCustomer(music: string): void {
    this.#music = music
    if (this.#answering || this.#customer.answered) return
    this.#answering = true
    this.#run(async () => {
      const media = await this.#openCustomerMedia()
      if (media === null) return
      this.#answerWith(media, this.#playable)
      if (this.#customer.answered && this.#pair === null) media.play({ kind: 'music', name: music })
    })
  }

  /** Tells a waiting customer his place in the queue; nothing if he was not answered. */
  announcePosition(position: number): void {
    if (!this.#customer.answered || this.#pair !== null) return
    this.#customerMedia?.play({ kind: 'prompts', names: positionPrompts(position), playId: 'position' })
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
      })
      return
    }
    this.#run(
      async () => {
        const media = await this.#openMedia(device.flow, device.nat, event => this.#onAgentMedia(offerId, event))
        if (this.#closed || this.#withdrawn.delete(offerId)) {
          media.close()
          return
        }
        const sdp = media.offer(this.#formatsForAgent())
        this.#agents.set(offerId, { leg: this.#invite(offerId, device, sdp), uri: device.uri, media, sdp: '' })
      },
      () =>
        this.#emit({
          type: 'agent.ended',
          offerId,
          outcome: { kind: 'refused', why: 'transient', sipCode: 500, retryAfterMs: null },
        }),
    )
    this.#opening.add(offerId)
  }

  /** Takes an offer back: CANCEL, or BYE if the device has answered meanwhile. No event follows. */
  withdraw(offerId: string, elsewhere: boolean): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) {
      if (this.#opening.has(offerId)) this.#withdrawn.add(offerId)
      return
    }
    this.#dropAgent(offerId)
    agent.leg.hangup(elsewhere ? completedElsewhere : null)
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
        () => this.#agentUnusable(offerId),
      )
  }

  /** Hangs up the agent who is connected; `agent.ended` follows. */
  releaseAgent(): void {
    if (this.#connected !== null) this.#agents.get(this.#connected)?.leg.hangup()
  }

  #invite(offerId: string, device: AgentDevice, sdp: string): AgentLeg {
    this.#opening.delete(offerId)
    const { userAgent, clock, newCallId } = this.#options
    const hops = this.#options.invite.request.headers.integer('max-forwards') ?? 70
    return new AgentLeg({
      userAgent,
      clock,
      uri: device.uri,
      from: device.from,
      to: device.to,
      callId: newCallId(),
      flow: device.flow,
      pinned: device.pinned,
      // RFC 3261 §16.6: decremented across us too, or two B2BUAs could hand a call back and forth forever.
      maxForwards: Math.max(0, hops - 1),
      headers: device.headers,
      sdp,
      handlers: {
        onRinging: () => this.#emit({ type: 'agent.ringing', offerId }),
        onAnswered: answer => {
          const agent = this.#agents.get(offerId)
          if (agent === undefined) return
          agent.sdp = answer
          this.#emit({ type: 'agent.answered', offerId })
        },
        onOffer: exchange => (this.#connected === offerId ? this.#onOffer('agent', exchange) : exchange.reject(488)),
        onEnded: outcome => this.#onAgentEnded(offerId, outcome),
      },
    })
  }

  #connectDirect(offerId: string, agent: OfferedAgent): void {
    this.#customer.answer(this.#customerOrigin.pass(agent.sdp))
    this.#pair = new DirectPair({
      legs: { customer: this.#customer, agent: agent.leg },
      origins: { customer: this.#customerOrigin, agent: createPassed(this.#customer.offer) },
      handlers: this.#pairHandlers,
    })
    this.#emit({ type: 'customer.answered' })
    this.#emit({ type: 'connected', offerId })
  }

  async #connectRelay(offerId: string, agent: OfferedAgent, media: LegMedia): Promise<void> {
    const accepted = media.accept(agent.sdp)
    if (!accepted.ok) {
      this.#agentUnusable(offerId)
      return
    }
    const answered = this.#customer.answered
    const customerMedia = await this.#openCustomerMedia()
    if (customerMedia === null || this.#agents.get(offerId) !== agent) return
    if (!answered) this.#answerWith(customerMedia, media.formats)
    if (!this.#customer.answered) return
    this.#pair = new RelayPair({
      media: { customer: customerMedia, agent: media },
      music: this.#music,
      timeoutMs: this.#options.mediaTimeoutMs,
      handlers: this.#pairHandlers,
      onWatched: watched => {
        this.#customer.watchedByMedia(watched)
        agent.leg.watchedByMedia(watched)
      },
    })
    if (answered && !canMeet(customerMedia.formats, media.formats)) this.#recode(customerMedia, media)
    this.#emit({ type: 'connected', offerId })
    if (this.#options.mode === 'direct' && this.#customer.offer !== null) this.#handOver(agent, this.#customer.offer)
  }

  /**
   * DESIGN §13, flow 3: a re-INVITE to each, so that both descriptions meet, then the relay is let go. A side that
   * refuses keeps the relay, which carries the call all along.
   */
  #handOver(agent: OfferedAgent, customerSdp: string): void {
    const relay = this.#pair
    const agentOrigin = createDirectOrigin()
    agent.leg.reinvite(agentOrigin.pass(customerSdp), agentAnswer => {
      if (agentAnswer === null || this.#pair !== relay) return
      this.#customer.reinvite(this.#customerOrigin.pass(agentAnswer), customerAnswer => {
        if (customerAnswer === null || this.#pair !== relay || relay === null) return
        relay.part()
        agent.media?.close()
        this.#customerMedia?.close()
        this.#pair = new DirectPair({
          legs: { customer: this.#customer, agent: agent.leg },
          origins: { customer: this.#customerOrigin, agent: agentOrigin },
          handlers: this.#pairHandlers,
        })
      })
    })
  }

  /** Offers the customer the agent's format: the only way when their codecs can't be converted (DESIGN §6). */
  #recode(customer: LegMedia, agent: LegMedia): void {
    this.#customer.reinvite(customer.offer(agent.formats), answer => {
      if (answer === null || !customer.accept(answer).ok)
        this.#options.logger.warn({ formats: agent.formats[0]?.encoding }, 'customer and agent have no codec in common')
    })
  }

  #answerWith(media: LegMedia, formats: readonly RtpFormat[]): void {
    const { offer } = this.#customer
    const result = offer === null ? ({ ok: true, sdp: media.offer(formats) } as const) : media.answer(offer, formats)
    if (!result.ok) {
      this.#customer.reject(result.sipCode)
      return
    }
    if (this.#customer.ended) return
    this.#customer.answer(result.sdp)
    this.#emit({ type: 'customer.answered' })
  }

  /** The agent is offered what the customer talks first, else everything that the customer can (DESIGN §6). */
  #formatsForAgent(): readonly RtpFormat[] {
    if (this.#customerMedia?.negotiated === true) return formatsBeside(this.#customerMedia.formats, this.#playable)
    const { offer } = this.#customer
    const offered = offer === null ? null : audioFormats(offer)
    return offered?.ok === true ? offered.formats : this.#playable
  }

  get #playable(): readonly RtpFormat[] {
    return playableFormats(this.#options.media.playableEncodings)
  }

  async #openCustomerMedia(): Promise<LegMedia | null> {
    if (this.#customerMedia !== null) return this.#customerMedia
    const { invite, customerNat } = this.#options
    const media = await this.#openMedia(invite.flow, customerNat, event => this.#onCustomerMedia(event))
    if (this.#closed || this.#customer.ended) {
      media.close()
      return null
    }
    this.#customerMedia = media
    return media
  }

  #openMedia(flow: Flow, nat: boolean, onEvent: (event: MediaEvent) => void): Promise<LegMedia> {
    return LegMedia.open({
      media: this.#options.media,
      sessionId: this.#options.newSessionId(),
      advertisedHost: flow.advertised.host,
      localHost: flow.localHost,
      context: { signallingHost: flow.remote.host, nat },
      onEvent,
    })
  }

  #onOffer(by: Side, exchange: OfferExchange): void {
    if (this.#pair !== null) {
      this.#pair.offered(by, exchange)
      return
    }
    const media = this.#customerMedia
    if (by === 'agent' || media === null) {
      exchange.reject(488)
      return
    }
    if (exchange.offer === null) {
      exchange.accept(media.offer(media.formats))
      return
    }
    const result = media.answer(exchange.offer, [...media.formats, ...this.#playable])
    if (result.ok) exchange.accept(result.sdp)
    else exchange.reject(result.sipCode)
  }

  /** The ACK brought the answer to an offer of ours; without one there is no session (RFC 3261 §13.2.2.4). */
  #onCustomerAnswer(sdp: string | null): void {
    const media = this.#customerMedia
    if (media === null || sdp === null || !media.accept(sdp).ok) this.#customer.reject(488)
  }

  #onCustomerMedia(event: MediaEvent): void {
    if (event.type === 'dtmf') this.#emit({ type: 'customer.dtmf', digit: event.digit })
    else if (event.type === 'playEnded') this.#emit({ type: 'prompts.ended', playId: event.playId })
    else this.#customer.mediaLost()
  }

  #onAgentMedia(offerId: string, event: MediaEvent): void {
    if (event.type === 'mediaLost') this.#agents.get(offerId)?.leg.mediaLost()
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    if (this.#closed) return
    this.#closed = true
    this.#pair?.part()
    this.#pair = null
    // The agents' phones are free before anyone hears of it, and may ring for the next call at once.
    for (const offerId of [...this.#agents.keys()]) this.withdraw(offerId, false)
    this.#emit({ type: 'customer.ended', outcome })
    this.#customerMedia?.close()
  }

  #onAgentEnded(offerId: string, outcome: LegOutcome): void {
    if (!this.#agents.has(offerId)) return
    this.#dropAgent(offerId)
    this.#emit({ type: 'agent.ended', offerId, outcome })
  }

  #agentUnusable(offerId: string): void {
    const agent = this.#agents.get(offerId)
    if (agent === undefined) return
    this.#dropAgent(offerId)
    agent.leg.hangup()
    this.#emit({
      type: 'agent.ended',
      offerId,
      outcome: { kind: 'refused', why: 'mediaFault', sipCode: 488, retryAfterMs: null },
    })
  }

  #dropAgent(offerId: string): void {
    const agent = this.#agents.get(offerId)
    this.#agents.delete(offerId)
    if (this.#connected === offerId) {
      this.#connected = null
      this.#pair?.part()
      this.#pair = null
      if (!this.#closed) this.#customerMedia?.play({ kind: 'music', name: this.#music })
    }
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

  /** Runs what has to wait for media; a fault ends this call or this offer, and nothing else. */
  #run(work: () => Promise<void>, onFault: () => void = () => this.#customer.reject(503)): void {
    work().catch(error => {
      const code = error instanceof EngineError ? error.code : 'unexpected'
      this.#options.logger.error({ err: error, code }, 'media failed for a call')
      onFault()
    })
  }
}

/** An origin that has passed this description already. */
function createPassed(sdp: string | null): DirectOrigin {
  const origin = createDirectOrigin()
  if (sdp !== null) origin.pass(sdp)
  return origin
}
