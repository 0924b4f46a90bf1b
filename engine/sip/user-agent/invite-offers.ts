/** Our re-INVITEs in one dialog: one at a time, sent again after glare (RFC 3261 §14.1) and after a 422 (RFC 4028 §7.3). */
import type { TimerBag } from '../../timer-bag.ts'
import { glareWaitMs } from '../dialog/offer-answer.ts'
import { sdpOf } from '../dialog/session-body.ts'
import { type SipResponse, setBody } from '../message/message.ts'
import { transactionTimeoutMs } from '../transaction/step.ts'
import type { Flow } from '../transport/flow.ts'
import { createCancel } from './cancel.ts'
import type { DialogRequest } from './dialog-request.ts'
import type { DialogLine, DialogTimer } from './invite-line.ts'
import type { SessionKeeper } from './invite-session.ts'

export interface ReinviteHandlers {
  /** @param offer what it answers */
  onAnswer(sdp: string | null, offer: string): void
  /** The session goes on unchanged (§14.1). 491: another re-INVITE took the place of this one while it waited, or nobody wants it now. */
  onRefused(status: number): void
}

/**
 * Says what to offer each time that it goes out: who had to wait after glare finds another session than before (§14.1).
 * Null: nothing, as it is of no use any more.
 */
export type FormOffer = () => string | null

export interface OwnOffersOptions {
  readonly line: DialogLine
  readonly timers: TimerBag<DialogTimer>
  readonly session: SessionKeeper
  /** An INVITE of the peer, or one that waits for its ACK, is in the way: one at a time in a dialog. */
  isBlocked(): boolean
  isEnded(): boolean
  /** `sdp` is in force now. */
  onTaken(sdp: string): void
  /** §12.2.1.2: 481 and 408 to a request within the dialog end it. */
  onDead(): void
}

/** Request Terminated, Request Pending. */
const requestTerminated = 487
const requestPending = 491

interface OwnOffer {
  readonly form: FormOffer
  readonly handlers: ReinviteHandlers
  /** Tried for the last time, on the clock's scale: something may be in the way for ever, or a peer that always says 491. */
  readonly untilMs: number
  /** Whoever asked for it wants it no more. */
  isUnwanted: boolean
}

/** What has no final response yet. */
interface Outgoing {
  readonly offer: OwnOffer
  readonly sent: DialogRequest
  readonly progress: {
    /** A provisional response has come: before it there may be no CANCEL (§9.1). */
    isProceeding: boolean
    isCanceled: boolean
  }
}

export class OwnOffers {
  readonly #options: OwnOffersOptions
  /** The re-INVITE that has no final response yet. */
  #outgoing: Outgoing | null = null
  /** The re-INVITE that waits until it may be sent. */
  #waiting: OwnOffer | null = null

  constructor(options: OwnOffersOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#outgoing !== null
  }

  get isWaiting(): boolean {
    return this.#waiting !== null
  }

  /** @returns what gives it up: the peer is told by CANCEL, and `onRefused` says 487, unless the answer was faster */
  make(form: FormOffer, handlers: ReinviteHandlers): () => void {
    const offer = { form, handlers, untilMs: this.#nowMs + transactionTimeoutMs, isUnwanted: false }
    this.#try(offer)
    return () => this.#giveUp(offer)
  }

  /** The call is over: who waits does so no longer. */
  stop(): void {
    this.#options.timers.disarm('glare')
    this.#options.timers.disarm('limit')
    this.#waiting = null
    if (this.#outgoing?.sent.withdraw() === true) this.#outgoing = null
  }

  /** The peer owes our re-INVITE a 487 now; who has vanished never sends it. */
  release(): void {
    this.#outgoing?.sent.transaction?.canceled()
  }

  get #nowMs(): number {
    return this.#options.line.userAgent.options.clock.now()
  }

  #try(offer: OwnOffer): void {
    this.#options.timers.disarm('glare')
    this.#waiting?.handlers.onRefused(requestPending)
    this.#waiting = null
    if (this.#outgoing !== null || this.#options.isBlocked()) this.#tryLater(offer)
    else this.#send(offer)
  }

  #send(offer: OwnOffer): void {
    const { handlers } = offer
    const { line, timers, session, isEnded } = this.#options
    const sdp = offer.form()
    if (sdp === null) {
      handlers.onRefused(requestPending)
      return
    }
    const request = line.dialog.createRequest('INVITE')
    const askedSec = session.ask(request)
    setBody(request, 'application/sdp', sdp)
    let acknowledged = false
    const progress = { isProceeding: false, isCanceled: false }
    const sent = line.ask(request, {
      onResponse: response => {
        if (response.status < 200) {
          progress.isProceeding = true
          // Timer B is over with the first provisional; who then says nothing more would block every later offer,
          // and stay for good once the call is over.
          if (progress.isCanceled) return
          if (isEnded()) {
            progress.isCanceled = true
            sent.transaction?.canceled()
          } else if (offer.isUnwanted) this.#cancel(outgoing)
          else if (!timers.armed('limit')) timers.arm('limit', transactionTimeoutMs, () => this.#cancel(outgoing))
          return
        }
        if (response.status >= 300) {
          this.#finish()
          if (!isEnded()) this.#onRefused(response, offer)
          return
        }
        if (acknowledged) {
          line.resendAck(sent.sequence)
          return
        }
        acknowledged = true
        this.#finish()
        line.refreshTarget(response)
        line.acknowledge(sent.sequence, sent.credentials)
        if (isEnded()) return
        session.answered(response, askedSec)
        this.#options.onTaken(sdp)
        handlers.onAnswer(sdpOf(response), sdp)
      },
      onTimeout: () => {
        this.#finish()
        if (isEnded()) return
        // A peer that has answered at all is there; only the CANCEL was lost on it.
        if (progress.isCanceled) handlers.onRefused(408)
        else this.#options.onDead()
      },
      onTransportError: () => {
        this.#finish()
        if (!isEnded()) handlers.onRefused(503)
      },
    })
    const outgoing = { offer, sent, progress }
    this.#outgoing = outgoing
  }

  #giveUp(offer: OwnOffer): void {
    offer.isUnwanted = true
    if (this.#waiting === offer) {
      this.#options.timers.disarm('glare')
      this.#waiting = null
      offer.handlers.onRefused(requestTerminated)
      return
    }
    const outgoing = this.#outgoing
    if (outgoing?.offer !== offer) return
    if (outgoing.sent.withdraw()) {
      this.#finish()
      offer.handlers.onRefused(requestTerminated)
      return
    }
    outgoing.sent.abandon()
    if (outgoing.progress.isProceeding && !outgoing.progress.isCanceled) this.#cancel(outgoing)
  }

  #cancel({ sent, progress }: Outgoing): void {
    const { transaction } = sent
    progress.isCanceled = true
    this.#options.timers.disarm('limit')
    sent.abandon()
    if (transaction === null || transaction.request === null) return
    this.#options.line.userAgent.cancel(createCancel(transaction.request), transaction.channel as Flow, {
      onResponse: () => {},
      onTimeout: () => {},
      onTransportError: () => {},
    })
    transaction.canceled()
  }

  #finish(): void {
    this.#outgoing = null
    this.#options.timers.disarm('limit')
  }

  #onRefused(response: SipResponse, offer: OwnOffer): void {
    const { status } = response
    const { handlers } = offer
    if (status === 481 || status === 408) this.#options.onDead()
    else if (this.#waiting !== null || offer.isUnwanted) handlers.onRefused(status)
    else if (status === requestPending) this.#tryLater(offer)
    else if (this.#options.session.tooShort(response)) this.#try(offer)
    else handlers.onRefused(status)
  }

  #tryLater(offer: OwnOffer): void {
    const { line, timers } = this.#options
    if (this.#nowMs >= offer.untilMs) {
      offer.handlers.onRefused(requestPending)
      return
    }
    this.#waiting = offer
    timers.arm('glare', glareWaitMs(line.dialog.initiator, line.userAgent.options.random.float()), () => {
      this.#waiting = null
      this.#try(offer)
    })
  }
}
