/** An INVITE that we received and have not answered finally: the UAS side of RFC 3261 §13.3. */
import { Dialog } from '../dialog/dialog.ts'
import { bodyText, hasBody, type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import { InviteDialog, type InviteDialogHandlers } from './invite-dialog.ts'
import { allowedMethods, type IncomingRequest, type UserAgent } from './user-agent.ts'

export interface InviteServerHandlers {
  /** The caller sent CANCEL; 487 has been sent. */
  onCanceled(reason: string | null): void
}

export class InviteServer {
  readonly request: SipRequest
  readonly flow: Flow
  readonly localTag: string
  readonly #userAgent: UserAgent
  readonly #transaction: ServerTransaction
  #open = true

  constructor(userAgent: UserAgent, incoming: IncomingRequest, handlers: InviteServerHandlers) {
    this.#userAgent = userAgent
    this.#transaction = incoming.transaction
    this.request = incoming.request
    this.flow = incoming.flow
    this.localTag = userAgent.options.ids.token()
    incoming.transaction.onCancel = cancel => {
      if (!this.#open) return
      this.reject(487)
      handlers.onCanceled(cancel.headers.get('reason') ?? null)
    }
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
    const response = this.#userAgent.response(this.request, status, this.localTag)
    change?.(response)
    this.#transaction.respond(response)
  }
}
