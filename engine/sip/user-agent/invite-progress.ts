/**
 * Reliable provisional responses of one INVITE that came in (RFC 3262 §3): one after the other, each repeated until its
 * PRACK, numbered in RSeq.
 */
import { TimerBag } from '../../timer-bag.ts'
import { readSession } from '../dialog/session-body.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import { t1Ms, transactionTimeoutMs } from '../transaction/step.ts'
import type { IncomingRequest, UserAgent } from './user-agent.ts'

export interface ReliableProgressOptions {
  readonly userAgent: UserAgent
  readonly transaction: ServerTransaction
  /** CSeq number of the INVITE. */
  readonly sequence: number
  /** A PRACK took the place of one response in the queue. Its description is judged and answered by whoever owns the dialog. */
  onAcknowledged(prack: IncomingRequest, sdp: string | null): void
  /** No PRACK came for 64·T1: the INVITE deserves a 5xx. */
  onUnacknowledged(): void
}

export class ReliableProgress {
  readonly #options: ReliableProgressOptions
  readonly #timers: TimerBag<'retransmit' | 'prack'>
  /** Sent or to be sent; the first is the one that waits for its PRACK. */
  readonly #queue: SipResponse[] = []
  /** Of the first in the queue. */
  #number: number

  constructor(options: ReliableProgressOptions) {
    this.#options = options
    this.#timers = new TimerBag(options.userAgent.options.clock)
    // §3: from 1 to 2^31 - 1, at random; the numbers after it must not wrap around.
    this.#number = 1 + (options.userAgent.options.random.uint32() % 0x3fffffff)
  }

  /** §3: a 2xx must wait for the PRACK of a session description. */
  get holdsSession(): boolean {
    return this.#queue.some(({ body }) => body.length > 0)
  }

  send(response: SipResponse): void {
    response.headers.append('require', '100rel').append('rseq', String(this.#number + this.#queue.length))
    this.#queue.push(response)
    if (this.#queue.length === 1) this.#start(response)
  }

  /** Answers a PRACK, or leaves that to `onAcknowledged` when it acknowledges something. */
  receive(prack: IncomingRequest): void {
    const { request, transaction } = prack
    const { userAgent } = this.#options
    const body = readSession(request)
    if (this.#queue.length === 0 || !this.#isFor(request)) {
      transaction.respond(userAgent.response(request, 481, ''))
      return
    }
    this.#timers.clear()
    this.#queue.shift()
    this.#number++
    this.#options.onAcknowledged(prack, body.ok ? body.sdp : null)
    const [next] = this.#queue
    if (next !== undefined && this.#options.transaction.finalStatus === 0) this.#start(next)
  }

  /** §3: nothing is repeated once there is a final response. A PRACK that is late is answered all the same. */
  stop(): void {
    this.#timers.clear()
  }

  #start(response: SipResponse): void {
    this.#options.transaction.respond(response)
    this.#timers.arm('prack', transactionTimeoutMs, () => {
      this.stop()
      this.#options.onUnacknowledged()
    })
    this.#repeat(response, t1Ms)
  }

  /** §3: the interval doubles without a limit. */
  #repeat(response: SipResponse, delayMs: number): void {
    this.#timers.arm('retransmit', delayMs, () => {
      this.#options.transaction.respond(response)
      this.#repeat(response, 2 * delayMs)
    })
  }

  /** RAck: RSeq, then the INVITE's CSeq. */
  #isFor({ headers }: SipRequest): boolean {
    const [number, sequence, method, ...others] = (headers.get('rack') ?? '').trim().split(/[ \t]+/, 4)
    return (
      number === String(this.#number) &&
      sequence === String(this.#options.sequence) &&
      method === 'INVITE' &&
      others.length === 0
    )
  }
}
