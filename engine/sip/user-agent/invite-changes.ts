/** The peer's re-INVITEs and UPDATEs in one dialog: at most one offer at a time waits for our answer (RFC 3261 §14.2, RFC 3311 §5.2). */
import type { TimerBag } from '../../timer-bag.ts'
import { type OpenExchanges, refusalBeside } from '../dialog/offer-answer.ts'
import { readSession } from '../dialog/session-body.ts'
import type { SipRequest } from '../message/message.ts'
import type { ServerTransaction } from '../transaction/server-transaction.ts'
import type { OfferExchange } from './invite-dialog.ts'
import type { DialogLine, DialogTimer } from './invite-line.ts'
import { refuseBeside, refuseSession } from './invite-refusals.ts'

export interface PeerChangesOptions {
  readonly line: DialogLine
  readonly timers: TimerBag<DialogTimer>
  /** What else is under way. */
  beside(): Omit<OpenExchanges, 'theirs'>
  /** Our description in force. */
  ownSdp(): string
  onOffer(exchange: OfferExchange): void
  /** To be answered with 200; `sdp` is null for an UPDATE that only refreshes. */
  onGranted(request: SipRequest, transaction: ServerTransaction, sdp: string | null): void
}

/**
 * How long an offer waits for whoever has to answer it. Of an UPDATE: well below the 64·T1 after which the peer gives it up
 * (RFC 3311 §5.2). Of an INVITE: what another peer may take whom we ask in our turn. It must end, as it keeps our own offers back.
 */
const patienceMs = { INVITE: 40_000, UPDATE: 20_000 } as const

export class PeerChanges {
  readonly #options: PeerChangesOptions
  #open: {
    readonly method: 'INVITE' | 'UPDATE'
    readonly request: SipRequest
    readonly transaction: ServerTransaction
  } | null = null

  constructor(options: PeerChangesOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  receive(method: 'INVITE' | 'UPDATE', request: SipRequest, transaction: ServerTransaction): void {
    const { line, timers, beside, ownSdp, onOffer, onGranted } = this.#options
    const { userAgent } = line
    const body = readSession(request)
    const offers = !body.ok || body.sdp !== null
    const refusal = refusalBeside(method, offers, { theirs: this.#open?.method ?? null, ...beside() })
    const response = refusal === null ? refuseSession(userAgent, request) : refuseBeside(userAgent, request, refusal)
    if (response !== null) {
      transaction.respond(response)
      return
    }
    const offer = body.ok ? body.sdp : null
    if (method === 'UPDATE' && offer === null) {
      onGranted(request, transaction, null)
      return
    }
    const open = { method, request, transaction }
    this.#open = open
    const finish = (respond: () => void) => {
      if (this.#open !== open) return false
      this.#close()
      respond()
      return true
    }
    const reject = (status: number) => finish(() => transaction.respond(userAgent.response(request, status, '')))
    let onGivenUp = () => {}
    const giveUp = (status: number) => {
      if (reject(status)) onGivenUp()
    }
    transaction.whenCanceled(line.dialog.localTag, { onCancel: () => giveUp(487) })
    timers.arm('offer', patienceMs[method], () => giveUp(504))
    onOffer({
      offer,
      current: ownSdp(),
      accept: sdp => finish(() => onGranted(request, transaction, sdp)),
      reject,
      whenGivenUp: listener => {
        onGivenUp = listener
      },
    })
    if (method === 'INVITE' && this.#open === open) transaction.respond(userAgent.response(request, 100, ''))
  }

  /** §15.1.2: what is pending when the call ends gets 487. */
  stop(): void {
    const pending = this.#open
    this.#close()
    pending?.transaction.respond(this.#options.line.userAgent.response(pending.request, 487, ''))
  }

  #close(): void {
    this.#open = null
    this.#options.timers.disarm('offer')
  }
}
