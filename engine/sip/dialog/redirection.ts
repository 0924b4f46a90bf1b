/** Where a 3xx sends a call (RFC 3261 §8.1.3.4), read strictly: it may make us call somebody. */
import type { SipResponse } from '../message/message.ts'
import { parseNameAddress } from '../message/name-address.ts'
import { decodeUser, formatUri, type SipUri } from '../message/uri.ts'
import { hasControls } from './replaces.ts'

export interface RedirectTarget {
  /** Without header fields and a method, which are not ours to send (§19.1.5); '' for tel:. */
  readonly uri: string
  /** User part of the URI, decoded; for tel: the number. */
  readonly user: string
}

/** Moved, for now or for good, or one of several; not a proxy to use (305), nor another service (380). */
const redirecting: ReadonlySet<number> = new Set([300, 301, 302])
/** Of one response. */
const mostTargets = 8
const longestContact = 1024

/** Best first. */
export function readRedirection({ status, headers }: SipResponse): readonly RedirectTarget[] {
  if (!redirecting.has(status)) return []
  const found: { readonly target: RedirectTarget; readonly q: number }[] = []
  for (const value of headers.list('contact').slice(0, mostTargets)) {
    const contact = value.length > longestContact ? null : parseNameAddress(value)
    if (contact === null || contact.uri.scheme === 'other') continue
    const user = decodeUser(contact.uri.user)
    if (hasControls(user)) continue
    found.push({ target: { uri: plainUri(contact.uri), user }, q: weightOf(contact.params.get('q')) })
  }
  return found.sort((a, b) => b.q - a.q).map(({ target }) => target)
}

function plainUri(uri: SipUri): string {
  if (uri.scheme === 'tel') return ''
  const params = new Map(uri.params)
  params.delete('method')
  return formatUri({ ...uri, params, headers: '' })
}

/** §20.10: from 0 to 1; what says nothing of it is as good as any. */
function weightOf(q: string | undefined): number {
  const weight = q === undefined ? 1 : Number(q)
  return weight >= 0 && weight <= 1 ? weight : 0
}
