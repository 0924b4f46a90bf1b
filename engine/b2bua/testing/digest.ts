/** Credentials as a phone computes them (RFC 7616 §3.4.1). */
import { createHash } from 'node:crypto'

export interface DigestText {
  readonly username: string
  readonly password: string
  readonly method: string
  readonly uri: string
  readonly nonce: string
  readonly realm?: string
  readonly nc?: number
}

/** The value of an Authorization header. */
export function digestText(options: DigestText): string {
  const { username, password, method, uri, nonce, realm = 'strowger' } = options
  const nc = (options.nc ?? 1).toString(16).padStart(8, '0')
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const response = md5(`${md5(`${username}:${realm}:${password}`)}:${nonce}:${nc}:c:auth:${md5(`${method}:${uri}`)}`)
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, cnonce="c", qop=auth, nc=${nc}`
}

/** The nonce of a challenge. @throws Error if there is none */
export function nonceOf(challenge: string): string {
  const [, nonce] = /nonce="([^"]+)"/.exec(challenge) ?? []
  if (nonce === undefined) throw new Error('no nonce')
  return nonce
}
