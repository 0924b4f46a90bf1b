/** Via values (RFC 3261 §20.42, RFC 3581). */
import { closingQuote, type Params, parseParams, skipBlanks } from './params.ts'
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
  // SIP / 2.0 / UDP, with blanks allowed around the slashes. The version is the start line's business: a request of
  // another one has to find its way back, too (RFC 4475 §3.1.2.16).
  let at = skipBlanks(value, 0)
  const slash1 = value.indexOf('/', at)
  if (slash1 === -1 || value.slice(at, slash1).trim().toUpperCase() !== 'SIP') return null
  const slash2 = value.indexOf('/', slash1 + 1)
  if (slash2 === -1 || value.slice(slash1 + 1, slash2).trim() === '') return null
  at = skipBlanks(value, slash2 + 1)
  const transportStart = at
  while (at < value.length && value.charCodeAt(at) > 32) at++
  const transport = value.slice(transportStart, at).toUpperCase()
  if (transport === '') return null
  const semicolon = value.indexOf(';', at)
  const sentBy = (semicolon === -1 ? value.slice(at) : value.slice(at, semicolon)).trim()
  const parsed = parseHostPort(hasBlank(sentBy) ? sentBy.replace(/[ \t]/g, '') : sentBy)
  if (parsed === null) return null
  const params = semicolon === -1 ? parseParams('', 0) : parseParams(value, semicolon)
  if (params === null) return null
  return { transport, host: parsed.host, port: parsed.port, branch: params.get('branch') ?? '', params }
}

/** Blanks may stand around the colon before the port. */
function hasBlank(text: string): boolean {
  return text.includes(' ') || text.includes('\t')
}

/**
 * The Via value with `received` and `rport` filled in (RFC 3261 §18.2.1, RFC 3581 §4). Everything else is kept as it
 * was sent. `received` is always there when rport was asked for, or when sent-by is not the source; what the sender says
 * about either is not believed.
 */
export function stampVia(value: string, via: Via, sourceHost: string, sourcePort: number): string {
  const asked = via.params.has('rport')
  if (!asked && via.host === sourceHost && !via.params.has('received')) return value
  let stamped = value
  if (asked) stamped = replaceParam(stamped, 'rport', String(sourcePort))
  if (via.params.has('received')) return replaceParam(stamped, 'received', sourceHost)
  // A semicolon with nothing behind it is borne in reading; two of them in a row are not ours to write.
  const open = stamped.trimEnd().endsWith(';') ? stamped.trimEnd().slice(0, -1) : stamped
  return `${open};received=${sourceHost}`
}

/** How long a proxy keeps to what it was told: a little longer than the load is watched, as it is told anew with each refusal. */
const overloadValidityMs = 1_000

/**
 * The Via value of a neighbour with overload control (RFC 7339 §4), by its algorithm `loss`: `percent` of its calls should
 * not come. Null if it doesn't say that it knows any.
 */
export function askForLess(value: string, percent: number, nowMs: number): string | null {
  const params = parseVia(value)?.params
  // §5.1: support is the parameter without a value.
  if (params === undefined || params.get('oc') !== '') return null
  const algorithms = (params.get('oc-algo') ?? 'loss').split(',').map(name => name.trim().toLowerCase())
  if (!algorithms.includes('loss')) return null
  // §4.4: rises with time.
  const sequence = `${Math.floor(nowMs / 1000) % 10 ** 12}.${Math.floor(nowMs % 1000)}`
  const told = [
    ['oc', String(percent)],
    ['oc-algo', '"loss"'],
    ['oc-validity', String(overloadValidityMs)],
    ['oc-seq', sequence],
  ] as const
  return told.reduce(
    (text, [name, to]) => (params.has(name) ? replaceParam(text, name, to) : `${text};${name}=${to}`),
    value.trimEnd().replace(/;$/, ''),
  )
}

/** Gives the parameter `name`, which is there, another value. */
function replaceParam(value: string, name: string, to: string): string {
  for (let at = value.indexOf(';'); at !== -1; at = value.indexOf(';', at + 1)) {
    const start = skipBlanks(value, at + 1)
    const after = skipBlanks(value, start + name.length)
    const next = value.charCodeAt(after)
    if (value.slice(start, start + name.length).toLowerCase() !== name) continue
    if (!(Number.isNaN(next) || next === 59 || next === 61)) continue
    let end = next === 61 ? skipBlanks(value, after + 1) : after
    if (value.charCodeAt(end) === 34) end = Math.max(end, closingQuote(value, end) + 1)
    while (end < value.length && value.charCodeAt(end) !== 59 && value.charCodeAt(end) > 32) end++
    return `${value.slice(0, at)};${name}=${to}${value.slice(end)}`
  }
  return value
}

export function formatVia(transport: string, host: string, port: number, branch: string): string {
  return `SIP/2.0/${transport} ${hostPort(host, port)};branch=${branch};rport`
}
