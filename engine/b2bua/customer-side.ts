/** The customer of one call: the leg, the audio, and what is heard while nobody talks to him. */
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { type CallerDecision, callerResponses } from '../outcomes.ts'
import type { MediaEvent, RecordingRequest, RecordingResult, RtpFormat } from '../ports/media.ts'
import { type Flow, type OfferExchange, type ReferExchange, SessionEnd } from '../sip/index.ts'
import type { BridgeEvent } from './bridge-alphabet.ts'
import type { BridgeOptions, PhoneArrival } from './bridge-options.ts'
import { CallMedia, type CallMediaOptions } from './call-media.ts'
import { CalledCustomer } from './called-customer.ts'
import { CustomerLeg } from './customer-leg.ts'
import { DialledCustomer } from './dialled-customer.ts'
import type { Digit } from './info-digit.ts'
import { deaf, Hearing, type LegEar, type LegHome } from './leg-home.ts'
import type { LegMedia } from './leg-media.ts'
import type { LegOutcome } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'
import { type Arrived, joinedAgent } from './offered-agents.ts'

export interface CustomerSideOptions {
  readonly bridge: BridgeOptions
  /** An agent and the customer hear each other. */
  readonly isTalking: () => boolean
  emit(event: BridgeEvent): void
  /** Runs what waits for media. */
  run(work: () => Promise<void>): void
  /** The customer's session can't be had. */
  fail(decision: CallerDecision, error: unknown): void
  /** What the customer sets off comes back to him in no exception. */
  guard(work: () => void): void
  onOffer(exchange: OfferExchange): void
  onAnswer(sdp: string | null): void
  onDigit(digit: Digit): void
  onRefer(exchange: ReferExchange): void
  /** A customer whom we have called has picked up. */
  onPickedUp(): void
  onMedia(event: MediaEvent): void
  onEnded(outcome: LegOutcome): void
}

export class CustomerSide {
  readonly media: CallMedia
  readonly #options: CustomerSideOptions
  #leg: Pick<CustomerLeg, keyof CustomerLeg>
  #home: LegHome
  /** Ourselves, as Session-ID names us to a customer who talks to nobody. */
  readonly #house: SessionEnd
  /** Null before a description of somebody else's has passed: a customer who waits has none. */
  #origin: DirectOrigin | null = null
  #answering = false
  /** What is heard when nothing else is; null: nothing. */
  #music: string | null = 'default'

  constructor(options: CustomerSideOptions) {
    this.#options = options
    const { bridge, guard } = options
    const { media, customer, newSessionId } = bridge
    this.#home = this.newHome()
    let party: CallMediaOptions['customer']
    if (customer.kind === 'caller') {
      this.#house = customer.invite.ends.self
      this.#leg = this.#legOf(customer, this.#home)
      party = partyOf(customer)
    } else {
      this.#house = SessionEnd.make(bridge.userAgent.options.random)
      const onAccepted = (sdp: string) => guard(() => this.#accepted(sdp))
      const leg = new DialledCustomer(bridge, customer, this.#house, new Hearing(this.#home), onAccepted)
      this.#leg = leg
      party = new DialledParty(leg)
    }
    this.media = new CallMedia({
      media,
      customer: party,
      newSessionId: () => newSessionId(),
      home: () => this.#home,
    })
  }

  get leg(): Pick<CustomerLeg, keyof CustomerLeg> {
    return this.#leg
  }

  /** The customer, as Session-ID names him (RFC 7989); ourselves in his place while nothing is known of him. */
  get end(): SessionEnd {
    return this.#leg.end ?? this.#house
  }

  /** Each of the two is the other end of the other's leg from now on; null: the customer is alone with us. */
  meet(agent: OfferedAgent | null): void {
    this.#leg.speakFor(agent?.leg.end ?? this.#house)
    this.#leg.passOn(agent?.leg.userToUser ?? null)
    agent?.leg.speakFor(this.end)
  }

  /** Who the customer has been shown as the origin of descriptions that are not ours. */
  get origin(): DirectOrigin {
    this.#origin ??= new DirectOrigin()
    return this.#origin
  }

  /** Where a leg on this side belongs. */
  newHome(): LegHome {
    const { bridge } = this.#options
    return { ear: new CustomerEar(this.#options), ring: null, owner: { callId: bridge.callId, offerId: null } }
  }

  /** The one on this side goes on with another phone, which is answered; the old one is hung up. */
  goOnAt({ arrival, home, sdp, media, origin }: Arrived): void {
    const before = this.#leg
    this.#home.ear = deaf
    this.media.customer?.close()
    this.#home = home
    this.#leg = this.#legOf(arrival, home)
    this.#origin = origin
    this.media.change(partyOf(arrival), media)
    this.#leg.answer(sdp)
    before.reject(callerResponses.released)
  }

  /**
   * The one on this side is an agent, and changes places with whom he has called, who is the customer from now on.
   * @returns the agent, of whom nobody hears yet
   */
  changePlaces(party: OfferedAgent, offerId: string): OfferedAgent {
    const { origin } = this
    const [leg, home] = [this.#leg, this.#home]
    const { flow, nat } = this.media.party
    const agent = joinedAgent({ leg, home, media: this.media.customer, origin, flow, nat, sdp: this.#leg.said ?? '' })
    home.ear = deaf
    home.owner.offerId = offerId
    party.home.ear = new CustomerEar(this.#options)
    party.home.owner.offerId = null
    this.#home = party.home
    this.#leg = new CalledCustomer(party)
    this.#origin = party.origin
    const { flow: theirs, nat: isBehindNat, leg: theirLeg } = party
    this.media.change({ flow: theirs, nat: isBehindNat, offer: theirLeg.said }, party.media)
    return agent
  }

  /** Answered, or about to be. */
  get answering(): boolean {
    return this.#answering || this.leg.answered
  }

  get music(): string {
    return this.#music ?? 'default'
  }

  ring(): void {
    if (!this.leg.ringsWithOffer) {
      this.leg.ring()
      return
    }
    this.#options.run(async () => {
      const media = await this.media.openCustomer()
      if (media === null || this.leg.ringing || this.leg.answered) return
      this.leg.ring(media.offer(this.media.playable))
    })
  }

  /** Answers, unless that is done, and plays music from now on; null: silence, for prompts. */
  answer(music: string | null): void {
    this.#music = music
    if (!this.#options.isTalking()) this.meet(null)
    if (this.leg.answered) this.playMusic()
    if (this.answering) return
    this.#answering = true
    this.#options.run(async () => {
      const media = await this.media.openCustomer()
      if (media === null) return
      this.answerWith(media, this.media.playable)
      if (this.leg.answered) this.playMusic()
    })
  }

  answerWith(media: LegMedia, formats: readonly RtpFormat[]): void {
    const { emit, fail } = this.#options
    const { offer, described } = this.leg
    if (described) {
      this.leg.answer('')
      emit({ type: 'customer.answered' })
      return
    }
    const result = offer === null ? ({ ok: true, sdp: media.offer(formats) } as const) : media.answer(offer, formats)
    if (!result.ok) {
      fail(result.sipCode === 400 ? 'badOffer' : 'mediaFault', new Error(result.reason))
      return
    }
    if (this.leg.ended) return
    this.leg.answer(result.sdp)
    // One whom we call answers later.
    if (this.leg.answered) emit({ type: 'customer.answered' })
  }

  /** Has the audio that runs past us come here again, for music. */
  takeBack(): void {
    this.meet(null)
    if (this.media.customer !== null || !this.leg.answered || !this.media.canPlay) return
    this.#options.run(async () => {
      const media = await this.media.openCustomer()
      if (media === null || this.#options.isTalking()) return
      this.leg.reinvite(this.origin.pass(media.offer(this.media.playable)), answer => {
        if (answer !== null && this.media.customer === media && media.accept(answer).ok) this.playMusic()
      })
    })
  }

  playPrompts(names: readonly string[], playId: string): void {
    if (this.#isListening) this.media.customer?.play({ kind: 'prompts', names, playId })
  }

  stopPrompts(): void {
    if (this.#isListening) this.media.customer?.stopPlaying()
  }

  /** Writes down what a customer says who talks to nobody. */
  async record(request: RecordingRequest): Promise<RecordingResult> {
    const { recordingId } = request
    const media = this.#isListening ? this.media.customer : null
    if (media !== null) return media.record(request)
    const nothing = { durationMs: 0, speechMs: 0, bytes: 0 }
    return { recordingId, outcome: 'failed', endedBy: 'failed', ...nothing, reason: 'nobody is there to be recorded' }
  }

  stopRecording(): void {
    this.media.customer?.stopRecording()
  }

  playMusic(): void {
    if (this.#music !== null && !this.#options.isTalking())
      this.media.customer?.play({ kind: 'music', name: this.#music })
  }

  /** A customer whom we have called has picked up. */
  #accepted(sdp: string): void {
    if (!this.media.answered(sdp)) {
      this.leg.reject(488)
      return
    }
    this.#options.emit({ type: 'customer.answered' })
    if (this.leg.ended) return
    this.playMusic()
    this.#options.onPickedUp()
  }

  #legOf({ invite, nat }: PhoneArrival, home: LegHome): CustomerLeg {
    const { clock } = this.#options.bridge
    return new CustomerLeg(invite, { clock, pinned: nat, owner: home.owner, handlers: new Hearing(home) })
  }

  get #isListening(): boolean {
    return this.leg.answered && !this.#options.isTalking()
  }
}

/** Hears of the customer's leg. What he sets off comes back to him in no exception. */
class CustomerEar implements LegEar {
  readonly #told: CustomerSideOptions

  constructor(told: CustomerSideOptions) {
    this.#told = told
  }

  onOffer(exchange: OfferExchange): void {
    this.#told.guard(() => this.#told.onOffer(exchange))
  }

  onAnswer(sdp: string | null): void {
    this.#told.guard(() => this.#told.onAnswer(sdp))
  }

  onDigit(digit: Digit): void {
    this.#told.guard(() => this.#told.onDigit(digit))
  }

  onRefer(exchange: ReferExchange): void {
    this.#told.guard(() => this.#told.onRefer(exchange))
  }

  onEnded(outcome: LegOutcome): void {
    this.#told.guard(() => this.#told.onEnded(outcome))
  }

  onMedia(event: MediaEvent): void {
    this.#told.guard(() => this.#told.onMedia(event))
  }
}

function partyOf({ invite, nat }: PhoneArrival): CallMediaOptions['customer'] {
  return { flow: invite.flow, nat, offer: invite.offer }
}

/** Where he is, and how, is known only when he is about to be called. */
class DialledParty {
  readonly offer = null
  readonly #leg: DialledCustomer

  constructor(leg: DialledCustomer) {
    this.#leg = leg
  }

  get flow(): Flow {
    return this.#leg.device.flow
  }

  get nat(): boolean {
    return this.#leg.device.nat
  }
}
