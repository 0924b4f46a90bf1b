/**
 * An INVITE that we received and have not answered finally: the UAS side of RFC 3261 §13.3, and the early dialog that a
 * provisional response makes of it.
 */
import { Dialog, dialogKey } from '../dialog/dialog.ts'
import { bodyText, hasBody, type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import { InviteDialog, type InviteDialogHandlers } from './invite-dialog.ts'
import { allowedMethods, type DialogUsage, type IncomingRequest, type UserAgent } from './user-agent.ts'

export interface InviteServerHandlers {
  /** The caller gave up, by CANCEL or by BYE; 487 has been sent. */
  onCanceled(reason: string | null): void
}

export class InviteServer implements DialogUsage {
  readonly request: SipRequest
  readonly flow: Flow
  readonly localTag: string
  readonly #userAgent: UserAgent
  readonly #transaction: ServerTransaction
  readonly #handlers: InviteServerHandlers
  #open = true

  constructor(userAgent: UserAgent, incoming: IncomingRequest, handlers: InviteServerHandlers) {
    this.#userAgent = userAgent
    this.#transaction = incoming.transaction
    this.#handlers = handlers
    this.request = incoming.request
    this.flow = incoming.flow
    this.localTag = userAgent.options.ids.token()
    incoming.transaction.onCancel = cancel => this.#givenUp(487, cancel)
  }

  get key(): string {
    return dialogKey(this.request.headers.callId, this.localTag, this.request.headers.fromTag)
  }

  /** True until a final response was sent. */
  get open(): boolean {
    return this.#open
  }

  /** The session description of the INVITE; null when it makes no offer. */
  get offer(): string | null {
    return hasBody(this.request) ? bodyText(this.request) : null
  }

  /** 100: nothing else has been sent yet and the answer will take longer (§17.2.1). */
  trying(): void {
    if (this.#open && !this.#transaction.responded)
      this.#transaction.respond(this.#userAgent.response(this.request, 100, ''))
  }

  /** Any other provisional response; it makes an early dialog. */
  progress(status: number, body: string | null = null): void {
    if (!this.#open) return
    const response = this.#userAgent.response(this.request, status, this.localTag)
    response.headers.append('contact', this.#userAgent.contactOn(this.flow))
    if (body !== null) setBody(response, 'application/sdp', body)
    this.#userAgent.adopt(this)
    this.#transaction.respond(response)
  }

  /** 200 with our session description; the dialog is ours from now on. */
  accept(sdp: string, pinned: boolean, handlers: InviteDialogHandlers): InviteDialog {
    this.#open = false
    const response = this.#userAgent.response(this.request, 200, this.localTag)
    response.headers.append('contact', this.#userAgent.contactOn(this.flow)).append('allow', allowedMethods.join(', '))
    setBody(response, 'application/sdp', sdp)
    const dialog = new InviteDialog(
      this.#userAgent,
      Dialog.ofServer(this.request, this.localTag),
      this.flow,
      pinned,
      handlers,
    )
    dialog.acceptWith(this.#transaction, response, this.request.headers.cseq?.number ?? 0, this.offer === null)
    return dialog
  }

  /** A final failure. */
  reject(status: number, change?: (response: SipResponse) => void): void {
    if (!this.#open) return
    this.#open = false
    this.#userAgent.release(this)
    const response = this.#userAgent.response(this.request, status, this.localTag)
    change?.(response)
    this.#transaction.respond(response)
  }

  /** A request of the caller in the early dialog. */
  receive(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    switch (request.method) {
      case 'BYE':
        // §15: legal from the caller; §15.1.2: the pending INVITE gets 487.
        transaction.respond(this.#userAgent.response(request, 200, ''))
        this.#givenUp(487, request)
        break
      case 'OPTIONS':
        this.#userAgent.answerOptions(incoming)
        break
      case 'INFO':
        transaction.respond(this.#userAgent.response(request, 200, ''))
        break
      case 'INVITE': {
        // §14.2: a second INVITE before the first has its final response.
        const response = this.#userAgent.response(request, 500, '')
        response.headers.append('retry-after', String(this.#userAgent.options.random.uint32() % 11))
        transaction.respond(response)
        break
      }
      default: {
        const response = this.#userAgent.response(request, 405, '')
        response.headers.append('allow', allowedMethods.join(', '))
        transaction.respond(response)
      }
    }
  }

  /** Nothing was answered that an ACK could be for. */
  receiveAck(): void {}

  fail(): void {
    this.#givenUp(500, null)
  }

  discard(): void {
    this.#open = false
    this.#userAgent.release(this)
  }

  #givenUp(status: number, request: SipRequest | null): void {
    if (!this.#open) return
    this.reject(status)
    this.#handlers.onCanceled(request?.headers.get('reason') ?? null)
  }
}
