/** Runs one client machine: sends, arms timers, tells the transaction user. */
import type { TimerQueue } from '../../timer-queue.ts'
import { createRequest, type SipRequest, type SipResponse, serialize } from '../message/message.ts'
import { type InviteClientState, inviteClientStart, inviteClientStep } from './invite-client.ts'
import { type NonInviteClientState, nonInviteClientStart, nonInviteClientStep } from './non-invite-client.ts'
import type { ClientInput, TransactionStep, TransactionTimer } from './step.ts'
import type { Channel } from './transaction-layer.ts'
import { TransactionTimers } from './transaction-timers.ts'

export interface ClientTransactionUser {
  /** Each provisional response, and the final one; for INVITE every 2xx, retransmissions too. */
  onResponse(response: SipResponse): void
  /** Nothing final came in time: to be treated as a 408 (RFC 3261 §8.1.3.1). */
  onTimeout(): void
  /** The request could not be sent: to be treated as a 503. */
  onTransportError(): void
}

/** The way that a request takes when its first one fails before anything came back (RFC 3261 §18.1.1). */
export interface Fallback<C extends Channel = Channel> {
  readonly channel: C
  /** The top Via there, of the same branch. */
  readonly via: string
  onTaken(): void
}

/** Who keeps client transactions. */
export interface ClientTransactionOwner<C extends Channel = Channel> {
  onClientMoved(transaction: ClientTransaction<C>, from: C, to: C): void
  onClientEnded(transaction: ClientTransaction<C>): void
  /** Another connection for `request` to where one of ours led that is gone; null: there is none. */
  wayOn(from: C, request: SipRequest): C | null
}

export class ClientTransaction<C extends Channel = Channel> {
  readonly #isInvite: boolean
  /** Null once a final response is there: the last timers keep a transaction for half a minute, and it must be small then. */
  #request: SipRequest | null
  #channel: C
  #fallback: Fallback<C> | null
  /** Its connection may be made anew. */
  #mayGoOn = true
  /** What its responses are known by. */
  readonly key: string
  #user: ClientTransactionUser
  readonly #timers: TransactionTimers
  readonly #owner: ClientTransactionOwner<C>
  #state: InviteClientState | NonInviteClientState
  #wire = ''

  constructor(
    request: SipRequest,
    channel: C,
    timers: TimerQueue<TransactionTimer>,
    user: ClientTransactionUser,
    owner: ClientTransactionOwner<C>,
    key: string,
    fallback: Fallback<C> | null = null,
  ) {
    this.#request = request
    this.#isInvite = request.method === 'INVITE'
    this.#channel = channel
    this.#fallback = fallback
    this.#user = user
    this.key = key
    this.#timers = new TransactionTimers(timers, this)
    this.#owner = owner
    this.#state = this.#begin()
  }

  get channel(): C {
    return this.#channel
  }

  get state(): string {
    return this.#state.name
  }

  /** What was sent, as long as there is no final response. */
  get request(): SipRequest | null {
    return this.#request
  }

  start(): void {
    if (this.#request !== null) this.#wire = serialize(this.#request)
    this.#run({ kind: 'start' }, null)
  }

  receive(response: SipResponse): void {
    if (response.status >= 200 && this.#request !== null) {
      // Built once: a failure that comes again gets the same ACK again (§17.1.1.2).
      this.#wire = this.#isInvite && response.status >= 300 ? serialize(failureAck(this.#request, response)) : ''
      this.#request = null
    }
    this.#fallback = null
    this.#run({ kind: 'response', status: response.status }, response)
    // Only the copies of a 2xx to an INVITE concern anyone after the final response.
    if (this.#request === null && this.#state.name !== 'accepted') this.#user = nobody
  }

  /** A CANCEL for this INVITE went out: it will not wait for its final response forever. */
  canceled(): void {
    // To a peer that knows nothing of it any more the INVITE would be a new call.
    this.#mayGoOn = false
    this.#run({ kind: 'canceled' }, null)
  }

  /**
   * Its connection is gone; `wasThere`: false for one that never came about. Idle ones are closed, and NATs forget them: the
   * same request goes once more, over a new one, which whoever has had it takes for a copy.
   */
  channelFailed(wasThere: boolean): void {
    const fallback = this.#fallback
    const request = wasThere && this.#mayGoOn ? this.#request : null
    const way = request === null ? null : this.#owner.wayOn(this.#channel, request)
    if (way !== null) {
      this.#mayGoOn = false
      this.#goOver(way)
    } else if (fallback !== null) this.#take(fallback)
    else this.#run({ kind: 'transportError' }, null)
  }

  onTimer(timer: TransactionTimer): void {
    this.#run({ kind: 'timer', timer }, null)
  }

  terminate(): void {
    this.#timers.clear()
    this.#owner.onClientEnded(this)
  }

  #take({ channel, via, onTaken }: Fallback<C>): void {
    this.#fallback = null
    this.#request?.headers.replaceFirst('via', via)
    onTaken()
    this.#goOver(channel)
  }

  #goOver(channel: C): void {
    this.#timers.clear()
    this.#owner.onClientMoved(this, this.#channel, channel)
    this.#channel = channel
    this.#state = this.#begin()
    this.start()
  }

  #begin(): InviteClientState | NonInviteClientState {
    const { reliable } = this.#channel
    return this.#isInvite ? inviteClientStart(reliable) : nonInviteClientStart(reliable)
  }

  #step(input: ClientInput): TransactionStep<InviteClientState | NonInviteClientState> {
    return this.#isInvite
      ? inviteClientStep(this.#state as InviteClientState, input)
      : nonInviteClientStep(this.#state as NonInviteClientState, input)
  }

  #run(input: ClientInput, response: SipResponse | null): void {
    const { state, effects } = this.#step(input)
    this.#state = state
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
        case 'ack':
          this.#channel.send(this.#wire)
          break
        case 'arm':
          this.#timers.arm(effect.timer, effect.delayMs)
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

const nobody: ClientTransactionUser = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} }

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
  // RFC 7989 §6: as in its INVITE.
  const sessionId = headers.get('session-id')
  if (sessionId !== undefined) ack.headers.append('session-id', sessionId)
  return ack
}
