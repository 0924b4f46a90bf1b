/** The hashes of digest authentication by their names in SIP (RFC 8760 §2.1). */
import { createHash } from 'node:crypto'

const hashes: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
])

/** Lower-case hex; null for an algorithm that we don't know. */
export function digestHash(algorithm: string, text: string): string | null {
  const name = hashes.get(algorithm)
  return name === undefined ? null : createHash(name).update(text).digest('hex')
}
