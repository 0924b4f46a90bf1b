/**
 * Digest access authentication, client side (RFC 3261 §22, RFC 7616, RFC 8760): answers the challenges of one realm and no
 * other, for whoever else gets an answer can guess the password out of it.
 */
import type { SipRequest, SipResponse } from '../message/message.ts'
import { quote } from '../message/params.ts'
import { parseDigestCredentials } from './digest.ts'
import { digestHash } from './digest-hash.ts'

export interface DigestAccount {
  readonly username: string
  readonly password: string
  /** The one realm whose challenges are answered. */
  readonly realm: string
}

export interface DigestClientOptions {
  readonly account: DigestAccount
  /** Fresh text for a cnonce. */
  newNonce(): string
  /** A challenge for another realm was left unanswered. */
  onForeignRealm(realm: string): void
}

/** Header name and value of credentials. */
export type CredentialHeader = readonly [name: string, value: string]

const challengeHeaders = [
  ['www-authenticate', 'authorization'],
  ['proxy-authenticate', 'proxy-authorization'],
] as const

/** By nonce: how often it was used. */
const maxNonces = 8

export class DigestClient {
  readonly #options: DigestClientOptions
  readonly #uses = new Map<string, number>()
  /** The challenges that were answered last, by the header of the answer. */
  readonly #answered = new Map<string, ReadonlyMap<string, string>>()

  constructor(options: DigestClientOptions) {
    this.#options = options
  }

  /**
   * Credentials for the next try of `request`, which `response` has challenged. Null: there is nothing to try, because the
   * challenge is for another realm or the credentials that it had were wrong. `isUnasked`: those were {@link further} ones,
   * whose nonce may be of no use any more, whether or not the server calls it stale.
   */
  answer(request: SipRequest, response: SipResponse, isUnasked = false): CredentialHeader | null {
    const { account } = this.#options
    for (const [challengeHeader, header] of challengeHeaders) {
      for (const value of response.headers.fields(challengeHeader)) {
        const challenge = parseDigestCredentials(value)
        if (challenge === null) continue
        const realm = challenge.get('realm') ?? ''
        if (realm !== account.realm) {
          this.#options.onForeignRealm(realm)
          continue
        }
        // RFC 7616 §3.3: the same credentials again are of no use, unless only the nonce was too old.
        const tried = request.headers.fields(header).some(sent => parseDigestCredentials(sent)?.get('realm') === realm)
        if (tried && !isUnasked && challenge.get('stale')?.toLowerCase() !== 'true') return null
        // RFC 8760 §2.4: the first challenge whose algorithm we know.
        const credentials = this.#credentials(request, challenge)
        if (credentials === null) continue
        this.#answered.set(header, challenge)
        return [header, credentials]
      }
    }
    return null
  }

  /** Credentials for one more request to who was answered already, so that he need not ask again. */
  further(request: SipRequest): CredentialHeader[] {
    const found: CredentialHeader[] = []
    for (const [header, challenge] of this.#answered) {
      const credentials = this.#credentials(request, challenge)
      if (credentials !== null) found.push([header, credentials])
    }
    return found
  }

  #credentials({ method, uri }: SipRequest, challenge: ReadonlyMap<string, string>): string | null {
    const { username, password, realm } = this.#options.account
    const asked = challenge.get('algorithm')
    const algorithm = asked === undefined || asked === '' ? 'MD5' : asked.toUpperCase()
    const nonce = challenge.get('nonce') ?? ''
    const ha1 = digestHash(algorithm, `${username}:${realm}:${password}`)
    const ha2 = digestHash(algorithm, `${method}:${uri}`)
    if (ha1 === null || ha2 === null) return null
    const fields = [
      `username=${quote(username)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
    ]
    const qops = challenge.get('qop')?.toLowerCase().split(',')
    if (qops === undefined) fields.push(`response="${digestHash(algorithm, `${ha1}:${nonce}:${ha2}`)}"`)
    else {
      if (!qops.some(qop => qop.trim() === 'auth')) return null
      const count = this.#count(nonce)
      const cnonce = this.#options.newNonce()
      const response = digestHash(algorithm, `${ha1}:${nonce}:${count}:${cnonce}:auth:${ha2}`)
      fields.push(`response="${response}"`, 'qop=auth', `nc=${count}`, `cnonce=${quote(cnonce)}`)
    }
    if (asked !== undefined) fields.push(`algorithm=${asked}`)
    const opaque = challenge.get('opaque')
    if (opaque !== undefined) fields.push(`opaque=${quote(opaque)}`)
    return `Digest ${fields.join(', ')}`
  }

  /** Eight hex digits: this is the n-th use of the nonce. */
  #count(nonce: string): string {
    const count = (this.#uses.get(nonce) ?? 0) + 1
    if (this.#uses.size >= maxNonces) this.#uses.clear()
    this.#uses.set(nonce, count)
    return count.toString(16).padStart(8, '0')
  }
}
