/** name-addr and addr-spec values: From, To, Contact, Route, Record-Route, P-Asserted-Identity (RFC 3261 §20.10). */
import { closingQuote, noParams, type Params, parseParams, quote, skipBlanks, unquote } from './params.ts'
import { isForeignUri, parseUri, type SipUri } from './uri.ts'

export interface NameAddress {
  /** Unquoted; '' if there is none. */
  readonly displayName: string
  /** The URI as it was sent. */
  readonly uriText: string
  readonly uri: SipUri
  /** Header parameters, e.g. tag, expires, q. */
  readonly params: Params
}

/** What stands for a URI of a scheme that SIP can't use: a From or To may hold one (RFC 4475 §3.3.4). */
const foreignUri: SipUri = {
  scheme: 'other',
  user: '',
  password: null,
  host: '',
  port: 0,
  params: noParams,
  headers: '',
}

/** Null when malformed. */
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
  const semicolon = value.indexOf(';', at)
  // A '<' behind a parameter is in its quoted value: a display name that holds a ';' is quoted, too.
  if (open === -1 || (displayName === '' && semicolon !== -1 && semicolon < open)) {
    // Without brackets every parameter is the header's, not the URI's, and a '?' is not allowed (RFC 3261 §20.10).
    const uriText = (semicolon === -1 ? value.slice(at) : value.slice(at, semicolon)).trim()
    return uriText.includes('?') ? null : compose(displayName, uriText, value, semicolon)
  }
  if (displayName === '') displayName = value.slice(at, open).trim()
  const close = value.indexOf('>', open)
  if (close === -1) return null
  return compose(displayName, value.slice(open + 1, close), value, close + 1)
}

function compose(displayName: string, uriText: string, value: string, paramsAt: number): NameAddress | null {
  const uri = parseUri(uriText) ?? (isForeignUri(uriText) ? foreignUri : null)
  const params = paramsAt === -1 ? noParams : parseParams(value, paramsAt)
  return uri === null || params === null ? null : { displayName, uriText, uri, params }
}

/** `"name" <uri>`; the parameters are the caller's business. */
export function formatNameAddress(displayName: string, uri: string): string {
  return displayName === '' ? `<${uri}>` : `${quote(displayName)} <${uri}>`
}
