/** Via values (RFC 3261 §20.42, RFC 3581). */
import { type Params, parseParams, skipBlanks } from './params.ts'
import { hostPort, parseHostPort } from './uri.ts'

export interface Via {
  /** Upper case: UDP, TCP, TLS, WS, WSS … */
  readonly transport: string
  readonly host: string
  /** 0: not given. */
  readonly port: number
  /** '' if there is none (RFC 2543). */
  readonly branch: string
  readonly params: Params
}

/** The prefix of branches that are unique across space and time (RFC 3261 §8.1.1.7). */
export const magicCookie = 'z9hG4bK'

/** Null when malformed. */
export function parseVia(value: string): Via | null {
  // SIP / 2.0 / UDP, with blanks allowed around the slashes.
  let at = skipBlanks(value, 0)
  const slash1 = value.indexOf('/', at)
  if (slash1 === -1 || value.slice(at, slash1).trim().toUpperCase() !== 'SIP') return null
  const slash2 = value.indexOf('/', slash1 + 1)
  if (slash2 === -1 || value.slice(slash1 + 1, slash2).trim() !== '2.0') return null
  at = skipBlanks(value, slash2 + 1)
  const transportStart = at
  while (at < value.length && value.charCodeAt(at) > 32) at++
  const transport = value.slice(transportStart, at).toUpperCase()
  if (transport === '') return null
  const semicolon = value.indexOf(';', at)
  const sentBy = (semicolon === -1 ? value.slice(at) : value.slice(at, semicolon)).trim()
  const parsed = parseHostPort(sentBy.includes(' ') ? sentBy.replaceAll(' ', '') : sentBy)
  if (parsed === null) return null
  const params = semicolon === -1 ? parseParams('', 0) : parseParams(value, semicolon)
  if (params === null) return null
  return { transport, host: parsed.host, port: parsed.port, branch: params.get('branch') ?? '', params }
}

/**
 * The Via value with `received` and `rport` filled in (RFC 3261 §18.2.1, RFC 3581 §4). Everything else is kept as it
 * was sent. `received` is always added when rport was asked for, or when sent-by is not the source.
 */
export function stampVia(value: string, via: Via, sourceHost: string, sourcePort: number): string {
  const asked = via.params.has('rport')
  if (!asked && via.host === sourceHost) return value
  let stamped = value
  if (asked) {
    const at = rportIndex(stamped)
    if (at !== -1) {
      let end = at + 6
      while (end < stamped.length && stamped.charCodeAt(end) !== 59 && stamped.charCodeAt(end) > 32) end++
      stamped = `${stamped.slice(0, at)};rport=${sourcePort}${stamped.slice(end)}`
    }
  }
  return via.params.has('received') ? stamped : `${stamped};received=${sourceHost}`
}

function rportIndex(value: string): number {
  const lower = value.toLowerCase()
  for (let at = lower.indexOf(';rport'); at !== -1; at = lower.indexOf(';rport', at + 1)) {
    const next = lower.charCodeAt(at + 6)
    if (Number.isNaN(next) || next === 59 || next === 61 || next <= 32) return at
  }
  return -1
}

export function formatVia(transport: string, host: string, port: number, branch: string): string {
  return `SIP/2.0/${transport} ${hostPort(host, port)};branch=${branch};rport`
}
