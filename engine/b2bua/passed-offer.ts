/** Where audio runs past us: a leg is offered what another party has said, as the next of what it has been shown (RFC 3264 §8). */
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { DirectLeg, OnReinvited } from './pair.ts'

/**
 * Who refuses keeps what he has. `said` is asked each time that it goes out: after glare (RFC 3261 §14.1) the other party may
 * say something else, and the leg may have been shown more; null: the leg is not to be asked any more.
 * @returns what gives it up
 */
export function passOffer(
  leg: DirectLeg,
  origin: DirectOrigin,
  said: () => string | null,
  onResult: OnReinvited,
): () => void {
  let passed: string | null = null
  return leg.reinvite(
    () => {
      const sdp = said()
      if (sdp === null) return null
      if (passed === null || origin.last !== sdp) passed = origin.pass(sdp)
      return passed
    },
    (answer, refusedWith) => {
      if (answer === null && passed !== null) origin.refused(passed)
      onResult(answer, refusedWith)
    },
  )
}
