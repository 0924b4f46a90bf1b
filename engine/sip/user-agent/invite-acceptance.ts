/** Our 2xx to an INVITE until its ACK: repeated by the core, over any transport (RFC 3261 §13.3.1.4). */
import type { TimerBag } from '../../timer-bag.ts'
import type { SipResponse } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import { t1Ms, t2Ms, transactionTimeoutMs } from '../transaction/step.ts'
import type { DialogTimer } from './invite-line.ts'

export interface AcceptanceOptions {
  readonly timers: TimerBag<DialogTimer>
  readonly transaction: ServerTransaction
  readonly response: SipResponse
  /** CSeq number of the INVITE, which the ACK has, too. */
  readonly sequence: number
  /** The 2xx makes an offer: the ACK brings the answer. */
  readonly offers: boolean
  /** No ACK came for 64·T1. */
  onUnacknowledged(): void
}

export class Acceptance {
  readonly offers: boolean
  readonly sequence: number
  readonly #options: AcceptanceOptions
  #sent = false

  constructor(options: AcceptanceOptions) {
    this.#options = options
    this.offers = options.offers
    this.sequence = options.sequence
  }

  /** False while the 2xx is kept back. */
  get sent(): boolean {
    return this.#sent
  }

  /** What it holds open in the dialog. */
  get state(): 'held' | 'offer' | 'answer' {
    if (!this.#sent) return 'held'
    return this.offers ? 'offer' : 'answer'
  }

  send(): void {
    const { timers, transaction, response, onUnacknowledged } = this.#options
    this.#sent = true
    transaction.respond(response)
    this.#armRetransmission(t1Ms)
    timers.arm('ack', transactionTimeoutMs, onUnacknowledged)
  }

  /** The ACK is there, or nobody waits for it any more. */
  stop(): void {
    const { timers } = this.#options
    timers.disarm('retransmit')
    timers.disarm('ack')
  }

  /** A final response in place of a 2xx that was not sent yet. */
  refuse(status: number, toTag: string): void {
    this.#options.transaction.reply(status, toTag)
  }

  #armRetransmission(delayMs: number): void {
    const { timers, transaction, response } = this.#options
    timers.arm('retransmit', delayMs, () => {
      transaction.respond(response)
      this.#armRetransmission(Math.min(delayMs * 2, t2Ms))
    })
  }
}
