/** The CANCEL of an INVITE (RFC 3261 §9.1): its Request-URI, Via, Call-ID, From, To, Route and CSeq number. */
import { createRequest, type SipRequest } from '../message/message.ts'

/** @param reason a Reason header value (RFC 3326) */
export function createCancel(invite: SipRequest, reason: string | null = null): SipRequest {
  const { headers } = invite
  const cancel = createRequest('CANCEL', invite.uri)
  cancel.headers.append('via', headers.get('via') ?? '')
  for (const route of headers.fields('route')) cancel.headers.append('route', route)
  cancel.headers
    .append('max-forwards', '70')
    .append('from', headers.get('from') ?? '')
    .append('to', headers.get('to') ?? '')
    .append('call-id', headers.callId)
    .append('cseq', `${headers.cseq?.number ?? 0} CANCEL`)
  // RFC 7989 §6: as in its INVITE.
  const sessionId = headers.get('session-id')
  if (sessionId !== undefined) cancel.headers.append('session-id', sessionId)
  if (reason !== null) cancel.headers.append('reason', reason)
  return cancel
}
