/** The leg to an agent or to an outside party: an INVITE that we sent, and the dialog that it becomes. Signalling only. */
import type { Clock } from '../ports/clock.ts'
import {
  type Flow,
  type FormOffer,
  InviteClient,
  type InviteClientHandlers,
  type InviteClientOptions,
  type InviteDialog,
  noFarewell,
  type OfferExchange,
  type ReferExchange,
  type Route,
  RoutedInvite,
  type SessionEnd,
  sdpOf,
  type UserAgent,
} from '../sip/index.ts'
import type { LegOwner } from './bridge-alphabet.ts'
import { ForkedInvite } from './forked-invite.ts'
import { type Digit, dtmfRelay, readInfoDigit, writeInfoDigit } from './info-digit.ts'
import { type LegOutcome, outcomeOfDialog, refusalOf } from './leg-outcome.ts'
import { Liveness } from './liveness.ts'
import type { OnReinvited } from './pair.ts'
import { userToUserIn } from './passed-headers.ts'
import { Said } from './said.ts'

export interface AgentLegHandlers {
  /** First 180 or 183. */
  onRinging(): void
  /** The first description in a 180 or 183. `done` has {@link onRinging} told after it. */
  onEarlyMedia?(sdp: string, done: () => void): void
  /** 200; `sdp` is the device's session description. */
  onAnswered(sdp: string): void
  onOffer(exchange: OfferExchange): void
  /** The answer to an offer that we made because the agent asked for one; null when the ACK carried none. */
  onAnswer(sdp: string | null): void
  /** As {@link CustomerLegHandlers.onRefreshed}. */
  onRefreshed(answer: string): void
  /** A digit that came by INFO. */
  onDigit(digit: Digit): void
  /** The agent's phone asks for a transfer. */
  onRefer(exchange: ReferExchange): void
  /** Exactly once, whoever ended it. */
  onEnded(outcome: LegOutcome): void
}

export interface AgentLegOptions {
  readonly userAgent: UserAgent
  readonly clock: Clock
  readonly uri: string
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly flow: Flow
  readonly pinned: boolean
  readonly maxForwards: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly sdp: string
  /** Found by whoever names the leg's dialog. */
  readonly owner: LegOwner
  /** Not with further phones: then its first server is the only one. */
  readonly route?: Route
  /** The party at the other side of the call. */
  readonly speaksFor: SessionEnd
  /** Further phones that ring with this one. */
  readonly others?: readonly InviteClientOptions[]
  /** Which of them has answered: 0 is the first. */
  onChosen?(index: number): void
  readonly handlers: AgentLegHandlers
}

export class AgentLeg {
  readonly #client: InviteClient | RoutedInvite | ForkedInvite
  readonly #handlers: AgentLegHandlers
  #dialog: InviteDialog | null = null
  #liveness: Liveness | null = null
  #userToUser: string | null = null
  #ringing = false
  #early = false
  readonly #said = new Said()
  #ended = false

  constructor(options: AgentLegOptions) {
    const { handlers, route } = options
    this.#handlers = handlers
    const told: InviteClientHandlers = {
      onProgress: response => {
        this.#userToUser = userToUserIn(response)
        const sdp = this.#early || this.#ended || handlers.onEarlyMedia === undefined ? null : sdpOf(response)
        if (sdp !== null) {
          this.#early = true
          this.#said.answered(sdp, options.sdp)
          handlers.onEarlyMedia?.(sdp, () => this.#ring())
        } else this.#ring()
      },
      onAccepted: (dialog, answer, response) => {
        this.#dialog = dialog
        this.#said.picksUp(answer, options.sdp)
        this.#userToUser = userToUserIn(response)
        this.#liveness = new Liveness(options.clock, dialog)
        this.#liveness.start()
        handlers.onAnswered(answer)
      },
      onFailed: (status, response) => this.#finish(refusalOf(status, response)),
      dialog: {
        onOffer: exchange => handlers.onOffer(this.#said.noting(exchange)),
        onAnswer: answer => {
          this.#said.answered(answer)
          handlers.onAnswer(answer)
        },
        onRefreshed: (answer, offer) => {
          if (this.#said.refreshed(answer, offer)) handlers.onRefreshed(answer)
        },
        onInfo: (contentType, body) => {
          const digit = readInfoDigit(contentType, body)
          if (digit !== null) handlers.onDigit(digit)
        },
        onRefer: exchange => handlers.onRefer(exchange),
        onEnded: end => this.#finish(outcomeOfDialog(end)),
        owner: options.owner,
      },
    }
    const { userAgent, others = [] } = options
    this.#client =
      others.length > 0
        ? new ForkedInvite(userAgent, [options, ...others], told, index => options.onChosen?.(index))
        : route === undefined
          ? new InviteClient(userAgent, options, told)
          : new RoutedInvite(userAgent, { ...options, route }, told)
  }

  /** As {@link CustomerLeg.said}. */
  get said(): string | null {
    return this.#said.last
  }

  /** Of its INVITE; of several phones, of the one that was answered, or the first. */
  get sipCallId(): string {
    return this.#client.callId
  }

  /** What its latest response has brought for the user at the other side (RFC 7433); null: nothing. */
  get userToUser(): string | null {
    return this.#userToUser
  }

  get ended(): boolean {
    return this.#ended
  }

  /** As {@link CustomerLeg.end}; null before the answer. */
  get end(): SessionEnd | null {
    return this.#dialog?.ends.peer ?? null
  }

  /** As {@link CustomerLeg.speakFor}. */
  speakFor(end: SessionEnd): void {
    if (this.#dialog !== null) this.#dialog.ends.self = end
  }

  get answered(): boolean {
    return this.#dialog !== null
  }

  /** CANCEL or BYE, whichever fits. */
  hangup(farewell = noFarewell): void {
    if (this.#ended) return
    if (this.#dialog !== null) {
      this.#dialog.bye(farewell)
      return
    }
    this.#client.cancel(farewell.reason)
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

  /** As {@link CustomerLeg.sendDigit}. */
  sendDigit(digit: Digit): void {
    this.#dialog?.info(dtmfRelay, writeInfoDigit(digit))
  }

  watchedByMedia(watched: boolean): void {
    if (watched) this.#liveness?.stop()
    else if (!this.#ended) this.#liveness?.start()
  }

  mediaSilent(patienceMs: number): void {
    if (!this.#ended) this.#liveness?.suspect(patienceMs)
  }

  mediaHeard(): void {
    this.#liveness?.stop()
  }

  mediaLost(): void {
    if (this.#ended) return
    this.#finish({ kind: 'lost', cause: 'media' })
    this.#dialog?.bye()
  }

  #ring(): void {
    if (this.#ringing || this.#ended || this.#dialog !== null) return
    this.#ringing = true
    this.#handlers.onRinging()
  }

  #finish(outcome: LegOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#liveness?.stop()
    this.#handlers.onEnded(outcome)
  }
}
