/** An INVITE that we sent: the UAC side of RFC 3261 §13.2 with CANCEL (§9.1) in all its races. */
import { Dialog } from '../dialog/dialog.ts'
import { createRequest, type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import type { ClientTransaction } from '../transaction/client-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import { InviteDialog, type InviteDialogHandlers } from './invite-dialog.ts'
import { allowedMethods, type UserAgent } from './user-agent.ts'

export interface InviteClientOptions {
  /** Request-URI. */
  readonly uri: string
  /** From and To values without tags. */
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly flow: Flow
  /** Requests within the dialog stay on `flow` (NAT). */
  readonly pinned: boolean
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly maxForwards: number
  readonly sdp: string
}

export interface InviteClientHandlers {
  /** A provisional response above 100. */
  onProgress(response: SipResponse): void
  /** The first 2xx. Its ACK has been sent. */
  onAccepted(dialog: InviteDialog, response: SipResponse): void
  /** A final failure; `status` 408 for no answer at all, 503 for a transport error. Not called after {@link InviteClient.cancel}. */
  onFailed(status: number, response: SipResponse | null): void
  /** Handlers of the dialog that a 2xx makes. */
  readonly dialog: InviteDialogHandlers
}

type Phase = 'calling' | 'proceeding' | 'canceling' | 'answered' | 'ended'

export class InviteClient {
  readonly #userAgent: UserAgent
  readonly #options: InviteClientOptions
  readonly #handlers: InviteClientHandlers
  readonly #request: SipRequest
  readonly #transaction: ClientTransaction
  /** By To tag: what a 2xx that repeats, or one of another branch of a fork, belongs to. */
  readonly #dialogs = new Map<string, InviteDialog>()
  #phase: Phase = 'calling'
  #provisional = false
  #cancelSent = false
  #cancelReason: string | null = null

  constructor(userAgent: UserAgent, options: InviteClientOptions, handlers: InviteClientHandlers) {
    this.#userAgent = userAgent
    this.#options = options
    this.#handlers = handlers
    const request = createRequest('INVITE', options.uri)
    request.headers
      .append('max-forwards', String(options.maxForwards))
      .append('from', `${options.from};tag=${userAgent.options.ids.token()}`)
      .append('to', options.to)
      .append('call-id', options.callId)
      .append('cseq', '1 INVITE')
      .append('contact', userAgent.contactOn(options.flow))
      .append('allow', allowedMethods.join(', '))
    for (const [name, value] of options.headers) request.headers.append(name, value)
    setBody(request, 'application/sdp', options.sdp)
    this.#request = request
    this.#transaction = userAgent.request(request, options.flow, {
      onResponse: response => this.#onResponse(response),
      onTimeout: () => this.#fail(408, null),
      onTransportError: () => this.#fail(503, null),
    })
  }

  get callId(): string {
    return this.#options.callId
  }

  /**
   * Gives the call up. CANCEL goes out once a provisional response is there (§9.1); a 200 that was faster is ACKed and
   * then BYEd. No handler is called any more.
   */
  cancel(reason: string | null = null): void {
    if (this.#phase !== 'calling' && this.#phase !== 'proceeding') return
    this.#phase = 'canceling'
    this.#cancelReason = reason
    if (this.#provisional) this.#sendCancel()
  }

  #onResponse(response: SipResponse): void {
    const { status } = response
    if (status < 200) this.#onProvisional(response)
    else if (status < 300) this.#onSuccess(response)
    else this.#fail(status, response)
  }

  #onProvisional(response: SipResponse): void {
    this.#provisional = true
    if (this.#phase === 'calling') this.#phase = 'proceeding'
    if (this.#phase === 'canceling') {
      this.#sendCancel()
      return
    }
    if (response.status > 100 && this.#phase === 'proceeding') this.#handlers.onProgress(response)
  }

  #onSuccess(response: SipResponse): void {
    const tag = response.headers.toTag
    const known = this.#dialogs.get(tag)
    if (known !== undefined) {
      known.resendAck(1)
      return
    }
    const wanted = this.#phase === 'calling' || this.#phase === 'proceeding'
    const dialog = new InviteDialog(
      this.#userAgent,
      Dialog.ofClient(this.#request, response),
      this.#options.flow,
      this.#options.pinned,
      wanted ? this.#handlers.dialog : unwanted,
    )
    this.#dialogs.set(tag, dialog)
    dialog.acknowledge(1, null)
    if (wanted) {
      this.#phase = 'answered'
      this.#handlers.onAccepted(dialog, response)
      return
    }
    // §13.2.2.4 and §15: a 2xx of another branch, or one that crossed our CANCEL: the call is there, so it is ended.
    dialog.bye(this.#cancelReason)
  }

  #sendCancel(): void {
    if (this.#cancelSent) return
    this.#cancelSent = true
    const invite = this.#request.headers
    const cancel = createRequest('CANCEL', this.#request.uri)
    cancel.headers.append('via', invite.get('via') ?? '')
    for (const route of invite.fields('route')) cancel.headers.append('route', route)
    cancel.headers
      .append('max-forwards', '70')
      .append('from', invite.get('from') ?? '')
      .append('to', invite.get('to') ?? '')
      .append('call-id', this.#options.callId)
      .append('cseq', '1 CANCEL')
    if (this.#cancelReason !== null) cancel.headers.append('reason', this.#cancelReason)
    this.#userAgent.cancel(cancel, this.#options.flow, {
      onResponse: () => {},
      onTimeout: () => {},
      onTransportError: () => {},
    })
    this.#transaction.canceled()
  }

  #fail(status: number, response: SipResponse | null): void {
    const told = this.#phase === 'calling' || this.#phase === 'proceeding'
    if (this.#phase !== 'answered') this.#phase = 'ended'
    if (told) this.#handlers.onFailed(status, response)
  }
}

/** Handlers of a dialog that nobody wants: it gets its BYE and is gone. */
const unwanted: InviteDialogHandlers = {
  onOffer: exchange => exchange.reject(488),
  onAnswer: () => {},
  onEnded: () => {},
}
