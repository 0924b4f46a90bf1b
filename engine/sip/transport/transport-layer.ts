/** The transport layer (RFC 3261 §18): sockets below, flows and parsed messages above. */
import { EngineError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { DatagramSocket, Network, SocketAddress, StreamListener } from '../../ports/network.ts'
import type { SipMessage } from '../message/message.ts'
import { type ParseResult, parseMessage } from '../message/parse.ts'
import { bracketed } from '../message/uri.ts'
import { type Flow, type FlowTarget, flowKey } from './flow.ts'
import type { ListenAddress } from './listen-address.ts'
import { StreamFlow } from './stream-flow.ts'

export interface TransportHandlers {
  onMessage(message: SipMessage, flow: Flow): void
  /** A message that can't be used; `result.status` says what it deserves. */
  onInvalid(result: Extract<ParseResult, { ok: false }>, flow: Flow): void
  /** A connection ended, or could not be made. */
  onFlowClosed(flow: Flow): void
}

export interface TransportOptions {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly listen: readonly ListenAddress[]
  /** At most one host per address family. */
  readonly advertise: readonly string[]
  readonly handlers: TransportHandlers
}

/** Connections from one address (SIP.md §2 row 4). */
const maxConnectionsPerHost = 100

interface BoundDatagram {
  socket: DatagramSocket
}

export class TransportLayer {
  readonly #options: TransportOptions
  readonly #datagrams: DatagramSocket[] = []
  readonly #listeners: StreamListener[] = []
  readonly #streams = new Map<string, StreamFlow>()
  readonly #streamsPerHost = new Map<string, number>()
  /** Our address towards a remote host, for sockets bound to the wildcard: looked up once per host. */
  readonly #localHosts = new Map<string, string>()
  #listening: string[] = []

  constructor(options: TransportOptions) {
    this.#options = options
  }

  /** @throws EngineError `sip.listen_failed`; whatever was opened is closed again. */
  async listen(): Promise<void> {
    try {
      for (const at of this.#options.listen) {
        if (at.transport === 'UDP') await this.#listenDatagram(at)
        else await this.#listenStream(at)
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The addresses in use, as in `SIP_LISTEN`. */
  get listening(): readonly string[] {
    return this.#listening
  }

  /** True if one of our sockets has this port and the host is ours as a socket or as an advertised name. */
  isOwnAddress(host: string, port: number): boolean {
    const wanted = port === 0 ? 5060 : port
    return [...this.#datagrams, ...this.#listeners].some(
      ({ local }) =>
        local.port === wanted &&
        (local.host === host ||
          this.#options.advertise.includes(host) ||
          (isWildcard(local.host) && this.#isLocal(host))),
    )
  }

  /** The flow to a numeric target: an existing connection if there is one. Null when no socket can reach it. */
  flowTo(target: FlowTarget): Flow | null {
    const remote: SocketAddress = { host: target.host, port: target.port }
    if (target.transport === 'UDP') {
      const socket = this.#datagramFor(target.host)
      return socket === null ? null : this.#datagramFlow(socket, remote)
    }
    const existing = this.#streams.get(flowKey('TCP', remote))
    if (existing?.alive) return existing
    return this.#openStream(remote)
  }

  /**
   * Where a response to a request from `flow` goes (RFC 3261 §18.2.2, RFC 3581 §4): over a connection back on it, over
   * UDP to the source address, and to its source port only if rport was asked for.
   */
  responseFlow(flow: Flow, viaPort: number, rportAsked: boolean): Flow {
    if (flow.reliable || rportAsked) return flow
    const port = viaPort === 0 ? 5060 : viaPort
    if (port === flow.remote.port) return flow
    const socket = this.#datagramFor(flow.remote.host)
    return socket === null ? flow : this.#datagramFlow(socket, { host: flow.remote.host, port })
  }

  close(): void {
    for (const socket of this.#datagrams.splice(0)) socket.close()
    for (const listener of this.#listeners.splice(0)) listener.close()
    for (const stream of [...this.#streams.values()]) stream.destroy()
    this.#listening = []
  }

  async #listenDatagram(at: ListenAddress): Promise<void> {
    const bound: Partial<BoundDatagram> = {}
    const socket = await this.#options.network
      .bindDatagram(at, {
        onMessage: (bytes, from) => {
          if (bound.socket !== undefined) this.#receive(bytes, this.#datagramFlow(bound.socket, from))
        },
        onError: error => this.#options.logger.warn({ err: error }, 'SIP socket error'),
      })
      .catch(cause => {
        throw listenFailed(at, cause)
      })
    bound.socket = socket
    this.#datagrams.push(socket)
    this.#listening.push(`udp://${bracketed(socket.local.host)}:${socket.local.port}`)
  }

  async #listenStream(at: ListenAddress): Promise<void> {
    const listener = await this.#options.network
      .listenStream(at, connection => {
        const { host } = connection.remote
        if ((this.#streamsPerHost.get(host) ?? 0) >= maxConnectionsPerHost) {
          connection.destroy()
          return
        }
        this.#adopt(new StreamFlow(this.#streamOptions(connection.local.host), connection))
      })
      .catch(cause => {
        throw listenFailed(at, cause)
      })
    this.#listeners.push(listener)
    this.#listening.push(`tcp://${bracketed(listener.local.host)}:${listener.local.port}`)
  }

  #openStream(remote: SocketAddress): Flow {
    const connection = this.#options.network.connectStream(remote)
    return this.#adopt(new StreamFlow(this.#streamOptions(this.#localHostFor(remote.host, '')), connection))
  }

  #streamOptions(localHost: string) {
    const { clock, logger } = this.#options
    const port = this.#listeners.find(({ local }) => sameFamily(local.host, localHost))?.local.port ?? 5060
    return {
      clock,
      logger,
      localHost,
      advertised: { host: this.#advertisedHost(localHost), port },
      onFrame: (bytes: Uint8Array, flow: Flow) => this.#receive(bytes, flow),
      onClosed: (flow: StreamFlow) => this.#forget(flow),
    }
  }

  #adopt(stream: StreamFlow): StreamFlow {
    this.#streams.set(stream.key, stream)
    const { host } = stream.remote
    this.#streamsPerHost.set(host, (this.#streamsPerHost.get(host) ?? 0) + 1)
    return stream
  }

  #forget(stream: StreamFlow): void {
    if (this.#streams.get(stream.key) === stream) this.#streams.delete(stream.key)
    const { host } = stream.remote
    const left = (this.#streamsPerHost.get(host) ?? 1) - 1
    if (left <= 0) this.#streamsPerHost.delete(host)
    else this.#streamsPerHost.set(host, left)
    this.#options.handlers.onFlowClosed(stream)
  }

  #receive(bytes: Uint8Array, flow: Flow): void {
    // Keep-alives over UDP are datagrams of CRLF or a few zero bytes: nothing to do and nothing to log.
    if (bytes.length < 20 && !flow.reliable) return
    const result = parseMessage(bytes)
    if (result.ok) this.#options.handlers.onMessage(result.message, flow)
    else this.#options.handlers.onInvalid(result, flow)
  }

  #datagramFor(remoteHost: string): DatagramSocket | null {
    return this.#datagrams.find(({ local }) => sameFamily(local.host, remoteHost)) ?? null
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
    return this.#options.advertise.find(host => sameFamily(host, localHost)) ?? localHost
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

function listenFailed(at: ListenAddress, cause: unknown): EngineError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
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
