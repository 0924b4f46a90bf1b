/**
 * A request within a dialog that may be challenged (RFC 3261 §22): it goes out again with credentials and the next CSeq
 * number, until it is taken or there is nothing left to say.
 */
import type { SipRequest, SipResponse } from '../message/message.ts'
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import type { CredentialHeader, DigestClient } from './digest-client.ts'

/** What answers the challenges of one trunk. */
export interface Authorizer {
  readonly digest: DigestClient
  /** A challenge that comes over this flow is the trunk's: whoever else gets an answer can guess the password out of it. */
  trusts(flow: Flow): boolean
}

/** Proxy, callee, and a nonce that grew old meanwhile; who asks more often is broken. */
export const maxChallenges = 3

export interface DialogRequestOptions {
  readonly request: SipRequest
  readonly user: ClientTransactionUser
  readonly authorizer: Authorizer | null
  /** Where the next request of the dialog goes. */
  way(): Flow
  transmit(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction
  /** The next request of the same method; null: the dialog is over. */
  next(method: string): SipRequest | null
}

export class DialogRequest {
  readonly #options: DialogRequestOptions
  /** Null once there is no more to answer. */
  #request: SipRequest | null
  #credentials: readonly CredentialHeader[]
  #sequence: number
  #challenges = 0
  #transaction: ClientTransaction

  constructor(options: DialogRequestOptions) {
    const { request, authorizer } = options
    this.#options = options
    const flow = options.way()
    // §22.3: who has asked once in this call asks again: the answer comes along, with the next nonce count.
    this.#credentials = authorizer?.trusts(flow) === true ? authorizer.digest.further(request) : []
    for (const [name, value] of this.#credentials) request.headers.append(name, value)
    this.#request = authorizer === null ? null : request
    this.#sequence = request.headers.cseq?.number ?? 0
    this.#transaction = this.#send(request, flow)
  }

  /** CSeq number of the last try. */
  get sequence(): number {
    return this.#sequence
  }

  /** Of the last try: an ACK repeats them (§22.1). */
  get credentials(): readonly CredentialHeader[] {
    return this.#credentials
  }

  get transaction(): ClientTransaction {
    return this.#transaction
  }

  /** A challenge is not answered any more: the request was given up. */
  abandon(): void {
    this.#request = null
  }

  #send(request: SipRequest, flow: Flow): ClientTransaction {
    const { user, transmit } = this.#options
    const sequence = this.#sequence
    return transmit(request, flow, {
      onResponse: response => {
        // A late copy of the challenge, which the transaction has acknowledged.
        if (sequence !== this.#sequence || this.#answers(response)) return
        if (response.status >= 200) this.#request = null
        user.onResponse(response)
      },
      onTimeout: () => {
        if (sequence === this.#sequence) user.onTimeout()
      },
      onTransportError: () => {
        if (sequence === this.#sequence) user.onTransportError()
      },
    })
  }

  /** True if this was a challenge, and the request is on its way again. */
  #answers(response: SipResponse): boolean {
    const { authorizer, way, next } = this.#options
    const request = this.#request
    if (request === null || authorizer === null || (response.status !== 401 && response.status !== 407)) return false
    if (this.#challenges >= maxChallenges) return false
    const flow = way()
    if (!authorizer.trusts(flow)) return false
    const isUnasked = this.#challenges++ === 0
    const credentials = authorizer.digest.answer(request, response, isUnasked)
    const again = credentials === null ? null : next(request.method)
    if (credentials === null || again === null) return false
    // A proxy and the callee may both ask: each has a header of its own.
    this.#credentials = [...this.#credentials.filter(([name]) => name !== credentials[0]), credentials]
    copyContent(request, again)
    for (const [name, value] of this.#credentials) again.headers.append(name, value)
    this.#sequence = again.headers.cseq?.number ?? 0
    this.#request = again
    this.#transaction = this.#send(again, flow)
    return true
  }
}

/** What the dialog, the flow and the challenge don't give a request anew. */
const renewed: ReadonlySet<string> = new Set([
  'via',
  'route',
  'max-forwards',
  'from',
  'to',
  'call-id',
  'cseq',
  'contact',
  'allow',
  'supported',
  'user-agent',
  'session-id',
  'authorization',
  'proxy-authorization',
])

function copyContent(from: SipRequest, to: SipRequest): void {
  from.headers.forEach((name, value) => {
    if (!renewed.has(name)) to.headers.append(name, value)
  })
  to.body = from.body
}
