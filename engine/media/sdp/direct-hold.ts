/** Direct mode: who holds the other one, as somebody else's description tells. */
import { isUnspecified } from './address.ts'
import { closesAudio, type Description, readDescription } from './description.ts'

/** True if the description asks for silence: sendonly, inactive, an unspecified address (RFC 3264 §8.4), or no port. */
export function holds(sdp: string): boolean {
  const read = readDescription(sdp)
  if (!read.ok) return false
  const audio = read.description.sections.find(section => section.kind === 'audio' && section.port > 0)
  if (audio === undefined) return true
  return (
    audio.direction === 'sendonly' ||
    audio.direction === 'inactive' ||
    (audio.host !== null && isUnspecified(audio.host))
  )
}

/** Whether who answers so holds who has offered; null: the offer has left him no choice (RFC 3264 §6.1). */
export function holdsInAnswer(answer: string, offer: string): boolean | null {
  if (refusesAudio(answer, offer)) return true
  const read = readDescription(offer)
  const audio = read.ok ? read.description.sections.find(({ kind, port }) => kind === 'audio' && port > 0) : undefined
  return audio?.direction === 'sendrecv' && !holds(offer) ? holds(answer) : null
}

/** It can be read, and has audio where the offer has: two parties can be joined by it. */
export function takesAudio(answer: string, offer: string): boolean {
  const read = readDescription(answer)
  return read.ok && (hasAudio(read.description) || !offersAudio(offer))
}

function offersAudio(offer: string): boolean {
  const read = readDescription(offer)
  return read.ok && hasAudio(read.description)
}

/** Be it on hold, or encrypted. */
function hasAudio({ sections }: Description): boolean {
  return sections.some(({ kind, port }) => kind === 'audio' && port > 0)
}

/** RFC 3264 §6: the answer refuses the audio that was offered. To audio that was out of use there is no other answer. */
export function refusesAudio(answer: string, offer: string): boolean {
  return closesAudio(answer) && !closesAudio(offer)
}
