/** SIP and tel URIs (RFC 3261 §19, RFC 3966): reading, writing, comparing. */
import { noParams, type Params, parseParams } from './params.ts'

export interface SipUri {
  /** 'other': a URI that may stand in a name-addr but that SIP can't use; all but {@link SipUri.params} is empty then. */
  readonly scheme: 'sip' | 'sips' | 'tel' | 'other'
  /** Raw, still %-escaped, without password; '' if there is none. For tel: the number. */
  readonly user: string
  readonly password: string | null
  /** Lower case, IPv6 without brackets. '' for tel. */
  readonly host: string
  /** 0: not given. */
  readonly port: number
  readonly params: Params
  /** What follows '?', raw. */
  readonly headers: string
}

/** Null when `text` is not a well-formed URI of a known scheme. Surrounding blanks are not accepted. */
export function parseUri(text: string): SipUri | null {
  const scheme = schemeOf(text)
  const colon = scheme.length
  if (scheme === 'tel') return parseTel(text.slice(colon + 1))
  if (scheme !== 'sip' && scheme !== 'sips') return null

  // The user part may hold ';', '?' and '/', so the '@' decides before anything else does (RFC 3261 §19.1.1).
  const at = text.lastIndexOf('@')
  let user = ''
  let password: string | null = null
  if (at > colon) {
    user = text.slice(colon + 1, at)
    // The password, too: what is read here may be written into a request line of ours.
    if (hasIllegal(user)) return null
    const passwordAt = user.indexOf(':')
    if (passwordAt !== -1) {
      password = user.slice(passwordAt + 1)
      user = user.slice(0, passwordAt)
    }
    if (user === '') return null
  }
  const hostAt = Math.max(colon, at) + 1
  const question = text.indexOf('?', hostAt)
  const headers = question === -1 ? '' : text.slice(question + 1)
  if (hasIllegal(headers)) return null
  const address = question === -1 ? text : text.slice(0, question)
  const semicolon = address.indexOf(';', hostAt)
  const parsed = parseHostPort(semicolon === -1 ? address.slice(hostAt) : address.slice(hostAt, semicolon))
  if (parsed === null) return null
  const params = semicolon === -1 ? noParams : parseParams(address, semicolon)
  if (params === null) return null
  return { scheme, user, password, host: parsed.host, port: parsed.port, params, headers }
}

/** The scheme in lower case; '' if `text` doesn't begin with one (RFC 3986 §3.1). */
export function schemeOf(text: string): string {
  if (text.startsWith('sip:')) return 'sip'
  const colon = text.indexOf(':')
  for (let i = 0; i < colon; i++) {
    const code = text.charCodeAt(i)
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
    if (!letter && (i === 0 || !((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46))) return ''
  }
  return colon <= 0 ? '' : text.slice(0, colon).toLowerCase()
}

/** True if `text` is a URI of a scheme that SIP doesn't know, such as http: or isbn:. */
export function isForeignUri(text: string): boolean {
  const scheme = schemeOf(text)
  return scheme !== '' && scheme !== 'sip' && scheme !== 'sips' && scheme !== 'tel' && !hasIllegal(text)
}

function parseTel(rest: string): SipUri | null {
  const semicolon = rest.indexOf(';')
  const number = semicolon === -1 ? rest : rest.slice(0, semicolon)
  if (number === '' || hasIllegal(number)) return null
  const params = semicolon === -1 ? noParams : parseParams(rest, semicolon)
  if (params === null) return null
  return { scheme: 'tel', user: number, password: null, host: '', port: 0, params, headers: '' }
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. Port 0 stands for "not given". Null when malformed. */
export function parseHostPort(text: string): { host: string; port: number } | null {
  let host: string
  let portText = ''
  if (text.charCodeAt(0) === 91) {
    const close = text.indexOf(']')
    if (close === -1) return null
    host = text.slice(1, close)
    if (!host.includes(':')) return null
    if (close + 1 < text.length) {
      if (text.charCodeAt(close + 1) !== 58) return null
      portText = text.slice(close + 2)
      if (portText === '') return null
    }
  } else {
    const colon = text.indexOf(':')
    host = colon === -1 ? text : text.slice(0, colon)
    if (colon !== -1) {
      portText = text.slice(colon + 1)
      if (portText === '') return null
    }
  }
  if (host === '' || !isHost(host)) return null
  host = host.includes(':') ? spellIPv6(host.toLowerCase()) : host.toLowerCase()
  if (portText === '') return { host, port: 0 }
  const port = parsePort(portText)
  return port === null ? null : { host, port }
}

/** As sockets spell it (RFC 5952), of many ways, so that the same address is found to be the same (RFC 5954 §4.1). */
function spellIPv6(host: string): string {
  // With an IPv4 address in it one way is left, but for the zeros.
  const spelt = host.includes('.') ? null : URL.parse(`sip://[${host}]`)
  return spelt === null ? host : spelt.hostname.slice(1, -1)
}

/** 1–65535 in decimal digits, else null. */
export function parsePort(text: string): number | null {
  if (text.length === 0 || text.length > 5) return null
  let port = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return null
    port = port * 10 + digit
  }
  return port >= 1 && port <= 65535 ? port : null
}

function isHost(host: string): boolean {
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i)
    const legal =
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 48 && code <= 58) ||
      code === 45 ||
      code === 46 ||
      code === 95 ||
      code === 37
    if (!legal) return false
  }
  return true
}

function hasIllegal(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code === 34 || code === 60 || code === 62 || code === 127) return true
  }
  return false
}

/** The user part with %-escapes decoded; malformed escapes stay as they are. */
export function decodeUser(user: string): string {
  if (!user.includes('%')) return user
  try {
    return decodeURIComponent(user)
  } catch {
    return user
  }
}

/** Escapes what may not stand in a user part (RFC 3261 §25.1). */
export function encodeUser(user: string): string {
  return encodeURIComponent(user)
    .replaceAll('%2B', '+')
    .replaceAll('%3B', ';')
    .replaceAll('%26', '&')
    .replaceAll('%3D', '=')
}

/** @param user decoded; empty: the URI of the host itself, for an empty user part before `@` is none (RFC 3261 §25.1) */
export function userUri(user: string, host: string): string {
  return user === '' ? `sip:${host}` : `sip:${encodeUser(user)}@${host}`
}

/** `host` with brackets when it is an IPv6 address. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** An IP address, as opposed to a name. */
export function isNumericHost(host: string): boolean {
  if (host.includes(':')) return true
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i)
    if (code !== 46 && (code < 48 || code > 57)) return false
  }
  return host.includes('.')
}

export function hostPort(host: string, port: number): string {
  return port === 0 ? bracketed(host) : `${bracketed(host)}:${port}`
}

/** The port in force: the one given, or the default of the scheme (RFC 3261 §19.1.2). */
export function effectivePort(uri: SipUri): number {
  if (uri.port !== 0) return uri.port
  return uri.scheme === 'sips' || uri.params.get('transport') === 'tls' ? 5061 : 5060
}

export function formatUri(uri: SipUri): string {
  let text = `${uri.scheme}:`
  if (uri.scheme === 'tel') text += uri.user
  else {
    if (uri.user !== '') text += uri.password === null ? `${uri.user}@` : `${uri.user}:${uri.password}@`
    text += hostPort(uri.host, uri.port)
  }
  for (const [name, value] of uri.params) text += value === '' ? `;${name}` : `;${name}=${value}`
  return uri.headers === '' ? text : `${text}?${uri.headers}`
}

/** The parameters that take part in a comparison even if only one side has them (RFC 3261 §19.1.4). */
const decidingParams = ['user', 'ttl', 'method', 'maddr', 'transport'] as const

/** RFC 3261 §19.1.4: are the two URIs equivalent? */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.host !== b.host || a.port !== b.port || a.headers !== b.headers) return false
  if (decodeUser(a.user) !== decodeUser(b.user) || a.password !== b.password) return false
  for (const [name, value] of a.params) {
    const other = b.params.get(name)
    if (other !== undefined && other.toLowerCase() !== value.toLowerCase()) return false
  }
  return decidingParams.every(name => a.params.has(name) === b.params.has(name))
}
