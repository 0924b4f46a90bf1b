/** Runs one server machine: remembers the last response, sends it again when asked, absorbs what repeats. */
import type { Clock } from '../../ports/clock.ts'
import { TimerBag } from '../../timer-bag.ts'
import { createResponse, type SipRequest, type SipResponse, serialize } from '../message/message.ts'
import { type InviteServerState, inviteServerStart, inviteServerStep } from './invite-server.ts'
import { type NonInviteServerState, nonInviteServerStart, nonInviteServerStep } from './non-invite-server.ts'
import type { ServerInput, TransactionTimer } from './step.ts'
import type { Channel } from './transaction-layer.ts'

export class ServerTransaction {
  readonly channel: Channel
  readonly method: string
  readonly #timers: TimerBag<TransactionTimer>
  readonly #onTerminated: () => void
  /** Tells, once, that an INVITE was accepted or is over. */
  #onSettled: (() => void) | undefined
  #request: SipRequest | null
  #state: InviteServerState | NonInviteServerState
  #lastResponse = ''
  #finalStatus = 0
  /** A CANCEL for this INVITE arrived before a final response (§9.2). */
  onCancel: ((cancel: SipRequest) => void) | null = null

  constructor(request: SipRequest, channel: Channel, clock: Clock, onTerminated: () => void, onSettled?: () => void) {
    this.#request = request
    this.channel = channel
    this.method = request.method
    this.#timers = new TimerBag(clock)
    this.#onTerminated = onTerminated
    this.#onSettled = onSettled
    this.#state =
      request.method === 'INVITE' ? inviteServerStart(channel.reliable) : nonInviteServerStart(channel.reliable)
  }

  get state(): string {
    return this.#state.name
  }

  /** The status of the final response, 0 while there is none. */
  get finalStatus(): number {
    return this.#finalStatus
  }

  get responded(): boolean {
    return this.#lastResponse !== ''
  }

  /** Sends a response; one after the final one is ignored, except a 2xx sent again to an INVITE. */
  respond(response: SipResponse): void {
    if (this.#finalStatus !== 0 && !(this.#finalStatus < 300 && response.status === this.#finalStatus)) return
    this.#lastResponse = serialize(response)
    if (response.status >= 200) {
      this.#finalStatus = response.status
      // Only the response is needed from here on; a request, and what a CANCEL would end, are several times its size.
      this.#request = null
      this.onCancel = null
      if (response.status < 300) this.#settle()
    }
    this.#run({ kind: 'respond', status: response.status })
  }

  /** Answers with nothing but a status. */
  reply(status: number, toTag = '', change?: (response: SipResponse) => void): void {
    if (this.#request === null) return
    const response = createResponse(this.#request, status, toTag)
    change?.(response)
    this.respond(response)
  }

  /**
   * Answers with a text, or not at all, without remembering anything: for strangers, who must not make us keep state or
   * retransmit. The ACK, if one comes, then matches nothing and is dropped.
   */
  endStateless(answer: string | null): void {
    if (answer !== null) this.channel.send(answer)
    this.terminate()
  }

  receiveRetransmission(): void {
    this.#run({ kind: 'retransmission' })
  }

  /** True if the ACK is one to a 2xx and belongs to the dialog. */
  receiveAck(): boolean {
    const accepted = this.#state.name === 'accepted'
    this.#run({ kind: 'ack' })
    return accepted
  }

  terminate(): void {
    this.#timers.clear()
    this.#settle()
    this.#onTerminated()
  }

  #settle(): void {
    this.#onSettled?.()
    this.#onSettled = undefined
  }

  #run(input: ServerInput): void {
    const { state, effects } =
      this.method === 'INVITE'
        ? inviteServerStep(this.#state as InviteServerState, input)
        : nonInviteServerStep(this.#state as NonInviteServerState, input)
    this.#state = state
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
          this.channel.send(this.#lastResponse)
          break
        case 'arm':
          this.#timers.arm(effect.timer, effect.delayMs, () => this.#run({ kind: 'timer', timer: effect.timer }))
          break
        case 'disarm':
          this.#timers.disarm(effect.timer)
          break
        case 'terminate':
          this.terminate()
          break
        // An answer that did not arrive changes nothing for the one who gave it: the caller is gone either way.
        case 'timeout':
        case 'transportFailed':
        case 'ack':
        case 'deliver':
          break
      }
    }
  }
}
