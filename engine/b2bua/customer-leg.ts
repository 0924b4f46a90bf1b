/** The customer's leg: an INVITE that came in, and the dialog that it becomes. Signalling only. */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { InviteDialog, InviteServer, OfferExchange, SipResponse } from '../sip/index.ts'
import { type LegOutcome, outcomeOfDialog } from './leg-outcome.ts'
import { Liveness } from './liveness.ts'

export interface CustomerLegHandlers {
  /** The customer offers a change of the session (hold, resume, new address). */
  onOffer(exchange: OfferExchange): void
  /** The answer to an offer that we made in a 2xx. */
  onAnswer(sdp: string | null): void
  /** Exactly once, whoever ended it. */
  onEnded(outcome: LegOutcome): void
}

/** RFC 3261 §13.3.1.1: a provisional response every minute, lest proxies give the call up. */
const ringRepeatMs = 60_000

export class CustomerLeg {
  readonly #invite: InviteServer
  readonly #clock: Clock
  readonly #handlers: CustomerLegHandlers
  /** In-dialog requests stay on the flow of the INVITE (NAT). */
  readonly #pinned: boolean
  #dialog: InviteDialog | null = null
  #liveness: Liveness | null = null
  #ringTimer: TimerHandle | null = null
  #ended = false

  constructor(invite: InviteServer, options: { clock: Clock; pinned: boolean; handlers: CustomerLegHandlers }) {
    this.#invite = invite
    this.#clock = options.clock
    this.#pinned = options.pinned
    this.#handlers = options.handlers
  }

  /** The offer of the INVITE; null if we have to make one. */
  get offer(): string | null {
    return this.#invite.offer
  }

  get answered(): boolean {
    return this.#dialog !== null
  }

  get ended(): boolean {
    return this.#ended
  }

  /** 180, and again every minute until the answer. */
  ring(): void {
    if (this.#ended || this.#dialog !== null || this.#ringTimer !== null) return
    this.#invite.progress(180)
    this.#armRing()
  }

  answer(sdp: string): void {
    if (this.#ended || this.#dialog !== null) return
    this.#clearRing()
    this.#dialog = this.#invite.accept(sdp, this.#pinned, {
      onOffer: exchange => this.#handlers.onOffer(exchange),
      onAnswer: answer => this.#handlers.onAnswer(answer),
      onEnded: end => this.#finish(outcomeOfDialog(end)),
    })
    this.#liveness = new Liveness(this.#clock, this.#dialog)
    this.#liveness.start()
  }

  /** Ends the leg before the answer with `status`; after it this is a hang-up. */
  reject(status: number, change?: (response: SipResponse) => void): void {
    if (this.#ended) return
    if (this.#dialog !== null) {
      this.#dialog.bye()
      return
    }
    this.#invite.reject(status, change)
    this.#finish({ kind: 'released' })
  }

  /** The INVITE was cancelled: 487 has gone out. */
  canceled(reason: string | null): void {
    this.#finish({ kind: 'hungUp', reason })
  }

  reinvite(sdp: string, onResult: (answer: string | null, refusedWith: number) => void): void {
    this.#dialog?.reinvite(sdp, {
      onAnswer: answer => onResult(answer, 0),
      onRefused: status => onResult(null, status),
    })
  }

  /** Whether RTP tells that the peer is there; when not, it is asked. */
  watchedByMedia(watched: boolean): void {
    if (watched) this.#liveness?.stop()
    else if (!this.#ended) this.#liveness?.start()
  }

  /** Nothing was heard from the peer's media for too long. */
  mediaLost(): void {
    if (this.#ended) return
    this.#finish({ kind: 'lost', cause: 'media' })
    this.#dialog?.bye()
  }

  #armRing(): void {
    this.#ringTimer = this.#clock.setTimeout(() => {
      this.#invite.progress(180)
      this.#armRing()
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
