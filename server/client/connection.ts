/**
 * The live side of the client: one Socket.IO connection that reconnects, keeps its cursor, asks for what it missed,
 * and hands every event over once.
 */
import { io, type Socket } from 'socket.io-client'
import type { AnyEvent, EventEnvelope, EventType, Topic } from '../../engine/events.ts'
import type { ClientToServerEvents, ServerToClientEvents, Snapshot, SubscribeReply } from '../api/realtime.ts'
import { createRest, type Rest } from './rest.ts'
import { topicOfType } from './topics.ts'

/** How many event ids are remembered to recognise repetitions. */
const rememberedIds = 5_000
const replyTimeoutMs = 10_000

export type Status =
  /** Not connected (any more); trying. */
  | { readonly state: 'connecting' }
  /** Subscribed: what was missed has been asked for, and events come as they happen. */
  | { readonly state: 'live' }
  /** The server does not accept the token or the topics: nothing will come until {@link Center.reconnect}. */
  | { readonly state: 'refused'; readonly code: string; readonly message: string }
  | { readonly state: 'closed' }

export interface ConnectOptions {
  /** Where the server is, e.g. `https://cc.example`. In a browser the page's own origin is the default. */
  readonly url: string
  /** A session token or an API key. */
  readonly token: string
  /** `queues`, `agents`, `calls`, `screenpop`, each also as `topic:id`. Default: what the handlers need. */
  readonly topics?: readonly string[]
  /** The {@link Center.cursor} where an earlier process stopped: begins with what has happened since. */
  readonly cursor?: string
}

export type AckOutcome = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string }

export interface Center {
  /** Listens to one type of event; the result stops listening. */
  on<T extends EventType>(type: T, handler: (event: EventEnvelope<T>) => void): () => void
  /** Listens to every event of the subscribed topics. */
  onAny(handler: (event: AnyEvent) => void): () => void
  /** The present state: at first, and whenever too much was missed to be told event by event. */
  onSnapshot(handler: (snapshot: Snapshot) => void): () => void
  onStatus(handler: (status: Status) => void): () => void
  /**
   * Tells what was done with a pop, so that it is not sent again. Repeated until the server has it; never rejects. May
   * be called again while the pop lives, `shown` and then `opened`: the last word counts.
   */
  acknowledge(popId: string, result: string): Promise<AckOutcome>
  readonly status: Status
  /** Position of the last event; null before the first snapshot. Keep it to go on there after a restart. */
  readonly cursor: string | null
  readonly rest: Rest
  /** Tries again after `refused`, with another token if one is given. */
  reconnect(token?: string): void
  close(): void
}

/**
 * Connects to a server.
 * @example
 * const center = connect({ url: 'https://cc.example', token: 'stk_…' })
 * center.on('screenpop.requested', pop => {
 *   showCustomer(pop.data.ani.e164, pop.data.callId)
 *   center.acknowledge(pop.data.popId, 'shown')
 * })
 */
export function connect(options: ConnectOptions): Center {
  let { token } = options
  const rest = () => createRest({ url: options.url, token })
  const handlers = new Map<string, Set<(event: AnyEvent) => void>>()
  const anyHandlers = new Set<(event: AnyEvent) => void>()
  const snapshotHandlers = new Set<(snapshot: Snapshot) => void>()
  const statusHandlers = new Set<(status: Status) => void>()
  const seen = new Set<string>()
  let cursor = options.cursor ?? null
  let status: Status = { state: 'connecting' }
  let subscribed = ''
  let isSubscribing = false
  let retry: ReturnType<typeof setTimeout> | null = null

  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(options.url, {
    auth: answer => answer({ token }),
    autoConnect: false,
    // Its own connection: two centers in one page must not share one.
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
  })

  function setStatus(next: Status): void {
    if (next.state === status.state && next.state !== 'refused') return
    status = next
    for (const handler of [...statusHandlers]) handler(next)
  }

  function topicsWanted(): readonly string[] {
    if (options.topics !== undefined) return options.topics
    if (anyHandlers.size > 0) return ['queues', 'agents', 'calls', 'screenpop'] satisfies Topic[]
    const topics = new Set<string>()
    for (const [type, ofType] of handlers) if (ofType.size > 0) topics.add(topicOfType(type as EventType))
    return [...topics].sort()
  }

  function takeSnapshot(reply: { cursor: string; snapshot: Snapshot }): void {
    cursor = reply.cursor
    for (const handler of [...snapshotHandlers]) handler(reply.snapshot)
  }

  function retryIn(delayMs: number, action: () => void): void {
    if (retry !== null) clearTimeout(retry)
    retry = setTimeout(() => {
      retry = null
      if (status.state !== 'closed') action()
    }, delayMs)
  }

  /** Subscribes if the wanted topics are not subscribed to on this connection. */
  async function subscribe(): Promise<void> {
    if (!socket.connected || isSubscribing) return
    const topics = topicsWanted()
    const wanted = topics.join()
    if (topics.length === 0 || wanted === subscribed) return
    isSubscribing = true
    let answer: SubscribeReply
    try {
      const request = { topics: [...topics], ...(cursor === null ? {} : { cursor }) }
      answer = await socket.timeout(replyTimeoutMs).emitWithAck('subscribe', request)
    } catch {
      // Cut off, or no answer: the next connection asks again.
      isSubscribing = false
      if (socket.connected) retryIn(1_000, () => void subscribe())
      return
    }
    isSubscribing = false
    if ('error' in answer) {
      const { code, message } = answer.error
      if (code === 'auth.forbidden' || code === 'request.invalid') setStatus({ state: 'refused', code, message })
      else retryIn(2_000, () => void subscribe())
      return
    }
    subscribed = wanted
    if (answer.snapshot !== undefined) takeSnapshot({ cursor: answer.cursor, snapshot: answer.snapshot })
    setStatus({ state: 'live' })
    void subscribe()
  }

  function receive(event: AnyEvent): void {
    if (event.cursor !== undefined) {
      // Counted before the handlers run: one that throws must not make the event come again for ever.
      if (cursor === null || Number(event.cursor) > Number(cursor)) cursor = event.cursor
      if (seen.has(event.id)) return
      seen.add(event.id)
      if (seen.size > rememberedIds) seen.delete(seen.values().next().value ?? '')
    }
    for (const handler of [...(handlers.get(event.type) ?? [])]) handler(event)
    for (const handler of [...anyHandlers]) handler(event)
  }

  socket.on('connect', () => {
    subscribed = ''
    void subscribe()
  })
  socket.on('disconnect', reason => {
    subscribed = ''
    if (status.state === 'closed') return
    setStatus({ state: 'connecting' })
    // The server's own hang-up is the one after which socket.io does not try again: it restarts, or the session is over.
    if (reason === 'io server disconnect') retryIn(1_000, () => socket.connect())
  })
  socket.on('connect_error', error => {
    const { code, message } = (error as { data?: { code: string; message: string } }).data ?? { code: '', message: '' }
    if (code === 'auth.failed') setStatus({ state: 'refused', code, message })
    else if (!socket.active) retryIn(2_000, () => socket.connect())
  })
  socket.on('resync', takeSnapshot)
  socket.onAny((type: string, payload: AnyEvent) => {
    if (type !== 'resync') receive(payload)
  })

  async function acknowledge(popId: string, result: string): Promise<AckOutcome> {
    for (;;) {
      if (status.state === 'closed') return { ok: false, code: 'client.closed', message: 'The client was closed.' }
      try {
        const answer = await socket.timeout(replyTimeoutMs).emitWithAck('screenpop.ack', { popId, result })
        return 'ok' in answer ? answer : { ok: false, ...answer.error }
      } catch {
        // Not heard in time: again. One that did arrive is answered as if it were the first.
      }
    }
  }

  function listen<H>(set: Set<H>, handler: H): () => void {
    set.add(handler)
    return () => set.delete(handler)
  }

  // The first handlers are added in the same turn: one subscription for all of them.
  queueMicrotask(() => {
    if (status.state !== 'closed') socket.connect()
  })

  return {
    on(type, handler) {
      const ofType = handlers.get(type) ?? new Set()
      handlers.set(type, ofType)
      const stop = listen(ofType, handler as unknown as (event: AnyEvent) => void)
      queueMicrotask(() => void subscribe())
      return stop
    },
    onAny(handler) {
      const stop = listen(anyHandlers, handler)
      queueMicrotask(() => void subscribe())
      return stop
    },
    onSnapshot: handler => listen(snapshotHandlers, handler),
    onStatus: handler => listen(statusHandlers, handler),
    acknowledge,
    get status() {
      return status
    },
    get cursor() {
      return cursor
    },
    get rest() {
      return rest()
    },
    reconnect(newToken) {
      if (status.state === 'closed') return
      token = newToken ?? token
      subscribed = ''
      setStatus({ state: 'connecting' })
      socket.disconnect().connect()
    },
    close() {
      if (retry !== null) clearTimeout(retry)
      setStatus({ state: 'closed' })
      socket.disconnect()
    },
  }
}
