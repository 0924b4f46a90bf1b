/**
 * The user agent core (RFC 3261 §8, §12): takes requests from the transaction layer, finds their dialog, checks what
 * must be checked for every request, and sends requests of our own.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Network } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import { dialogKey } from '../dialog/dialog.ts'
import { createResponse, type SipMessage, type SipRequest, type SipResponse, serialize } from '../message/message.ts'
import type { ParseResult } from '../message/parse.ts'
import { hostPort, isForeignUri, parseUri } from '../message/uri.ts'
import { formatVia, magicCookie, stampVia } from '../message/via.ts'
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import { TransactionLayer } from '../transaction/transaction-layer.ts'
import type { Flow } from '../transport/flow.ts'
import type { ListenAddress } from '../transport/listen-address.ts'
import { TransportLayer } from '../transport/transport-layer.ts'
import { guardedClock } from './guarded-clock.ts'

export interface UserAgentOptions {
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly logger: Logger
  readonly network: Network
  readonly listen: readonly ListenAddress[]
  readonly advertise: readonly string[]
  /** Value of Server and User-Agent. */
  readonly product: string
  readonly handlers: UserAgentHandlers
}

export interface UserAgentHandlers {
  /** A request outside any dialog: INVITE, REGISTER, OPTIONS and so on; never CANCEL or ACK. */
  onRequest(incoming: IncomingRequest): void
  /** A flow ended: what is registered over it can't be reached any more. */
  onFlowClosed(flow: Flow): void
}

export interface IncomingRequest {
  readonly request: SipRequest
  readonly transaction: ServerTransaction
  /** Where the request came from. */
  readonly flow: Flow
}

/** What lives in a dialog and takes the requests of its peer. */
export interface DialogUsage {
  readonly key: string
  receive(incoming: IncomingRequest): void
  receiveAck(ack: SipRequest, flow: Flow): void
  /** Ends it after a fault of ours. */
  fail(): void
  /** Ends it without a word to anyone: the process stops. */
  discard(): void
}

export interface UserAgentCounters {
  /** By method; methods that we don't know are counted together as `other`. */
  readonly requests: Record<string, number>
  invalid: number
}

export const allowedMethods = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REGISTER', 'INFO'] as const
const allow = allowedMethods.join(', ')
const known: ReadonlySet<string> = new Set(allowedMethods)
/** Option tags that we understand in Require; the next ones come with their features. */
const supported: ReadonlySet<string> = new Set<string>()

export class UserAgent {
  readonly options: UserAgentOptions
  readonly counters: UserAgentCounters = { requests: {}, invalid: 0 }
  readonly #transports: TransportLayer
  readonly #transactions: TransactionLayer<Flow>
  readonly #dialogs = new Map<string, DialogUsage>()

  constructor(options: UserAgentOptions) {
    const clock = guardedClock(options.clock, error => this.#onFault(error))
    this.options = { ...options, clock }
    this.#transactions = new TransactionLayer<Flow>(clock, {
      onRequest: (request, transaction, flow) => this.#onNewRequest({ request, transaction, flow }),
      onFault: error => this.#onFault(error),
      onAck: (request, flow) => this.#dialogOf(request)?.receiveAck(request, flow),
      onStrayResponse: response =>
        options.logger.debug({ status: response.status, callId: response.headers.callId }, 'stray response'),
    })
    this.#transports = new TransportLayer({
      network: options.network,
      clock,
      logger: options.logger,
      listen: options.listen,
      advertise: options.advertise,
      handlers: {
        onMessage: (message, flow) => this.#guard(() => this.#onMessage(message, flow), message),
        onInvalid: (result, flow) => this.#guard(() => this.#onInvalid(result, flow)),
        onFlowClosed: flow => {
          this.#transactions.channelFailed(flow)
          this.#guard(() => options.handlers.onFlowClosed(flow))
        },
      },
    })
  }

  /** @throws EngineError `sip.listen_failed` */
  listen(): Promise<void> {
    return this.#transports.listen()
  }

  get listening(): readonly string[] {
    return this.#transports.listening
  }

  /** Dialogs and transactions alive: zero after everything has ended. */
  get load(): { dialogs: number; transactions: number } {
    return { dialogs: this.#dialogs.size, transactions: this.#transactions.size }
  }

  close(): void {
    for (const dialog of [...this.#dialogs.values()]) dialog.discard()
    this.#transactions.stop()
    this.#transports.close()
  }

  isOwnAddress(host: string, port: number): boolean {
    return this.#transports.isOwnAddress(host, port)
  }

  /** The flow towards a URI with a numeric host; null when there is none or the host is a name. */
  flowTo(uriText: string, transport: 'UDP' | 'TCP' | null = null): Flow | null {
    const uri = parseUri(uriText)
    // Not `sips:` either: it forbids every hop without TLS (§26.2.2).
    if (uri === null || uri.scheme !== 'sip' || !isNumericHost(uri.host)) return null
    const asked = uri.params.get('transport')?.toUpperCase()
    if (asked !== undefined && asked !== 'UDP' && asked !== 'TCP') return null
    const port = uri.port === 0 ? 5060 : uri.port
    return this.#transports.flowTo({ transport: transport ?? (asked === 'TCP' ? 'TCP' : 'UDP'), host: uri.host, port })
  }

  /** As {@link flowTo}, looking host names up first. Null when the name has no address. */
  async locate(uriText: string): Promise<Flow | null> {
    const uri = parseUri(uriText)
    if (uri === null || uri.scheme !== 'sip') return null
    if (isNumericHost(uri.host)) return this.flowTo(uriText)
    const addresses = await this.options.network.resolveHost(uri.host).catch(() => [])
    for (const host of addresses) {
      const flow = this.flowTo(
        `sip:${hostPort(host, uri.port)}${uri.params.get('transport')?.toLowerCase() === 'tcp' ? ';transport=tcp' : ''}`,
      )
      if (flow !== null) return flow
    }
    return null
  }

  /** Our Contact on a flow. */
  contactOn(flow: Flow, user = ''): string {
    const address = hostPort(flow.advertised.host, flow.advertised.port)
    const transport = flow.transport === 'UDP' ? '' : `;transport=${flow.transport.toLowerCase()}`
    return `<sip:${user === '' ? '' : `${user}@`}${address}${transport}>`
  }

  newBranch(): string {
    return `${magicCookie}${this.options.ids.token()}`
  }

  /** Adds our Via and sends a request in a transaction of its own. */
  request(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    this.addVia(request, flow, this.newBranch())
    request.headers.append('user-agent', this.options.product)
    return this.#start(request, flow, user)
  }

  /** Sends a CANCEL: it shares the branch of its INVITE (§9.1) but is a transaction of its own. */
  cancel(request: SipRequest, flow: Flow, user: ClientTransactionUser): void {
    this.#start(request, flow, user)
  }

  /** Sends an ACK to a 2xx: no transaction waits for anything. */
  sendAck(ack: SipRequest, flow: Flow): void {
    flow.send(serialize(ack))
  }

  addVia(request: SipRequest, flow: Flow, branch: string): void {
    const { host, port } = flow.advertised
    request.headers.prepend('via', formatVia(flow.transport, host, port, branch))
  }

  /** In place of another usage of the same dialog, if there is one: an early dialog that was answered. */
  adopt(dialog: DialogUsage): void {
    this.#dialogs.set(dialog.key, dialog)
  }

  release(dialog: DialogUsage): void {
    if (this.#dialogs.get(dialog.key) === dialog) this.#dialogs.delete(dialog.key)
  }

  /** A response of ours, with what every one of them carries. */
  response(request: SipRequest, status: number, toTag: string, reason?: string): SipResponse {
    const response = createResponse(request, status, toTag, reason)
    if (status >= 200) response.headers.append('server', this.options.product)
    return response
  }

  /** Answers with the options that we support (§11.2). */
  answerOptions({ request, transaction }: IncomingRequest): void {
    const response = this.response(request, 200, this.options.ids.token())
    response.headers
      .append('allow', allow)
      .append('accept', 'application/sdp')
      .append('accept-encoding', 'identity')
      .append('accept-language', 'en')
      .append('supported', [...supported].join(', '))
    transaction.respond(response)
  }

  #start(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const transaction = this.#transactions.request(request, flow, user)
    // The end of a connection is told once; who sends over it later must hear of it, too, though not in this turn.
    if (!flow.alive) this.options.clock.setTimeout(() => transaction.transportFailed(), 0)
    return transaction
  }

  #onMessage(message: SipMessage, flow: Flow): void {
    if (message.kind === 'response') {
      this.#transactions.receiveResponse(message)
      return
    }
    const counted = known.has(message.method) ? message.method : 'other'
    this.counters.requests[counted] = (this.counters.requests[counted] ?? 0) + 1
    const channel = this.#returnPath(message, flow)
    this.#transactions.receiveRequest(message, flow, channel)
  }

  /** Stamps the top Via and finds where responses go (§18.2.1, §18.2.2). */
  #returnPath(request: SipRequest, flow: Flow): Flow {
    const via = request.headers.via
    if (via === null) return flow
    const value = request.headers.get('via') ?? ''
    const top = request.headers.first('via')
    const stamped = stampVia(top, via, flow.remote.host, flow.remote.port)
    if (stamped !== top) request.headers.replaceFirst('via', stamped + value.slice(top.length))
    return this.#transports.responseFlow(flow, via.port, via.params.has('rport'))
  }

  #onNewRequest(incoming: IncomingRequest): void {
    try {
      this.#onRequest(incoming)
    } catch (error) {
      incoming.transaction.respond(this.response(incoming.request, 500, this.options.ids.token()))
      throw error
    }
  }

  #onRequest(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    if (request.method === 'CANCEL') {
      this.#onCancel(incoming)
      return
    }
    if (!known.has(request.method)) {
      const response = this.response(request, 405, this.options.ids.token())
      response.headers.append('allow', allow)
      transaction.respondStateless(response)
      return
    }
    const unsupported = request.headers.tokens('require').filter(tag => !supported.has(tag))
    if (unsupported.length > 0) {
      const response = this.response(request, 420, this.options.ids.token())
      response.headers.append('unsupported', unsupported.join(', '))
      transaction.respondStateless(response)
      return
    }
    if (request.headers.toTag !== '') {
      const dialog = this.#dialogOf(request)
      if (dialog === undefined) transaction.respondStateless(this.response(request, 481, ''))
      else dialog.receive(incoming)
      return
    }
    if (parseUri(request.uri) === null) {
      const status = isForeignUri(request.uri) ? 416 : 400
      transaction.respondStateless(this.response(request, status, this.options.ids.token()))
      return
    }
    this.options.handlers.onRequest(incoming)
  }

  #onCancel({ request, transaction }: IncomingRequest): void {
    const invite = this.#transactions.inviteFor(request)
    if (invite === undefined) {
      transaction.respondStateless(this.response(request, 481, this.options.ids.token()))
      return
    }
    // §9.2: the CANCEL is answered in any case; after a final response it has no other effect.
    transaction.respond(this.response(request, 200, this.options.ids.token()))
    if (invite.finalStatus === 0) invite.onCancel?.(request)
  }

  #onInvalid(result: Extract<ParseResult, { ok: false }>, flow: Flow): void {
    this.counters.invalid++
    this.options.logger.debug({ remote: flow.remote, reason: result.reason }, 'unusable SIP message')
    if (result.request === null || result.status === 0) return
    // Stateless, and a little smaller than what came: nothing is kept for a sender who can't speak SIP.
    const channel = this.#returnPath(result.request, flow)
    channel.send(serialize(this.response(result.request, result.status, this.options.ids.token(), undefined)))
  }

  #dialogOf({ headers }: SipRequest): DialogUsage | undefined {
    return this.#dialogs.get(dialogKey(headers.callId, headers.toTag, headers.fromTag))
  }

  /** A fault in the handling of one message must not reach the event loop, nor any other call. */
  #guard(handle: () => void, message: SipMessage | null = null): void {
    try {
      handle()
    } catch (error) {
      this.#onFault(error, message?.headers.callId)
      if (message !== null) this.#guard(() => this.#dialogOfMessage(message)?.fail())
    }
  }

  #onFault(error: unknown, callId = ''): void {
    this.options.logger.error({ err: error, callId }, 'fault in the handling of a SIP message or timer')
  }

  #dialogOfMessage({ headers, kind }: SipMessage): DialogUsage | undefined {
    return kind === 'request'
      ? this.#dialogs.get(dialogKey(headers.callId, headers.toTag, headers.fromTag))
      : this.#dialogs.get(dialogKey(headers.callId, headers.fromTag, headers.toTag))
  }
}

export function isNumericHost(host: string): boolean {
  if (host.includes(':')) return true
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i)
    if (code !== 46 && (code < 48 || code > 57)) return false
  }
  return host.includes('.')
}
