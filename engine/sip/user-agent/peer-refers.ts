/** REFERs of the peer within a dialog: read, put to whoever has the call, and answered; one at a time. */
import { type ReferTarget, readRefer } from '../dialog/refer.ts'
import type { DialogLine } from './invite-line.ts'
import { refuseMethod } from './invite-refusals.ts'
import { ReferProgress } from './refer-progress.ts'
import type { IncomingRequest } from './user-agent.ts'

/** Exactly one of the two must be called, before the handler returns. */
export interface ReferExchange {
  readonly target: ReferTarget
  /** 202. What becomes of it is told through what this returns. */
  accept(): ReferProgress
  /** 403 for who may not, 603 for what can't be done. */
  refuse(status: 403 | 603): void
}

export interface PeerRefersOptions {
  readonly line: DialogLine
  readonly isEnded: () => boolean
  /** Null: nobody may refer here. */
  readonly onRefer: ((exchange: ReferExchange) => void) | null
}

export class PeerRefers {
  readonly #options: PeerRefersOptions
  #isFirst = true
  #open: ReferProgress | null = null

  constructor(options: PeerRefersOptions) {
    this.#options = options
  }

  receive({ request, transaction }: IncomingRequest): void {
    const { line, isEnded, onRefer } = this.#options
    const refuse = (status: number) => transaction.respond(line.userAgent.response(request, status, ''))
    if (isEnded()) {
      refuse(481)
      return
    }
    if (onRefer === null) {
      refuse(403)
      return
    }
    if (this.#open !== null) {
      refuse(491)
      return
    }
    const reading = readRefer(request)
    if (!reading.ok) {
      refuse(reading.status)
      return
    }
    const { target, isQuiet } = reading
    onRefer({
      target,
      refuse,
      accept: () => {
        const response = line.userAgent.response(request, 202, '')
        response.headers.append('contact', line.userAgent.contactOn(line.flow, request.uri))
        if (isQuiet) response.headers.append('refer-sub', 'false')
        transaction.respond(response)
        const id = this.#isFirst ? '' : String(request.headers.cseq?.number ?? 0)
        this.#isFirst = false
        const progress = new ReferProgress({
          line,
          id,
          isQuiet,
          isEnded,
          onClosed: () => {
            if (this.#open === progress) this.#open = null
          },
        })
        this.#open = progress
        // RFC 3515 §2.4.4: at once.
        progress.tell(100)
        return progress
      },
    })
  }

  /**
   * RFC 6665 §4.1.2.3: the sender of a REFER wants to hear no more of it. Nothing else is there to be subscribed to, and
   * nobody rings for so long that it had to be renewed.
   */
  subscribe({ request, transaction }: IncomingRequest): void {
    const { line, isEnded } = this.#options
    const { headers } = request
    const event = (headers.get('event') ?? '').replaceAll(/[ \t]/g, '').toLowerCase()
    if ((event !== 'refer' && !event.startsWith('refer;')) || headers.integer('expires') !== 0) {
      transaction.respond(refuseMethod(line.userAgent, request))
      return
    }
    const progress = this.#open
    if (isEnded() || progress?.event !== event) {
      // RFC 5057 §5.1: of a subscription only, the call goes on.
      transaction.respond(line.userAgent.response(request, 481, ''))
      return
    }
    line.refreshTarget(request)
    const response = line.userAgent.response(request, 200, '')
    response.headers.append('contact', line.userAgent.contactOn(line.flow, request.uri)).append('expires', '0')
    transaction.respond(response)
    progress.silence()
  }
}
