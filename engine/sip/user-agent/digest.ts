/** Digest access authentication, server side (RFC 3261 §22, RFC 7616, RFC 8760). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { DigestSecret } from '../../ports/store.ts'
import type { SipRequest } from '../message/message.ts'
import { closingQuote, isBlank, skipBlanks, unquote } from '../message/params.ts'
import { parseUri, sameUri } from '../message/uri.ts'
import { NonceCounts } from './nonce-counts.ts'

/** RFC 8760 §2.1 names and what Node calls them. */
const hashes: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' }

export interface DigestOptions {
  readonly realm: string
  /** Order of the challenges. */
  readonly algorithms: readonly string[]
  readonly nonceTtlMs: number
  /** Nonces whose count is remembered; past that the oldest ones count as stale. Default 100,000. */
  readonly maxNonces?: number
  /** Secret of this process: nonces of another one are stale, not wrong. */
  readonly key: Uint8Array
  now(): number
}

export type DigestVerdict =
  | { readonly ok: true; readonly username: string }
  /**
   * `missing`: no credentials for our realm, which is no failure (DESIGN §7). `stale`: right, but for an old nonce.
   * `replayed`: right, but used before. `throttled`: not looked at. `proven`: for the nonce that this sender was given, so that he is where he says.
   */
  | {
      readonly ok: false
      readonly why: 'missing' | 'stale' | 'replayed' | 'wrong' | 'throttled'
      readonly username: string
      readonly proven: boolean
    }

/** Where credentials come from, and whether they are worth a look. */
export interface DigestAttempt {
  /** Source address: a nonce given there proves it. */
  readonly source: string
  /** Asked before anything of the user is looked up. */
  mayTry(username: string, proven: boolean): boolean
}

const anyAttempt: DigestAttempt = { source: '', mayTry: () => true }

/** HA1 of RFC 7616 §3.4.2 for each algorithm. */
export function digestSecret(username: string, realm: string, password: string): DigestSecret {
  const ha1: Record<string, string> = {}
  for (const algorithm of Object.keys(hashes)) ha1[algorithm] = hash(algorithm, `${username}:${realm}:${password}`)
  return { realm, ha1 }
}

/** Hashed in place of what an unknown user doesn't have: as long, so that it takes as long. */
const dummyHa1: Readonly<Record<string, string>> = { MD5: '0'.repeat(32), 'SHA-256': '0'.repeat(64) }

const usualMaxNonces = 100_000

export class DigestVerifier {
  #options: DigestOptions
  /** By nonce and user. */
  readonly #counts: NonceCounts

  constructor(options: DigestOptions) {
    this.#options = options
    this.#counts = new NonceCounts({ ttlMs: options.nonceTtlMs, maxEntries: options.maxNonces ?? usualMaxNonces })
  }

  /** Nonces that were used stay used, unless they are of another realm. */
  configure(settings: Pick<DigestOptions, 'realm' | 'algorithms' | 'nonceTtlMs'>): void {
    this.#options = { ...this.#options, ...settings }
    this.#counts.configure(settings.nonceTtlMs)
  }

  get realm(): string {
    return this.#options.realm
  }

  /** One WWW-Authenticate value per algorithm (RFC 8760 §2.4), the preferred one first, for someone at `source`. */
  challenges(stale: boolean, source = ''): string[] {
    const { realm, algorithms } = this.#options
    const nonce = this.#nonce(this.#options.now(), source)
    return algorithms.map(
      algorithm =>
        `Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`,
    )
  }

  /** Unknown users cost the same as known ones: a hash is computed in any case. */
  verify(
    request: SipRequest,
    secretOf: (username: string) => DigestSecret | null,
    attempt: DigestAttempt = anyAttempt,
  ): DigestVerdict {
    const credentials = this.#credentialsIn(request)
    if (credentials === null) return { ok: false, why: 'missing', username: '', proven: false }
    const field = (name: string) => credentials.get(name) ?? ''
    const username = field('username')
    const proven = this.#isGivenTo(field('nonce'), attempt.source)
    if (!attempt.mayTry(username, proven)) return { ok: false, why: 'throttled', username, proven }
    const wrong: DigestVerdict = { ok: false, why: 'wrong', username, proven }

    const algorithm = field('algorithm') === '' ? 'MD5' : field('algorithm').toUpperCase()
    const secret = secretOf(username)
    const known = secret !== null && secret.realm === this.#options.realm
    const ha1 = (known ? secret.ha1[algorithm] : undefined) ?? dummyHa1[algorithm] ?? ''
    if (!this.#options.algorithms.includes(algorithm)) return wrong
    // qop=auth always: without it neither cnonce nor nc protects from replay (SIP.md, Digest).
    if (field('qop') !== 'auth' || field('cnonce') === '' || !isNonceCount(field('nc'))) return wrong

    const ha2 = hash(algorithm, `${request.method}:${field('uri')}`)
    const expected = hash(algorithm, `${ha1}:${field('nonce')}:${field('nc')}:${field('cnonce')}:auth:${ha2}`)
    if (!known || !sameText(expected, field('response').toLowerCase())) return wrong
    if (!sameRequestUri(field('uri'), request.uri)) return wrong

    // RFC 7616 §3.3: stale says that the hash was right, so it comes last.
    const now = this.#options.now()
    const madeMs = this.#nonceTime(field('nonce'))
    const age = now - madeMs
    if (!(age >= 0 && age <= this.#options.nonceTtlMs)) return { ok: false, why: 'stale', username, proven }
    const use = this.#counts.use(`${field('nonce')}|${username}`, madeMs, Number.parseInt(field('nc'), 16), now)
    if (use === 'new') return { ok: true, username }
    return { ok: false, why: use === 'forgotten' ? 'stale' : 'replayed', username, proven }
  }

  /** Whether a request shows credentials for our realm, right or wrong: those for another are none of our business. */
  isClaimedIn(request: SipRequest): boolean {
    return this.#credentialsIn(request) !== null
  }

  #credentialsIn(request: SipRequest) {
    const shown = request.headers.fields('authorization').map(parseDigestCredentials)
    return shown.find(found => found?.get('realm') === this.#options.realm) ?? null
  }

  /**
   * Time in base 36 and its MAC, bound to the realm: nothing has to be kept for a challenge. Behind them a MAC of whom it
   * was given to: a phone whose address changes may go on with it, but only there it proves anything.
   */
  #nonce(time: number, source: string): string {
    const stamp = Math.floor(time).toString(36)
    return `${stamp}.${this.#mac(stamp)}.${this.#sourceMac(stamp, source)}`
  }

  #isGivenTo(nonce: string, source: string): boolean {
    const [stamp = '', mac = '', sourceMac = ''] = nonce.split('.', 3)
    return sameText(sourceMac, this.#sourceMac(stamp, source)) && sameText(mac, this.#mac(stamp))
  }

  #sourceMac(stamp: string, source: string): string {
    return this.#mac(`${stamp}|${source}`).slice(0, 16)
  }

  /** NaN for a nonce that we didn't make. */
  #nonceTime(nonce: string): number {
    const [stamp = '', mac = ''] = nonce.split('.', 2)
    return sameText(mac, this.#mac(stamp)) ? Number.parseInt(stamp, 36) : Number.NaN
  }

  #mac(stamp: string): string {
    return createHmac('sha256', this.#options.key)
      .update(`${stamp}|${this.#options.realm}`)
      .digest('base64url')
      .slice(0, 32)
  }
}

/** The parameters of a Digest Authorization value; null for another scheme or a malformed one. */
export function parseDigestCredentials(value: string): ReadonlyMap<string, string> | null {
  if (value.slice(0, 7).toLowerCase() !== 'digest ') return null
  const fields = new Map<string, string>()
  let at = 7
  while (at < value.length) {
    at = skipBlanks(value, at)
    const equals = value.indexOf('=', at)
    if (equals === -1) return null
    const name = value.slice(at, equals).trim().toLowerCase()
    at = skipBlanks(value, equals + 1)
    let end: number
    if (value.charCodeAt(at) === 34) {
      const close = closingQuote(value, at)
      if (close === -1) return null
      end = close + 1
      fields.set(name, unquote(value.slice(at, end)))
    } else {
      end = at
      while (end < value.length && value.charCodeAt(end) !== 44 && !isBlank(value.charCodeAt(end))) end++
      fields.set(name, value.slice(at, end))
    }
    at = skipBlanks(value, end)
    if (at < value.length && value.charCodeAt(at) !== 44) return null
    at++
  }
  return fields
}

function hash(algorithm: string, text: string): string {
  return createHash(hashes[algorithm] ?? 'sha256')
    .update(text)
    .digest('hex')
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function isNonceCount(text: string): boolean {
  return text.length === 8 && Number(`0x${text}`) > 0
}

/** §22.4: the URI in the credentials is the one of the request, though a proxy may have respelled it. */
function sameRequestUri(a: string, b: string): boolean {
  if (a === b) return true
  const left = parseUri(a)
  const right = parseUri(b)
  return left !== null && right !== null && sameUri(left, right)
}
