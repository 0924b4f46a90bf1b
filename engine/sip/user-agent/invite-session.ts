/**
 * The session timer of one dialog (RFC 4028), in either role: one timer, which refreshes at half the interval, or ends the
 * call when the peer has not.
 */
import type { TimerBag } from '../../timer-bag.ts'
import { glareWaitMs } from '../dialog/offer-answer.ts'
import {
  answerSession,
  askForSession,
  expireAfterMs,
  LeastInterval,
  refreshAfterMs,
  type SessionTerms,
  sessionOfAnswer,
} from '../dialog/session-timer.ts'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import type { DialogLine, DialogTimer } from './invite-line.ts'

export interface SessionKeeperOptions {
  readonly line: DialogLine
  readonly timers: TimerBag<DialogTimer>
  /** An INVITE or UPDATE is under way: its 2xx will refresh the session, too. */
  isBusy(): boolean
  /** Refreshes by a re-INVITE with the session as it is. */
  reinvite(onRefused: (status: number) => void): void
  /** The peer did not refresh in time, or is gone. */
  onDead(): void
}

/** What a refresh waits that something is in the way of. */
const busyWaitMs = 2_000

export class SessionKeeper {
  readonly #options: SessionKeeperOptions
  #terms: SessionTerms | null = null
  /** When the session is given up, on the clock's scale. */
  #deadlineMs = 0
  readonly #least = new LeastInterval()
  #peerUpdates = false

  constructor(options: SessionKeeperOptions) {
    this.#options = options
  }

  get terms(): SessionTerms | null {
    return this.#terms
  }

  /** Asks for an interval in an INVITE or UPDATE of ours. @returns for {@link answered} */
  ask(request: SipRequest): number {
    return askForSession(request.headers, this.#options.line.userAgent.session, this.#terms, this.#least.sec)
  }

  /** The 2xx to a request that asked. */
  answered(response: SipResponse, askedSec: number): void {
    this.#least.suffices()
    this.learn(response)
    this.#agree(sessionOfAnswer(response.headers, askedSec))
  }

  /** Writes the terms into our 2xx to `request`, and puts them in force. */
  answer(request: SipRequest, response: SipResponse): void {
    this.learn(request)
    this.#agree(answerSession(request.headers, response.headers, this.#options.line.userAgent.session))
  }

  /** §7.3: true if a 422 tells us to ask for a longer interval; the request is then to be sent again. */
  tooShort(response: SipResponse): boolean {
    return this.#least.learn(response, this.#terms?.intervalSec ?? 0)
  }

  /** Whether the peer takes UPDATE, which needs no session description and no ACK. */
  learn({ headers }: SipMessage): void {
    if (headers.has('allow')) this.#peerUpdates = headers.fields('allow').some(value => value.includes('UPDATE'))
  }

  /** The call is over: nothing that is still under way matters. */
  stop(): void {
    this.#agree(null)
  }

  #agree(terms: SessionTerms | null): void {
    const { line, timers } = this.#options
    this.#terms = terms
    if (terms === null) {
      timers.disarm('session')
      return
    }
    this.#deadlineMs = line.userAgent.options.clock.now() + expireAfterMs(terms)
    if (terms.refresher === 'local') timers.arm('session', refreshAfterMs(terms), () => this.#refresh())
    else timers.arm('session', expireAfterMs(terms), this.#options.onDead)
  }

  #refresh(): void {
    if (this.#options.isBusy()) this.#again(busyWaitMs)
    else if (this.#peerUpdates) this.#update()
    else
      this.#options.reinvite(status => {
        this.#again(status === 491 ? this.#glareMs() : busyWaitMs)
      })
  }

  #update(): void {
    const { line, onDead } = this.#options
    const update = line.dialog.createRequest('UPDATE')
    const askedSec = this.ask(update)
    line.send(update, {
      onResponse: response => {
        const { status } = response
        if (status < 200 || this.#terms === null) return
        if (status < 300) {
          line.refreshTarget(response)
          this.answered(response, askedSec)
        } else if (status === 408 || status === 481) onDead()
        else if (this.tooShort(response)) this.#update()
        else if (status === 405 || status === 501) {
          this.#peerUpdates = false
          this.#refresh()
        } else this.#again(status === 491 ? this.#glareMs() : retryAfterMs(response))
      },
      onTimeout: onDead,
      onTransportError: () => this.#again(busyWaitMs),
    })
  }

  /** Tries again later, but not beyond the session's end (§10). */
  #again(delayMs: number): void {
    const { line, timers, onDead } = this.#options
    if (this.#terms === null) return
    const leftMs = this.#deadlineMs - line.userAgent.options.clock.now()
    if (leftMs <= 0) onDead()
    else timers.arm('session', Math.min(delayMs, leftMs), () => this.#refresh())
  }

  #glareMs(): number {
    const { userAgent, dialog } = this.#options.line
    return glareWaitMs(dialog.initiator, userAgent.options.random.float())
  }
}

function retryAfterMs({ headers }: SipResponse): number {
  return Math.max(busyWaitMs, headers.retryAfterMs ?? 0)
}
