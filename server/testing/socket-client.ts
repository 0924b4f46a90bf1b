/** A bare Socket.IO client for tests: remembers what came and waits for what must come. */
import { io, type Socket } from 'socket.io-client'
import type { AnyEvent } from '../../engine/events.ts'
import type { ClientToServerEvents, ServerToClientEvents, Snapshot, Subscribe } from '../api/realtime.ts'

export interface SocketClient {
  readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>
  /** Everything that came, in order; `resync` under its own name. */
  readonly received: { readonly type: string; readonly event: AnyEvent }[]
  cursors(): string[]
  subscribe(request: Subscribe): Promise<{
    cursor?: string
    snapshot?: Snapshot
    error?: { code: string; message: string }
  }>
  /** Resolves when a received message satisfies the test, at once if one already does. */
  until(test: (message: { type: string; event: AnyEvent }) => boolean): Promise<{ type: string; event: AnyEvent }>
  close(): void
}

/** Rejects with the server's refusal. */
export async function connectSocket(
  url: string,
  options: { token?: string; headers?: Record<string, string> } = {},
): Promise<SocketClient> {
  const { token, headers } = options
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...(token === undefined ? {} : { auth: { token } }),
    ...(headers === undefined ? {} : { extraHeaders: headers }),
  })
  const received: { type: string; event: AnyEvent }[] = []
  const watchers = new Set<() => void>()
  socket.onAny((type: string, event: AnyEvent) => {
    received.push({ type, event })
    for (const watcher of [...watchers]) watcher()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', error => {
      socket.close()
      reject(error)
    })
  })
  return {
    socket,
    received,
    cursors: () => received.flatMap(({ event }) => (event.cursor === undefined ? [] : [event.cursor])),
    subscribe: request => socket.timeout(5_000).emitWithAck('subscribe', request),
    until: test =>
      new Promise(resolve => {
        const look = () => {
          const found = received.find(test)
          if (found === undefined) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
    close: () => socket.close(),
  }
}
