/** A flow (RFC 5626): the way to and from one peer over one socket or connection. */
import type { SocketAddress } from '../../ports/network.ts'

export type TransportName = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'

export interface Flow {
  readonly transport: TransportName
  /** True when the transport retransmits by itself, so that SIP need not. */
  readonly reliable: boolean
  /** What we put into Via and Contact on this flow. */
  readonly advertised: SocketAddress
  /** The numeric local address that the peer sees, for media on the same path. */
  readonly localHost: string
  readonly remote: SocketAddress
  /** Same flow, same key. */
  readonly key: string
  /** False once a connection is gone: a registration over it is worthless then. */
  readonly alive: boolean
  /** True for a connection that we opened. */
  readonly isOurs?: boolean
  /** What the peer's certificate says that it is, once verified (mutual TLS). */
  readonly peerNames?: readonly string[]
  /** Sends one message. A failure is reported through the transport's `onFailure`, never thrown. */
  send(text: string): void
  /** Keeps it open (RFC 5626 §4.4). Over a stream the peer is asked for a sign of life; one that used to give it is gone without. */
  ping(): void
}

/** RFC 5626 §4.4.1: a double CRLF, which a single one answers. Over UDP nobody does; what stands between has seen it all the same. */
export const pingText = '\r\n\r\n'

/** Where a message goes when no flow is prescribed. `host` is numeric. */
export interface FlowTarget {
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly host: string
  readonly port: number
  /** TLS only: whom the certificate must be for; default: `host`. */
  readonly serverName?: string
  /** How long connecting may take; default 3 s. */
  readonly connectMs?: number
}

/** A flow that may be asked to end: a connection. */
export interface Connection extends Flow {
  /** Closes at once; its end is told as every other. */
  destroy(): void
}

/** Nobody but the two ends can read it (RFC 3261 §26.2.2). */
export function isSecure({ transport }: Flow): boolean {
  return transport === 'TLS' || transport === 'WSS'
}

export function flowKey(transport: string, remote: SocketAddress): string {
  return `${transport}|${remote.host}|${remote.port}`
}
