/**
 * An answered INVITE: a confirmed dialog and its one usage (RFC 3261 §14, §15). Re-INVITEs with glare (§14.1), 2xx
 * retransmission until the ACK (§13.3.1.4), BYE in all its crossings, OPTIONS as a sign of life.
 */

import { TimerBag } from '../../timer-bag.ts'
import type { Dialog, DialogState } from '../dialog/dialog.ts'
import { bodyText, hasBody, type SipRequest, type SipResponse, setBody } from '../message/message.ts'
import type { ClientTransaction } from '../transaction/client-transaction.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import { t1Ms, t2Ms, transactionTimeoutMs } from '../transaction/step.ts'
import type { Flow } from '../transport/flow.ts'
import { allowedMethods, type DialogUsage, type IncomingRequest, type UserAgent } from './user-agent.ts'

/** An offer of the peer that waits for its answer. Exactly one of the two must be called. */
export interface OfferExchange {
  /** Null: the peer wants us to make the offer; its answer then comes to {@link InviteDialogHandlers.onAnswer}. */
  readonly offer: string | null
  accept(sdp: string): void
  reject(status: number): void
}

export type DialogEnd =
  | { readonly by: 'remote'; readonly cause: 'bye'; readonly reason: string | null }
  | { readonly by: 'local'; readonly cause: 'bye' | 'noAck' | 'dead' | 'fault'; readonly reason: null }

export interface InviteDialogHandlers {
  onOffer(exchange: OfferExchange): void
  /** The answer to an offer that we made in a 2xx; null when the ACK carried none. */
  onAnswer(sdp: string | null): void
  /** Exactly once. */
  onEnded(end: DialogEnd): void
}

export interface ReinviteHandlers {
  onAnswer(sdp: string | null): void
  /** The session goes on unchanged (§14.1). 491: another re-INVITE took the place of this one while it waited. */
  onRefused(status: number): void
}

type DialogTimer = 'retransmit' | 'ack' | 'glare'

export class InviteDialog implements DialogUsage {
  readonly #userAgent: UserAgent
  readonly #dialog: Dialog
  readonly #handlers: InviteDialogHandlers
  readonly #timers: TimerBag<DialogTimer>
  readonly #pinned: boolean
  #flow: Flow
  #ended = false
  /** Our 2xx that waits for its ACK. */
  #unacknowledged: {
    transaction: ServerTransaction
    response: SipResponse
    sequence: number
    offered: boolean
  } | null = null
  /** The BYE that waits for the ACK to our 2xx. */
  #pendingBye: { readonly reason: string | null } | null = null
  #lastAck: { readonly request: SipRequest; readonly sequence: number; readonly flow: Flow } | null = null
  /** Our re-INVITE that has no final response yet. */
  #outgoing: ClientTransaction | null = null
  /** Our re-INVITE that waits until it may be sent. */
  #waiting: ReinviteHandlers | null = null
  /** The peer's re-INVITE that we have not answered yet. */
  #incoming: ServerTransaction | null = null
  #incomingRequest: SipRequest | null = null

  /** `pinned`: requests go over `flow` whatever the peer's Contact says, as they must to one behind NAT. */
  constructor(userAgent: UserAgent, dialog: Dialog, flow: Flow, pinned: boolean, handlers: InviteDialogHandlers) {
    this.#userAgent = userAgent
    this.#pinned = pinned
    this.#dialog = dialog
    this.#flow = flow
    this.#handlers = handlers
    this.#timers = new TimerBag(userAgent.options.clock)
    userAgent.adopt(this)
  }

  get key(): string {
    return this.#dialog.key
  }

  get state(): DialogState {
    return this.#dialog.state
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Sends our 2xx to an INVITE and repeats it until the ACK, over any transport (§13.3.1.4). */
  acceptWith(transaction: ServerTransaction, response: SipResponse, sequence: number, offered = false): void {
    this.#unacknowledged = { transaction, response, sequence, offered }
    transaction.respond(response)
    this.#armRetransmission(t1Ms)
    this.#timers.arm('ack', transactionTimeoutMs, () => {
      // §13.3.1.4: no ACK for 64·T1: the dialog is confirmed, but the session is ended by BYE.
      this.#acknowledged()
      if (this.#pendingBye !== null) this.#sendBye(this.#pendingBye.reason)
      else this.#end({ by: 'local', cause: 'noAck', reason: null }, () => this.#sendBye(null))
    })
  }

  /** Sends the ACK to a 2xx, with our answer if the 2xx made the offer. */
  acknowledge(sequence: number, sdp: string | null): void {
    const ack = this.#dialog.createAck(sequence)
    if (sdp !== null) setBody(ack, 'application/sdp', sdp)
    const flow = this.#nextFlow()
    this.#userAgent.addVia(ack, flow, this.#userAgent.newBranch())
    this.#lastAck = { request: ack, sequence, flow }
    this.#userAgent.sendAck(ack, flow)
  }

  /** Sends the ACK again, for a 2xx that came again (§13.2.2.4). */
  resendAck(sequence: number): void {
    // A 2xx that is older than the last one was acknowledged long ago.
    if (this.#lastAck?.sequence === sequence) this.#userAgent.sendAck(this.#lastAck.request, this.#lastAck.flow)
  }

  receiveAck(ack: SipRequest, flow: Flow): void {
    const waiting = this.#unacknowledged
    if (waiting === null || ack.headers.cseq?.number !== waiting.sequence) return
    this.#flow = flow
    this.#acknowledged()
    if (this.#pendingBye !== null) {
      this.#sendBye(this.#pendingBye.reason)
      return
    }
    if (waiting.offered) this.#handlers.onAnswer(hasBody(ack) ? bodyText(ack) : null)
  }

  /** An in-dialog request of the peer. */
  receive(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    if (!this.#dialog.accept(request)) {
      transaction.respond(this.#userAgent.response(request, 500, ''))
      return
    }
    this.#flow = incoming.flow
    switch (request.method) {
      case 'BYE':
        this.#onBye(request, transaction)
        break
      case 'INVITE':
        this.#onReinvite(request, transaction)
        break
      case 'OPTIONS':
        this.#userAgent.answerOptions(incoming)
        break
      case 'INFO':
        // RFC 6086 §4.2.2: an INFO without a package that we know is answered and otherwise ignored.
        transaction.respond(this.#userAgent.response(request, 200, ''))
        break
      default: {
        const response = this.#userAgent.response(request, 405, '')
        response.headers.append('allow', allowedMethods.join(', '))
        transaction.respond(response)
      }
    }
  }

  /**
   * Offers a new session; null asks the peer for an offer. Waits for a re-INVITE in the way and retries after glare.
   */
  reinvite(sdp: string, handlers: ReinviteHandlers): void {
    if (this.#ended) return
    this.#timers.disarm('glare')
    this.#waiting?.onRefused(491)
    this.#waiting = null
    if (this.#outgoing !== null || this.#incoming !== null || this.#unacknowledged !== null) {
      // §14.1: one INVITE at a time in a dialog.
      this.#reinviteLater(sdp, handlers)
      return
    }
    const request = this.#dialog.createRequest('INVITE')
    const sequence = request.headers.cseq?.number ?? 0
    const flow = this.#nextFlow()
    request.headers.append('contact', this.#userAgent.contactOn(flow)).append('allow', allowedMethods.join(', '))
    setBody(request, 'application/sdp', sdp)
    let acknowledged = false
    this.#outgoing = this.#userAgent.request(request, flow, {
      onResponse: response => {
        if (response.status < 200) return
        if (response.status < 300) {
          if (acknowledged) {
            this.resendAck(sequence)
            return
          }
          acknowledged = true
          this.#outgoing = null
          this.#dialog.refreshTarget(response)
          this.acknowledge(sequence, null)
          if (!this.#ended) handlers.onAnswer(hasBody(response) ? bodyText(response) : null)
          return
        }
        this.#outgoing = null
        if (this.#ended) return
        if (response.status === 491 && this.#waiting === null) this.#reinviteLater(sdp, handlers)
        else this.#refused(response.status, handlers)
      },
      onTimeout: () => {
        this.#outgoing = null
        if (!this.#ended) this.#refused(408, handlers)
      },
      onTransportError: () => {
        this.#outgoing = null
        if (!this.#ended) this.#refused(503, handlers)
      },
    })
  }

  /** Asks for a sign of life; `alive` is false after a timeout, 408 or 481 (DESIGN §7). */
  ping(onResult: (alive: boolean) => void): void {
    if (this.#ended) return
    const request = this.#dialog.createRequest('OPTIONS')
    const done = (alive: boolean) => {
      if (!this.#ended) onResult(alive)
    }
    this.#userAgent.request(request, this.#nextFlow(), {
      onResponse: ({ status }) => {
        if (status >= 200) done(status !== 408 && status !== 481)
      },
      onTimeout: () => done(false),
      onTransportError: () => done(false),
    })
  }

  /** Ends the dialog. A 2xx of ours must be ACKed before (§15): until then the BYE waits. */
  bye(reason: string | null = null): void {
    if (this.#ended) return
    this.#end({ by: 'local', cause: 'bye', reason: null }, () => {
      if (this.#unacknowledged === null) this.#sendBye(reason)
      else this.#pendingBye = { reason }
    })
  }

  /** The peer is gone for good: tells so and tries a BYE. */
  declareDead(): void {
    if (this.#ended) return
    this.#end({ by: 'local', cause: 'dead', reason: null }, () => this.#sendBye(null))
  }

  /** Ends the dialog after a fault of ours. */
  fail(): void {
    if (this.#ended) return
    this.#end({ by: 'local', cause: 'fault', reason: null }, () => this.#sendBye(null))
  }

  /** Forgets the dialog without a word to anyone: the process stops. */
  discard(): void {
    this.#timers.clear()
    this.#ended = true
    this.#userAgent.release(this)
  }

  #onBye(request: SipRequest, transaction: ServerTransaction): void {
    transaction.respond(this.#userAgent.response(request, 200, ''))
    if (this.#ended) this.#release()
    else this.#end({ by: 'remote', cause: 'bye', reason: request.headers.get('reason') ?? null }, () => this.#release())
  }

  #onReinvite(request: SipRequest, transaction: ServerTransaction): void {
    if (this.#ended) {
      transaction.respond(this.#userAgent.response(request, 481, ''))
      return
    }
    if (this.#incoming !== null || this.#unacknowledged !== null) {
      // §14.2: a second INVITE before the first has its final response.
      const response = this.#userAgent.response(request, 500, '')
      response.headers.append('retry-after', String(this.#userAgent.options.random.uint32() % 11))
      transaction.respond(response)
      return
    }
    if (this.#outgoing !== null) {
      transaction.respond(this.#userAgent.response(request, 491, ''))
      return
    }
    const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
    if (hasBody(request) && contentType !== 'application/sdp') {
      const response = this.#userAgent.response(request, 415, '')
      response.headers.append('accept', 'application/sdp')
      transaction.respond(response)
      return
    }
    this.#dialog.refreshTarget(request)
    this.#incoming = transaction
    this.#incomingRequest = request
    transaction.onCancel = () => {
      if (this.#incoming !== transaction) return
      this.#incoming = null
      transaction.respond(this.#userAgent.response(request, 487, ''))
    }
    const offer = hasBody(request) ? bodyText(request) : null
    this.#handlers.onOffer({
      offer,
      accept: sdp => {
        if (this.#incoming !== transaction) return
        this.#incoming = null
        const response = this.#userAgent.response(request, 200, '')
        response.headers
          .append('contact', this.#userAgent.contactOn(this.#flow))
          .append('allow', allowedMethods.join(', '))
        setBody(response, 'application/sdp', sdp)
        this.acceptWith(transaction, response, request.headers.cseq?.number ?? 0, offer === null)
      },
      reject: status => {
        if (this.#incoming !== transaction) return
        this.#incoming = null
        transaction.respond(this.#userAgent.response(request, status, ''))
      },
    })
    if (this.#incoming === transaction) transaction.respond(this.#userAgent.response(request, 100, ''))
  }

  #reinviteLater(sdp: string, handlers: ReinviteHandlers): void {
    this.#waiting = handlers
    this.#timers.arm('glare', this.#glareMs(), () => {
      this.#waiting = null
      this.reinvite(sdp, handlers)
    })
  }

  #refused(status: number, handlers: ReinviteHandlers): void {
    // §12.2.1.2: 481 and 408 to a request within the dialog end it.
    if (status === 481 || status === 408) {
      this.declareDead()
      return
    }
    handlers.onRefused(status)
  }

  #armRetransmission(delayMs: number): void {
    this.#timers.arm('retransmit', delayMs, () => {
      const waiting = this.#unacknowledged
      if (waiting === null) return
      waiting.transaction.respond(waiting.response)
      this.#armRetransmission(Math.min(delayMs * 2, t2Ms))
    })
  }

  #acknowledged(): void {
    this.#unacknowledged = null
    this.#timers.disarm('retransmit')
    this.#timers.disarm('ack')
  }

  #sendBye(reason: string | null): void {
    this.#timers.clear()
    this.#unacknowledged = null
    const bye = this.#dialog.createRequest('BYE')
    if (reason !== null) bye.headers.append('reason', reason)
    const done = () => this.#release()
    this.#userAgent.request(bye, this.#nextFlow(), {
      onResponse: ({ status }) => {
        if (status >= 200) done()
      },
      onTimeout: done,
      onTransportError: done,
    })
  }

  #end(end: DialogEnd, takeLeave: () => void): void {
    this.#ended = true
    this.#timers.disarm('glare')
    this.#waiting = null
    // §15.1.2: what is pending in the dialog gets 487.
    this.#incoming?.respond(this.#userAgent.response(this.#incomingRequest as SipRequest, 487, ''))
    this.#incoming = null
    takeLeave()
    // Last, so that a fault there keeps no BYE back.
    this.#handlers.onEnded(end)
  }

  #release(): void {
    this.#timers.clear()
    // The peer owes our re-INVITE a 487 now; who has vanished never sends it.
    this.#outgoing?.canceled()
    this.#userAgent.release(this)
  }

  /**
   * Where the next request goes: by the route set or target when that is a numeric address other than the one in use;
   * else on the flow that the peer last used, which also is the only way to a peer behind NAT or on a connection.
   */
  #nextFlow(): Flow {
    if ((this.#pinned || this.#flow.reliable) && this.#flow.alive) return this.#flow
    const flow = this.#userAgent.flowTo(this.#dialog.nextHop)
    return flow === null || flow.key === this.#flow.key ? this.#flow : flow
  }

  /** §14.1: the owner of the Call-ID waits 2.1–4 s, the other side 0–2 s, in steps of 10 ms. */
  #glareMs(): number {
    const { random } = this.#userAgent.options
    return this.#dialog.initiator
      ? 2_100 + 10 * Math.floor(random.float() * 191)
      : 10 * Math.floor(random.float() * 201)
  }
}
