/** Changes of the session that we ask the phones for after they have answered. */
import { readDescription } from '../media/sdp/description.ts'
import { answerTo } from '../media/sdp/direct-lines.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { Logger } from '../ports/logger.ts'
import type { RtpFormat } from '../ports/media.ts'
import type { LegMedia } from './leg-media.ts'
import type { DirectLeg, Side } from './pair.ts'
import { passOffer } from './passed-offer.ts'

/**
 * DESIGN §13, flow 3: a re-INVITE to each, so that both descriptions meet; `onMet` then lets the relay go. A side that
 * refuses keeps the relay, which carries the call all along, or `onRefused` is told. `isWanted` false: the pair has changed
 * meanwhile.
 * @returns what gives it up
 */
export function handOver(
  legs: Readonly<Record<Side, DirectLeg>>,
  origins: Readonly<Record<Side, DirectOrigin>>,
  customerSdp: string,
  isWanted: () => boolean,
  onMet: () => void,
  onRefused: () => void = () => {},
): () => void {
  // RFC 3264 §8: the agent knows one m-line, the audio; what comes in its place must be audio, too. More may follow it.
  if (!beginsWithAudio(customerSdp)) {
    onRefused()
    return () => {}
  }
  let giveUpSecond = () => {}
  const asked = (agentAnswer: string | null) => {
    if (!isWanted()) return
    if (agentAnswer === null) {
      onRefused()
      return
    }
    // What was added for the agent, who knows more m-lines, is not the customer's.
    const said = answerTo(customerSdp, agentAnswer)
    const met = (customerAnswer: string | null) => {
      if (!isWanted()) return
      if (customerAnswer === null) onRefused()
      else onMet()
    }
    giveUpSecond = passOffer(legs.customer, origins.customer, () => said, met)
  }
  const giveUpFirst = passOffer(legs.agent, origins.agent, () => customerSdp, asked)
  return () => {
    giveUpFirst()
    giveUpSecond()
  }
}

/**
 * Offers a leg the formats of the other one: the only way when their codecs can't be converted (DESIGN §6).
 * @param wanted those formats; null: it need not be asked, or not any more
 */
export function recode(
  leg: DirectLeg,
  media: LegMedia,
  wanted: () => readonly RtpFormat[] | null,
  logger: Logger,
): void {
  let formats = wanted()
  if (formats === null) return
  const form = () => {
    formats = wanted()
    return formats === null ? null : media.offer(formats)
  }
  leg.reinvite(form, answer => {
    if (formats === null || (answer !== null && media.accept(answer).ok)) return
    logger.warn({ formats: formats[0]?.encoding }, 'customer and agent have no codec in common')
  })
}

function beginsWithAudio(sdp: string): boolean {
  const read = readDescription(sdp)
  return read.ok && read.description.sections[0]?.kind === 'audio'
}
