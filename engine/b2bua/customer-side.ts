/** The customer of one call: the leg, the audio, and what is heard while nobody talks to him. */
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { callerResponses } from '../outcomes.ts'
import type { RecordingRequest, RecordingResult, RtpFormat } from '../ports/media.ts'
import { type Flow, type OfferExchange, SessionEnd } from '../sip/index.ts'
import type { BridgeCore } from './bridge-core.ts'
import type { PhoneArrival } from './bridge-options.ts'
import { CallMedia, type MediaParty } from './call-media.ts'
import { CalledCustomer } from './called-customer.ts'
import { type CallerLeg, CustomerLeg } from './customer-leg.ts'
import { DialledCustomer } from './dialled-customer.ts'
import { LegHearer } from './leg-hearer.ts'
import { deaf, Hearing, type LegHome } from './leg-home.ts'
import type { LegMedia } from './leg-media.ts'
import type { OfferedAgent } from './offered-agent.ts'
import { type Arrived, joinedAgent } from './offered-agents.ts'

export class CustomerSide {
  readonly media: CallMedia
  readonly #core: BridgeCore
  #leg: CallerLeg
  #home: LegHome
  /** Ourselves, as Session-ID names us to a customer who talks to nobody. */
  readonly #house: SessionEnd
  /** Null before a description of somebody else's has passed: a customer who waits has none. */
  #origin: DirectOrigin | null = null
  #answering = false
  /** His audio, which runs past us, is asked to come here again; null: it is here, or is not asked to. */
  #comingBack: ComingBack | null = null
  /** What is heard when nothing else is; null: nothing. */
  #music: string | null = 'default'

  constructor(core: BridgeCore) {
    this.#core = core
    const { options } = core
    const { customer } = options
    this.#home = this.newHome()
    if (customer.kind === 'caller') {
      this.#house = customer.invite.ends.self
      this.#leg = this.#legOf(customer, this.#home)
      this.media = new CallMedia(options, this, partyOf(customer))
    } else {
      this.#house = SessionEnd.make(options.userAgent.options.random)
      const onAccepted = (sdp: string) => core.guard(() => this.#accepted(sdp))
      const leg = new DialledCustomer(options, customer, this.#house, new Hearing(this.#home), onAccepted)
      this.#leg = leg
      this.media = new CallMedia(options, this, new DialledParty(leg))
    }
  }

  /** Where the leg belongs that the customer has now. */
  get home(): LegHome {
    return this.#home
  }

  get leg(): CallerLeg {
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
    const { callId } = this.#core.options
    return { ear: new LegHearer(this.#core, null), ring: null, owner: { callId, offerId: null } }
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
    party.home.ear = new LegHearer(this.#core, null)
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
    this.#core.run(async () => {
      const media = await this.media.openCustomer()
      if (media === null || this.leg.ringing || this.leg.answered) return
      this.leg.ring(media.offer(this.media.playable))
    })
  }

  /** Answers, unless that is done, and plays music from now on; null: silence, for prompts. */
  answer(music: string | null): void {
    this.#music = music
    if (!this.#core.isTalking) this.meet(null)
    if (this.leg.answered) this.playMusic()
    if (this.answering) return
    this.#answering = true
    this.#core.run(async () => {
      const media = await this.media.openCustomer()
      if (media === null) return
      this.answerWith(media, this.media.playable)
      if (this.leg.answered) this.playMusic()
    })
  }

  answerWith(media: LegMedia, formats: readonly RtpFormat[]): void {
    const { offer, described } = this.leg
    if (described) {
      this.leg.answer('')
      this.#core.emit({ type: 'customer.answered' })
      return
    }
    const result = offer === null ? ({ ok: true, sdp: media.offer(formats) } as const) : media.answer(offer, formats)
    if (!result.ok) {
      this.#core.fail(result.sipCode === 400 ? 'badOffer' : 'mediaFault', new Error(result.reason))
      return
    }
    if (this.leg.ended) return
    this.leg.answer(result.sdp)
    // One whom we call answers later.
    if (this.leg.answered) this.#core.emit({ type: 'customer.answered' })
  }

  /** Has the audio that runs past us come here again, for music. */
  takeBack(): void {
    this.meet(null)
    const isHere = this.media.customer !== null || this.#comingBack !== null
    if (isHere || !this.leg.answered || !this.media.canPlay) return
    const coming: ComingBack = { giveUp() {} }
    this.#comingBack = coming
    this.#core.run(async () => {
      const media = await this.media.openCustomer()
      if (media === null) return
      if (this.#isPast) {
        // Opened in vain: he was joined with somebody meanwhile.
        this.media.letGo()
        return
      }
      if (this.#comingBack !== coming) return
      if (this.#core.isTalking) {
        this.#comingBack = null
        return
      }
      media.share(this.origin)
      let passed = ''
      const form = () => {
        passed = media.offer(this.media.playable)
        return passed
      }
      coming.giveUp = this.leg.reinvite(form, answer => {
        if (this.#comingBack === coming) this.#comingBack = null
        if (answer === null) this.origin.refused(passed)
        else if (this.media.customer === media && media.accept(answer).ok) this.playMusic()
      })
    })
  }

  /** He changes his session while he talks to nobody. */
  offered(exchange: OfferExchange): void {
    if (!this.media.offered(exchange)) return
    this.#isBack()
    this.#core.pairing.changed()
  }

  /** He has answered an offer of ours while he talks to nobody. False: there is no session. */
  hasAnswered(sdp: string | null): boolean {
    const isTaken = this.media.answered(sdp)
    this.#isBack()
    if (isTaken) this.#core.pairing.changed()
    return isTaken
  }

  /** A change of his own has brought his audio here: what asks him for that, and waits after glare, is out of date. */
  #isBack(): void {
    const coming = this.#comingBack
    if (coming === null || this.media.customer?.negotiated !== true) return
    this.#comingBack = null
    coming.giveUp()
    this.playMusic()
  }

  /** Somebody is about to talk to him past us: audio that has not come back by now does not. */
  stayAway(): void {
    const coming = this.#comingBack
    if (coming === null) return
    this.#comingBack = null
    coming.giveUp()
    this.media.letGo()
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
    if (this.#music !== null && !this.#core.isTalking) this.media.customer?.play({ kind: 'music', name: this.#music })
  }

  /** A customer whom we have called has picked up. */
  #accepted(sdp: string): void {
    if (!this.media.pickedUp(sdp)) {
      this.leg.reject(488)
      return
    }
    this.#core.emit({ type: 'customer.answered' })
    if (this.leg.ended) return
    this.playMusic()
    this.#core.pairing.pickedUp()
  }

  #legOf({ invite, nat }: PhoneArrival, home: LegHome): CustomerLeg {
    const { clock } = this.#core.options
    return new CustomerLeg(invite, { clock, pinned: nat, owner: home.owner, handlers: new Hearing(home) })
  }

  /** He talks to somebody past us, or is about to. */
  get #isPast(): boolean {
    const { connected, agents } = this.#core
    return connected !== null && agents.get(connected)?.media === null
  }

  get #isListening(): boolean {
    return this.leg.answered && !this.#core.isTalking
  }
}

interface ComingBack {
  /** Takes the re-INVITE back, if one was sent. */
  giveUp: () => void
}

function partyOf({ invite, nat }: PhoneArrival): MediaParty {
  return { flow: invite.flow, nat, offer: invite.offer }
}

/** Where he is, and how, is known only when he is about to be called. */
class DialledParty implements MediaParty {
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
