/**
 * Direct mode: the m-lines of descriptions that pass through us. A session never has fewer than it has had (RFC 3264 §8), and
 * an answer as many as its offer (§6), though the partner who speaks now may know of fewer, or of more, than the one before.
 */
import { readDescription } from './description.ts'
import { writeRefused } from './write.ts'

/** The description with what a peer knows beyond it, from one that he was shown before: refused, so that each keeps its place. */
export function withLinesOf(shown: string, sdp: string): string {
  const count = lineStarts(sdp).length
  if (count === 0 || count >= lineStarts(shown).length) return sdp
  const known = readDescription(shown)
  if (!known.ok) return sdp
  const rest = known.description.sections.slice(count).map(writeRefused)
  return `${sdp}${sdp.endsWith('\n') ? '' : '\r\n'}${rest.join('')}`
}

/** The answer without what was only added to its offer on the way. */
export function answerTo(offer: string, answer: string): string {
  const end = lineStarts(answer)[lineStarts(offer).length]
  return end === undefined ? answer : answer.slice(0, end)
}

function lineStarts(sdp: string): readonly number[] {
  const found: number[] = []
  for (let at = sdp.indexOf('\nm='); at !== -1; at = sdp.indexOf('\nm=', at + 1)) found.push(at + 1)
  return found
}
