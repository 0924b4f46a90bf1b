/** Requests too large for a datagram go by TCP (RFC 3261 §18.1.1): which ones, to whom, and to whom not again soon. */
import type { Clock } from '../../ports/clock.ts'
import type { SipRequest } from '../message/message.ts'
import { parseNameAddress } from '../message/name-address.ts'
import { effectivePort, parseUri } from '../message/uri.ts'
import { type Flow, flowKey } from '../transport/flow.ts'
import type { TransportLayer } from '../transport/transport-layer.ts'

/** The limit where the path's MTU is not known. */
const largestDatagramBytes = 1_300
/** Our Via, User-Agent and Content-Length, which are added after the request was measured. */
const addedBytes = 180
/** A peer that is asked twice pays for the first try with this much time at most. */
const connectMs = 1_000
/** A peer that takes no TCP is not asked again for this long. */
const refusedForMs = 600_000
const maxRemembered = 10_000

export class LargeRequests {
  readonly #transports: TransportLayer
  readonly #clock: Clock
  /** Until when a peer is spared, by flow key. */
  readonly #refused = new Map<string, number>()

  constructor(transports: TransportLayer, clock: Clock) {
    this.#transports = transports
    this.#clock = clock
  }

  /** The TCP flow that a request over `flow` is to take instead; null: `flow` will do, or is the only way. */
  streamFor(request: SipRequest, flow: Flow): Flow | null {
    if (flow.transport !== 'UDP' || isSmall(request) || !leadsTo(request, flow)) return null
    const until = this.#refused.get(flow.key)
    if (until !== undefined && until > this.#clock.now()) return null
    return this.#transports.flowTo({ transport: 'TCP', ...flow.remote, connectMs })
  }

  /** The connection was refused, or not there in time. */
  refused(stream: Flow): void {
    if (this.#refused.size >= maxRemembered) this.#refused.clear()
    this.#refused.set(flowKey('UDP', stream.remote), this.#clock.now() + refusedForMs)
  }
}

function isSmall({ method, uri, headers, body }: SipRequest): boolean {
  let bytes = method.length + uri.length + addedBytes + body.length
  headers.forEach((name, value) => {
    bytes += name.length + value.length + 4
  })
  return bytes <= largestDatagramBytes
}

/** False for a peer behind NAT: nothing but the datagrams' own flow leads to it. */
function leadsTo({ uri, headers }: SipRequest, { remote }: Flow): boolean {
  const route = headers.first('route')
  const next = route === '' ? parseUri(uri) : (parseNameAddress(route)?.uri ?? null)
  if (next === null) return false
  return (next.host === remote.host && effectivePort(next) === remote.port) || !/^[0-9.]+$|:/.test(next.host)
}
