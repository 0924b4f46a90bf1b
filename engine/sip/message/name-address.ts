/** name-addr and addr-spec values: From, To, Contact, Route, Record-Route, P-Asserted-Identity (RFC 3261 §20.10). */
import { closingQuote, type Params, parseParams, quote, skipBlanks, unquote } from './params.ts'
import { parseUri, type SipUri } from './uri.ts'

export interface NameAddress {
  /** Unquoted; '' if there is none. */
  readonly displayName: string
  /** The URI as it was sent. */
  readonly uriText: string
  readonly uri: SipUri
  /** Header parameters, e.g. tag, expires, q. */
  readonly params: Params
}

/** Null when malformed, or when the URI's scheme isn't one that SIP can use. */
export function parseNameAddress(value: string): NameAddress | null {
  let at = skipBlanks(value, 0)
  let displayName = ''
  if (value.charCodeAt(at) === 34) {
    const end = closingQuote(value, at)
    if (end === -1) return null
    displayName = unquote(value.slice(at, end + 1))
    at = skipBlanks(value, end + 1)
    if (value.charCodeAt(at) !== 60) return null
  }
  const open = value.indexOf('<', at)
  if (open === -1) {
    // Without brackets every parameter is the header's, not the URI's (RFC 3261 §20.10).
    const semicolon = value.indexOf(';', at)
    const uriText = (semicolon === -1 ? value.slice(at) : value.slice(at, semicolon)).trim()
    const uri = parseUri(uriText)
    const params = semicolon === -1 ? parseParams('', 0) : parseParams(value, semicolon)
    return uri === null || params === null ? null : { displayName, uriText, uri, params }
  }
  if (displayName === '') displayName = value.slice(at, open).trim()
  const close = value.indexOf('>', open)
  if (close === -1) return null
  const uriText = value.slice(open + 1, close)
  const uri = parseUri(uriText)
  const params = parseParams(value, close + 1)
  return uri === null || params === null ? null : { displayName, uriText, uri, params }
}

/** `"name" <uri>`; the parameters are the caller's business. */
export function formatNameAddress(displayName: string, uri: string): string {
  return displayName === '' ? `<${uri}>` : `${quote(displayName)} <${uri}>`
}
