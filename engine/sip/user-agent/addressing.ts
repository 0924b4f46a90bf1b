/** What flows say of us: our Via and Contact on each. */
import type { SipRequest } from '../message/message.ts'
import { hostPort } from '../message/uri.ts'
import { formatVia } from '../message/via.ts'
import { type Flow, isSecure } from '../transport/flow.ts'

/** Is it a `sips:` URI? */
export function isSecured(uri: string): boolean {
  return uri.slice(0, 5).toLowerCase() === 'sips:'
}

export function viaOn({ transport, advertised, isOurs }: Flow, branch: string): string {
  const via = formatVia(transport, advertised.host, advertised.port, branch)
  // RFC 5923 §8.1: its peer may send us requests over it, too, though we listen at another address. By TLS alone (§1).
  return transport === 'TLS' && isOurs === true ? `${via};alias` : via
}

/**
 * Our Contact in a request that goes over `to` in place of `from`: each may be known by itself alone. Its Via stays, by which
 * a peer knows that it had this request before (RFC 3261 §17.2.3).
 */
export function moveContact({ headers }: SipRequest, { advertised: from }: Flow, { advertised: to }: Flow): void {
  const contact = headers.get('contact')
  if (contact === undefined) return
  headers.replaceFirst('contact', contact.replace(hostPort(from.host, from.port), hostPort(to.host, to.port)))
}

/** Our Contact in a dialog with `peerUri`: what is secured there is secured here (RFC 3261 §8.1.1.8, §12.1.1). */
export function contactOn(flow: Flow, peerUri: string): string {
  const address = hostPort(flow.advertised.host, flow.advertised.port)
  const secured = isSecure(flow) && isSecured(peerUri)
  const scheme = secured ? 'sips' : 'sip'
  switch (flow.transport) {
    case 'UDP':
      return `<sip:${address}>`
    case 'WS':
    case 'WSS':
      // RFC 7118 §5.2: `ws` for both.
      return `<${scheme}:${address};transport=ws>`
    case 'TCP':
      return `<sip:${address};transport=tcp>`
    case 'TLS':
      // RFC 5630 §3.1.2: in a sips URI TLS goes without saying.
      return secured ? `<sips:${address}>` : `<sip:${address};transport=tls>`
  }
}
