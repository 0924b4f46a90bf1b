/** A dialog and the flow that its requests take: what early dialogs and answered ones send and answer with. */
import type { Dialog } from '../dialog/dialog.ts'
import { type SipRequest, type SipResponse, serialize, setBody } from '../message/message.ts'
import type { SessionEnds } from '../message/session-id.ts'
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import { allowedMethods, supportedOptions } from './capabilities.ts'
import { Departures } from './departures.ts'
import { type Authorizer, type Choice, DialogRequest } from './dialog-request.ts'
import type { CredentialHeader } from './digest-client.ts'
import { NextHop } from './next-hop.ts'
import type { UserAgent } from './user-agent.ts'

const allow = allowedMethods.join(', ')
const supported = supportedOptions.join(', ')
const noCredentials: readonly CredentialHeader[] = []

/** The timers of an answered dialog, in one bag. */
export type DialogTimer =
  /** Our 2xx: its next copy, and the end of its patience. */
  | 'retransmit'
  | 'ack'
  /** Our re-INVITE: when it may go out again, and how long it may stay without a final response. */
  | 'glare'
  | 'limit'
  /** The peer's re-INVITE or UPDATE: how long its offer may wait for our answer. */
  | 'offer'
  /** The next refresh, or the end without one. */
  | 'session'

/**
 * The ACK to a 2xx, for every copy of that 2xx that comes (RFC 3261 §13.2.2.4). It outlives its dialog and so holds nothing else.
 * While the DNS is asked where it goes it is one that takes the way of the INVITE: for a copy that is faster.
 */
export interface SentAck {
  text: string
  flow: Flow
}

/** A dialog, over what it is held, and between whom. */
export interface DialogLeg {
  readonly dialog: Dialog
  readonly flow: Flow
  readonly ends: SessionEnds
}

export class DialogLine {
  readonly userAgent: UserAgent
  readonly dialog: Dialog
  readonly ends: SessionEnds
  /** What the peer last used. */
  flow: Flow
  readonly #pinned: boolean
  /** Null: a challenge is a refusal. */
  readonly #authorizer: Authorizer | null
  /** Null before anybody has asked. */
  #nextHop: NextHop | null = null
  /** Null before anything has had to wait. */
  #departures: Departures | null = null
  #leaving = false
  #lastAck: {
    readonly sequence: number
    readonly sent: SentAck
    readonly credentials: readonly CredentialHeader[]
  } | null = null

  /** `pinned`: requests go over `flow` whatever the peer's Contact says, as they must to one behind NAT. */
  constructor(userAgent: UserAgent, leg: DialogLeg, pinned: boolean, authorizer: Authorizer | null = null) {
    this.userAgent = userAgent
    this.dialog = leg.dialog
    this.ends = leg.ends
    this.flow = leg.flow
    this.#pinned = pinned
    this.#authorizer = authorizer
  }

  /** A message of the peer moves the target (§12.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    this.ends.hear(message.headers)
    this.dialog.refreshTarget(message)
    this.look()
  }

  /** Looks up where the next request goes, so that it is known by then if it has to be asked for. */
  look(): NextHop | null {
    if (this.#isBound) return null
    const uri = this.dialog.nextHop
    if (this.#nextHop?.uri !== uri) this.#nextHop = new NextHop(this.userAgent, uri)
    return this.#nextHop
  }

  /** Sends a request of this dialog in a transaction of its own. One that refreshes the target gets our Contact. */
  send(request: SipRequest, user: ClientTransactionUser): void {
    if (request.method === 'BYE') this.#leaving = true
    const hop = this.look()
    this.#inTurn(hop, () => {
      const choice = this.#choiceAt(hop)
      if (this.#authorizer === null && choice === null) this.#transmit(request, this.#flowTo(hop), user)
      else this.#request(request, user).start(this.#flowTo(hop), choice)
    })
  }

  /** As {@link send}, for who has to know what became of the request. */
  ask(request: SipRequest, user: ClientTransactionUser): DialogRequest {
    const hop = this.look()
    const asked = this.#request(request, user)
    this.#inTurn(hop, () => asked.start(this.#flowTo(hop), this.#choiceAt(hop)))
    return asked
  }

  /** Goes on when it is known where `hop` is, and what was to be sent before is sent. */
  #inTurn(hop: NextHop | null, leave: () => void): void {
    if (this.#departures === null && hop?.isKnown !== false) {
      leave()
      return
    }
    this.#departures ??= new Departures()
    this.#departures.add(hop, leave)
  }

  #request(request: SipRequest, user: ClientTransactionUser): DialogRequest {
    return new DialogRequest({
      request,
      user,
      authorizer: this.#authorizer,
      way: () => this.#flowTo(this.look()),
      transmit: (it, flow, itsUser) => this.#transmit(it, flow, itsUser),
      // After the BYE nothing else is worth another try.
      next: method => (this.#leaving && method !== 'BYE' ? null : this.dialog.createRequest(method)),
      onLate: sequence => this.acknowledge(sequence, noCredentials),
    })
  }

  #transmit(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    if (request.method === 'INVITE' || request.method === 'UPDATE' || request.method === 'NOTIFY')
      request.headers
        .append('contact', this.userAgent.contactOn(flow, request.uri))
        .append('allow', allow)
        // Not 100rel: who answers within a call answers at once, so a reliable 18x would gain nothing.
        .append('supported', 'timer')
    request.headers.append('session-id', this.ends.value)
    return this.userAgent.request(request, flow, user)
  }

  /** Sends the ACK to a 2xx that gave us the answer. `credentials`: those of the INVITE (RFC 3261 §22.1). */
  acknowledge(sequence: number, credentials: readonly CredentialHeader[]): SentAck {
    const sent = this.#createAck(sequence, credentials)
    if (sequence >= (this.#lastAck?.sequence ?? 0)) this.#lastAck = { sequence, sent, credentials }
    const hop = this.look()
    const isAstray = () => this.#flowTo(this.look()) !== sent.flow
    const send = () => {
      if (isAstray()) Object.assign(sent, this.#createAck(sequence, credentials))
      sent.flow.send(sent.text)
    }
    this.#inTurn(hop, () => {
      send()
      // Nobody tells us, as of other requests, that it went astray, so we look ourselves.
      hop?.whenLate(() => {
        if (isAstray()) send()
      })
    })
    return sent
  }

  #createAck(sequence: number, credentials: readonly CredentialHeader[]): SentAck {
    const ack = this.dialog.createAck(sequence)
    ack.headers.append('session-id', this.ends.value)
    for (const [name, value] of credentials) ack.headers.append(name, value)
    const flow = this.#flowTo(this.look())
    this.userAgent.addVia(ack, flow, this.userAgent.newBranch())
    return { text: serialize(ack), flow }
  }

  /** Sends the ACK again, for a 2xx that came again (RFC 3261 §13.2.2.4). */
  resendAck(sequence: number): void {
    // A 2xx that is older than the last one was acknowledged long ago.
    if (this.#lastAck?.sequence !== sequence) return
    const { sent, credentials } = this.#lastAck
    if (sent.flow.alive) sent.flow.send(sent.text)
    else this.acknowledge(sequence, credentials)
  }

  /** The 200 to an INVITE or UPDATE, with what every such one carries. */
  grant(request: SipRequest, sdp: string | null): SipResponse {
    const response = this.userAgent.response(request, 200, this.dialog.localTag)
    response.headers
      .append('contact', this.userAgent.contactOn(this.flow, request.uri))
      .append('allow', allow)
      .append('supported', supported)
    if (sdp !== null) setBody(response, 'application/sdp', sdp)
    return response
  }

  /** There is no other way to a peer behind NAT, or at a WebSocket (RFC 7118 §5). */
  get #isBound(): boolean {
    const { transport, alive } = this.flow
    return alive && (this.#pinned || transport === 'WS' || transport === 'WSS')
  }

  /** Null: there is no other server for a request to `hop` than the one that it is sent to. */
  #choiceAt(hop: NextHop | null): Choice | null {
    const { options, location } = this.userAgent
    return hop === null || hop.choices < 2 ? null : { hop, clock: options.clock, failoverMs: location.failoverMs }
  }

  /** By the route set or the target, else on the flow that the peer last used. */
  #flowTo(hop: NextHop | null): Flow {
    return hop?.flow(this.userAgent, this.flow) ?? this.flow
  }
}
