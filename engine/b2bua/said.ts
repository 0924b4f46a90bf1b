/** What a party has said of its session last, which is what another one is offered in its name (RFC 3264 §8). */
import { readDescription } from '../media/sdp/description.ts'
import type { OfferExchange } from '../sip/index.ts'

/** The exchange, of whose offer `take` hears if it is taken. */
export function noting(exchange: OfferExchange, take: (offer: string) => void): OfferExchange {
  const { offer } = exchange
  if (offer === null) return exchange
  return {
    ...exchange,
    accept(sdp) {
      const isTaken = exchange.accept(sdp)
      if (isTaken) take(offer)
      return isTaken
    },
  }
}

/**
 * The description in force after an answer of the party. It names only what was chosen of an offer: what the party has offered
 * itself says more of what it can, and stands as long as its audio is where it was.
 */
export function saidAfterAnswer(said: string | null, answer: string | null): string | null {
  if (answer === null || answer === '') return said
  if (said === null) return answer
  const place = placeOf(answer)
  return place !== null && place === placeOf(said) ? said : answer
}

/** Null: none that could be compared. Who encrypts may have changed the keys. */
function placeOf(sdp: string): string | null {
  const read = readDescription(sdp)
  if (!read.ok) return null
  const audio = read.description.sections.find(({ kind, port }) => kind === 'audio' && port > 0)
  return audio === undefined || audio.protocol.toUpperCase() !== 'RTP/AVP' ? null : `${audio.host} ${audio.port}`
}
