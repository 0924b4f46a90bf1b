/** One TCP connection as the network port shows it. */
import type { Socket } from 'node:net'
import type { SocketAddress, StreamConnection, StreamHandlers } from '../ports/network.ts'

/** How long closing may take once one side began: a peer may neither read what is left nor close its own half. */
const closingMs = 10_000

/** For both sides: SIP messages are small and waited for, and a peer that vanished must be noticed. */
export const streamOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  // When the peer closes its half, ours is closed after what was written is sent.
  allowHalfOpen: false,
} as const

/**
 * @param localHost our address while the socket isn't connected yet.
 * @param opening the event that says that a connection of ours is there; null for one that was accepted.
 * @param peerNames what the peer has proved to be, asked when the connection is there.
 */
export function createStreamConnection(
  socket: Socket,
  remote: SocketAddress,
  localHost: () => string,
  opening: 'connect' | 'secureConnect' | null = null,
  peerNames: readonly string[] = [],
): StreamConnection {
  let handlers: StreamHandlers | null = null
  let failure: Error | null = null
  let closed = false
  let told = false
  let closingTimer: NodeJS.Timeout | undefined
  let local: SocketAddress | null = null

  function readLocal(): SocketAddress | null {
    // Node forgets it when the socket closes.
    if (local === null && socket.localAddress !== undefined && socket.localPort !== undefined) {
      local = { host: socket.localAddress, port: socket.localPort }
    }
    return local
  }

  function tellClosed(): void {
    if (handlers === null || told) return
    told = true
    handlers.onClose(failure)
  }

  function limitClosing(): void {
    if (!closed) closingTimer ??= setTimeout(() => socket.destroy(), closingMs)
  }

  readLocal()
  socket.on('error', error => {
    failure ??= error
  })
  socket.on('close', () => {
    closed = true
    clearTimeout(closingTimer)
    tellClosed()
  })
  socket.once('end', limitClosing)

  return {
    get local() {
      return readLocal() ?? { host: localHost(), port: 0 }
    },
    remote,
    peerNames,
    get bufferedBytes() {
      return socket.writableLength
    },
    attach(given) {
      handlers = given
      if (closed) {
        process.nextTick(tellClosed)
        return
      }
      if (opening !== null) socket.once(opening, () => given.onConnected?.())
      socket.on('data', bytes => given.onData(bytes))
    },
    write(bytes) {
      if (socket.writable) socket.write(bytes)
    },
    end() {
      if (!socket.writable) return
      limitClosing()
      socket.end()
    },
    destroy() {
      socket.destroy()
    },
  }
}
