/**
 * An answered INVITE: a confirmed dialog and its one usage (RFC 3261 §14, §15). The peer's changes of the session by
 * re-INVITE and UPDATE, BYE in all its crossings, OPTIONS as a sign of life.
 */

import { TimerBag } from '../../timer-bag.ts'
import type { DialogState } from '../dialog/dialog.ts'
import { sdpOf } from '../dialog/session-body.ts'
import { type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import type { SessionEnds } from '../message/session-id.ts'
import type { CancelEar, ServerTransaction } from '../transaction/server-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import type { DialogStanding, DialogUsage } from './dialog-usage.ts'
import type { CredentialHeader } from './digest-client.ts'
import { type Farewell, farewellIn, noFarewell, sayFarewell } from './farewell.ts'
import { Acceptance } from './invite-acceptance.ts'
import { PeerChanges } from './invite-changes.ts'
import type { DialogLine, DialogTimer, SentAck } from './invite-line.ts'
import { type FormOffer, OwnOffers, type ReinviteHandlers } from './invite-offers.ts'
import type { ReliableProgress } from './invite-progress.ts'
import { refuseMethod } from './invite-refusals.ts'
import { SessionKeeper } from './invite-session.ts'
import { PeerRefers, type ReferExchange } from './peer-refers.ts'
import type { IncomingRequest } from './user-agent.ts'

/** An offer of the peer that waits for its answer. Exactly one of the two must be called. */
export interface OfferExchange {
  /** Null: the peer wants us to make the offer; its answer then comes to {@link InviteDialogHandlers.onAnswer}. */
  readonly offer: string | null
  /** Our description in force, '' before the first. */
  readonly current: string
  /** What the peer has answered reliably (RFC 3262 §5) to our INVITE, of which it has yet to say what becomes. Absent: it has. */
  readonly answered?: string
  /** False: nobody waits for it any more, as the peer has given up or was answered in time; nothing has changed. */
  accept(sdp: string): boolean
  reject(status: number): void
  /** Who hears that the peer has cancelled it, or that nobody has answered it in time. Absent: neither can be. */
  whenGivenUp?(listener: () => void): void
}

export type DialogEnd =
  | {
      readonly by: 'remote'
      readonly cause: 'bye'
      readonly reason: string | null
      /** Absent: the BYE carried none. */
      readonly userToUser?: string
    }
  /** `dead`: the peer has vanished, or has not refreshed the session in time. */
  | { readonly by: 'local'; readonly cause: 'bye' | 'noAck' | 'dead' | 'fault'; readonly reason: null }

export interface InviteDialogHandlers {
  onOffer(exchange: OfferExchange): void
  /** The answer to an offer that we made in a 2xx; null when the ACK carried none. */
  onAnswer(sdp: string | null): void
  /** The answer to what was in force, `offer`, when we offered it again to refresh the session (RFC 4028 §7.4): it may say something new. */
  onRefreshed?(answer: string, offer: string): void
  /** An INFO of the peer; it was answered with 200 already. */
  onInfo?(contentType: string, body: string): void
  /** A REFER of the peer; absent: it may not refer. */
  onRefer?(exchange: ReferExchange): void
  /** Exactly once. */
  onEnded(end: DialogEnd): void
  /** Whose leg this is, for whoever finds the dialog by its tags. */
  readonly owner?: object
}

/** Our 2xx to the INVITE of a dialog. */
export interface FirstAnswer {
  readonly transaction: ServerTransaction
  readonly request: SipRequest
  /** The 2xx makes an offer. */
  readonly offers: boolean
  /** What was said reliably before the 2xx; null: nothing. */
  readonly progress: ReliableProgress | null
}

export class InviteDialog implements DialogUsage, CancelEar {
  readonly #line: DialogLine
  /** Nobody's once the dialog has ended: a transaction's last timer must not keep a whole call alive. */
  #handlers: InviteDialogHandlers
  readonly #timers: TimerBag<DialogTimer>
  readonly #session: SessionKeeper
  /** Null before we offer a change of the session, and before the peer asks for one: in most calls neither is done. */
  #offers: OwnOffers | null = null
  #changes: PeerChanges | null = null
  #progress: ReliableProgress | null = null
  /** Null before the first REFER. */
  #refers: PeerRefers | null = null
  /** Our description in force, for refreshes. */
  #ownSdp: string
  #ended = false
  /** Our 2xx that waits for its ACK. */
  #acceptance: Acceptance | null = null
  /** The BYE that waits for the ACK to our 2xx. */
  #pendingBye: Farewell | null = null

  /** `ownSdp`: the description that we made or are about to send. */
  constructor(line: DialogLine, ownSdp: string, handlers: InviteDialogHandlers) {
    const { userAgent } = line
    this.#line = line
    this.#ownSdp = ownSdp
    this.#handlers = handlers
    const timers = new TimerBag<DialogTimer>(userAgent.options.clock)
    this.#timers = timers
    this.#session = new SessionKeeper({
      line,
      timers,
      isBusy: () => this.#isBlocked || this.#offers?.isOpen === true || this.#offers?.isWaiting === true,
      reinvite: onRefused => this.#reaffirm(onRefused),
      onDead: () => this.declareDead(),
    })
    userAgent.adopt(this)
    line.look()
  }

  get key(): string {
    return this.#line.dialog.key
  }

  get standing(): DialogStanding {
    return this.#ended ? 'over' : 'confirmed'
  }

  get owner(): object | null {
    return this.#handlers.owner ?? null
  }

  get ends(): SessionEnds {
    return this.#line.ends
  }

  get state(): DialogState {
    return this.#line.dialog.state
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Answers the INVITE that made this dialog. The 2xx waits while a session description waits for its PRACK (RFC 3262 §3). */
  answer(response: SipResponse, first: FirstAnswer): void {
    const { transaction, request, progress } = first
    this.#progress = progress
    this.#session.answer(request, response)
    this.#accept(transaction, request, response, first.offers)
    if (this.#acceptance?.sent !== false) return
    transaction.whenCanceled(this.#line.dialog.localTag, this)
  }

  /** The INVITE was cancelled while its 2xx is kept back. */
  onCancel(cancel: SipRequest | null): void {
    if (!this.#ended) this.#endRemotely(cancel)
  }

  /** Our INVITE was answered: sends the ACK and puts the session timer in force. `askedSec`: the interval that we asked for. */
  answered(
    response: SipResponse,
    invite: { sequence: number; askedSec: number; credentials: readonly CredentialHeader[] },
  ): SentAck {
    const sent = this.#line.acknowledge(invite.sequence, invite.credentials)
    this.#session.answered(response, invite.askedSec)
    return sent
  }

  receiveAck(ack: SipRequest, flow: Flow): void {
    const waiting = this.#acceptance
    if (waiting === null || !waiting.sent || ack.headers.cseq?.number !== waiting.sequence) return
    this.#line.flow = flow
    this.#acknowledged()
    if (this.#pendingBye !== null) {
      this.#sendBye(this.#pendingBye)
      return
    }
    if (waiting.offers) this.#handlers.onAnswer(sdpOf(ack))
  }

  /** An in-dialog request of the peer. */
  receive(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    const { userAgent, dialog } = this.#line
    if (!dialog.accept(request)) {
      transaction.respond(userAgent.response(request, 500, ''))
      return
    }
    this.#line.flow = incoming.flow
    switch (request.method) {
      case 'BYE':
        this.#onBye(request, transaction)
        break
      case 'INVITE':
      case 'UPDATE':
        if (this.#ended) transaction.respond(userAgent.response(request, 481, ''))
        else {
          if (request.method === 'INVITE' && this.#acceptance?.state === 'answer') this.#acknowledged()
          this.#peerChanges.receive(request.method, request, transaction)
        }
        break
      case 'PRACK':
        if (this.#progress === null) transaction.respond(userAgent.response(request, 481, ''))
        else this.#progress.receive(incoming)
        break
      case 'REFER':
        this.#peerRefers.receive(incoming)
        break
      case 'SUBSCRIBE':
        this.#peerRefers.subscribe(incoming)
        break
      case 'OPTIONS':
        userAgent.answerOptions(incoming)
        break
      case 'INFO':
        // RFC 6086 §4.2.2: an INFO without a package that we know is answered, whatever it carries.
        transaction.respond(userAgent.response(request, 200, ''))
        if (!this.#ended) this.#handlers.onInfo?.(request.headers.get('content-type') ?? '', request.body)
        break
      default:
        transaction.respond(refuseMethod(userAgent, request))
    }
  }

  /** What waited for a PRACK may go on. */
  progressAcknowledged(): void {
    const held = this.#acceptance
    if (held?.sent === false && this.#progress?.holdsSession === false) held.send()
  }

  /** A reliable response never got its PRACK, and the 2xx behind it is not out: 504 goes in its place (RFC 3262 §3). */
  progressUnacknowledged(): void {
    if (this.#ended || this.#acceptance?.sent !== false) return
    this.#end({ by: 'local', cause: 'noAck', reason: null }, () => this.#refuseFirst(504))
  }

  /** Offers a new session. Waits for a re-INVITE in the way and retries after glare. @returns what gives it up (§9.1) */
  reinvite(form: FormOffer, handlers: ReinviteHandlers): () => void {
    return this.#ended ? () => {} : this.#ownOffers.make(form, handlers)
  }

  /** Asks for a sign of life; `alive` is false after a timeout, 408 or 481 (DESIGN §7). */
  ping(onResult: (alive: boolean) => void): void {
    if (this.#ended) return
    const done = (alive: boolean) => {
      if (!this.#ended) onResult(alive)
    }
    this.#line.send(this.#line.dialog.createRequest('OPTIONS'), {
      onResponse: ({ status }) => {
        if (status >= 200) done(status !== 408 && status !== 481)
      },
      onTimeout: () => done(false),
      onTransportError: () => done(false),
    })
  }

  /** Tells the peer something within the call. Its answer changes nothing: what INFO carries may be lost. */
  info(contentType: string, body: string): void {
    if (this.#ended) return
    const request = this.#line.dialog.createRequest('INFO')
    setBody(request, contentType, body)
    this.#line.send(request, { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} })
  }

  /** Ends the dialog. A 2xx of ours must be ACKed before (§15): until then the BYE waits. */
  bye(farewell = noFarewell): void {
    if (this.#ended) return
    this.#end({ by: 'local', cause: 'bye', reason: null }, () => {
      if (this.#acceptance === null) this.#sendBye(farewell)
      else if (this.#acceptance.sent) this.#pendingBye = farewell
      else this.#refuseFirst(480)
    })
  }

  /** The peer is gone for good: tells so and tries a BYE. */
  declareDead(): void {
    if (!this.#ended) this.#end({ by: 'local', cause: 'dead', reason: null }, () => this.#takeLeave(504))
  }

  /** Ends the dialog after a fault of ours. */
  fail(): void {
    if (!this.#ended) this.#end({ by: 'local', cause: 'fault', reason: null }, () => this.#takeLeave(500))
  }

  /** Forgets the dialog without a word to anyone: the process stops. */
  discard(): void {
    this.#offers?.stop()
    this.#timers.clear()
    this.#progress?.stop()
    this.#ended = true
    this.#line.userAgent.release(this)
  }

  get #ownOffers(): OwnOffers {
    this.#offers ??= new OwnOffers({
      line: this.#line,
      timers: this.#timers,
      session: this.#session,
      isBlocked: () => this.#isBlocked,
      isEnded: () => this.#ended,
      onTaken: sdp => {
        this.#ownSdp = sdp
      },
      onDead: () => this.declareDead(),
    })
    return this.#offers
  }

  /** Refreshes with the session as it is. */
  #reaffirm(onRefused: (status: number) => void): void {
    const onAnswer = (answer: string | null, offer: string) => {
      if (answer !== null) this.#handlers.onRefreshed?.(answer, offer)
    }
    this.#ownOffers.make(() => this.#ownSdp, { onAnswer, onRefused })
  }

  get #peerChanges(): PeerChanges {
    this.#changes ??= new PeerChanges({
      line: this.#line,
      timers: this.#timers,
      beside: () => ({
        accepted: this.#acceptance === null ? null : this.#acceptance.state,
        ours: this.#offers?.isOpen === true,
      }),
      ownSdp: () => this.#ownSdp,
      onOffer: exchange => this.#handlers.onOffer(exchange),
      onGranted: (request, transaction, sdp) => this.#grant(request, transaction, sdp),
    })
    return this.#changes
  }

  get #peerRefers(): PeerRefers {
    this.#refers ??= new PeerRefers({
      line: this.#line,
      isEnded: () => this.#ended,
      onRefer: this.#handlers.onRefer === undefined ? null : exchange => this.#handlers.onRefer?.(exchange),
    })
    return this.#refers
  }

  /** No INVITE of ours may go out: one of the peer is not finished, or an UPDATE of his not answered. */
  get #isBlocked(): boolean {
    return this.#changes?.isOpen === true || this.#acceptance !== null
  }

  #onBye(request: SipRequest, transaction: ServerTransaction): void {
    transaction.respond(this.#line.userAgent.response(request, 200, ''))
    if (this.#ended) this.#release()
    else this.#endRemotely(request)
  }

  #endRemotely(request: SipRequest | null): void {
    const said = request === null ? { reason: null } : farewellIn(request)
    this.#end({ by: 'remote', cause: 'bye', ...said }, () => {
      // §15.1.2: a 2xx that still waits for a PRACK becomes a 487.
      if (this.#acceptance?.sent === false) this.#refuseFirst(487)
      else this.#release()
    })
  }

  /** The change is in force; RFC 6141 §4.7: only now the new target is, too. */
  #grant(request: SipRequest, transaction: ServerTransaction, sdp: string | null): void {
    this.#line.refreshTarget(request)
    if (sdp !== null) this.#ownSdp = sdp
    const response = this.#line.grant(request, sdp)
    this.#session.answer(request, response)
    if (request.method === 'INVITE') this.#accept(transaction, request, response, sdpOf(request) === null)
    else transaction.respond(response)
  }

  #accept(transaction: ServerTransaction, request: SipRequest, response: SipResponse, offers: boolean): void {
    const acceptance = new Acceptance({
      timers: this.#timers,
      transaction,
      response,
      sequence: request.headers.cseq?.number ?? 0,
      offers,
      onUnacknowledged: () => {
        // §13.3.1.4: no ACK for 64·T1: the dialog is confirmed, but the session is ended by BYE.
        this.#acknowledged()
        if (this.#pendingBye !== null) this.#sendBye(this.#pendingBye)
        else this.#end({ by: 'local', cause: 'noAck', reason: null }, () => this.#sendBye(noFarewell))
      },
    })
    this.#acceptance = acceptance
    if (this.#progress?.holdsSession !== true) {
      this.#progress?.stop()
      acceptance.send()
    }
  }

  #acknowledged(): void {
    this.#acceptance?.stop()
    this.#acceptance = null
  }

  /** At once: BYE, or `status` in place of a 2xx that was never sent. */
  #takeLeave(status: number): void {
    if (this.#acceptance?.sent === false) this.#refuseFirst(status)
    else this.#sendBye(noFarewell)
  }

  /** A final response in place of the 2xx that was never sent: there is no dialog to say BYE in. */
  #refuseFirst(status: number): void {
    this.#acceptance?.refuse(status, this.#line.dialog.localTag)
    this.#acceptance = null
    this.#release()
  }

  #sendBye(farewell: Farewell): void {
    this.#timers.clear()
    this.#acceptance = null
    const bye = this.#line.dialog.createRequest('BYE')
    sayFarewell(bye, farewell)
    const done = () => this.#release()
    this.#line.send(bye, {
      onResponse: ({ status }) => {
        if (status >= 200) done()
      },
      onTimeout: done,
      onTransportError: done,
    })
  }

  #end(end: DialogEnd, takeLeave: () => void): void {
    this.#ended = true
    this.#session.stop()
    this.#offers?.stop()
    this.#changes?.stop()
    takeLeave()
    const handlers = this.#handlers
    this.#handlers = deaf
    // Last, so that a fault there keeps no BYE back.
    handlers.onEnded(end)
  }

  #release(): void {
    this.#timers.clear()
    this.#progress?.stop()
    this.#offers?.release()
    this.#line.userAgent.release(this)
  }
}

const deaf: InviteDialogHandlers = {
  onOffer: exchange => exchange.reject(481),
  onAnswer: () => {},
  onEnded: () => {},
}
