/**
 * A request within a dialog that may not be taken at once: challenged (RFC 3261 §22), it goes out again with credentials; to
 * another server if the first one is dead (RFC 3263 §4.3). Each time it has the next CSeq number.
 */
import type { Clock, TimerHandle } from '../../ports/clock.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import type { CredentialHeader, DigestClient } from './digest-client.ts'
import type { NextHop } from './next-hop.ts'

/** What answers the challenges of one trunk. */
export interface Authorizer {
  readonly digest: DigestClient
  /** A challenge that comes over this flow is the trunk's: whoever else gets an answer can guess the password out of it. */
  trusts(flow: Flow): boolean
}

/** The servers that a request can be sent to. */
export interface Choice {
  readonly hop: NextHop
  readonly clock: Clock
  /** A server that is silent for so long is left for the next one. */
  readonly failoverMs: number
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
  /** A server that was given up has accepted after all: its 2xx to an INVITE wants an ACK, too. */
  onLate(sequence: number): void
}

export class DialogRequest {
  readonly #options: DialogRequestOptions
  /** Null once there is no more to answer, or if it was withdrawn. */
  #request: SipRequest | null
  #credentials: readonly CredentialHeader[] = []
  /** Null as in {@link start}. */
  #choice: Choice | null = null
  #sequence: number
  #challenges = 0
  #servers = 1
  #silence: TimerHandle | null = null
  /** Null as long as it has not gone out. */
  #transaction: ClientTransaction | null = null

  constructor(options: DialogRequestOptions) {
    this.#options = options
    this.#request = options.request
    this.#sequence = options.request.headers.cseq?.number ?? 0
  }

  /** Sends it, unless it was withdrawn; `choice`: null if there is one server, or none that could be told from another. */
  start(flow: Flow, choice: Choice | null): void {
    const { authorizer } = this.#options
    const request = this.#request
    if (request === null) return
    // §22.3: who has asked once in this call asks again: the answer comes along, with the next nonce count.
    this.#credentials = authorizer?.trusts(flow) === true ? authorizer.digest.further(request) : []
    for (const [name, value] of this.#credentials) request.headers.append(name, value)
    this.#choice = choice
    if (authorizer === null && choice === null) this.#request = null
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

  /** Null as long as it has not gone out. */
  get transaction(): ClientTransaction | null {
    return this.#transaction
  }

  /** False if it has gone out; else it never does, and nobody hears of it. */
  withdraw(): boolean {
    if (this.#transaction !== null) return false
    this.#request = null
    return true
  }

  /** It is not sent again any more: the request was given up. */
  abandon(): void {
    this.#listen()
    this.#request = null
  }

  #send(request: SipRequest, flow: Flow): ClientTransaction {
    const { user, transmit } = this.#options
    const choice = this.#choice
    const sequence = this.#sequence
    const isCurrent = () => sequence === this.#sequence
    // With nobody else to ask Timer B or F decides.
    if (choice !== null && this.#servers < choice.hop.choices)
      this.#silence = choice.clock.setTimeout(() => isCurrent() && this.#goesElsewhere(flow), choice.failoverMs)
    return transmit(request, flow, {
      onResponse: response => {
        const { status } = response
        if (!isCurrent()) {
          // Else a late copy of the challenge, which the transaction has acknowledged.
          if (request.method === 'INVITE' && status >= 200 && status < 300) this.#options.onLate(sequence)
          return
        }
        this.#listen()
        if (status === 503 && this.#goesElsewhere(flow, response.headers.retryAfterMs ?? 0)) return
        if (status !== 503) choice?.hop.answered(flow)
        if (this.#answers(response)) return
        if (status >= 200) this.#request = null
        user.onResponse(response)
      },
      onTimeout: () => {
        if (isCurrent() && !this.#goesElsewhere(flow)) user.onTimeout()
      },
      onTransportError: () => {
        if (isCurrent() && !this.#goesElsewhere(flow)) user.onTransportError()
      },
    })
  }

  /** Something was heard, or is not waited for any more. */
  #listen(): void {
    if (this.#silence !== null) this.#choice?.clock.clearTimeout(this.#silence)
    this.#silence = null
  }

  /** The server at the other end is dead. True if the request is on its way to another one. */
  #goesElsewhere(flow: Flow, retryAfterMs = 0): boolean {
    const { authorizer, way, next } = this.#options
    const choice = this.#choice
    const request = this.#request
    this.#listen()
    const choices = choice?.hop.choices ?? 0
    if (choice === null || request === null || choices < 2) return false
    choice.hop.failed(flow, retryAfterMs)
    const other = way()
    if (other === flow || this.#servers++ >= choices) return false
    const again = next(request.method)
    if (again === null) return false
    if (authorizer?.trusts(other) !== true) this.#credentials = []
    this.#sendAgain(request, again, other)
    return true
  }

  #sendAgain(request: SipRequest, again: SipRequest, flow: Flow): void {
    copyContent(request, again)
    for (const [name, value] of this.#credentials) again.headers.append(name, value)
    this.#sequence = again.headers.cseq?.number ?? 0
    this.#request = again
    this.#transaction = this.#send(again, flow)
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
    this.#sendAgain(request, again, flow)
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
