/**
 * An early dialog on the side that called (RFC 3261 §12.1.2): one for each To tag of a provisional response. It sends the
 * PRACKs (RFC 3262 §4) and takes what the peer asks before the answer (RFC 3311 §5.2).
 */

import { refusalBeside } from '../dialog/offer-answer.ts'
import { sdpOf } from '../dialog/session-body.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import type { SessionEnds } from '../message/session-id.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import type { DialogUsage } from './dialog-usage.ts'
import type { InviteDialogHandlers } from './invite-dialog.ts'
import type { DialogLine } from './invite-line.ts'
import { refuseBeside, refuseEarly, refuseSession } from './invite-refusals.ts'
import type { IncomingRequest } from './user-agent.ts'

export interface EarlyDialogOptions {
  readonly line: DialogLine
  /** Our description in the INVITE. */
  readonly ownSdp: string
  readonly onOffer: InviteDialogHandlers['onOffer']
  /** Whose leg it is. */
  readonly owner: object | null
  /** A fault of ours in the handling of a message. */
  onFault(): void
}

export class EarlyDialog implements DialogUsage {
  readonly line: DialogLine
  readonly standing = 'calling'
  readonly #options: EarlyDialogOptions
  /** RSeq of the last reliable response; 0 before the first. */
  #lastNumber = 0
  #answer: string | null = null
  #ownSdp: string | null = null
  /** The peer's UPDATE that has no final response yet. */
  #update: ServerTransaction | null = null

  constructor(options: EarlyDialogOptions) {
    this.#options = options
    this.line = options.line
    this.line.userAgent.adopt(this)
  }

  get key(): string {
    return this.line.dialog.key
  }

  get owner(): object | null {
    return this.#options.owner
  }

  get ends(): SessionEnds {
    return this.line.ends
  }

  /** The answer to our offer, which a reliable response brought: later ones count for nothing (RFC 3261 §13.2.1). */
  get answer(): string | null {
    return this.#answer
  }

  /** Our description, if it was changed since the INVITE. */
  get ownSdp(): string | null {
    return this.#ownSdp
  }

  /** False for a provisional response that repeats, or is ahead of one that was lost and will come again (RFC 3262 §4). */
  receiveProvisional(response: SipResponse): boolean {
    const { headers } = response
    const number =
      headers.has('require') && headers.tokens('require').includes('100rel') ? headers.integer('rseq') : null
    if (number === null) return true
    if (this.#lastNumber !== 0 && number !== this.#lastNumber + 1) return false
    this.#lastNumber = number
    this.line.dialog.refreshTarget(response)
    this.#answer ??= sdpOf(response)
    this.#acknowledge(response, number)
    return true
  }

  receive(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    const { userAgent, dialog } = this.line
    if (!dialog.accept(request)) {
      transaction.respond(userAgent.response(request, 500, ''))
      return
    }
    this.line.flow = incoming.flow
    switch (request.method) {
      case 'UPDATE':
        this.#onUpdate(request, transaction)
        break
      case 'OPTIONS':
        userAgent.answerOptions(incoming)
        break
      case 'INFO':
        transaction.respond(userAgent.response(request, 200, ''))
        break
      case 'BYE':
      case 'PRACK':
        // §15: the called side ends an early dialog by a final response, never by BYE; and we sent no 18x.
        transaction.respond(userAgent.response(request, 481, ''))
        break
      case 'INVITE':
        // §14.1: our own INVITE is still open.
        transaction.respond(refuseBeside(userAgent, request, 491))
        break
      default:
        transaction.respond(refuseEarly(userAgent, request))
    }
  }

  /** Nothing was answered that an ACK could be for. */
  receiveAck(): void {}

  fail(): void {
    this.#options.onFault()
  }

  /** Also when the dialog was answered: another usage has its place then. */
  discard(): void {
    this.line.userAgent.release(this)
  }

  #acknowledge({ headers }: SipResponse, number: number): void {
    const prack = this.line.dialog.createRequest('PRACK')
    prack.headers.append('rack', `${number} ${headers.get('cseq') ?? ''}`)
    // A PRACK that is refused or lost changes nothing: the peer knows what it still waits for.
    this.line.send(prack, { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} })
  }

  #onUpdate(request: SipRequest, transaction: ServerTransaction): void {
    const { userAgent, dialog } = this.line
    const offer = sdpOf(request)
    const refusal = refusalBeside('UPDATE', offer !== null, {
      theirs: this.#update === null ? null : 'UPDATE',
      accepted: null,
      ours: this.#answer === null,
    })
    if (refusal !== null) {
      transaction.respond(refuseBeside(userAgent, request, refusal))
      return
    }
    const unusable = refuseSession(userAgent, request)
    if (unusable !== null) {
      transaction.respond(unusable)
      return
    }
    const grant = (sdp: string | null) => {
      dialog.refreshTarget(request)
      transaction.respond(this.line.grant(request, sdp))
    }
    if (offer === null) {
      grant(null)
      return
    }
    this.#update = transaction
    const finish = (respond: () => void) => {
      if (this.#update !== transaction) return false
      this.#update = null
      respond()
      return true
    }
    this.#options.onOffer({
      offer,
      current: this.#ownSdp ?? this.#options.ownSdp,
      ...(this.#answer === null ? {} : { answered: this.#answer }),
      accept: sdp =>
        finish(() => {
          this.#ownSdp = sdp
          grant(sdp)
        }),
      reject: status => finish(() => transaction.respond(userAgent.response(request, status, ''))),
    })
  }
}
