/**
 * The transaction layer (RFC 3261 §17): matches messages to transactions and runs the four machines. It sees a send
 * function and a clock, never a socket.
 */
import type { Clock } from '../../ports/clock.ts'
import { TimerQueue } from '../../timer-queue.ts'
import { TurnoverMap } from '../../turnover-map.ts'
import { detached } from '../message/detached.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { magicCookie, type Via } from '../message/via.ts'
import { ChannelUsers } from './channel-users.ts'
import {
  ClientTransaction,
  type ClientTransactionOwner,
  type ClientTransactionUser,
  type Fallback,
} from './client-transaction.ts'
import { ServerTransaction, type ServerTransactionOwner } from './server-transaction.ts'
import type { TransactionTimer } from './step.ts'

/** The transactions' view of a way to a peer. */
export interface Channel {
  readonly reliable: boolean
  send(text: string): void
}

export interface TransactionHandlers<C extends Channel> {
  /** A new request. It must be answered through `transaction`, in this turn or later. */
  onRequest(request: SipRequest, transaction: ServerTransaction, channel: C): void
  /** A request that no transaction knows, before one is made for it. False: it is done with. Absent: all are taken. */
  onUnknown?(request: SipRequest, source: C, channel: Channel): boolean
  /** An ACK to a 2xx: it belongs to no transaction but to a dialog. */
  onAck(request: SipRequest, channel: C): void
  /**
   * Another way for the responses to a request that came over `from`, a connection that is gone, with this top Via
   * (§18.2.2); null: there is none. Absent: never.
   */
  wayBack?(from: C, via: Via): C | null
  /**
   * Another connection to where `from`, one of ours that is gone, led; null: there is none. Absent: never. What `request`
   * says of the connection that it goes by is put right.
   */
  wayOn?(from: C, request: SipRequest): C | null
  /** A response that no transaction waits for. */
  onStrayResponse(response: SipResponse): void
  /** A transaction user threw where nobody else would catch it. */
  onFault(error: unknown): void
}

export class TransactionLayer<C extends Channel> implements ClientTransactionOwner<C>, ServerTransactionOwner {
  readonly #timers: TimerQueue<TransactionTimer>
  readonly #handlers: TransactionHandlers<C>
  readonly #clients = new TurnoverMap<string, ClientTransaction<C>>()
  readonly #servers = new TurnoverMap<string, ServerTransaction>()
  /** From tag + Call-ID + CSeq of requests without To tag: finds requests that took two ways here (§8.2.2.2). */
  readonly #initial = new TurnoverMap<string, ServerTransaction>()
  readonly #clientsOver = new ChannelUsers<ClientTransaction<C>>()
  readonly #serversOver = new ChannelUsers<ServerTransaction>()
  #halfOpen = 0

  constructor(clock: Clock, handlers: TransactionHandlers<C>) {
    this.#timers = new TimerQueue(clock, error => handlers.onFault(error))
    this.#handlers = handlers
  }

  get size(): number {
    return this.#clients.size + this.#servers.size
  }

  /** INVITEs of others that wait for a final response, or for the ACK to one that is none. */
  get halfOpen(): number {
    return this.#halfOpen
  }

  /** Sends a request, whose top Via carries a branch of our own, and tells `user` what comes of it. */
  request(
    request: SipRequest,
    channel: C,
    user: ClientTransactionUser,
    fallback: Fallback<C> | null = null,
  ): ClientTransaction<C> {
    const key = detached(clientKey(request.headers.via?.branch ?? '', request.method))
    const transaction = new ClientTransaction<C>(request, channel, this.#timers, user, this, key, fallback)
    this.#clients.set(key, transaction)
    this.#clientsOver.move(transaction, null, channel)
    transaction.start()
    return transaction
  }

  /** What the INVITE that a CANCEL of ours is for went over, if it is still there. */
  channelOfInvite(cancel: SipRequest): C | undefined {
    return this.#clients.get(clientKey(cancel.headers.via?.branch ?? '', 'INVITE'))?.channel
  }

  /** The server transaction of the INVITE that a CANCEL is for (§9.2), if it is there. */
  inviteFor(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, 'INVITE'))
  }

  /** True while an INVITE of ours with this branch is under way. */
  isInviting(branch: string): boolean {
    return this.#clients.has(clientKey(branch, 'INVITE'))
  }

  receiveResponse(response: SipResponse): void {
    const { via, cseq } = response.headers
    const transaction = this.#clients.get(clientKey(via?.branch ?? '', cseq?.method ?? ''))
    if (transaction === undefined) this.#handlers.onStrayResponse(response)
    else transaction.receive(response)
  }

  /** `channel` is where responses go; `source` is what the request came over. */
  receiveRequest(request: SipRequest, source: C, channel: C): void {
    if (request.method === 'ACK') {
      const invite = this.#servers.get(serverKey(request, 'INVITE'))
      // An ACK with the INVITE's branch is for a failure; one to a 2xx has its own branch and goes to the dialog (§17.1.1.3).
      if (invite === undefined || invite.receiveAck()) this.#handlers.onAck(request, source)
      return
    }
    const key = serverKey(request, request.method)
    const existing = this.#servers.get(key)
    if (existing !== undefined) {
      existing.receiveRetransmission()
      return
    }
    if (this.#handlers.onUnknown?.(request, source, channel) === false) return
    // Both keys outlive the request by half a minute.
    const ownKey = detached(key)
    const mergeKey = request.headers.toTag === '' && request.method !== 'CANCEL' ? detached(initialKey(request)) : ''
    const merged = mergeKey !== '' && this.#initial.has(mergeKey)
    if (request.method === 'INVITE') this.#halfOpen++
    const transaction = new ServerTransaction(request, channel, this.#timers, this, { key: ownKey, mergeKey })
    this.#servers.set(ownKey, transaction)
    this.#serversOver.move(transaction, null, channel)
    if (merged) {
      // §8.2.2.2: the same request arrived by another way already.
      transaction.reply(482)
      return
    }
    if (mergeKey !== '') this.#initial.set(mergeKey, transaction)
    this.#handlers.onRequest(request, transaction, source)
  }

  /** Tells every transaction over `channel` that it is gone, or could not be made (`wasThere` false). */
  channelFailed(channel: Channel, wasThere = true): void {
    for (const transaction of this.#clientsOver.of(channel)) this.#guard(() => transaction.channelFailed(wasThere))
    for (const transaction of this.#serversOver.of(channel)) this.#guard(() => transaction.channelFailed(wasThere))
  }

  wayBack(from: Channel, via: Via): Channel | null {
    // What a server transaction gives is what it got: a channel of ours.
    return this.#handlers.wayBack?.(from as C, via) ?? null
  }

  wayOn(from: C, request: SipRequest): C | null {
    return this.#handlers.wayOn?.(from, request) ?? null
  }

  onClientMoved(transaction: ClientTransaction<C>, from: C, to: C): void {
    this.#clientsOver.move(transaction, from, to)
  }

  onClientEnded(transaction: ClientTransaction<C>): void {
    this.#clientsOver.move(transaction, transaction.channel, null)
    this.#clients.delete(transaction.key)
  }

  onServerMoved(transaction: ServerTransaction, from: Channel | null, to: Channel | null): void {
    this.#serversOver.move(transaction, from, to)
  }

  onServerEnded(transaction: ServerTransaction): void {
    const { key, mergeKey } = transaction
    this.#servers.delete(key)
    if (mergeKey !== '' && this.#initial.get(mergeKey) === transaction) this.#initial.delete(mergeKey)
  }

  onInviteSettled(): void {
    this.#halfOpen--
  }

  /** Ends everything at once; nothing is sent and nobody is told. */
  stop(): void {
    for (const transaction of [...this.#clients.values()]) transaction.terminate()
    for (const transaction of [...this.#servers.values()]) transaction.terminate()
  }

  #guard(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.#handlers.onFault(error)
    }
  }
}

function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`
}

function initialKey({ headers }: SipRequest): string {
  return `${headers.fromTag}|${headers.callId}|${headers.get('cseq')}`
}

/** §17.2.3: branch, sent-by and method; without the magic cookie the fields that RFC 2543 matched on. */
function serverKey({ headers, uri }: SipRequest, method: string): string {
  const via = headers.via
  const branch = via?.branch ?? ''
  // The bare cookie is as good as no branch (RFC 4475 §3.2.1).
  if (via !== null && branch.length > magicCookie.length && branch.startsWith(magicCookie))
    return `${branch}|${via.host}:${via.port}|${method}`
  // The To tag of an RFC 2543 ACK is the one of our response, so it can't be part of the key.
  return `2543|${uri}|${headers.fromTag}|${headers.callId}|${headers.cseq?.number}|${headers.first('via')}|${method}`
}
