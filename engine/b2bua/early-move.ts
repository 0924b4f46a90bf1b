/**
 * A party that has described itself before its answer, reliably (RFC 3262), moves meanwhile by UPDATE (RFC 3311 §5.2). Who
 * has called hears of it at once where audio runs through us; else with the answer or after it, as an INVITE that was answered
 * once by a description (RFC 3261 §13.2.1) can't be answered by another one.
 */
import { audioFormats, type Direction, readDescription } from '../media/sdp/description.ts'
import { withAudioDirection } from '../media/sdp/direct-direction.ts'
import { withLinesOf } from '../media/sdp/direct-lines.ts'
import { carriesVoice, findFormat } from '../media/sdp/format.ts'
import type { OfferExchange } from '../sip/index.ts'
import type { LegMedia } from './leg-media.ts'
import type { OfferedAgent } from './offered-agent.ts'

/** Where audio runs past us. */
export interface EarlyMove {
  /** What the party had answered: another branch of a fork (RFC 3261 §12.1.2) has not moved. */
  readonly from: string
  /** What it has offered. */
  readonly to: string
}

/** Of those that §5.2 names the one for what can't be changed at once. */
const notNow = 504
const unacceptable = 488

/**
 * @param said by who has called, of his session
 * @param answered by the party, to our INVITE
 */
export function moveEarly(
  party: OfferedAgent | undefined,
  said: string | null,
  exchange: OfferExchange,
  answered: string,
): void {
  const { offer } = exchange
  if (party === undefined || offer === null) exchange.reject(unacceptable)
  else if (party.media !== null) moveHere(party, party.media, { ...exchange, offer, answered })
  else movePast(party, said, { ...exchange, offer, answered })
}

/**
 * Puts in force what a party has answered before it picks up.
 * @param early what is in force already
 * @returns a status to refuse its move with; null: it may move
 */
export function settleEarly(media: LegMedia, early: string | null, answered: string): number | null {
  // All branches of a fork have been shown one session of ours, which is with one of them.
  if (early !== null && early !== answered) return notNow
  return media.negotiated || media.accept(answered).ok ? null : unacceptable
}

type EarlyExchange = OfferExchange & { readonly offer: string; readonly answered: string }

function moveHere(party: OfferedAgent, media: LegMedia, exchange: EarlyExchange): void {
  const { offer, answered } = exchange
  // Of several phones it is not known yet which one will have our session.
  const refusal = party.sipCallIds.length > 1 ? notNow : settleEarly(media, party.earlySdp, answered)
  if (refusal !== null) {
    exchange.reject(refusal)
    return
  }
  party.earlySdp = answered
  const result = media.answer(offer, media.formats)
  if (result.ok) exchange.accept(result.sdp)
  else exchange.reject(result.sipCode)
}

function movePast(party: OfferedAgent, said: string | null, exchange: EarlyExchange): void {
  const { offer, answered } = exchange
  const answer = said === null ? null : answerBy(said, offer)
  if (answer === null) {
    exchange.reject(unacceptable)
    return
  }
  if (exchange.accept(party.origin.pass(answer, offer))) party.moved = { from: answered, to: offer }
}

/** What a party has said, as an answer to this offer (RFC 3264 §6); null: they have no codec in common. */
function answerBy(said: string, offer: string): string | null {
  const [theirs, ours] = [audioFormats(offer), audioFormats(said)]
  if (!theirs.ok || !ours.ok) return null
  if (!ours.formats.some(format => carriesVoice(format) && findFormat(theirs.formats, format) !== undefined))
    return null
  const [asked, has] = [directionOf(offer), directionOf(said)]
  const [sends, receives] = [hears(asked) && speaks(has), speaks(asked) && hears(has)]
  const direction = sends ? (receives ? 'sendrecv' : 'sendonly') : receives ? 'recvonly' : 'inactive'
  const whole = withLinesOf(offer, said)
  return direction === has ? whole : withAudioDirection(whole, direction)
}

function directionOf(sdp: string): Direction {
  const read = readDescription(sdp)
  const audio = read.ok ? read.description.sections.find(({ kind, port }) => kind === 'audio' && port > 0) : undefined
  return audio?.direction ?? 'inactive'
}

function speaks(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly'
}

function hears(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly'
}
