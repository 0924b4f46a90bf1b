/** Refusals that INVITEs and UPDATEs share, in dialogs and outside, each with the header that tells the peer what to do. */
import { explainBody, readSession } from '../dialog/session-body.ts'
import { tooShortFor } from '../dialog/session-timer.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { allowedMethods } from './capabilities.ts'
import type { UserAgent } from './user-agent.ts'

/** RFC 3261 §14.2, RFC 3311 §5.2: the peer tries again in a random time of 0 to 10 s. */
const retryAfterMaxSec = 10

/** A refusal beside other exchanges: 491, or 500 with Retry-After. */
export function refuseBeside(userAgent: UserAgent, request: SipRequest, status: 491 | 500, toTag = ''): SipResponse {
  const response = userAgent.response(request, status, toTag)
  if (status === 500)
    response.headers.append('retry-after', String(userAgent.options.random.uint32() % (retryAfterMaxSec + 1)))
  return response
}

export function refuseMethod(userAgent: UserAgent, request: SipRequest): SipResponse {
  const response = userAgent.response(request, 405, '')
  response.headers.append('allow', allowedMethods.join(', '))
  return response
}

/** What an early dialog does not take. */
export function refuseEarly(userAgent: UserAgent, request: SipRequest): SipResponse {
  // RFC 3515 allows a REFER here, but nobody is there yet who could be referred: it is understood and not done, whoever
  // asks (RFC 3261 §21.4.4). 405 would be belied by its Allow, and 481 would end what lives here (RFC 5057 §5.1).
  return request.method === 'REFER' ? userAgent.response(request, 403, '') : refuseMethod(userAgent, request)
}

/**
 * What is wrong with an INVITE or UPDATE in itself: a body that we can't read (415), a session interval that is too short
 * (422, RFC 4028 §9). Null: nothing.
 */
export function refuseSession(userAgent: UserAgent, request: SipRequest, toTag = ''): SipResponse | null {
  const body = readSession(request)
  if (!body.ok) {
    const response = userAgent.response(request, 415, toTag)
    explainBody(response, body.why)
    return response
  }
  const minSec = tooShortFor(request.headers, userAgent.session)
  if (minSec === null) return null
  const response = userAgent.response(request, 422, toTag)
  response.headers.append('min-se', String(minSec))
  return response
}
