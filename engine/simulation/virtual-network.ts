/**
 * A network in memory: datagrams that may be lost, doubled, delayed and overtaken, and reliable streams, between any
 * number of hosts. TLS is a play of it: a certificate is the text of the names that it is for, separated by commas. Its time is the given clock's, its luck the given generator's, so a run can be repeated exactly.
 */
import type { Clock } from '../ports/clock.ts'
import type {
  DatagramHandlers,
  DatagramSocket,
  Network,
  SocketAddress,
  StreamListener,
  TlsIdentity,
} from '../ports/network.ts'
import type { Random } from '../ports/random.ts'
import { createVirtualZone, type VirtualZone } from './virtual-dns.ts'
import { connectVirtualStream, type StreamAcceptor, type VirtualListener, type VirtualPipe } from './virtual-stream.ts'

/** What the network does to traffic. Rates are probabilities from 0 to 1. */
export interface NetworkConditions {
  /** Datagrams that vanish. */
  readonly lossRate: number
  /** Datagrams that arrive twice. */
  readonly duplicateRate: number
  /** Datagrams held back so that later ones overtake them; all others keep their order between two sockets. */
  readonly reorderRate: number
  /** Writes to a stream that are cut up, or glued to the write before; order and content stay. */
  readonly splitRate: number
  /** Travelling time, even between the bounds; both ends count. */
  readonly delayMs: { readonly min: number; readonly max: number }
}

export interface NetworkCounts {
  /** Datagrams given to `send`. */
  readonly sent: number
  /** Extra copies of them. */
  readonly duplicated: number
  /** Copies handed to a socket. */
  readonly delivered: number
  /** Copies that vanished: by chance, by a partition, or because no socket was bound where they arrived. */
  readonly lost: number
}

/** As a {@link Network} it is a machine that owns every address and calls itself 127.0.0.1. */
export interface VirtualNetwork extends Network {
  readonly conditions: NetworkConditions
  readonly counts: NetworkCounts
  /** Changes what is given, for what is sent from now on. */
  setConditions(changes: Partial<NetworkConditions>): void
  /** The network as the machine with this address sees it. It can bind no other. */
  host(address: string): Network
  /** What `resolveHost` and the DNS answer for a name. */
  setAddresses(name: string, addresses: readonly string[]): void
  /** The DNS of this world. */
  readonly zone: VirtualZone
  /** Cuts a host off: datagrams to and from it are lost, streams stand still. */
  partition(host: string): void
  heal(host: string): void
}

export interface VirtualNetworkOptions {
  readonly clock: Clock
  readonly random: Random
  readonly conditions?: Partial<NetworkConditions>
}

const perfect: NetworkConditions = {
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  splitRate: 0,
  delayMs: { min: 0, max: 0 },
}

const ownHost = '127.0.0.1'
const firstEphemeralPort = 49152
const lastPort = 65535
/** The most that UDP over IPv4 carries (RFC 768 and 791: 65535 less both headers). */
const largestDatagramBytes = 65507
/** How far, beyond the usual delay, a datagram is held back to be overtaken. */
const reorderMs = 20

interface BoundSocket {
  readonly handlers: DatagramHandlers
}

export function createVirtualNetwork({ clock, random, conditions }: VirtualNetworkOptions): VirtualNetwork {
  let current: NetworkConditions = { ...perfect, ...conditions }
  const counts = { sent: 0, duplicated: 0, delivered: 0, lost: 0 }
  const sockets = new Map<string, BoundSocket>()
  const listeners = new Map<string, VirtualListener>()
  const names = new Map<string, readonly string[]>()
  const zone = createVirtualZone(names)
  const partitioned = new Set<string>()
  const stalled = new Set<VirtualPipe>()
  let nextPort = firstEphemeralPort

  const link = {
    clock,
    random,
    splitRate: () => current.splitRate,
    drawDelayMs,
    isCut,
    stall: (pipe: VirtualPipe) => void stalled.add(pipe),
    listenerAt: (at: SocketAddress) => listeners.get(keyOf(at)),
  }

  function drawDelayMs(): number {
    const { min, max } = current.delayMs
    return max > min ? Math.min(max, min + Math.floor(random.float() * (max - min + 1))) : min
  }

  function isCut(from: string, to: string): boolean {
    return partitioned.has(from) || partitioned.has(to)
  }

  /** Draws only when it matters, so that a rate of 0 leaves the sequence of draws as it was. */
  function happens(rate: number): boolean {
    return rate > 0 && random.float() < rate
  }

  function deliver(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const socket = isCut(from.host, to.host) ? undefined : sockets.get(keyOf(to))
    if (socket === undefined) {
      counts.lost += 1
      return
    }
    counts.delivered += 1
    socket.handlers.onMessage(bytes, from)
  }

  /** @param lastArrivals when the last datagram that keeps its order arrives, by destination. */
  function dispatch(
    bytes: Uint8Array,
    from: SocketAddress,
    to: SocketAddress,
    lastArrivals: Map<string, number>,
  ): void {
    if (happens(current.lossRate) || isCut(from.host, to.host)) {
      counts.lost += 1
      return
    }
    const now = clock.now()
    let arrivesAtMs = now + drawDelayMs()
    if (happens(current.reorderRate)) {
      arrivesAtMs += 1 + Math.floor(random.float() * reorderMs)
    } else {
      const key = keyOf(to)
      arrivesAtMs = Math.max(arrivesAtMs, lastArrivals.get(key) ?? 0)
      lastArrivals.set(key, arrivesAtMs)
    }
    clock.setTimeout(() => deliver(bytes, from, to), arrivesAtMs - now)
  }

  function bind(view: string | null, at: SocketAddress, handlers: DatagramHandlers): DatagramSocket {
    const place = claim(view, at, sockets)
    const bound: BoundSocket = { handlers }
    sockets.set(keyOf(place), bound)
    const lastArrivals = new Map<string, number>()
    const isOpen = () => sockets.get(keyOf(place)) === bound

    return {
      local: { host: at.host, port: place.port },
      send(data, to) {
        if (!isOpen()) return
        const bytes = copyBytes(data)
        if (bytes.length > largestDatagramBytes) {
          const error = networkError('EMSGSIZE', `send EMSGSIZE ${describe(to)}`)
          clock.setTimeout(() => isOpen() && handlers.onError(error), 0)
          return
        }
        counts.sent += 1
        const target = { host: resolveOwn(view, to.host), port: to.port }
        if (happens(current.duplicateRate)) {
          counts.duplicated += 1
          dispatch(bytes.slice(), place, target, lastArrivals)
        }
        dispatch(bytes, place, target, lastArrivals)
      },
      close() {
        if (isOpen()) sockets.delete(keyOf(place))
      },
    }
  }

  function listen(
    view: string | null,
    at: SocketAddress,
    onConnection: StreamAcceptor,
    identity: TlsIdentity | undefined,
  ): StreamListener {
    const place = claim(view, at, listeners)
    // Its own object, so that a later listener at the same place isn't closed by this one's owner.
    const listener: VirtualListener = { accept: onConnection, identity: identity ?? null }
    listeners.set(keyOf(place), listener)
    return {
      local: { host: at.host, port: place.port },
      ...(identity === undefined
        ? {}
        : {
            renew(next: TlsIdentity) {
              listener.identity = next
            },
          }),
      close() {
        if (listeners.get(keyOf(place)) === listener) listeners.delete(keyOf(place))
      },
    }
  }

  /** Where a socket asked for at `at` really is; throws as `bind` fails. */
  function claim(view: string | null, at: SocketAddress, taken: ReadonlyMap<string, unknown>): SocketAddress {
    const host = resolveOwn(view, at.host)
    if (view !== null && host !== view) throw networkError('EADDRNOTAVAIL', `bind EADDRNOTAVAIL ${describe(at)}`)
    const place = { host, port: at.port === 0 ? freePort(host, taken) : at.port }
    if (taken.has(keyOf(place))) throw networkError('EADDRINUSE', `bind EADDRINUSE ${describe(at)}`)
    return place
  }

  function freePort(host: string, taken: ReadonlyMap<string, unknown>): number {
    for (let tries = firstEphemeralPort; tries <= lastPort; tries += 1) {
      const port = nextPort
      nextPort = port === lastPort ? firstEphemeralPort : port + 1
      if (!taken.has(keyOf({ host, port }))) return port
    }
    throw networkError('EADDRINUSE', `no free port on ${host}`)
  }

  function viewFrom(view: string | null): Network {
    const self = view ?? ownHost
    return {
      bindDatagram: async (at, handlers) => bind(view, at, handlers),
      listenStream: async (at, onConnection, identity) => listen(view, at, onConnection, identity),
      connectStream(to, tls) {
        const target = { host: resolveOwn(view, to.host), port: to.port }
        return connectVirtualStream(link, { host: self, port: freePort(self, listeners) }, target, tls ?? null)
      },
      async resolveHost(name) {
        if (isNumeric(name)) return [name]
        const addresses = names.get(name) ?? []
        if (addresses.length === 0) throw networkError('ENOTFOUND', `getaddrinfo ENOTFOUND ${name}`)
        return addresses
      },
      dns: zone.dns,
      localAddressFor: () => self,
    }
  }

  return {
    ...viewFrom(null),
    get conditions() {
      return current
    },
    get counts() {
      return { ...counts }
    },
    setConditions(changes) {
      current = { ...current, ...changes }
    },
    host: viewFrom,
    zone,
    setAddresses(name, addresses) {
      names.set(name, addresses)
    },
    partition(host) {
      partitioned.add(host)
    },
    heal(host) {
      partitioned.delete(host)
      const waiting = [...stalled]
      stalled.clear()
      for (const pipe of waiting) pipe.resume()
    },
  }
}

/** The wildcard is the machine itself: a virtual machine has one address. */
function resolveOwn(view: string | null, host: string): string {
  return host === '0.0.0.0' || host === '::' ? (view ?? ownHost) : host
}

function isNumeric(name: string): boolean {
  return name.includes(':') || /^[0-9]+(\.[0-9]+){3}$/.test(name)
}

function keyOf({ host, port }: SocketAddress): string {
  return `${host}|${port}`
}

function describe({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

const encoder = new TextEncoder()

function copyBytes(data: Uint8Array | string): Uint8Array {
  // `slice` of a Buffer would share its memory.
  return typeof data === 'string' ? encoder.encode(data) : Uint8Array.from(data)
}

function networkError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
