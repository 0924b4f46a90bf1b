/** Sockets as the engine sees them: datagrams and byte streams between numeric addresses. */

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
  readonly local: SocketAddress
  readonly remote: SocketAddress
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

export interface StreamListener {
  readonly local: SocketAddress
  close(): void
}

export interface Network {
  /**
   * Binds a UDP socket. `port` 0 picks a free one.
   * @throws an Error with Node's `code` (EADDRINUSE, EACCES, EADDRNOTAVAIL) if it can't be had.
   */
  bindDatagram(at: SocketAddress, handlers: DatagramHandlers): Promise<DatagramSocket>
  /** Listens for TCP connections; errors as {@link bindDatagram}. */
  listenStream(at: SocketAddress, onConnection: (connection: StreamConnection) => void): Promise<StreamListener>
  /** Starts connecting; `onConnected` or `onClose` tells the outcome. */
  connectStream(to: SocketAddress): StreamConnection
  /** Numeric addresses of a host name, in order of preference. Rejects if there are none. */
  resolveHost(name: string): Promise<readonly string[]>
  /** The local address the system would use to reach `remoteHost`. */
  localAddressFor(remoteHost: string): string
}
