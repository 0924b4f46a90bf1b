/** Runs one client machine: sends, arms timers, tells the transaction user. */
import type { Clock } from '../../ports/clock.ts'
import { TimerBag } from '../../timer-bag.ts'
import { createRequest, type SipRequest, type SipResponse, serialize } from '../message/message.ts'
import { type InviteClientState, inviteClientStart, inviteClientStep } from './invite-client.ts'
import { type NonInviteClientState, nonInviteClientStart, nonInviteClientStep } from './non-invite-client.ts'
import type { ClientInput, TransactionStep, TransactionTimer } from './step.ts'
import type { Channel } from './transaction-layer.ts'

export interface ClientTransactionUser {
  /** Each provisional response, and the final one; for INVITE every 2xx, retransmissions too. */
  onResponse(response: SipResponse): void
  /** Nothing final came in time: to be treated as a 408 (RFC 3261 §8.1.3.1). */
  onTimeout(): void
  /** The request could not be sent: to be treated as a 503. */
  onTransportError(): void
}

export class ClientTransaction {
  readonly request: SipRequest
  readonly channel: Channel
  readonly #user: ClientTransactionUser
  readonly #timers: TimerBag<TransactionTimer>
  readonly #onTerminated: () => void
  #state: InviteClientState | NonInviteClientState
  #wire = ''

  constructor(
    request: SipRequest,
    channel: Channel,
    clock: Clock,
    user: ClientTransactionUser,
    onTerminated: () => void,
  ) {
    this.request = request
    this.channel = channel
    this.#user = user
    this.#timers = new TimerBag(clock)
    this.#onTerminated = onTerminated
    this.#state =
      request.method === 'INVITE' ? inviteClientStart(channel.reliable) : nonInviteClientStart(channel.reliable)
  }

  get state(): string {
    return this.#state.name
  }

  start(): void {
    this.#wire = serialize(this.request)
    this.#run({ kind: 'start' }, null)
  }

  receive(response: SipResponse): void {
    // A request that was answered is not sent again; its text is the largest part of what a transaction keeps.
    if (response.status >= 200) this.#wire = ''
    this.#run({ kind: 'response', status: response.status }, response)
  }

  /** A CANCEL for this INVITE went out: it will not wait for its final response forever. */
  canceled(): void {
    this.#run({ kind: 'canceled' }, null)
  }

  transportFailed(): void {
    this.#run({ kind: 'transportError' }, null)
  }

  terminate(): void {
    this.#timers.clear()
    this.#onTerminated()
  }

  #step(input: ClientInput): TransactionStep<InviteClientState | NonInviteClientState> {
    return this.request.method === 'INVITE'
      ? inviteClientStep(this.#state as InviteClientState, input)
      : nonInviteClientStep(this.#state as NonInviteClientState, input)
  }

  #run(input: ClientInput, response: SipResponse | null): void {
    const { state, effects } = this.#step(input)
    this.#state = state
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
          this.channel.send(this.#wire)
          break
        case 'ack':
          if (response !== null) this.channel.send(serialize(failureAck(this.request, response)))
          break
        case 'arm':
          this.#timers.arm(effect.timer, effect.delayMs, () => this.#run({ kind: 'timer', timer: effect.timer }, null))
          break
        case 'disarm':
          this.#timers.disarm(effect.timer)
          break
        case 'deliver':
          if (response !== null) this.#user.onResponse(response)
          break
        case 'timeout':
          this.#user.onTimeout()
          break
        case 'transportFailed':
          this.#user.onTransportError()
          break
        case 'terminate':
          this.terminate()
          break
      }
    }
  }
}

/** §17.1.1.3: the INVITE's top Via alone, its Route, its CSeq number; To as in the response. */
function failureAck(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = createRequest('ACK', invite.uri)
  const { headers } = invite
  ack.headers.append('via', headers.get('via') ?? '')
  for (const route of headers.fields('route')) ack.headers.append('route', route)
  ack.headers
    .append('max-forwards', '70')
    .append('from', headers.get('from') ?? '')
    .append('to', response.headers.get('to') ?? '')
    .append('call-id', headers.callId)
    .append('cseq', `${headers.cseq?.number ?? 0} ACK`)
  return ack
}
