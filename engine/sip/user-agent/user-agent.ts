/**
 * The user agent core (RFC 3261 §8, §12): takes requests from the transaction layer, finds their dialog, checks what
 * must be checked for every request, and sends requests of our own.
 */
import { guardedClock } from '../../guarded-clock.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Network, SipSocket, SipSocketPeer, TlsIdentity } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import { TurnoverMap } from '../../turnover-map.ts'
import { dialogKey } from '../dialog/dialog.ts'
import type { Replaces } from '../dialog/replaces.ts'
import { acceptedTypes } from '../dialog/session-body.ts'
import { noSessionTimer, type SessionSettings } from '../dialog/session-timer.ts'
import { Location } from '../location/location.ts'
import { type Target, transportOf } from '../location/selection.ts'
import { createResponse, type SipMessage, type SipRequest, type SipResponse } from '../message/message.ts'
import type { ParseResult } from '../message/parse.ts'
import { effectivePort, isForeignUri, isNumericHost, parseUri } from '../message/uri.ts'
import { magicCookie, parseVia, stampVia } from '../message/via.ts'
import type { ClientTransaction, ClientTransactionUser, Fallback } from '../transaction/client-transaction.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import { type Channel, TransactionLayer } from '../transaction/transaction-layer.ts'
import { type Flow, isSecure } from '../transport/flow.ts'
import type { ListenAddress } from '../transport/listen-address.ts'
import { TransportLayer } from '../transport/transport-layer.ts'
import { contactOn, isSecured, moveContact, viaOn } from './addressing.ts'
import { allowedMethods, inabilityIn, knownMethods, supportedOptions } from './capabilities.ts'
import type { DialogUsage } from './dialog-usage.ts'
import { LargeRequests } from './large-requests.ts'
import { probe } from './probe.ts'
import { answerFor, type RequestDoor, sendAway } from './request-door.ts'

export interface UserAgentOptions {
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly logger: Logger
  readonly network: Network
  readonly listen: readonly ListenAddress[]
  readonly advertise: readonly string[]
  /** Who we are by TLS; needed to listen by it. */
  readonly tls?: TlsIdentity | null
  /** Value of Server and User-Agent. */
  readonly product: string
  /** The session timers in force (RFC 4028); without it we ask for none. */
  readonly session?: () => SessionSettings
  readonly handlers: UserAgentHandlers
}

export interface UserAgentHandlers {
  /** A request outside any dialog: INVITE, REGISTER, OPTIONS and so on; never CANCEL or ACK. */
  onRequest(incoming: IncomingRequest): void
  /** A flow ended: what is registered over it can't be reached any more. */
  onFlowClosed(flow: Flow): void
  /** Before one is refused for what it asks: true if its sender was asked who he is instead (§8.2). */
  challenge?(incoming: IncomingRequest): boolean
  /** Absent: everybody is let in and answered. */
  readonly door?: RequestDoor
}

export interface IncomingRequest {
  readonly request: SipRequest
  readonly transaction: ServerTransaction
  /** Where the request came from. */
  readonly flow: Flow
}

export interface UserAgentCounters {
  /** By method; methods that we don't know are counted together as `other`. */
  readonly requests: Record<string, number>
  invalid: number
}

const allow = allowedMethods.join(', ')

export class UserAgent {
  readonly options: UserAgentOptions
  readonly counters: UserAgentCounters = { requests: {}, invalid: 0 }
  readonly location: Location
  readonly #transports: TransportLayer
  readonly #transactions: TransactionLayer<Flow>
  readonly #large: LargeRequests
  readonly #dialogs = new TurnoverMap<string, DialogUsage>()
  /** Size of the message that is being handled. */
  #receivedBytes = 0

  constructor(options: UserAgentOptions) {
    const clock = guardedClock(options.clock, error => this.#onFault(error))
    this.options = { ...options, clock }
    this.#transactions = new TransactionLayer<Flow>(clock, {
      onRequest: (request, transaction, flow) => this.#onNewRequest({ request, transaction, flow }),
      onUnknown: (request, flow, channel) => this.#letsIn(request, flow, channel),
      onFault: error => this.#onFault(error),
      onAck: (request, flow) => this.#dialogOf(request)?.receiveAck(request, flow),
      wayBack: (flow, via) => this.#transports.wayBack(flow, via),
      wayOn: (flow, request) => this.#wayOn(flow, request),
      onStrayResponse: response =>
        options.logger.debug({ status: response.status, callId: response.headers.callId }, 'stray response'),
    })
    this.#transports = new TransportLayer({
      network: options.network,
      clock,
      logger: options.logger,
      listen: options.listen,
      advertise: options.advertise,
      tls: options.tls ?? null,
      handlers: {
        onMessage: (message, flow, size) => {
          this.#receivedBytes = size
          this.#guard(() => this.#onMessage(message, flow), message)
        },
        onInvalid: (result, flow, size) => {
          this.#receivedBytes = size
          this.#guard(() => this.#onInvalid(result, flow))
        },
        onFlowClosed: (flow, wasThere) => {
          this.#transactions.channelFailed(flow, wasThere)
          this.#guard(() => options.handlers.onFlowClosed(flow))
        },
        isUnwanted: flow => options.handlers.door?.isBanned(flow) === true,
        isKnown: flow => options.handlers.door?.isStranger(flow) !== true,
      },
    })
    this.#large = new LargeRequests(this.#transports, clock)
    this.location = new Location({ ...this.options, probe: (target, done) => probe(this, target, done) })
  }

  /** @throws EngineError `sip.listen_failed` */
  listen(): Promise<void> {
    return this.#transports.listen()
  }

  /** The session timers in force. */
  get session(): SessionSettings {
    return this.options.session?.() ?? noSessionTimer
  }

  get listening(): readonly string[] {
    return this.#transports.listening
  }

  /** Another certificate for new connections. @throws EngineError `config.invalid`: the old one stays then. */
  renewTls(identity: TlsIdentity): void {
    this.#transports.renewTls(identity)
  }

  /** Takes an open WebSocket of subprotocol `sip`. */
  acceptSocket(socket: SipSocket, peer: SipSocketPeer): void {
    this.#transports.acceptSocket(socket, peer)
  }

  /** Closes the connections that fit, once what is being handled has had its answer. */
  closeConnections(fits: (flow: Flow) => boolean): void {
    this.options.clock.setTimeout(() => this.#transports.closeConnections(fits), 0)
  }

  /** The dialog that somebody names who wants to replace it; null if there is none. */
  dialogNamed({ callId, toTag, fromTag }: Replaces): Pick<DialogUsage, 'standing' | 'owner'> | null {
    const found = this.#dialogs.get(dialogKey(callId, toTag, fromTag))
    if (found !== undefined || fromTag !== '0') return found ?? null
    // RFC 3891 §3: zero also means a tag that is not there, as of a peer of RFC 2543. We always have one.
    return this.#dialogs.get(dialogKey(callId, toTag, '')) ?? null
  }

  /** Dialogs and transactions alive: zero after everything has ended. */
  get load(): { dialogs: number; transactions: number } {
    return { dialogs: this.#dialogs.size, transactions: this.#transactions.size }
  }

  /** INVITEs of others that wait for a final response, or for the ACK to a refusal. */
  get halfOpen(): number {
    return this.#transactions.halfOpen
  }

  close(): void {
    for (const dialog of [...this.#dialogs.values()]) dialog.discard()
    this.location.stop()
    this.#transactions.stop()
    this.#transports.close()
  }

  isOwnAddress(host: string, port: number): boolean {
    return this.#transports.isOwnAddress(host, port)
  }

  /** The flow towards a URI with a numeric host; null when there is none or the host is a name. */
  flowTo(uriText: string): Flow | null {
    const uri = parseUri(uriText)
    if (uri === null || !isNumericHost(uri.host)) return null
    const transport = transportOf(uri)
    if (transport === null) return null
    return this.#transports.flowTo({ transport, host: uri.host, port: effectivePort(uri), serverName: uri.host })
  }

  /** As {@link flowTo}, looking host names up first (RFC 3263). Null when there is nowhere to send. */
  async locate(uriText: string): Promise<Flow | null> {
    const uri = parseUri(uriText)
    return uri === null ? null : this.#flowToFirst(await this.location.locate(uri))
  }

  /** Null when no socket of ours can reach it. From the address of `last`, if there is a choice. */
  flowToTarget(target: Target, last: Flow | null = null): Flow | null {
    return this.#transports.flowTo(target, last)
  }

  #flowToFirst(targets: readonly Target[]): Flow | null {
    for (const target of targets) {
      const flow = this.flowToTarget(target)
      if (flow !== null) return flow
    }
    return null
  }

  /** Our Contact on a flow; `peerUri` is the URI that the dialog is with. */
  contactOn(flow: Flow, peerUri = ''): string {
    return contactOn(flow, peerUri)
  }

  newBranch(): string {
    return `${magicCookie}${this.options.ids.token()}`
  }

  /** Adds our Via and sends a request in a transaction of its own. */
  request(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const branch = this.newBranch()
    const stream = this.#large.streamFor(request, flow)
    this.addVia(request, stream ?? flow, branch)
    request.headers.append('user-agent', this.options.product)
    if (stream === null) return this.#start(request, flow, user)
    const fallback = { channel: flow, via: viaOn(flow, branch), onTaken: () => this.#large.refused(stream) }
    return this.#start(request, stream, user, fallback)
  }

  /** Sends a CANCEL: it shares the branch of its INVITE (§9.1) but is a transaction of its own. */
  cancel(request: SipRequest, flow: Flow, user: ClientTransactionUser): void {
    // To where the INVITE went (§9.1), which may be by TCP for its size.
    this.#start(request, this.#transactions.channelOfInvite(request) ?? flow, user)
  }

  addVia(request: SipRequest, flow: Flow, branch: string): void {
    request.headers.prepend('via', viaOn(flow, branch))
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

  /**
   * Answers once and keeps nothing, in the turn in which the request came: for whom we don't know. What would reward a
   * stranger is cut short, or not sent.
   */
  answerStateless({ transaction, flow }: IncomingRequest, response: SipResponse): void {
    transaction.stamp(response)
    transaction.endStateless(answerFor(this.options.handlers.door, response, flow, this.#receivedBytes))
  }

  /** Answers with the options that we support (§11.2). A copy is answered again, so that nothing has to be kept. */
  answerOptions(incoming: IncomingRequest): void {
    const { request } = incoming
    const response = this.response(request, 200, this.options.ids.token())
    response.headers
      .append('allow', allow)
      .append('accept', acceptedTypes)
      .append('accept-encoding', 'identity')
      .append('accept-language', 'en')
      .append('supported', supportedOptions.join(', '))
    this.answerStateless(incoming, response)
  }

  #start(
    request: SipRequest,
    flow: Flow,
    user: ClientTransactionUser,
    fallback: Fallback<Flow> | null = null,
  ): ClientTransaction {
    const transaction = this.#transactions.request(request, flow, user, fallback)
    // The end of a connection is told once; who sends over it later must hear of it, too, though not in this turn.
    if (!flow.alive) this.options.clock.setTimeout(() => transaction.channelFailed(true), 0)
    return transaction
  }

  #onMessage(message: SipMessage, flow: Flow): void {
    if (message.kind === 'response') {
      this.#transactions.receiveResponse(message)
      return
    }
    const counted = knownMethods.has(message.method) ? message.method : 'other'
    this.counters.requests[counted] = (this.counters.requests[counted] ?? 0) + 1
    const channel = this.#returnPath(message, flow)
    this.#transactions.receiveRequest(message, flow, channel)
  }

  /** Whether a request that no transaction knows may make one. What is under way is never turned away. */
  #letsIn(request: SipRequest, flow: Flow, channel: Channel): boolean {
    const { door } = this.options.handlers
    if (door === undefined || this.#belongs(request)) return true
    const verdict = door.admit(request, flow)
    if (verdict === 'take') return true
    if (verdict !== 'drop') {
      const response = this.response(request, 503, this.options.ids.token())
      sendAway(response, verdict, this.options.clock.now())
      const text = answerFor(door, response, flow, this.#receivedBytes)
      if (text !== null) channel.send(text)
    }
    return false
  }

  #belongs(request: SipRequest): boolean {
    if (request.method === 'CANCEL') return this.#transactions.inviteFor(request) !== undefined
    return request.headers.toTag !== '' && this.#dialogOf(request) !== undefined
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

  #wayOn(from: Flow, request: SipRequest): Flow | null {
    const to = this.#transports.wayOn(from)
    if (to !== null) moveContact(request, from, to)
    return to
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
    const { request } = incoming
    if (request.method === 'CANCEL') {
      this.#onCancel(incoming)
      return
    }
    const inability = inabilityIn(request)
    if (inability !== null) {
      if (this.options.handlers.challenge?.(incoming) === true) return
      const response = this.response(request, inability.status, this.options.ids.token())
      response.headers.append(inability.header, inability.value)
      this.answerStateless(incoming, response)
      return
    }
    if (request.headers.toTag !== '') {
      const dialog = this.#dialogOf(request)
      if (dialog === undefined) this.answerStateless(incoming, this.response(request, 481, ''))
      else {
        dialog.ends.hear(request.headers)
        incoming.transaction.belongsTo(dialog.ends)
        dialog.receive(incoming)
      }
      return
    }
    if (parseUri(request.uri) === null) {
      const status = isForeignUri(request.uri) ? 416 : 400
      this.answerStateless(incoming, this.response(request, status, this.options.ids.token()))
      return
    }
    if (isSecured(request.uri) && !isSecure(incoming.flow)) {
      // §26.2.2: the last hop was to be by TLS, too. RFC 5630 §5.3 has the warning.
      const response = this.response(request, 480, this.options.ids.token())
      response.headers.append('warning', `380 ${incoming.flow.advertised.host} "SIPS Not Allowed"`)
      this.answerStateless(incoming, response)
      return
    }
    if (request.method === 'INVITE' && this.#isLoop(request)) {
      this.answerStateless(incoming, this.response(request, 482, this.options.ids.token()))
      return
    }
    this.options.handlers.onRequest(incoming)
  }

  /** §16.3: an INVITE of ours has come back by whatever stands behind it: a leg that leads to our own door. */
  #isLoop({ headers }: SipRequest): boolean {
    if (this.#transactions.isInviting(headers.via?.branch ?? '')) return true
    const vias = headers.count('via') > 1 || headers.get('via')?.includes(',') === true ? headers.list('via') : []
    return vias.some(via => this.#transactions.isInviting(parseVia(via)?.branch ?? ''))
  }

  #onCancel(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    const invite = this.#transactions.inviteFor(request)
    if (invite === undefined) {
      this.answerStateless(incoming, this.response(request, 481, this.options.ids.token()))
      return
    }
    transaction.belongsTo(invite.ends)
    // §9.2: the CANCEL is answered in any case, with the INVITE's To tag; after a final response it has no other effect.
    transaction.respond(this.response(request, 200, invite.localTag || this.options.ids.token()))
    invite.cancel(request)
  }

  #onInvalid(result: Extract<ParseResult, { ok: false }>, flow: Flow): void {
    this.counters.invalid++
    this.options.logger.debug({ remote: flow.remote, reason: result.reason }, 'unusable SIP message')
    if (result.request === null || result.status === 0) return
    // Nothing is kept for a sender who can't speak SIP.
    const channel = this.#returnPath(result.request, flow)
    const response = this.response(result.request, result.status, this.options.ids.token())
    const text = answerFor(this.options.handlers.door, response, flow, this.#receivedBytes)
    if (text !== null) channel.send(text)
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
