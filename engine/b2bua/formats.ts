/** Which audio formats a leg is offered or answered with (DESIGN §6). */
import { carriesVoice, sameEncoding } from '../media/sdp/format.ts'
import type { RtpFormat } from '../ports/media.ts'

/** What a leg that we play to is offered or answered with (DESIGN §6), best first. */
const knownFormats: readonly RtpFormat[] = [
  { payloadType: 9, encoding: 'G722', clockRateHz: 8000, channels: 1 },
  { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 },
  { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 },
  { payloadType: 101, encoding: 'TELEPHONE-EVENT', clockRateHz: 8000, channels: 1 },
]

/** The formats of {@link knownFormats} that this media can play, and telephone-event. */
export function playableFormats(encodings: readonly string[]): readonly RtpFormat[] {
  return knownFormats.filter(({ encoding }) => encoding === 'TELEPHONE-EVENT' || encodings.includes(encoding))
}

/** The agent is offered what the customer talks first, then what could be played to him instead. */
export function formatsBeside(chosen: readonly RtpFormat[], playable: readonly RtpFormat[]): readonly RtpFormat[] {
  const [voice] = chosen
  if (voice === undefined) return playable
  const others = playable.filter(format => carriesVoice(format) && !sameEncoding(format, voice))
  return [voice, ...others, ...chosen.filter(format => !carriesVoice(format))]
}

/** True if the relay can carry audio between two legs as they are: the same encoding, or a table converts it. */
export function canMeet(a: readonly RtpFormat[], b: readonly RtpFormat[]): boolean {
  const [left] = a
  const [right] = b
  if (left === undefined || right === undefined) return true
  return sameEncoding(left, right) || (isG711(left) && isG711(right))
}

function isG711({ encoding }: RtpFormat): boolean {
  return encoding === 'PCMU' || encoding === 'PCMA'
}
