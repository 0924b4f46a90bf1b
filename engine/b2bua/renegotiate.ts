/** Changes of the session that we ask the phones for after they have answered. */
import { readDescription } from '../media/sdp/description.ts'
import { answerTo } from '../media/sdp/direct-lines.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { Logger } from '../ports/logger.ts'
import type { RtpFormat } from '../ports/media.ts'
import type { DirectLeg } from './direct-pair.ts'
import type { LegMedia } from './leg-media.ts'
import type { Side } from './pair.ts'

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
  const giveUpFirst = legs.agent.reinvite(origins.agent.pass(customerSdp), agentAnswer => {
    if (!isWanted()) return
    if (agentAnswer === null) {
      onRefused()
      return
    }
    // What was added for the agent, who knows more m-lines, is not the customer's.
    giveUpSecond = legs.customer.reinvite(origins.customer.pass(answerTo(customerSdp, agentAnswer)), customerAnswer => {
      if (!isWanted()) return
      if (customerAnswer === null) onRefused()
      else onMet()
    })
  })
  return () => {
    giveUpFirst()
    giveUpSecond()
  }
}

/** Offers a leg the formats of the other one: the only way when their codecs can't be converted (DESIGN §6). */
export function recode(leg: DirectLeg, media: LegMedia, formats: readonly RtpFormat[], logger: Logger): void {
  leg.reinvite(media.offer(formats), answer => {
    if (answer === null || !media.accept(answer).ok)
      logger.warn({ formats: formats[0]?.encoding }, 'customer and agent have no codec in common')
  })
}

function beginsWithAudio(sdp: string): boolean {
  const read = readDescription(sdp)
  return read.ok && read.description.sections[0]?.kind === 'audio'
}
