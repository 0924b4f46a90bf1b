/** Runs one server machine: remembers the last response, sends it again when asked, absorbs what repeats. */
import type { TimerQueue } from '../../timer-queue.ts'
import { createResponse, type SipRequest, type SipResponse, serialize } from '../message/message.ts'
import type { SessionEnds } from '../message/session-id.ts'
import type { Via } from '../message/via.ts'
import { type InviteServerState, inviteServerStart, inviteServerStep } from './invite-server.ts'
import { type NonInviteServerState, nonInviteServerStart, nonInviteServerStep } from './non-invite-server.ts'
import { type ServerInput, type TransactionTimer, tryingAfterMs } from './step.ts'
import type { Channel } from './transaction-layer.ts'
import { TransactionTimers } from './transaction-timers.ts'

/** Who keeps server transactions, and under which keys. */
export interface ServerTransactionOwner {
  onServerEnded(transaction: ServerTransaction): void
  /** An INVITE was accepted or is over: told once. */
  onInviteSettled(): void
  /** Its responses go another way from now on; null: none yet. */
  onServerMoved(transaction: ServerTransaction, from: Channel | null, to: Channel | null): void
  /** Another way for the responses to a request whose connection is gone (§18.2.2); null: there is none. */
  wayBack(from: Channel, via: Via): Channel | null
}

export interface CancelEar {
  /** Null: the caller can't be reached any more, and nothing can be sent. */
  onCancel(cancel: SipRequest | null): void
}

export class ServerTransaction {
  /** What the request came over, or where UDP has its responses go. */
  readonly channel: Channel
  readonly method: string
  /** What copies of the request are known by. */
  readonly key: string
  /** What the same request is known by if it takes another way here (§8.2.2.2); '' for one that can't. */
  readonly mergeKey: string
  readonly #timers: TransactionTimers
  readonly #owner: ServerTransactionOwner
  #settled: boolean
  /** Where responses go now; null: the connection is gone, and the next response has to find another. */
  #way: Channel | null
  #request: SipRequest | null
  #state: InviteServerState | NonInviteServerState
  #responded = false
  /** Sent again when asked for; '' where nobody can ask us any more. */
  #lastResponse = ''
  #finalStatus = 0
  #localTag = ''
  #cancelEar: CancelEar | null = null
  /** Null: of no leg, or a final response has named it. */
  #ends: SessionEnds | null = null

  constructor(
    request: SipRequest,
    channel: Channel,
    timers: TimerQueue<TransactionTimer>,
    owner: ServerTransactionOwner,
    keys: { readonly key: string; readonly mergeKey: string },
  ) {
    this.#request = request
    this.channel = channel
    this.#way = channel
    this.method = request.method
    this.key = keys.key
    this.mergeKey = keys.mergeKey
    this.#timers = new TransactionTimers(timers, this)
    this.#owner = owner
    this.#settled = request.method !== 'INVITE'
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
    return this.#responded
  }

  /** The To tag of its responses, as told by {@link whenCanceled}; '' before. */
  get localTag(): string {
    return this.#localTag
  }

  /** An INVITE whose answer may take a while: gets a 100 unless something else is said soon. */
  tryLater(): void {
    if (!this.#responded && this.method === 'INVITE') this.#timers.arm('trying', tryingAfterMs)
  }

  /** Sends a response; one after the final one is ignored, except a 2xx sent again to an INVITE. */
  respond(response: SipResponse): void {
    if (this.#finalStatus !== 0 && !(this.#finalStatus < 300 && response.status === this.#finalStatus)) return
    if (!this.#responded) this.#timers.disarm('trying')
    this.#responded = true
    this.stamp(response)
    this.#lastResponse = serialize(response)
    if (response.status >= 200) {
      this.#finalStatus = response.status
      // Only the response is needed from here on; a request, and what a CANCEL would end, are several times its size.
      this.#request = null
      this.#cancelEar = null
      this.#ends = null
      if (response.status < 300) this.#settle()
    }
    if (this.#way === null && this.#state.name !== 'terminated') this.#findWay(response.headers.via)
    this.#run({ kind: 'respond', status: response.status })
    // RFC 6026 §7.1: from now on only the user agent sends its 2xx again, and brings it along.
    if (this.#state.name === 'accepted') this.#lastResponse = ''
  }

  /** Whose leg the request belongs to: every response names its two ends (RFC 7989 §6). */
  belongsTo(ends: SessionEnds | null): void {
    this.#ends = ends
  }

  get ends(): SessionEnds | null {
    return this.#ends
  }

  /** Names the ends of the leg in a response. */
  stamp(response: SipResponse): void {
    if (this.#ends !== null) response.headers.set('session-id', this.#ends.value)
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

  /**
   * Who hears of a CANCEL for this INVITE; the last one told.
   * @param localTag the To tag of the responses
   */
  whenCanceled(localTag: string, ear: CancelEar): void {
    this.#localTag = localTag
    this.#cancelEar = ear
  }

  /** A CANCEL has arrived: of no effect after a final response (§9.2). */
  cancel(request: SipRequest): void {
    if (this.#finalStatus === 0) this.#cancelEar?.onCancel(request)
  }

  /**
   * Its connection is gone. A caller who waits is told again over another what he was told last, so that one who has
   * vanished is noticed before an agent's phone rings for him; all else finds a way when there is something to say.
   * `wasThere`: false for a connection of ours that could not be made.
   */
  channelFailed(wasThere: boolean): void {
    const waits = this.#request !== null && this.method === 'INVITE' && this.#way === this.channel
    this.#take(null)
    if (waits) this.#findWay(this.#request?.headers.via ?? null)
    if (this.#way !== null) this.receiveRetransmission()
    else if (waits || !wasThere || this.#request === null) this.#run({ kind: 'transportError' })
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

  onTimer(timer: TransactionTimer): void {
    if (timer === 'trying') {
      this.reply(100)
      return
    }
    this.#run({ kind: 'timer', timer })
  }

  terminate(): void {
    this.#timers.clear()
    this.#take(null)
    this.#settle()
    this.#owner.onServerEnded(this)
  }

  #findWay(via: Via | null): void {
    this.#take(via === null ? null : this.#owner.wayBack(this.channel, via))
  }

  #take(way: Channel | null): void {
    this.#owner.onServerMoved(this, this.#way, way)
    this.#way = way
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    this.#owner.onInviteSettled()
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
          this.#way?.send(this.#lastResponse)
          break
        case 'arm':
          this.#timers.arm(effect.timer, effect.delayMs)
          break
        case 'disarm':
          this.#timers.disarm(effect.timer)
          break
        case 'terminate':
          this.terminate()
          break
        case 'transportFailed':
          this.#cancelEar?.onCancel(null)
          break
        // An answer that did not arrive changes nothing for the one who gave it: the caller is gone either way.
        case 'timeout':
        case 'ack':
        case 'deliver':
          break
      }
    }
  }
}
