/** What a REFER asks for (RFC 3515), read strictly: it makes us call somebody. */
import type { SipRequest } from '../message/message.ts'
import { parseNameAddress } from '../message/name-address.ts'
import { decodeUser } from '../message/uri.ts'
import { hasControls, parseReplaces, type Replaces } from './replaces.ts'

export interface ReferTarget {
  /** User part of the URI, decoded; for tel: the number. '' only with {@link replaces}. */
  readonly user: string
  readonly replaces: Replaces | null
}

/**
 * `status`: what refuses it. Of the 4xx only those that leave the dialog alone are there: a 404, 416 or 480 to a request
 * within it would end the call (RFC 5057 §5.1).
 */
export type ReferReading =
  | { readonly ok: true; readonly target: ReferTarget; readonly isQuiet: boolean }
  | { readonly ok: false; readonly status: 400 | 603 }

const longestReferTo = 1024
const longestUser = 128
const mostUriHeaders = 16
const malformed: ReferReading = { ok: false, status: 400 }

export function readRefer({ headers }: SipRequest): ReferReading {
  const [value, ...others] = headers.list('refer-to')
  // §2.4.2: none, or more than one.
  if (value === undefined || others.length > 0 || value.length > longestReferTo) return malformed
  const uri = parseNameAddress(value)?.uri ?? null
  if (uri === null || uri.scheme === 'other') return malformed
  const method = uri.params.get('method')
  if (method !== undefined && method.toUpperCase() !== 'INVITE') return { ok: false, status: 603 }
  const user = decodeUser(uri.user)
  if (user.length > longestUser || hasControls(user)) return malformed
  const replaces = replacesIn(uri.headers)
  if (replaces === 'malformed' || (user === '' && replaces === null)) return malformed
  // RFC 4488 §4: the sender wants to hear nothing of what becomes of it.
  const isQuiet = headers.get('refer-sub')?.trim().toLowerCase() === 'false'
  return { ok: true, target: { user, replaces }, isQuiet }
}

/** Of the header fields in a URI only this one counts; none is ever sent (RFC 3261 §19.1.5). */
function replacesIn(uriHeaders: string): Replaces | 'malformed' | null {
  if (uriHeaders === '') return null
  const fields = uriHeaders.split('&')
  if (fields.length > mostUriHeaders) return 'malformed'
  let found: Replaces | null = null
  for (const field of fields) {
    const equals = field.indexOf('=')
    const name = decoded(equals === -1 ? field : field.slice(0, equals))
    const value = decoded(equals === -1 ? '' : field.slice(equals + 1))
    if (name === null || value === null) return 'malformed'
    if (name.toLowerCase() !== 'replaces') continue
    const replaces = parseReplaces(value)
    if (replaces === null || found !== null) return 'malformed'
    found = replaces
  }
  return found
}

/** Null for bad escapes, and for what would break out of a header field. */
function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text)
    return hasControls(plain) ? null : plain
  } catch {
    return null
  }
}
