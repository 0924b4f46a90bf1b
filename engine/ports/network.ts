/** Sockets as the engine sees them: datagrams and byte streams, plain or by TLS, between numeric addresses. */

/** A socket address. `host` is a numeric IPv4 or IPv6 address without brackets. */
export interface SocketAddress {
  readonly host: string
  readonly port: number
}

export interface DatagramHandlers {
  onMessage(bytes: Uint8Array, from: SocketAddress): void
  onError(error: Error): void
}

export interface DatagramSocket {
  readonly local: SocketAddress
  /**
   * Bytes that the system queues for this socket at most, as it granted them; 4 MiB are asked for. Absent where
   * there is no such limit.
   */
  readonly receiveBufferBytes?: number
  /** Sends one datagram. Failures reach `onError`; nothing is thrown. */
  send(bytes: Uint8Array | string, to: SocketAddress): void
  close(): void
}

export interface StreamHandlers {
  onConnected?(): void
  onData(bytes: Uint8Array): void
  /** Called exactly once, with the error if there was one. No other handler is called afterwards. */
  onClose(error: Error | null): void
}

export interface StreamConnection {
  /** Of one that we make, too, its port is known at once; 0: it can't be made. */
  readonly local: SocketAddress
  readonly remote: SocketAddress
  /** What the peer's certificate says that it is, once verified; absent or empty without TLS or such a certificate. */
  readonly peerNames?: readonly string[]
  /** Bytes accepted but not yet taken by the peer. */
  readonly bufferedBytes: number
  /** Handlers are set once, before the event loop next turns. */
  attach(handlers: StreamHandlers): void
  write(bytes: Uint8Array | string): void
  /** Closes after what was written is sent. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

/** Who we are by TLS, and whom we trust. All texts are PEM. */
export interface TlsIdentity {
  /** Our certificate, followed by the ones between it and its authority. */
  readonly cert: string
  readonly key: string
  /**
   * Authorities. A client with a certificate of one of them is known by the names in it (mutual TLS; none is demanded),
   * and servers that we connect to may be of them as well as of the authorities that everybody trusts.
   */
  readonly ca?: string
}

/** How to connect by TLS. */
export interface TlsTarget {
  /** Host name or numeric address that the certificate of the server must be for. */
  readonly serverName: string
  /** Shown to a server that asks; null: none, and nobody is trusted beyond the authorities that everybody trusts. */
  readonly identity: TlsIdentity | null
}

export interface StreamListener {
  readonly local: SocketAddress
  /** Takes another certificate for connections from now on. @throws an Error in words if it is of no use. */
  renew?(identity: TlsIdentity): void
  close(): void
}

/** An open WebSocket of subprotocol `sip`, as the package `ws` has it. */
export interface SipSocket {
  /** Bytes that the peer has not taken. */
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  /** Closes with the closing handshake. */
  close(code: number, reason: string): void
  /** Closes at once. */
  terminate(): void
  on(event: 'message', listener: (data: Uint8Array | ArrayBuffer | readonly Uint8Array[]) => void): unknown
  on(event: 'pong' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Between whom a WebSocket is. Hosts are numeric. */
export interface SipSocketPeer {
  readonly remote: SocketAddress
  readonly local: SocketAddress
  /** By TLS (`wss:`), here or at a proxy of ours. */
  readonly secure: boolean
  /**
   * The connection underneath, as of the HTTP request that asked for the socket: read along, so that a message that is not
   * complete after 10 s ends it. Absent: whoever accepted it sees to that.
   */
  readonly stream?: { on(event: 'data', listener: (bytes: Uint8Array) => void): unknown }
}

/** RFC 3403, without its regular expression: SIP uses none (RFC 3263 §4.1). */
export interface NaptrRecord {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly service: string
  /** A domain name. */
  readonly replacement: string
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly name: string
}

/** What the DNS said. */
export interface DnsAnswer<T> {
  /** Empty: there are none. */
  readonly records: readonly T[]
  /** How long it holds; null where the system doesn't tell. */
  readonly ttlSec: number | null
}

/** The DNS. Every method rejects when nobody answered: that says nothing of what there is. */
export interface Dns {
  naptr(name: string): Promise<DnsAnswer<NaptrRecord>>
  srv(name: string): Promise<DnsAnswer<SrvRecord>>
  /** A and AAAA, numeric. */
  addresses(name: string): Promise<DnsAnswer<string>>
}

export interface Network {
  /** Connections that may be open at a time before peers are let in no more, so that calls and the store have files left. Absent: no limit. */
  readonly connectionRoom?: number
  /**
   * Binds a UDP socket. `port` 0 picks a free one.
   * @throws an Error with Node's `code` (EADDRINUSE, EACCES, EADDRNOTAVAIL) if it can't be had.
   */
  bindDatagram(at: SocketAddress, handlers: DatagramHandlers): Promise<DatagramSocket>
  /** How long what is read now has waited in its socket at most, milliseconds. Absent: nothing ever waits. */
  waitedMs?(): number
  /**
   * Listens for TCP connections; errors as {@link bindDatagram}. With an identity they are TLS ones (1.2 or later), told
   * once the handshake is done; one that takes too long, or is one too many of an address, is closed untold.
   * @throws (rejects) also an Error of code ERR_TLS_IDENTITY, in words, if the identity is of no use.
   */
  listenStream(
    at: SocketAddress,
    onConnection: (connection: StreamConnection) => void,
    identity?: TlsIdentity,
  ): Promise<StreamListener>
  /** Starts connecting; `onConnected` or `onClose` tells the outcome. With `tls` the server must prove its name. */
  connectStream(to: SocketAddress, tls?: TlsTarget): StreamConnection
  /** Numeric addresses of a host name, in order of preference. Rejects if there are none. */
  resolveHost(name: string): Promise<readonly string[]>
  /** Absent: names stand for hosts, never for domains with servers of their own (RFC 3263). */
  readonly dns?: Dns
  /** The local address the system would use to reach `remoteHost`. */
  localAddressFor(remoteHost: string): string
}
