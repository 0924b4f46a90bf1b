/** The rules of RFC 3263 and RFC 2782, pure: what has to be asked for a URI, and in which order the answers are tried. */
import type { NaptrRecord, SrvRecord } from '../../ports/network.ts'
import { effectivePort, isNumericHost, type SipUri } from '../message/uri.ts'

export type TargetTransport = 'UDP' | 'TCP' | 'TLS'

/** Where a request can be sent. */
export interface Target {
  readonly transport: TargetTransport
  /** Numeric. */
  readonly host: string
  readonly port: number
  /** Whom a certificate must be for: the host of the URI, whatever address it has (RFC 5922 §4). */
  readonly serverName: string
}

/** A server with the addresses of its name. */
export interface Place {
  readonly transport: TargetTransport
  readonly port: number
  /** The place of its service among those that the domain offers: lower goes first. */
  readonly rank: number
  readonly priority: number
  readonly weight: number
  readonly addresses: readonly string[]
}

/** A service of a domain: the transport that it means, and the name that its servers are listed under. */
export interface Service {
  readonly transport: TargetTransport
  readonly name: string
}

/** What must be known before a request can be sent to a URI. */
export type Question =
  | { readonly ask: 'nothing'; readonly target: Target }
  /** The addresses of a host that listens on a known port. */
  | { readonly ask: 'addresses'; readonly transport: TargetTransport; readonly host: string; readonly port: number }
  /** The servers of a domain: by NAPTR first, unless the URI names the transport. */
  | {
      readonly ask: 'servers'
      readonly host: string
      readonly secured: boolean
      readonly transport: TargetTransport | null
    }

/** What a URI asks for itself (RFC 3263 §4.1); null: a way that we don't go. `sips:` is TLS and nothing else. */
export function transportOf({ scheme, params }: SipUri): TargetTransport | null {
  const asked = params.get('transport')?.toUpperCase()
  if (scheme === 'sips') return asked === undefined || asked === 'TCP' || asked === 'TLS' ? 'TLS' : null
  if (scheme !== 'sip') return null
  if (asked === undefined) return 'UDP'
  return asked === 'UDP' || asked === 'TCP' || asked === 'TLS' ? asked : null
}

/** RFC 3263 §4.1, §4.2. Null: there is no way to such a URI. */
export function questionOf(uri: SipUri): Question | null {
  const transport = transportOf(uri)
  if (transport === null) return null
  const { host, port, scheme, params } = uri
  if (isNumericHost(host))
    return { ask: 'nothing', target: { transport, host, port: effectivePort(uri), serverName: host } }
  // A port says that the host is meant, not a domain.
  if (port !== 0) return { ask: 'addresses', transport, host, port }
  const secured = scheme === 'sips'
  return { ask: 'servers', host, secured, transport: params.has('transport') ? transport : null }
}

const naptrTransports: Readonly<Record<string, TargetTransport>> = {
  'SIP+D2U': 'UDP',
  'SIP+D2T': 'TCP',
  'SIPS+D2T': 'TLS',
}

/** RFC 3263 §4.1: the services that we can use, in the order that the domain prefers. */
export function servicesOf(records: readonly NaptrRecord[], secured: boolean): readonly Service[] {
  return [...records]
    .sort((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ flags, service, replacement }) => {
      const transport = naptrTransports[service.toUpperCase()]
      const usable = transport !== undefined && flags.toLowerCase() === 's' && replacement !== ''
      return usable && (!secured || transport === 'TLS') ? [{ transport, name: replacement }] : []
    })
}

/** The names to look under where the domain has no NAPTR, or the URI names the transport (RFC 3263 §4.1, §4.2). */
export function usualServices(
  host: string,
  secured: boolean,
  transport: TargetTransport | null,
): readonly [Service, ...Service[]] {
  if (secured || transport === 'TLS') return [{ transport: 'TLS', name: `_sips._tcp.${host}` }]
  const udp: Service = { transport: 'UDP', name: `_sip._udp.${host}` }
  const tcp: Service = { transport: 'TCP', name: `_sip._tcp.${host}` }
  return transport === 'UDP' ? [udp] : transport === 'TCP' ? [tcp] : [udp, tcp]
}

/** RFC 2782: a single record of "." says that there is decidedly no such service. */
export function isDenied(records: readonly SrvRecord[]): boolean {
  return records.length === 1 && (records[0]?.name === '' || records[0]?.name === '.')
}

/** RFC 2782: by priority; within one, servers are drawn in proportion to their weight. `draw` gives 0 ≤ x < 1. */
export function inOrder(places: readonly Place[], draw: () => number): readonly Place[] {
  if (places.length < 2) return places
  const left = [...places].sort((a, b) => a.rank - b.rank || a.priority - b.priority || a.weight - b.weight)
  const ordered: Place[] = []
  while (left.length > 0) {
    const { rank, priority } = left[0] as Place
    let end = 0
    let sum = 0
    while (left[end]?.rank === rank && left[end]?.priority === priority) sum += left[end++]?.weight ?? 0
    // Those of weight 0 stand first, so that they have a small chance only (RFC 2782, "Weight").
    const drawn = Math.floor(draw() * (sum + 1))
    let at = 0
    for (let running = left[0]?.weight ?? 0; running < drawn && at < end - 1; running += left[at]?.weight ?? 0) at++
    ordered.push(...left.splice(at, 1))
  }
  return ordered
}

export function targetKey({ transport, host, port, serverName }: Target): string {
  return transport === 'TLS' ? `TLS|${host}|${port}|${serverName}` : `${transport}|${host}|${port}`
}
