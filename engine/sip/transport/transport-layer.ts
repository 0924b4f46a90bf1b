/** The transport layer (RFC 3261 §18): sockets below, flows and parsed messages above. */
import { EngineError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  DatagramSocket,
  Network,
  SipSocket,
  SipSocketPeer,
  SocketAddress,
  StreamConnection,
  StreamListener,
  TlsIdentity,
} from '../../ports/network.ts'
import type { SipMessage } from '../message/message.ts'
import { type ParseResult, parseMessage } from '../message/parse.ts'
import { bracketed, parseHostPort } from '../message/uri.ts'
import type { Via } from '../message/via.ts'
import { ConnectionTable } from './connection-table.ts'
import { DatagramFlows } from './datagram-flows.ts'
import { type Connection, type Flow, type FlowTarget, flowKey, pingText } from './flow.ts'
import { defaultPort, type ListenAddress } from './listen-address.ts'
import { StreamFlow } from './stream-flow.ts'
import { bindingAnswer, isStun } from './stun.ts'
import { WebSocketFlow } from './web-socket-flow.ts'

export interface TransportHandlers {
  /** @param size bytes as received */
  onMessage(message: SipMessage, flow: Flow, size: number): void
  /** A message that can't be used; `result.status` says what it deserves. */
  onInvalid(result: Extract<ParseResult, { ok: false }>, flow: Flow, size: number): void
  /** A connection ended, or could not be made: `wasThere` is false then. */
  onFlowClosed(flow: Flow, wasThere: boolean): void
  /** True: a connection that a peer has just opened is closed again. */
  isUnwanted?(flow: Flow): boolean
  /** True: who asks by STUN where he is, is told. Absent: everybody is. */
  isKnown?(flow: Flow): boolean
}

export interface TransportOptions {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly listen: readonly ListenAddress[]
  /** At most one host per address family. */
  readonly advertise: readonly string[]
  /** Who we are by TLS. Needed to listen by TLS; without it we connect by TLS as nobody in particular. */
  readonly tls?: TlsIdentity | null
  readonly handlers: TransportHandlers
}

/** Below this a burst of a busy hour overflows (DESIGN §8). */
const wantedReceiveBufferBytes = 4 * 2 ** 20

/** A connection of ours must be there by then: whoever is called waits for it. */
const connectMs = 3_000

interface BoundDatagram {
  readonly socket: DatagramSocket
  readonly flows: DatagramFlows
}

interface BoundListener {
  readonly transport: 'TCP' | 'TLS'
  readonly listener: StreamListener
}

export class TransportLayer {
  readonly #options: TransportOptions
  readonly #advertise: readonly string[]
  readonly #datagrams: BoundDatagram[] = []
  readonly #listeners: BoundListener[] = []
  readonly #connections: ConnectionTable
  /** Our address towards a remote host, for sockets bound to the wildcard: looked up once per host. */
  readonly #localHosts = new Map<string, string>()
  #listening: string[] = []
  #tls: TlsIdentity | null
  #webSockets = 0
  #isOpen = false

  constructor(options: TransportOptions) {
    this.#options = options
    this.#advertise = options.advertise.map(host => parseHostPort(bracketed(host))?.host ?? host)
    this.#tls = options.tls ?? null
    this.#connections = new ConnectionTable(options.network.connectionRoom ?? Number.POSITIVE_INFINITY)
    if (this.#tls === null && options.listen.some(({ transport }) => transport === 'TLS'))
      throw new EngineError(
        'config.invalid',
        'SIP by TLS needs a certificate and its key: set SIP_TLS_CERT and SIP_TLS_KEY, or the option sip.tls',
      )
  }

  /** @throws EngineError `sip.listen_failed`, or `config.invalid` for TLS; whatever was opened is closed again. */
  async listen(): Promise<void> {
    try {
      for (const at of this.#options.listen) {
        if (at.transport === 'UDP') await this.#listenDatagram(at)
        else await this.#listenStream(at, at.transport)
      }
      this.#isOpen = true
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The addresses in use, as in `SIP_LISTEN`. */
  get listening(): readonly string[] {
    return this.#listening
  }

  /**
   * Takes another certificate, for connections from now on; those that are open stay.
   * @throws EngineError `config.invalid`: nothing has changed then.
   */
  renewTls(identity: TlsIdentity): void {
    try {
      for (const { listener } of this.#listeners) listener.renew?.(identity)
    } catch (error) {
      throw unusableIdentity(error)
    }
    this.#tls = identity
  }

  /** Takes a WebSocket of subprotocol `sip` that was accepted elsewhere. It is closed if its peer has too many, or we are not open. */
  acceptSocket(socket: SipSocket, peer: SipSocketPeer): void {
    if (!this.#isOpen || !this.#connections.hasRoomFor(peer.remote.host)) {
      // Without a listener an error of its would end the process.
      socket.on('error', () => {})
      // RFC 6455 §7.4.1: going away; policy violation.
      if (this.#isOpen) socket.close(1008, 'too many connections')
      else socket.close(1001, 'not running')
      return
    }
    const { clock, logger } = this.#options
    this.#webSockets++
    const flow = new WebSocketFlow(
      {
        ...peer,
        clock,
        logger,
        serial: this.#webSockets,
        advertised: { host: this.#advertisedHost(peer.local.host), port: peer.local.port },
        onFrame: (bytes, from) => this.#receive(bytes, from),
        onClosed: closed => this.#forget(closed, true),
      },
      socket,
    )
    this.#take(flow)
  }

  /** Closes what peers have opened, if it fits. */
  closeConnections(fits: (flow: Flow) => boolean): void {
    this.#connections.destroy(fits)
  }

  /** True if one of our sockets has this port and the host is ours as a socket or as an advertised name. */
  isOwnAddress(host: string, port: number): boolean {
    const bound = [
      ...this.#datagrams.map(({ socket }) => ({ local: socket.local, usual: defaultPort('UDP') })),
      ...this.#listeners.map(({ listener, transport }) => ({ local: listener.local, usual: defaultPort(transport) })),
    ]
    return bound.some(
      ({ local, usual }) =>
        local.port === (port === 0 ? usual : port) &&
        (local.host === host || this.#advertise.includes(host) || (isWildcard(local.host) && this.#isLocal(host))),
    )
  }

  /**
   * The flow to a numeric target: an existing connection if there is one. Null when no socket can reach it.
   * @param last the flow that its peer used: over UDP it goes on from the same address of ours
   */
  flowTo(target: FlowTarget, last: Flow | null = null): Flow | null {
    const remote: SocketAddress = { host: target.host, port: target.port }
    if (target.transport === 'UDP') return this.#datagramFor(target.host, last)?.flows.to(remote) ?? null
    return this.#connections.find(target) ?? this.#openStream(target, remote, target.transport)
  }

  /**
   * Where a response to a request from `flow` goes (RFC 3261 §18.2.2, RFC 3581 §4): over a connection back on it, over
   * UDP to the source address, and to its source port only if rport was asked for.
   */
  responseFlow(flow: Flow, viaPort: number, rportAsked: boolean): Flow {
    if (flow.reliable || rportAsked) return flow
    const port = viaPort === 0 ? 5060 : viaPort
    if (port === flow.remote.port) return flow
    return this.#datagramFor(flow.remote.host, flow)?.flows.to({ host: flow.remote.host, port }) ?? flow
  }

  /**
   * Another way for the responses to a request that came over a connection which is gone (§18.2.2): to the address that
   * it came from, at the port that its sender listens on. Null: the peer can't be connected to, as a WebSocket's can't.
   */
  wayBack({ transport, remote }: Flow, { host, port }: Via): Flow | null {
    if (!this.#isOpen || (transport !== 'TCP' && transport !== 'TLS')) return null
    // RFC 5922 §7.4: it has to prove the name that it gives itself there.
    return this.flowTo({ transport, host: remote.host, port: port || defaultPort(transport), serverName: host })
  }

  /** Another connection to where one of ours led that is gone; null for one that its peer opened. */
  wayOn({ transport, remote, isOurs, peerNames }: Flow): Flow | null {
    if (!this.#isOpen || isOurs !== true || (transport !== 'TCP' && transport !== 'TLS')) return null
    return this.flowTo({ transport, ...remote, serverName: peerNames?.[0] ?? remote.host })
  }

  close(): void {
    for (const { socket } of this.#datagrams.splice(0)) socket.close()
    for (const { listener } of this.#listeners.splice(0)) listener.close()
    this.#connections.destroy()
    this.#listening = []
    this.#isOpen = false
  }

  async #listenDatagram(at: ListenAddress): Promise<void> {
    const bound: { flows?: DatagramFlows } = {}
    const socket: DatagramSocket = await this.#options.network
      .bindDatagram(at, {
        onMessage: (bytes, from) => {
          if (bound.flows === undefined) return
          const flow = bound.flows.to(from)
          if (isStun(bytes)) this.#answerStun(bytes, flow, socket)
          else this.#receive(bytes, flow)
        },
        onError: error => this.#options.logger.warn({ err: error }, 'SIP socket error'),
      })
      .catch(cause => {
        throw listenFailed(at, cause)
      })
    const flows = new DatagramFlows(remote => this.#datagramFlow(socket, remote))
    bound.flows = flows
    const { receiveBufferBytes } = socket
    if (receiveBufferBytes !== undefined && receiveBufferBytes < wantedReceiveBufferBytes)
      this.#options.logger.warn(
        { receiveBufferBytes, wantedBytes: wantedReceiveBufferBytes },
        'the system grants a small UDP receive buffer, so bursts of calls may lose packets; on Linux raise net.core.rmem_max',
      )
    this.#datagrams.push({ socket, flows })
    this.#listening.push(`udp://${bracketed(socket.local.host)}:${socket.local.port}`)
  }

  async #listenStream(at: ListenAddress, transport: 'TCP' | 'TLS'): Promise<void> {
    const accept = (connection: StreamConnection) => {
      if (!this.#connections.hasRoomFor(connection.remote.host)) {
        connection.destroy()
        return
      }
      const options = this.#streamOptions(transport, null, connection.local)
      this.#take(new StreamFlow(options, connection))
    }
    const identity = transport === 'TLS' ? this.#tls : null
    const listening =
      identity === null
        ? this.#options.network.listenStream(at, accept)
        : this.#options.network.listenStream(at, accept, identity)
    const listener = await listening.catch(cause => {
      throw codeOf(cause) === 'ERR_TLS_IDENTITY' ? unusableIdentity(cause) : listenFailed(at, cause)
    })
    this.#listeners.push({ transport, listener })
    this.#listening.push(`${transport.toLowerCase()}://${bracketed(listener.local.host)}:${listener.local.port}`)
  }

  #openStream(target: FlowTarget, remote: SocketAddress, transport: 'TCP' | 'TLS'): Flow {
    const { network } = this.#options
    const connection =
      transport === 'TCP'
        ? network.connectStream(remote)
        : network.connectStream(remote, { serverName: target.serverName ?? target.host, identity: this.#tls })
    const local = { host: this.#localHostFor(remote.host, ''), port: connection.local.port }
    const options = this.#streamOptions(transport, target.connectMs ?? connectMs, local)
    const flow = new StreamFlow(options, connection)
    this.#connections.add(flow, target)
    return flow
  }

  #streamOptions(transport: 'TCP' | 'TLS', limitMs: number | null, local: SocketAddress) {
    const { clock, logger } = this.#options
    const bound = this.#listeners.find(
      each => each.transport === transport && sameFamily(each.listener.local.host, local.host),
    )
    // RFC 3261 §18: where nobody listens the connection itself is the only way to us. By the address that its peer sees it at,
    // he finds it when he has a request for us.
    const port = bound?.listener.local.port ?? local.port
    return {
      clock,
      logger,
      transport,
      connectMs: limitMs,
      localHost: local.host,
      advertised: { host: this.#advertisedHost(local.host), port },
      onFrame: (bytes: Uint8Array, flow: Flow) => this.#receive(bytes, flow),
      onClosed: (flow: StreamFlow, wasThere: boolean) => this.#forget(flow, wasThere),
    }
  }

  /** A connection that a peer has opened. */
  #take(connection: Connection): void {
    this.#connections.add(connection, null)
    if (this.#options.handlers.isUnwanted?.(connection) === true) connection.destroy()
  }

  #forget(connection: Connection, wasThere: boolean): void {
    this.#connections.remove(connection)
    this.#options.handlers.onFlowClosed(connection, wasThere)
  }

  /** False: what came shows that nothing more of this peer is wanted. */
  #receive(bytes: Uint8Array, flow: Flow): boolean {
    // Keep-alives over UDP are datagrams of CRLF or a few zero bytes: nothing to do and nothing to log.
    if (bytes.length < 20 && !flow.reliable) return true
    const result = parseMessage(bytes)
    if (result.ok) this.#options.handlers.onMessage(result.message, flow, bytes.length)
    else this.#options.handlers.onInvalid(result, flow, bytes.length)
    return result.ok || !result.fatal
  }

  /** RFC 5626 §4.4.2. The answer is longer than the question, so it goes to nobody whom we don't know (SIP.md §2 row 15). */
  #answerStun(bytes: Uint8Array, flow: Flow, socket: DatagramSocket): void {
    if (this.#options.handlers.isKnown?.(flow) === false) return
    const answer = bindingAnswer(bytes, flow.remote)
    if (answer !== null) socket.send(answer, flow.remote)
  }

  /**
   * Of several sockets of a family: the one that the peer's last flow leads through, or at least its address; for somebody
   * new the one of the address that the system would send from, or a wildcard; else the first.
   */
  #datagramFor(remoteHost: string, last: Flow | null): BoundDatagram | null {
    const fitting = this.#datagrams.filter(({ socket }) => sameFamily(socket.local.host, remoteHost))
    const [first = null] = fitting
    if (fitting.length < 2) return first
    const hosts = last === null ? [] : [last.localHost]
    for (const host of [...hosts, this.#localHostFor(remoteHost, '')]) {
      const there = fitting.filter(({ socket }) => socket.local.host === host || isWildcard(socket.local.host))
      const samePort = there.find(
        ({ socket }) => last?.transport === 'UDP' && socket.local.port === last.advertised.port,
      )
      const found = samePort ?? there.find(({ socket }) => socket.local.host === host) ?? there[0]
      if (found !== undefined) return found
    }
    return first
  }

  #datagramFlow(socket: DatagramSocket, remote: SocketAddress): Flow {
    const localHost = isWildcard(socket.local.host)
      ? this.#localHostFor(remote.host, socket.local.host)
      : socket.local.host
    return {
      transport: 'UDP',
      reliable: false,
      advertised: { host: this.#advertisedHost(localHost), port: socket.local.port },
      localHost,
      remote,
      key: flowKey('UDP', remote),
      alive: true,
      send: text => socket.send(text, remote),
      ping: () => socket.send(pingText, remote),
    }
  }

  #localHostFor(remoteHost: string, fallback: string): string {
    const known = this.#localHosts.get(remoteHost)
    if (known !== undefined) return known
    // Bounded: a flood from many addresses only makes the lookups repeat.
    if (this.#localHosts.size >= 10_000) this.#localHosts.clear()
    const local = this.#options.network.localAddressFor(remoteHost) || fallback
    this.#localHosts.set(remoteHost, local)
    return local
  }

  #advertisedHost(localHost: string): string {
    return this.#advertise.find(host => sameFamily(host, localHost)) ?? localHost
  }

  #isLocal(host: string): boolean {
    return this.#options.network.localAddressFor(host) === host
  }
}

/** A name counts as IPv4: the family that it is advertised for unless said otherwise. */
function sameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':')
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

function unusableIdentity(cause: unknown): EngineError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new EngineError('config.invalid', `SIP by TLS (SIP_TLS_CERT, SIP_TLS_KEY, SIP_TLS_CA): ${why}`, { cause })
}

function listenFailed(at: ListenAddress, cause: unknown): EngineError {
  const code = codeOf(cause)
  const why =
    code === 'EADDRINUSE'
      ? 'the port is in use'
      : code === 'EACCES'
        ? 'not permitted'
        : code === 'EADDRNOTAVAIL'
          ? 'this machine has no such address'
          : String(cause)
  const where = `${at.transport.toLowerCase()}://${bracketed(at.host)}:${at.port}`
  return new EngineError('sip.listen_failed', `SIP can not listen on ${where}: ${why}`, { cause })
}
