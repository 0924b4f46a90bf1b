/** TLS connections on Node: 1.2 or later, names of servers verified, handshakes bounded in time and number. */
import { createServer, isIP, type Server } from 'node:net'
import tls from 'node:tls'
import type { SocketAddress, StreamConnection, TlsIdentity, TlsTarget } from '../ports/network.ts'
import { SourceRoom } from '../source-room.ts'
import { connectAtOnce } from './numeric-lookup.ts'
import { connectionRoom } from './open-files.ts'
import { createStreamConnection, streamOptions } from './stream-connection.ts'
import { checkIdentity, namesIn } from './tls-certificate.ts'

/** A handshake is a few round trips; who takes longer has no wish to finish it (SIP.md §2 row 5). */
const handshakeMs = 10_000
/** Handshakes under way from one source: as many as it may have connections. */
const maxHandshakesPerSource = 100
/** All of them together, as a part of the connections: a handshake is short, unless it is an attack. */
const handshakePart = 1 / 4
const minVersion = 'TLSv1.2'

/**
 * A server that is not listening yet.
 * @throws Error of code ERR_TLS_IDENTITY
 */
export function listenTls(
  at: SocketAddress,
  onConnection: (connection: StreamConnection) => void,
  identity: TlsIdentity,
): { readonly server: Server; renew(identity: TlsIdentity): void } {
  const room = new SourceRoom({ perSource: maxHandshakesPerSource, inAll: Math.ceil(connectionRoom() * handshakePart) })
  /** The peers in a handshake, as host and port. */
  const handshakes = new Set<string>()

  function handshakeOver(host: string, port: number): void {
    if (handshakes.delete(`${host}|${port}`)) room.leave(host)
  }

  /** It never listens itself: it takes the connections that were let in. */
  function createHandshaker(given: TlsIdentity): tls.Server {
    checkIdentity(given)
    const { cert, key, ca } = given
    const options = { cert, key, minVersion, handshakeTimeout: handshakeMs, ...streamOptions } as const
    const server = tls.createServer(
      ca === undefined ? options : { ...options, ca, requestCert: true, rejectUnauthorized: false },
    )
    server.on('secureConnection', socket => {
      const { remoteAddress: host, remotePort: port } = socket
      // A peer that is gone before we look has no address any more.
      if (host === undefined || port === undefined) {
        socket.destroy()
        return
      }
      handshakeOver(host, port)
      const names = socket.authorized ? namesIn(socket.getPeerCertificate()) : []
      onConnection(createStreamConnection(socket, { host, port }, () => at.host, null, names))
    })
    // Whoever speaks something else, or nothing, is let go without a word.
    server.on('tlsClientError', (_error, socket) => void socket.destroy())
    return server
  }

  let handshaker = createHandshaker(identity)
  const server = createServer(streamOptions, socket => {
    const { remoteAddress: host, remotePort: port } = socket
    if (host === undefined || port === undefined || !room.hasRoomFor(host)) {
      socket.destroy()
      return
    }
    // A port that comes again before its last connection was seen to end counts once.
    handshakeOver(host, port)
    handshakes.add(`${host}|${port}`)
    room.take(host)
    socket.once('close', () => handshakeOver(host, port))
    handshaker.emit('connection', socket)
  })

  return {
    server,
    renew(next) {
      handshaker = createHandshaker(next)
    },
  }
}

/** What we trust and show by TLS, made once: reading the authorities takes a while. */
const contexts = new WeakMap<TlsIdentity, tls.SecureContext>()

function contextOf(identity: TlsIdentity): tls.SecureContext {
  const known = contexts.get(identity)
  if (known !== undefined) return known
  const { cert, key, ca } = identity
  const context = tls.createSecureContext({
    cert,
    key,
    minVersion,
    ...(ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] }),
  })
  contexts.set(identity, context)
  return context
}

export function connectTls(
  to: SocketAddress,
  { serverName, identity }: TlsTarget,
  localHost: () => string,
): StreamConnection {
  try {
    const socket = tls.connect({
      ...streamOptions,
      ...connectAtOnce(to),
      minVersion,
      // RFC 6066 §3: no addresses in the server name indication.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      checkServerIdentity: (_host, certificate) => checkServerName(serverName, certificate),
      ...(identity === null ? {} : { secureContext: contextOf(identity) }),
    })
    return createStreamConnection(socket, to, localHost, 'secureConnect', [serverName])
  } catch (error) {
    return failedConnection(to, localHost(), error instanceof Error ? error : new Error(String(error)))
  }
}

/** RFC 5922 §7.1: a `sip:` URI among the alternative names counts as the name in it. */
function checkServerName(serverName: string, certificate: tls.PeerCertificate): Error | undefined {
  return namesIn(certificate).includes(serverName.toLowerCase())
    ? undefined
    : tls.checkServerIdentity(serverName, certificate)
}

/** Node throws at a port or an identity that it doesn't like; the contract tells every outcome by `onClose`. */
function failedConnection(remote: SocketAddress, host: string, error: Error): StreamConnection {
  return {
    local: { host, port: 0 },
    remote,
    bufferedBytes: 0,
    attach: handlers => process.nextTick(() => handlers.onClose(error)),
    write() {},
    end() {},
    destroy() {},
  }
}
