/** A dialog and the flow that its requests take: what early dialogs and answered ones send and answer with. */
import type { Dialog } from '../dialog/dialog.ts'
import { type SipRequest, type SipResponse, serialize, setBody } from '../message/message.ts'
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts'
import type { Flow } from '../transport/flow.ts'
import { allowedMethods, supportedOptions, type UserAgent } from './user-agent.ts'

const allow = allowedMethods.join(', ')
const supported = supportedOptions.join(', ')

/** The timers of an answered dialog, in one bag. */
export type DialogTimer =
  /** Our 2xx: its next copy, and the end of its patience. */
  | 'retransmit'
  | 'ack'
  /** Our re-INVITE: when it may go out again, and how long it may stay without a final response. */
  | 'glare'
  | 'limit'
  /** The peer's UPDATE: how long its offer may wait for our answer. */
  | 'update'
  /** The next refresh, or the end without one. */
  | 'session'

export class DialogLine {
  readonly userAgent: UserAgent
  readonly dialog: Dialog
  /** What the peer last used. */
  flow: Flow
  readonly #pinned: boolean
  #lastAck: { readonly text: string; readonly sequence: number; readonly flow: Flow } | null = null

  /** `pinned`: requests go over `flow` whatever the peer's Contact says, as they must to one behind NAT. */
  constructor(userAgent: UserAgent, dialog: Dialog, flow: Flow, pinned: boolean) {
    this.userAgent = userAgent
    this.dialog = dialog
    this.flow = flow
    this.#pinned = pinned
  }

  /** Sends a request of this dialog in a transaction of its own. One that refreshes the target gets our Contact. */
  send(request: SipRequest, user: ClientTransactionUser): ClientTransaction {
    const flow = this.#nextFlow()
    if (request.method === 'INVITE' || request.method === 'UPDATE')
      request.headers
        .append('contact', this.userAgent.contactOn(flow, request.uri))
        .append('allow', allow)
        // Not 100rel: who answers within a call answers at once, so a reliable 18x would gain nothing.
        .append('supported', 'timer')
    return this.userAgent.request(request, flow, user)
  }

  /** Sends the ACK to a 2xx that gave us the answer. */
  acknowledge(sequence: number): void {
    const ack = this.dialog.createAck(sequence)
    const flow = this.#nextFlow()
    this.userAgent.addVia(ack, flow, this.userAgent.newBranch())
    this.#lastAck = { text: serialize(ack), sequence, flow }
    flow.send(this.#lastAck.text)
  }

  /** Sends the ACK again, for a 2xx that came again (RFC 3261 §13.2.2.4). */
  resendAck(sequence: number): void {
    // A 2xx that is older than the last one was acknowledged long ago.
    if (this.#lastAck?.sequence === sequence) this.#lastAck.flow.send(this.#lastAck.text)
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

  /**
   * Where the next request goes: by the route set or target when that is a numeric address other than the one in use;
   * else on the flow that the peer last used, which also is the only way to a peer behind NAT or on a connection.
   */
  #nextFlow(): Flow {
    if ((this.#pinned || this.flow.reliable) && this.flow.alive) return this.flow
    const flow = this.userAgent.flowTo(this.dialog.nextHop)
    return flow === null || flow.key === this.flow.key ? this.flow : flow
  }
}
