/**
 * An INVITE that we sent: the UAC side of RFC 3261 §13.2 with its early dialogs, CANCEL (§9.1) in all its races, and the
 * retry after a 422 (RFC 4028 §7.3).
 */
import { Dialog } from '../dialog/dialog.ts'
import { sdpOf } from '../dialog/session-body.ts'
import { askForSession, LeastInterval } from '../dialog/session-timer.ts'
import { detached } from '../message/detached.ts'
import type { HeaderFields } from '../message/headers.ts'
import { createRequest, type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import { SessionEnd, SessionEnds } from '../message/session-id.ts'
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import { createCancel } from './cancel.ts'
import { allowedMethods, supportedOptions } from './capabilities.ts'
import { type Authorizer, maxChallenges } from './dialog-request.ts'
import type { CredentialHeader } from './digest-client.ts'
import { InviteDialog, type InviteDialogHandlers } from './invite-dialog.ts'
import { EarlyDialog } from './invite-early.ts'
import { DialogLine, type SentAck } from './invite-line.ts'
import type { UserAgent } from './user-agent.ts'

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
  readonly headers: HeaderFields
  readonly maxForwards: number
  readonly sdp: string
  /** The From tag; default: a new one. */
  readonly fromTag?: string
  /** Answers challenges to the INVITE, and to our requests in its dialogs; default: they are refusals. */
  readonly authorizer?: Authorizer
  /** The party at the other side of the call, for whom we speak; default: ourselves. */
  readonly speaksFor?: SessionEnd
}

export interface InviteClientHandlers {
  /** The first response of any kind. */
  onHeard?(): void
  /** A provisional response above 100, each once if it is reliable. */
  onProgress(response: SipResponse): void
  /** The first 2xx. Its ACK has been sent. `answer` is to our offer, '' if the peer gave none. */
  onAccepted(dialog: InviteDialog, answer: string, response: SipResponse): void
  /** A final failure; `status` 408 for no answer at all, 503 for a transport error. Not called after {@link InviteClient.cancel}. */
  onFailed(status: number, response: SipResponse | null): void
  /** Handlers of the dialog that a 2xx makes. */
  readonly dialog: InviteDialogHandlers
}

type Phase = 'calling' | 'proceeding' | 'canceling' | 'answered' | 'ended'

const allow = allowedMethods.join(', ')
const supported = supportedOptions.join(', ')
/** A forking proxy has some branches; what invents To tags without end gets no dialogs for them. */
const maxEarlyDialogs = 16

const noHeaders: HeaderFields = []
const noCredentials: readonly CredentialHeader[] = []

/** One INVITE of a call: a late copy of the answer to one that was replaced after a 422 concerns nobody. */
class Attempt implements ClientTransactionUser {
  readonly #client: InviteClient
  readonly #sequence: number

  constructor(client: InviteClient, sequence: number) {
    this.#client = client
    this.#sequence = sequence
  }

  onResponse(response: SipResponse): void {
    if (this.#sequence === this.#client.sequence) this.#client.onResponse(response)
  }

  onTimeout(): void {
    this.#client.onFailure(408)
  }

  onTransportError(): void {
    this.#client.onFailure(503)
  }
}

export class InviteClient {
  readonly #userAgent: UserAgent
  /** Without header fields and description once they are said. */
  #options: InviteClientOptions
  /** Null once the call was answered or refused: what waits for late answers must not keep a whole call alive. */
  #handlers: InviteClientHandlers | null
  readonly #from: string
  readonly #ends: SessionEnds
  /** Null as the handlers are. */
  #request: SipRequest | null
  #transaction: ClientTransaction
  #sequence = 0
  /** The session interval that the INVITE asks for, in seconds. */
  #askedSec = 0
  readonly #least = new LeastInterval()
  /** By To tag; null: there are none. */
  #early: Map<string, EarlyDialog> | null = null
  /** The ACK to each 2xx, by To tag: one that repeats wants its ACK again. */
  #answered: Map<string, SentAck> | null = null
  readonly #authorizer: Authorizer | null
  #challenges = 0
  /** Header fields with credentials that were asked for. */
  #credentials: readonly CredentialHeader[] = noCredentials
  #heard = false
  #phase: Phase = 'calling'
  #provisional = false
  #cancelSent = false
  #cancelReason: string | null = null

  constructor(userAgent: UserAgent, options: InviteClientOptions, handlers: InviteClientHandlers) {
    this.#userAgent = userAgent
    const { uri, from, to, callId, flow, pinned, headers, maxForwards, sdp, authorizer } = options
    this.#ends = new SessionEnds(options.speaksFor ?? SessionEnd.make(userAgent.options.random), SessionEnd.unknown())
    this.#options = { uri, from, to, callId, flow, pinned, headers, maxForwards, sdp }
    this.#authorizer = authorizer ?? null
    this.#handlers = handlers
    this.#from = `${options.from};tag=${options.fromTag ?? userAgent.options.ids.token()}`
    this.#request = this.#createInvite()
    this.#transaction = this.#send(this.#request)
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
    this.#handlers = null
    this.#cancelReason = reason
    if (this.#provisional) this.#sendCancel()
  }

  get #wanted(): boolean {
    return this.#phase === 'calling' || this.#phase === 'proceeding'
  }

  #createInvite(): SipRequest {
    const { uri, maxForwards, to, callId, flow, headers, sdp } = this.#options
    this.#sequence++
    const request = createRequest('INVITE', uri)
    request.headers
      .append('max-forwards', String(maxForwards))
      .append('from', this.#from)
      .append('to', to)
      .append('call-id', callId)
      .append('cseq', `${this.#sequence} INVITE`)
      .append('contact', this.#userAgent.contactOn(flow, uri))
      .append('allow', allow)
      .append('supported', supported)
      .append('session-id', this.#ends.value)
    this.#askedSec = askForSession(request.headers, this.#userAgent.session, null, this.#least.sec)
    for (const [name, value] of headers) request.headers.append(name, value)
    for (const [name, value] of this.#credentials) request.headers.append(name, value)
    setBody(request, 'application/sdp', sdp)
    return request
  }

  #send(request: SipRequest): ClientTransaction {
    return this.#userAgent.request(request, this.#options.flow, new Attempt(this, this.#sequence))
  }

  /** The CSeq number of the INVITE that counts. */
  get sequence(): number {
    return this.#sequence
  }

  /** No answer came to the INVITE that counts, for the reason that a status stands for. */
  onFailure(status: number): void {
    this.#fail(status, null)
  }

  onResponse(response: SipResponse): void {
    const { status } = response
    if (!this.#heard) {
      this.#heard = true
      this.#handlers?.onHeard?.()
    }
    if (this.#wanted) this.#ends.hear(response.headers)
    if (status < 200) this.#onProvisional(response)
    else if (status < 300) this.#onSuccess(response)
    else if (this.#wanted && (this.#least.learn(response, this.#askedSec) || this.#isAuthorized(response))) {
      this.#provisional = false
      this.#dropEarly()
      this.#request = this.#createInvite()
      this.#transaction = this.#send(this.#request)
    } else this.#fail(status, response)
  }

  /** §22.2: true if the challenge can be answered. */
  #isAuthorized(response: SipResponse): boolean {
    const { status } = response
    if ((status !== 401 && status !== 407) || this.#authorizer === null || this.#request === null) return false
    const credentials =
      this.#challenges++ < maxChallenges ? this.#authorizer.digest.answer(this.#request, response) : null
    if (credentials === null) return false
    // A proxy and the callee may both ask: each has a header of its own.
    this.#credentials = [...this.#credentials.filter(([name]) => name !== credentials[0]), credentials]
    return true
  }

  #onProvisional(response: SipResponse): void {
    this.#provisional = true
    if (this.#phase === 'calling') this.#phase = 'proceeding'
    const isNew = response.status === 100 || this.#earlyOf(response)?.receiveProvisional(response) !== false
    if (this.#phase === 'canceling') this.#sendCancel()
    else if (isNew && response.status > 100 && this.#phase === 'proceeding') this.#handlers?.onProgress(response)
  }

  /** The early dialog of a To tag (§12.1.2); each branch of a fork has its own. */
  #earlyOf(response: SipResponse): EarlyDialog | null {
    const tag = response.headers.toTag
    const known = this.#early?.get(tag)
    if (known !== undefined) return known
    if (tag === '' || this.#phase === 'answered' || (this.#early?.size ?? 0) >= maxEarlyDialogs) return null
    const early = new EarlyDialog({
      line: this.#lineFrom(response),
      ownSdp: this.#options.sdp,
      onOffer: exchange => (this.#handlers?.dialog ?? unwanted).onOffer(exchange),
      owner: this.#handlers?.dialog.owner ?? null,
      onFault: () => this.#onFault(),
    })
    this.#early ??= new Map()
    this.#early.set(tag, early)
    return early
  }

  #lineFrom(response: SipResponse): DialogLine {
    const { flow: first, pinned } = this.#options
    // That of the INVITE, if it had to be made anew.
    const flow = first.alive ? first : (this.#transaction.channel as Flow)
    const dialog = Dialog.ofClient(this.#request ?? this.#outline(), response)
    return new DialogLine(this.#userAgent, { dialog, flow, ends: this.#ends }, pinned, this.#authorizer)
  }

  /** As much of the INVITE as a dialog begins with, for a branch of a fork that answers late. */
  #outline(): SipRequest {
    const request = createRequest('INVITE', this.#options.uri)
    request.headers.append('from', this.#from).append('call-id', this.callId).append('cseq', `${this.#sequence} INVITE`)
    return request
  }

  #onSuccess(response: SipResponse): void {
    const tag = response.headers.toTag
    const known = this.#answered?.get(tag)
    if (known !== undefined) {
      if (known.flow.alive) known.flow.send(known.text)
      else this.#answered?.set(tag, this.#acknowledgeAnew(response))
      return
    }
    const handlers = this.#wanted ? this.#handlers : null
    const early = this.#early?.get(tag)
    this.#ends.settle(this.#userAgent.options.random)
    const line = early?.line ?? this.#lineFrom(response)
    line.dialog.confirm(response)
    const ownSdp = early?.ownSdp ?? this.#options.sdp
    const dialog = new InviteDialog(line, ownSdp, handlers?.dialog ?? unwanted)
    this.#dropEarly()
    const invite = { sequence: this.#sequence, askedSec: this.#askedSec, credentials: this.#credentials }
    this.#answered ??= new Map()
    this.#answered.set(detached(tag), dialog.answered(response, invite))
    if (handlers !== null) {
      this.#phase = 'answered'
      this.#forget()
      handlers.onAccepted(dialog, early?.answer ?? sdpOf(response) ?? '', response)
      return
    }
    // §13.2.2.4 and §15: a 2xx of another branch, or one that crossed our CANCEL: the call is there, so it is ended.
    dialog.bye({ reason: this.#cancelReason })
  }

  /** For a copy of the 2xx, when the connection that its ACK went by is gone. */
  #acknowledgeAnew(response: SipResponse): SentAck {
    const line = this.#lineFrom(response)
    line.dialog.confirm(response)
    return line.acknowledge(this.#sequence, this.#credentials)
  }

  #sendCancel(): void {
    if (this.#cancelSent || this.#request === null) return
    this.#cancelSent = true
    const cancel = createCancel(this.#request, this.#cancelReason)
    this.#userAgent.cancel(cancel, this.#options.flow, {
      onResponse: () => {},
      onTimeout: () => {},
      onTransportError: () => {},
    })
    this.#transaction.canceled()
  }

  #onFault(): void {
    const handlers = this.#handlers
    if (!this.#wanted) return
    this.cancel()
    handlers?.onFailed(500, null)
  }

  #fail(status: number, response: SipResponse | null): void {
    const handlers = this.#wanted ? this.#handlers : null
    if (this.#phase !== 'answered') this.#phase = 'ended'
    this.#dropEarly()
    this.#forget()
    handlers?.onFailed(status, response)
  }

  #forget(): void {
    this.#handlers = null
    this.#request = null
    // What is left is what a branch of a fork that answers late is ended with.
    const { uri, callId, flow, pinned } = this.#options
    this.#options = { uri, from: '', to: '', callId, flow, pinned, headers: noHeaders, maxForwards: 0, sdp: '' }
  }

  #dropEarly(): void {
    if (this.#early === null) return
    for (const early of this.#early.values()) early.discard()
    this.#early = null
  }
}

/** Handlers of a dialog that nobody wants: it gets its BYE and is gone. */
const unwanted: InviteDialogHandlers = {
  onOffer: exchange => exchange.reject(488),
  onAnswer: () => {},
  onEnded: () => {},
}
