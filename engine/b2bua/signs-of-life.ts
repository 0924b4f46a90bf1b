/** What a leg's RTP says of whether its peer is there. */
import type { MediaEvent } from '../ports/media.ts'
import type { AgentLeg } from './agent-leg.ts'

/** A silent side is asked for a sign of life in questions of this part of the media's time-out (see {@link Liveness}). */
const patiencePart = 0.5

export function tellSignOfLife(
  leg: Pick<AgentLeg, 'mediaSilent' | 'mediaHeard' | 'mediaLost'>,
  { type }: Extract<MediaEvent, { type: 'silent' | 'heard' | 'mediaLost' }>,
  mediaTimeoutMs: number,
): void {
  if (type === 'silent') leg.mediaSilent(mediaTimeoutMs * patiencePart)
  else if (type === 'heard') leg.mediaHeard()
  else leg.mediaLost()
}
