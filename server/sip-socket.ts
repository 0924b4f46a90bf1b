/** SIP over WebSocket at `/sip` (RFC 7118): the HTTP half of it. What is accepted here is the engine's from then on. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { isSocketOriginAllowed } from './auth/origins.ts'
import type { App, AppContext } from './context.ts'

export const sipSocketPath = '/sip'
/** Beyond any SIP message that the engine takes (SIP.md §2 row 4). */
const maxFrameBytes = 65_536

export function registerSipSocket(app: App, { engine, originPolicy, logger }: AppContext): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    // SIP is small, and a compressed frame may unfold to anything.
    perMessageDeflate: false,
    handleProtocols: () => 'sip',
  })

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const [path] = (request.url ?? '').split('?')
    if (path !== sipSocketPath) return
    const refusal = refusalOf(request)
    if (refusal !== null) {
      logger.info(
        { remote: request.socket.remoteAddress, origin: request.headers.origin, refusal },
        'SIP WebSocket refused',
      )
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, accepted => {
      // An error that nobody listens to would end the process; the engine tells of it, and the end follows.
      accepted.on('error', () => {})
      engine.acceptSipSocket(accepted, peerOf(request))
    })
  }

  /** The status that a request for a socket deserves instead of one; null: it is welcome. */
  function refusalOf(request: IncomingMessage): string | null {
    const { headers } = request
    if (!isSocketOriginAllowed(headers, originPolicy)) return '403 Forbidden'
    const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map(each => each.trim())
    // RFC 7118 §4.1: a client that doesn't ask for it wouldn't understand us.
    if (!protocols.includes('sip')) return '400 Bad Request'
    return engine.health().sip ? null : '503 Service Unavailable'
  }

  app.server.on('upgrade', onUpgrade)
  app.addHook('preClose', async () => {
    app.server.off('upgrade', onUpgrade)
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
  })
}

/** Who is at the other end. A proxy on this machine may say whom it speaks for, as for every other request. */
function peerOf({ socket, headers }: IncomingMessage) {
  const direct = plain(socket.remoteAddress)
  const isProxied = direct === '127.0.0.1' || direct === '::1'
  const named = isProxied ? lastOf(headers['x-forwarded-for']) : ''
  const secure = 'encrypted' in socket || (isProxied && lastOf(headers['x-forwarded-proto']) === 'https')
  return {
    remote: { host: isIP(named) === 0 ? direct : plain(named), port: socket.remotePort ?? 0 },
    local: { host: plain(socket.localAddress), port: socket.localPort ?? 0 },
    secure,
    stream: socket,
  }
}

/** The nearest proxy's word: what stands before it came from outside and proves nothing. */
function lastOf(header: string | string[] | undefined): string {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text
    .slice(text.lastIndexOf(',') + 1)
    .trim()
    .toLowerCase()
}

/** An IPv4 address as such, also on a socket of both families. */
function plain(address: string | undefined): string {
  const text = address ?? '0.0.0.0'
  return text.startsWith('::ffff:') && isIP(text.slice(7)) === 4 ? text.slice(7) : text
}
