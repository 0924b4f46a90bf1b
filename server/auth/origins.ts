/** Which web pages may talk to us: the rule for sockets (DESIGN §7), and the stricter one for cookies. */

export interface OriginPolicy {
  /** Further origins that are allowed, lower case. */
  readonly origins: readonly string[]
  /** Where HTTP listens. */
  readonly httpHost: string
}

interface OriginHeaders {
  readonly origin?: string | undefined
  readonly host?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}

/** May a page of this origin open a socket: no origin, the same host, a listed one, a loopback name while bound to loopback. */
export function isSocketOriginAllowed(headers: OriginHeaders, policy: OriginPolicy): boolean {
  const origin = hostOf(headers.origin)
  if (headers.origin === undefined) return true
  if (origin === null) return false
  if (isKnownOrigin(headers, policy)) return true
  return isLoopbackName(policy.httpHost) && isLoopbackName(origin.hostname)
}

/**
 * May the cookie of this request be trusted to express its user's will (CSRF)? Loopback pages are not enough here: on
 * one machine every port is the same site, so the cookie travels from any of them.
 */
export function isCookieTrusted(headers: OriginHeaders, policy: OriginPolicy): boolean {
  const site = headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return true
  if (headers.origin === undefined) return site === undefined
  return isKnownOrigin(headers, policy)
}

export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127\.\d+\.\d+\.\d+$/.test(bare)
}

function isKnownOrigin({ origin, host }: OriginHeaders, { origins }: OriginPolicy): boolean {
  const parsed = hostOf(origin)
  if (parsed === null || origin === undefined) return false
  return (host !== undefined && parsed.host === host.toLowerCase()) || origins.includes(origin.toLowerCase())
}

function hostOf(origin: string | undefined): URL | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin) : null
}
