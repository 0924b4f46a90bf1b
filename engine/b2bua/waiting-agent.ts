/**
 * An agent who has answered and is not joined with the customer: a tone is played to him, his customer is being called, or
 * his call is on its way to somebody else. His phone may change the session all the while (RFC 3261 §14.2).
 */
import type { RtpFormat } from '../ports/media.ts'
import type { OfferExchange } from '../sip/index.ts'
import type { OfferedAgent } from './offered-agent.ts'

/** §14.1: his phone tries again. To a 488, which would say that nobody here can hear what it offers, phones end calls. */
const notNow = 491

/** @param formats what he may be given beside what is agreed on */
export function offeredWaiting(
  agent: Pick<OfferedAgent, 'media'> | undefined,
  exchange: OfferExchange,
  formats: readonly RtpFormat[],
): void {
  const media = agent?.media ?? null
  // Past us nobody is there to answer him; here his own answer to us has yet to be taken.
  if (media === null || !media.negotiated) {
    exchange.reject(notNow)
    return
  }
  if (exchange.offer === null) {
    exchange.accept(media.offer(media.formats))
    return
  }
  const result = media.answer(exchange.offer, [...media.formats, ...formats])
  if (result.ok) exchange.accept(result.sdp)
  else exchange.reject(result.sipCode)
}

/** He has answered an offer of ours; null: he did not. False: there is no session. */
export function hasAnsweredWaiting({ media }: Pick<OfferedAgent, 'media'>, sdp: string | null): boolean {
  // Whom he was joined with past us when he asked is not there to be told.
  return media === null || (sdp !== null && media.accept(sdp).ok)
}
