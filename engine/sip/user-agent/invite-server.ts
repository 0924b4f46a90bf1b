/**
 * An INVITE that we received and have not answered finally: the UAS side of RFC 3261 §13.3, and the early dialog that a
 * provisional response makes of it, reliable ones (RFC 3262) and UPDATE (RFC 3311) included.
 */

import { Dialog, dialogKey } from '../dialog/dialog.ts'
import { refusalBeside } from '../dialog/offer-answer.ts'
import { sdpOf } from '../dialog/session-body.ts'
import type { HeaderFields } from '../message/headers.ts'
import { type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import { SessionEnd, SessionEnds } from '../message/session-id.ts'
import type { CancelEar, ServerTransaction } from '../transaction/server-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import type { DialogUsage } from './dialog-usage.ts'
import { InviteDialog, type InviteDialogHandlers, type OfferExchange } from './invite-dialog.ts'
import { DialogLine } from './invite-line.ts'
import { ReliableProgress } from './invite-progress.ts'
import { refuseBeside, refuseEarly, refuseSession } from './invite-refusals.ts'
import type { IncomingRequest, UserAgent } from './user-agent.ts'

export interface InviteServerHandlers {
  /** The caller gave up, by CANCEL or by BYE, and 487 has been sent; or his connection is gone, and there is no other. */
  onCanceled(reason: string | null): void
  /** Whose leg it is, for whoever finds the early dialog by its tags; absent: nobody's. */
  readonly owner?: object
}

/** What may follow a provisional response, until the answer. */
export interface EarlyHandlers {
  /** The caller changes a session that was agreed on by reliable responses. */
  onOffer(exchange: OfferExchange): void
  /** The PRACK brought the answer to an offer in a reliable response; null when it brought none. */
  onAnswer(sdp: string | null): void
  /** A reliable response got no PRACK for 64·T1; 504 has been sent. */
  onUnacknowledged(): void
}

/** `asked`: the INVITE makes no offer; `theirs`, `ours`: an offer waits for its answer; `done`: both are there. */
type Negotiation = 'asked' | 'theirs' | 'ours' | 'done'

const unheard: InviteServerHandlers = { onCanceled() {} }

export class InviteServer implements DialogUsage, CancelEar {
  readonly request: SipRequest
  readonly flow: Flow
  readonly localTag: string
  readonly key: string
  readonly standing = 'called'
  /** We speak for ourselves until somebody is joined with the caller. */
  readonly ends: SessionEnds
  /** Whoever has it now: of its leg once there is one. */
  handlers: InviteServerHandlers
  /** The session description of the INVITE; null when it makes no offer. */
  readonly offer: string | null
  /** The caller requires that provisional responses be reliable. */
  readonly wantsReliable: boolean
  readonly #userAgent: UserAgent
  readonly #transaction: ServerTransaction
  #open = true
  #negotiation: Negotiation
  #line: DialogLine | null = null
  #progress: ReliableProgress | null = null
  #early: EarlyHandlers | null = null
  #dialog: InviteDialog | null = null
  /** Our description, once one was sent reliably. */
  #ownSdp: string | null = null
  /** The caller's UPDATE or PRACK whose offer we have not answered yet. */
  #exchange: { readonly request: SipRequest; readonly transaction: ServerTransaction } | null = null

  constructor(userAgent: UserAgent, incoming: IncomingRequest, handlers: InviteServerHandlers = unheard) {
    const { request, transaction, flow } = incoming
    this.#userAgent = userAgent
    this.#transaction = transaction
    this.handlers = handlers
    this.request = request
    this.flow = flow
    this.offer = sdpOf(request)
    this.wantsReliable = request.headers.has('require') && request.headers.tokens('require').includes('100rel')
    this.localTag = userAgent.options.ids.token()
    this.key = dialogKey(request.headers.callId, this.localTag, request.headers.fromTag)
    this.#negotiation = this.offer === null ? 'asked' : 'theirs'
    const { random } = userAgent.options
    this.ends = new SessionEnds(SessionEnd.make(random), SessionEnd.unknown())
    this.ends.hear(request.headers)
    this.ends.settle(random)
    transaction.belongsTo(this.ends)
    transaction.whenCanceled(this.localTag, this)
  }

  get owner(): object | null {
    return this.handlers.owner ?? null
  }

  /** True until a final response was sent. */
  get open(): boolean {
    return this.#open
  }

  /** Our offer or answer went out in a reliable response. */
  get described(): boolean {
    return this.#ownSdp !== null
  }

  /** The answer may take a while: 100, unless something else is said soon (§17.2.1). */
  trying(): void {
    if (this.#open) this.#transaction.tryLater()
  }

  /**
   * Any other provisional response; it makes an early dialog. Reliable if the caller requires that; `body` is then our
   * offer or answer, and needs `early` to hear what follows. The first reliable response to an INVITE without an offer
   * must have one (RFC 3262 §5). `headers`: further ones.
   */
  progress(
    status: number,
    body: string | null = null,
    early: EarlyHandlers | null = null,
    headers: HeaderFields = [],
  ): void {
    if (!this.#open) return
    this.#early = early ?? this.#early
    const response = this.#userAgent.response(this.request, status, this.localTag)
    response.headers.append('contact', this.#userAgent.contactOn(this.flow, this.request.uri))
    for (const [name, value] of headers) response.headers.append(name, value)
    if (body !== null) setBody(response, 'application/sdp', body)
    this.#userAgent.adopt(this)
    // Whoever is told to wait may wait for long, with thousands of others.
    this.request.headers.settle()
    if (!this.wantsReliable) {
      this.#transaction.respond(response)
      return
    }
    if (body !== null) {
      this.#ownSdp = body
      this.#negotiation = this.#negotiation === 'asked' ? 'ours' : 'done'
    }
    this.#progress ??= new ReliableProgress({
      userAgent: this.#userAgent,
      transaction: this.#transaction,
      sequence: this.request.headers.cseq?.number ?? 0,
      onAcknowledged: (prack, sdp) => this.#onPrack(prack, sdp),
      onUnacknowledged: () => this.#onUnacknowledged(),
    })
    this.#progress.send(response)
  }

  /**
   * 200 with our session description; the dialog is ours from now on. After an exchange in reliable responses there is
   * nothing left to describe: `sdp` is then ignored. `headers`: further ones.
   */
  accept(sdp: string, pinned: boolean, handlers: InviteDialogHandlers, headers: HeaderFields = []): InviteDialog {
    this.#open = false
    const line = this.#lineOf(pinned)
    const open = this.#negotiation === 'asked' || this.#negotiation === 'theirs'
    const response = line.grant(this.request, open ? sdp : null)
    for (const [name, value] of headers) response.headers.append(name, value)
    const dialog = new InviteDialog(line, this.#ownSdp ?? sdp, handlers)
    this.#dialog = dialog
    dialog.answer(response, {
      transaction: this.#transaction,
      request: this.request,
      offers: this.#negotiation === 'asked',
      progress: this.#progress,
    })
    return dialog
  }

  /** A final failure. */
  reject(status: number, change?: (response: SipResponse) => void): void {
    if (!this.#open) return
    this.#open = false
    this.#progress?.stop()
    this.#userAgent.release(this)
    const pending = this.#exchange
    this.#exchange = null
    if (pending !== null) pending.transaction.respond(this.#userAgent.response(pending.request, 487, ''))
    const response = this.#userAgent.response(this.request, status, this.localTag)
    change?.(response)
    this.#transaction.respond(response)
  }

  /** A request of the caller in the early dialog. */
  receive(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    if (!this.#lineOf(false).dialog.accept(request)) {
      transaction.respond(this.#userAgent.response(request, 500, ''))
      return
    }
    switch (request.method) {
      case 'BYE':
        // §15: legal from the caller; §15.1.2: the pending INVITE gets 487.
        transaction.respond(this.#userAgent.response(request, 200, ''))
        this.#givenUp(487, request)
        break
      case 'PRACK':
        if (this.#progress === null) transaction.respond(this.#userAgent.response(request, 481, ''))
        else this.#progress.receive(incoming)
        break
      case 'UPDATE':
        this.#onUpdate(request, transaction)
        break
      case 'OPTIONS':
        this.#userAgent.answerOptions(incoming)
        break
      case 'INFO':
        transaction.respond(this.#userAgent.response(request, 200, ''))
        break
      case 'INVITE':
        // §14.2: a second INVITE before the first has its final response.
        transaction.respond(refuseBeside(this.#userAgent, request, 500))
        break
      default:
        transaction.respond(refuseEarly(this.#userAgent, request))
    }
  }

  /** Nothing was answered that an ACK could be for. */
  receiveAck(): void {}

  onCancel(cancel: SipRequest | null): void {
    this.#givenUp(487, cancel)
  }

  fail(): void {
    this.#givenUp(500, null)
  }

  discard(): void {
    this.#open = false
    this.#progress?.stop()
    this.#userAgent.release(this)
  }

  /** The dialog as it stands; `pinned` is only decided when it is answered. */
  #lineOf(pinned: boolean): DialogLine {
    const dialog = this.#line?.dialog ?? Dialog.ofServer(this.request, this.localTag)
    this.#line = new DialogLine(this.#userAgent, { dialog, flow: this.flow, ends: this.ends }, pinned)
    return this.#line
  }

  #onPrack({ request, transaction }: IncomingRequest, sdp: string | null): void {
    const answer = this.#negotiation === 'ours'
    if (answer) this.#negotiation = 'done'
    if (!answer && sdp !== null) this.#onOffer(request, transaction, sdp)
    else transaction.respond(this.#userAgent.response(request, 200, ''))
    if (answer) this.#early?.onAnswer(sdp)
    this.#dialog?.progressAcknowledged()
  }

  #onUpdate(request: SipRequest, transaction: ServerTransaction): void {
    const unusable = refuseSession(this.#userAgent, request)
    if (unusable !== null) {
      transaction.respond(unusable)
      return
    }
    const offer = sdpOf(request)
    if (offer !== null) {
      this.#onOffer(request, transaction, offer)
      return
    }
    if (this.#exchange === null) this.#grant(request, transaction, null)
    else transaction.respond(refuseBeside(this.#userAgent, request, 500))
  }

  /** An offer in an UPDATE or PRACK: legal once the INVITE's own exchange is complete (RFC 6337 §2.2). */
  #onOffer(request: SipRequest, transaction: ServerTransaction, offer: string): void {
    const refusal = refusalBeside('UPDATE', true, {
      theirs: this.#exchange !== null ? 'UPDATE' : this.#negotiation === 'done' ? null : 'INVITE',
      accepted: null,
      ours: false,
    })
    if (this.#negotiation === 'ours' || refusal !== null) {
      transaction.respond(refuseBeside(this.#userAgent, request, this.#negotiation === 'ours' ? 491 : 500))
      return
    }
    const open = { request, transaction }
    this.#exchange = open
    const finish = (respond: () => void) => {
      if (this.#exchange !== open) return false
      this.#exchange = null
      respond()
      return true
    }
    const exchange: OfferExchange = {
      offer,
      current: this.#ownSdp ?? '',
      accept: sdp =>
        finish(() => {
          this.#ownSdp = sdp
          this.#grant(request, transaction, sdp)
        }),
      reject: status => finish(() => transaction.respond(this.#userAgent.response(request, status, ''))),
    }
    if (this.#early === null) exchange.reject(488)
    else this.#early.onOffer(exchange)
  }

  #grant(request: SipRequest, transaction: ServerTransaction, sdp: string | null): void {
    const line = this.#lineOf(false)
    if (request.method === 'UPDATE') line.dialog.refreshTarget(request)
    transaction.respond(line.grant(request, sdp))
  }

  #onUnacknowledged(): void {
    if (this.#dialog !== null) {
      this.#dialog.progressUnacknowledged()
      return
    }
    if (!this.#open) return
    // RFC 3262 §3: the INVITE deserves a 5xx.
    this.reject(504)
    if (this.#early === null) this.handlers.onCanceled(null)
    else this.#early.onUnacknowledged()
  }

  #givenUp(status: number, request: SipRequest | null): void {
    if (!this.#open) return
    this.reject(status)
    this.handlers.onCanceled(request?.headers.get('reason') ?? null)
  }
}
