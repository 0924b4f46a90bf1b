/**
 * The one Socket.IO connection of the page: subscribes, takes the snapshot, hands events on in small batches, keeps the
 * cursor, and comes back by itself after a loss, going on from where it was. It counts its own retries, because the
 * page tells the reader when the next one is due.
 */
import { io, type Socket } from 'socket.io-client'
import type { AnyEvent } from '../../engine/events.ts'
import type { ClientToServerEvents, ServerToClientEvents, Snapshot, SubscribeReply } from '../../server/api/realtime.ts'
import * as resources from '../api/resources.ts'
import { syncClock } from '../time/clock.ts'
import { needsRefetch } from './agents.ts'
import { isAfter, RecentIds } from './cursor.ts'
import { isIncomplete } from './state.ts'
import { liveStore } from './store.ts'

export interface LiveOptions {
  /** Null: the session cookie identifies the reader. */
  readonly token: string | null
  readonly topics: readonly string[]
  /** The reader's own agent. */
  readonly agentId: string | null
  /** The server doesn't accept our session any more. */
  readonly onUnauthorized: () => void
}

export interface LiveConnection {
  /** Tells the server what became of a pop. A pop that is gone by now is no error to anyone. */
  acknowledgePop(popId: string, result: 'shown' | 'opened'): void
  /** Takes a whole snapshot again, e.g. after the center has changed. */
  reload(): void
  retryNow(): void
  stop(): void
}

const ackTimeoutMs = 10_000
const batchMs = 50
const refetchMs = 200
/** More stale agents than this are fetched as one list. */
const maxSingleFetches = 5
const firstRetryMs = 1_000
const maxRetryMs = 15_000

export function connectLive(options: LiveOptions): LiveConnection {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io({
    auth: options.token === null ? {} : { token: options.token },
    withCredentials: true,
    reconnection: false,
    autoConnect: false,
    transports: ['websocket', 'polling'],
  })
  const { trigger } = liveStore
  const seen = new RecentIds(5_000)
  const staleAgents = new Set<string>()
  let cursor: string | null = null
  let snapshotCursor = '0'
  let batch: AnyEvent[] = []
  let batchTimer: ReturnType<typeof setTimeout> | null = null
  let refetchTimer: ReturnType<typeof setTimeout> | null = null
  let retryTimer: ReturnType<typeof setTimeout> | null = null
  let attempts = 0
  let lastSeenMs: number | null = null
  let stopped = false

  function connect(): void {
    if (retryTimer !== null) clearTimeout(retryTimer)
    retryTimer = null
    if (stopped || socket.connected) return
    if (attempts > 0) trigger.connectionChanged({ connection: { phase: 'lost', retryAtMs: null, lastSeenMs } })
    socket.connect()
  }

  function retryLater(): void {
    if (stopped || retryTimer !== null) return
    const backoffMs = Math.min(maxRetryMs, firstRetryMs * 2 ** attempts)
    // A server that comes back shall not meet all wallboards in the same instant.
    const delayMs = backoffMs * (0.8 + Math.random() * 0.4)
    attempts += 1
    retryTimer = setTimeout(connect, delayMs)
    trigger.connectionChanged({ connection: { phase: 'lost', retryAtMs: Date.now() + delayMs, lastSeenMs } })
  }

  async function subscribe(): Promise<void> {
    const request = { topics: [...options.topics], ...(cursor === null ? {} : { cursor }) }
    const reply: SubscribeReply = await socket
      .timeout(ackTimeoutMs)
      .emitWithAck('subscribe', request)
      .catch(() => ({ error: { code: 'timeout', message: 'The server did not answer the subscription.' } }))
    if (stopped) return
    if ('error' in reply) {
      refused(reply.error)
      return
    }
    attempts = 0
    lastSeenMs = Date.now()
    if (reply.snapshot !== undefined) takeSnapshot(reply.cursor, reply.snapshot)
    else void refetchQueues()
    if (cursor === null || isAfter(reply.cursor, cursor)) cursor = reply.cursor
    trigger.connectionChanged({ connection: { phase: 'live' } })
  }

  function refused(error: { code: string; message: string }): void {
    if (error.code === 'auth.failed') options.onUnauthorized()
    // Its 'disconnect' event arranges the next attempt.
    else if (error.code === 'timeout') socket.disconnect()
    else trigger.connectionChanged({ connection: { phase: 'refused', message: error.message } })
  }

  function takeSnapshot(at: string, snapshot: Snapshot): void {
    batch = []
    cursor = at
    snapshotCursor = at
    syncClock(snapshot.serverTime)
    trigger.snapshotTaken({ snapshot })
  }

  function take(event: AnyEvent): void {
    lastSeenMs = Date.now()
    if (!seen.add(event.id)) return
    if (event.cursor !== undefined) {
      if (cursor === null || isAfter(event.cursor, cursor)) cursor = event.cursor
      // Already contained in the snapshot; a pop that is sent again until someone acknowledges it is not.
      if (!isAfter(event.cursor, snapshotCursor) && !event.type.startsWith('screenpop.')) return
    }
    batch.push(event)
    batchTimer ??= setTimeout(flush, batchMs)
  }

  function flush(): void {
    batchTimer = null
    const events = batch
    batch = []
    if (events.length === 0) return
    const { live } = liveStore.getSnapshot().context
    for (const event of events) {
      const agentId = needsRefetch(event, options.agentId)
      if (agentId !== null) staleAgents.add(agentId)
      if (!isIncomplete(live, event)) continue
      if (event.type === 'queue.snapshot') void refetchQueues()
      else if ('agentId' in event.data && event.data.agentId !== null && options.topics.includes('agents'))
        staleAgents.add(event.data.agentId)
    }
    trigger.eventsArrived({ events })
    if (staleAgents.size > 0) refetchTimer ??= setTimeout(refetchAgents, refetchMs)
  }

  function refetchAgents(): void {
    refetchTimer = null
    const ids = [...staleAgents]
    staleAgents.clear()
    const fetched =
      ids.length > maxSingleFetches
        ? resources.agents.list().then(page => page.items)
        : Promise.all(ids.map(id => resources.agents.get(id)))
    fetched.then(
      agents => {
        if (stopped) return
        for (const agent of agents) trigger.agentFetched({ agent })
      },
      // What the events said stands; the next event of the agent asks again.
      () => {},
    )
  }

  async function refetchQueues(): Promise<void> {
    const page = await resources.queues.list().catch(() => null)
    if (page !== null && !stopped) trigger.queuesFetched({ queues: page.items })
  }

  const isEvent = (value: unknown): value is AnyEvent => typeof value === 'object' && value !== null && 'data' in value

  socket.on('connect', () => void subscribe())
  socket.on('disconnect', () => retryLater())
  socket.on('connect_error', error => {
    const { data } = error as Error & { data?: { code?: string } }
    if (data?.code === 'auth.failed' || error.message === 'auth.failed') options.onUnauthorized()
    else retryLater()
  })
  socket.on('resync', ({ cursor: at, snapshot }) => takeSnapshot(at, snapshot))
  socket.onAny((name: string, value: unknown) => {
    if (name !== 'resync' && isEvent(value)) take(value)
  })
  socket.io.on('ping', () => {
    lastSeenMs = Date.now()
  })

  const retryNow = () => {
    if (retryTimer !== null) connect()
  }
  addEventListener('online', retryNow)
  trigger.reset()
  socket.connect()

  return {
    acknowledgePop(popId, result) {
      if (socket.connected) socket.emit('screenpop.ack', { popId, result }, () => {})
    },
    reload() {
      cursor = null
      if (socket.connected) void subscribe()
    },
    retryNow,
    stop() {
      stopped = true
      removeEventListener('online', retryNow)
      for (const timer of [batchTimer, refetchTimer, retryTimer]) if (timer !== null) clearTimeout(timer)
      socket.disconnect()
    },
  }
}
