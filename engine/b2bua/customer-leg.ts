/** The customer's leg: an INVITE that came in, and the dialog that it becomes. Signalling only. */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import {
  type DialogEnd,
  type EarlyHandlers,
  type FormOffer,
  type HeaderFields,
  type InviteDialog,
  type InviteDialogHandlers,
  type InviteServer,
  type InviteServerHandlers,
  noFarewell,
  type OfferExchange,
  type ReferExchange,
  type SessionEnd,
} from '../sip/index.ts'
import type { LegOwner } from './bridge-alphabet.ts'
import { type Digit, dtmfRelay, readInfoDigit, writeInfoDigit } from './info-digit.ts'
import { type LegOutcome, outcomeOfDialog } from './leg-outcome.ts'
import { Liveness } from './liveness.ts'
import type { OnReinvited } from './pair.ts'
import { headersOf } from './passed-headers.ts'
import { Said } from './said.ts'

export interface CustomerLegHandlers {
  /** The customer offers a change of the session (hold, resume, new address). */
  onOffer(exchange: OfferExchange): void
  /** The answer to an offer that we made in a 2xx. */
  onAnswer(sdp: string | null): void
  /** The customer has answered a refresh of ours with something new. */
  onRefreshed(answer: string): void
  /** A digit that came by INFO. */
  onDigit(digit: Digit): void
  /** The customer, or an agent whose own call this is, asks for a transfer. */
  onRefer(exchange: ReferExchange): void
  /** Exactly once, whoever ended it. */
  onEnded(outcome: LegOutcome): void
}

/** Temporarily Unavailable: to a phone whose INVITE was not answered when the call ended. */
const tooLate = 480

/** RFC 3261 §13.3.1.1: a provisional response every minute, lest proxies give the call up. */
const ringRepeatMs = 60_000

/** What its INVITE, and the dialog that becomes of it, tell. */
type Heard = InviteServerHandlers & EarlyHandlers & InviteDialogHandlers

/** What others see of it. */
export type CallerLeg = Omit<CustomerLeg, keyof Heard>

export class CustomerLeg implements Heard {
  readonly owner: LegOwner
  readonly #invite: InviteServer
  readonly #clock: Clock
  readonly #handlers: CustomerLegHandlers
  /** In-dialog requests stay on the flow of the INVITE (NAT). */
  readonly #pinned: boolean
  #dialog: InviteDialog | null = null
  #liveness: Liveness | null = null
  #ringTimer: TimerHandle | null = null
  readonly #said: Said
  /** What goes along with the next response. */
  #along: HeaderFields = []
  #ended = false

  constructor(
    invite: InviteServer,
    options: { clock: Clock; pinned: boolean; owner: LegOwner; handlers: CustomerLegHandlers },
  ) {
    this.#invite = invite
    this.#said = new Said(invite.offer)
    this.#clock = options.clock
    this.#pinned = options.pinned
    this.owner = options.owner
    this.#handlers = options.handlers
    // From now on an agent may name it who hands a call on to where it rings.
    invite.handlers = this
  }

  /** The offer of the INVITE; null if we have to make one. */
  get offer(): string | null {
    return this.#invite.offer
  }

  /** What the peer has said of its session last: the offer of the INVITE, or what has come in its place; null: nothing yet. */
  get said(): string | null {
    return this.#said.last
  }

  /** The Contact that it began with. */
  get uri(): string {
    return this.#invite.request.headers.contact?.uriText ?? ''
  }

  get sipCallId(): string {
    return this.#invite.request.headers.callId
  }

  /** The one on this leg, as Session-ID names him; null: not known yet. */
  get end(): SessionEnd | null {
    return this.#invite.ends.peer
  }

  /** Whom he talks to. */
  speakFor(end: SessionEnd): void {
    this.#invite.ends.self = end
  }

  /** What the one at the other side has said to him (RFC 7433), for the next response to his INVITE; null: nothing. */
  passOn(uui: string | null): void {
    this.#along = headersOf({ uui })
  }

  /** He has said what he had to in his INVITE. */
  get userToUser(): string | null {
    return null
  }

  get answered(): boolean {
    return this.#dialog !== null
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The customer was given our description already, by a reliable provisional response. */
  get described(): boolean {
    return this.#invite.described
  }

  /** RFC 3262 §5: to a customer who requires reliable responses and offers nothing, the 180 must make the offer. */
  get ringsWithOffer(): boolean {
    return this.#invite.wantsReliable && this.#invite.offer === null
  }

  get ringing(): boolean {
    return this.#ringTimer !== null
  }

  /** 180, reliable if the customer requires that, and again every minute until the answer. `offer`: {@link ringsWithOffer}. */
  ring(offer: string | null = null): void {
    if (this.#ended || this.#dialog !== null || this.#ringTimer !== null) return
    this.#say(180, offer)
    this.#armRing(180)
  }

  /** 183 with our answer: the customer hears what is played before the call is answered. It takes the place of ringing. */
  progress(sdp: string): void {
    if (this.#ended || this.#dialog !== null) return
    this.#clearRing()
    this.#say(183, sdp)
    this.#armRing(183)
  }

  answer(sdp: string): void {
    if (this.#ended || this.#dialog !== null) return
    this.#clearRing()
    this.#noteOffer(sdp)
    this.#dialog = this.#invite.accept(sdp, this.#pinned, this, this.#along)
    this.#liveness = new Liveness(this.#clock, this.#dialog)
    this.#liveness.start()
  }

  /** Of an agent who has called: as {@link AgentLeg.hangup}. */
  hangup(farewell = noFarewell): void {
    this.reject(tooLate, farewell)
  }

  /** Ends the leg before the answer with `status`; after it this is a hang-up. */
  reject(status: number, farewell = noFarewell): void {
    if (this.#ended) return
    if (this.#dialog !== null) {
      this.#dialog.bye(farewell)
      return
    }
    this.#invite.reject(status, response => {
      if (farewell.userToUser) response.headers.append('user-to-user', farewell.userToUser)
    })
    this.#finish({ kind: 'released' })
  }

  /** @returns what gives it up; `onResult` is told all the same, of the answer if that was faster */
  reinvite(form: FormOffer, onResult: OnReinvited): () => void {
    const given = this.#dialog?.reinvite(form, {
      onAnswer: (answer, offer) => {
        this.#said.answered(answer, offer)
        onResult(answer, 0)
      },
      onRefused: status => onResult(null, status),
    })
    return given ?? (() => {})
  }

  /** Passes a digit on by INFO: for a peer that knows no telephone-event, or whose RTP does not come through us. */
  sendDigit(digit: Digit): void {
    this.#dialog?.info(dtmfRelay, writeInfoDigit(digit))
  }

  /** Whether RTP tells that the peer is there; when not, it is asked. */
  watchedByMedia(watched: boolean): void {
    if (watched) this.#liveness?.stop()
    else if (!this.#ended) this.#liveness?.start()
  }

  /** Its RTP has stopped while the other side may talk: it is asked, at once and every `patienceMs`. */
  mediaSilent(patienceMs: number): void {
    if (!this.#ended) this.#liveness?.suspect(patienceMs)
  }

  mediaHeard(): void {
    this.#liveness?.stop()
  }

  /** Nothing was heard from either side's media for too long. */
  mediaLost(): void {
    if (this.#ended) return
    this.#finish({ kind: 'lost', cause: 'media' })
    this.#dialog?.bye()
  }

  onCanceled(reason: string | null): void {
    this.#finish({ kind: 'hungUp', reason })
  }

  onUnacknowledged(): void {
    this.#finish({ kind: 'lost', cause: 'noAck' })
  }

  onOffer(exchange: OfferExchange): void {
    this.#handlers.onOffer(this.#said.noting(exchange))
  }

  onAnswer(sdp: string | null): void {
    this.#said.answered(sdp)
    this.#handlers.onAnswer(sdp)
  }

  onRefreshed(answer: string, offer: string): void {
    if (this.#said.refreshed(answer, offer)) this.#handlers.onRefreshed(answer)
  }

  onInfo(contentType: string, body: string): void {
    const digit = readInfoDigit(contentType, body)
    if (digit !== null) this.#handlers.onDigit(digit)
  }

  onRefer(exchange: ReferExchange): void {
    this.#handlers.onRefer(exchange)
  }

  onEnded(end: DialogEnd): void {
    this.#finish(outcomeOfDialog(end))
  }

  /** What we describe to who has made no offer is ours, unless he has had that already. */
  #noteOffer(sdp: string): void {
    if (this.#invite.offer === null && !this.#invite.described) this.#said.offered(sdp)
  }

  #say(status: number, sdp: string | null): void {
    if (sdp !== null) this.#noteOffer(sdp)
    this.#invite.progress(status, sdp, this, this.#along)
  }

  #armRing(status: number): void {
    this.#ringTimer = this.#clock.setTimeout(() => {
      this.#invite.progress(status)
      this.#armRing(status)
    }, ringRepeatMs)
  }

  #clearRing(): void {
    if (this.#ringTimer !== null) this.#clock.clearTimeout(this.#ringTimer)
    this.#ringTimer = null
  }

  #finish(outcome: LegOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#clearRing()
    this.#liveness?.stop()
    this.#handlers.onEnded(outcome)
  }
}
