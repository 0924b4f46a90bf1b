/** Changes of the session that we ask the phones for after they have answered. */
import { readDescription } from '../media/sdp/description.ts'
import { refusesAudio } from '../media/sdp/direct-hold.ts'
import { answerTo } from '../media/sdp/direct-lines.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { Logger } from '../ports/logger.ts'
import type { RtpFormat } from '../ports/media.ts'
import type { LegMedia } from './leg-media.ts'
import type { DirectLeg, Side } from './pair.ts'
import { passOffer } from './passed-offer.ts'

export interface HandOverHandlers {
  isWanted(): boolean
  onMet(): void
  onRefused(changed: readonly Side[]): void
}

/**
 * DESIGN §13, flow 3: a re-INVITE to each, so that both descriptions meet; `onMet` then lets the relay go. A side that
 * refuses, be it by port 0 of its audio (RFC 3264 §6), keeps the relay, which carries the call all along, or `onRefused` is
 * told; with those who have another session by then. `isWanted` false: the pair has changed meanwhile.
 * @param held who may refuse the audio to go on holding
 * @returns what gives it up
 */
export function handOver(
  legs: Readonly<Record<Side, DirectLeg>>,
  origins: Readonly<Record<Side, DirectOrigin>>,
  customerSdp: string,
  held: readonly Side[],
  { isWanted, onMet, onRefused }: HandOverHandlers,
): () => void {
  // RFC 3264 §8: the agent knows one m-line, the audio; what comes in its place must be audio, too. More may follow it.
  if (!beginsWithAudio(customerSdp)) {
    onRefused([])
    return () => {}
  }
  let giveUpSecond = () => {}
  const asked = (agentAnswer: string | null) => {
    if (!isWanted()) return
    if (agentAnswer === null || (!held.includes('agent') && refusesAudio(agentAnswer, customerSdp))) {
      onRefused(agentAnswer === null ? [] : ['agent'])
      return
    }
    // What was added for the agent, who knows more m-lines, is not the customer's.
    const said = answerTo(customerSdp, agentAnswer)
    const met = (customerAnswer: string | null) => {
      if (!isWanted()) return
      if (customerAnswer === null) onRefused(['agent'])
      else if (!held.includes('customer') && refusesAudio(customerAnswer, said)) onRefused(['agent', 'customer'])
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
 * Offers a leg other formats, those of the other leg: the only way when their codecs can't be converted (DESIGN §6); or the
 * relay again with its own.
 * @param wanted those formats; null: it need not be asked, or not any more
 * @param take takes the answer; false: it can't be taken
 */
export function recode(
  leg: DirectLeg,
  media: LegMedia,
  wanted: () => readonly RtpFormat[] | null,
  take: (answer: string) => boolean,
  logger: Logger,
): void {
  let formats = wanted()
  if (formats === null) return
  const form = () => {
    formats = wanted()
    return formats === null ? null : media.offer(formats)
  }
  leg.reinvite(form, answer => {
    if (formats === null || (answer !== null && take(answer))) return
    logger.warn({ formats: formats[0]?.encoding }, 'customer and agent have no codec in common')
  })
}

function beginsWithAudio(sdp: string): boolean {
  const read = readDescription(sdp)
  return read.ok && read.description.sections[0]?.kind === 'audio'
}
