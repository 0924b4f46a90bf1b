/** The network port on Node: UDP by dgram, TCP by net, TLS by tls, names by the system's resolver. */
import dgram from 'node:dgram'
import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import type { DatagramHandlers, DatagramSocket, Network, SocketAddress } from '../ports/network.ts'
import { createNodeDns } from './dns.ts'
import { createLocalAddresses } from './local-address.ts'
import { connectAtOnce, lookupNumeric } from './numeric-lookup.ts'
import { connectionRoom } from './open-files.ts'
import { SocketWait } from './socket-wait.ts'
import { createStreamConnection, streamOptions } from './stream-connection.ts'
import { connectTls, listenTls } from './tls-streams.ts'

/** Bursts above some 600 calls/s overflow the system's default of 208 KiB. */
const receiveBufferBytes = 4 * 2 ** 20
const leastReceiveBufferBytes = 2 ** 18

/** @param dnsServers in place of the system's: `127.0.0.1` or `127.0.0.1:5353` */
export function createNodeNetwork({ dnsServers = [] }: { readonly dnsServers?: readonly string[] } = {}): Network {
  const localAddressFor = createLocalAddresses(() => performance.now())
  const wait = new SocketWait()
  return {
    connectionRoom: connectionRoom(),
    bindDatagram: (at, handlers) => bindDatagram(at, handlers, wait),
    waitedMs: () => wait.ms,
    listenStream,
    connectStream(to, target) {
      const localHost = () => localAddressFor(to.host)
      if (target !== undefined) return connectTls(to, target, localHost)
      const socket = new net.Socket(streamOptions)
      const connection = createStreamConnection(socket, to, localHost, 'connect')
      try {
        socket.connect({ ...connectAtOnce(to), ...streamOptions })
      } catch (error) {
        // Node throws at a port it doesn't like; the contract tells every outcome by `onClose`.
        socket.destroy(error instanceof Error ? error : new Error(String(error)))
      }
      return connection
    },
    async resolveHost(name) {
      const found = await lookup(name, { all: true, order: 'verbatim' })
      return [...new Set(found.map(({ address }) => address))]
    },
    dns: createNodeDns(dnsServers),
    localAddressFor,
  }
}

function bindDatagram(at: SocketAddress, handlers: DatagramHandlers, wait: SocketWait): Promise<DatagramSocket> {
  const isIPv6 = net.isIPv6(at.host)
  const socket = dgram.createSocket({
    type: isIPv6 ? 'udp6' : 'udp4',
    // One socket per family: an IPv6 socket that took IPv4 too would collide with its neighbour and show mapped addresses.
    ipv6Only: isIPv6,
    lookup: lookupNumeric,
  })
  return new Promise((resolve, reject) => {
    socket.once('error', error => {
      socket.close()
      reject(error)
    })
    socket.bind({ address: at.host, port: at.port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      resolve(createDatagramSocket(socket, handlers, wait))
    })
  })
}

function createDatagramSocket(socket: dgram.Socket, handlers: DatagramHandlers, wait: SocketWait): DatagramSocket {
  const { address, port } = socket.address()
  let closed = false

  function report(error: Error | null): void {
    if (error !== null && !closed) handlers.onError(error)
  }

  socket.on('error', report)
  socket.on('message', (bytes, from) => {
    if (!wait.takes(socket, bytes)) handlers.onMessage(bytes, { host: from.address, port: from.port })
  })
  wait.watch(socket)
  return {
    local: { host: address, port },
    receiveBufferBytes: growReceiveBuffer(socket),
    send(bytes, to) {
      if (closed) return
      try {
        // Without a callback Node says nothing of a failure.
        socket.send(bytes, to.port, to.host, report)
      } catch (error) {
        // Node throws at a port it doesn't like. Later, as other failures: the caller is in the middle of something.
        process.nextTick(report, error)
      }
    },
    close() {
      if (closed) return
      closed = true
      wait.forget(socket)
      socket.close()
    },
  }
}

/** Asks for as much as the system lets us have. Linux cuts a wish down, others refuse it. */
function growReceiveBuffer(socket: dgram.Socket): number {
  for (let bytes = receiveBufferBytes; bytes >= leastReceiveBufferBytes; bytes /= 2) {
    try {
      socket.setRecvBufferSize(bytes)
      break
    } catch {
      // Half of it may be had.
    }
  }
  const granted = socket.getRecvBufferSize()
  // Linux reports twice what it granted (socket(7), SO_RCVBUF).
  return process.platform === 'linux' ? granted / 2 : granted
}

const listenStream: Network['listenStream'] = async (at, onConnection, identity) => {
  const secure = identity === undefined ? null : listenTls(at, onConnection, identity)
  const server =
    secure?.server ??
    net.createServer(streamOptions, socket => {
      const remote = { host: socket.remoteAddress, port: socket.remotePort }
      // A peer that is gone before we look has no address any more.
      if (remote.host === undefined || remote.port === undefined) socket.destroy()
      else onConnection(createStreamConnection(socket, { host: remote.host, port: remote.port }, () => at.host))
    })
  const local = await listenAt(server, at)
  return { local, ...(secure === null ? {} : { renew: secure.renew }), close: () => void server.close() }
}

function listenAt(server: net.Server, at: SocketAddress): Promise<SocketAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...at, ipv6Only: true, exclusive: true }, () => {
      server.removeAllListeners('error')
      // An accept that failed (no file descriptor left) cost one connection; the peer tries again.
      server.on('error', () => {})
      const bound = server.address()
      resolve(bound !== null && typeof bound === 'object' ? { host: bound.address, port: bound.port } : at)
    })
  })
}
