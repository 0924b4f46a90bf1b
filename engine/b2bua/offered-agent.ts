/** A device that rings for a call, or was answered. */
import type { AgentLeg } from './agent-leg.ts'
import type { LegMedia } from './leg-media.ts'

export interface OfferedAgent {
  readonly uri: string
  readonly leg: AgentLeg
  /** Null in direct mode with an unanswered customer. */
  readonly media: LegMedia | null
  sdp: string
  /** The description in force before the answer, whose audio the customer hears. */
  earlySdp: string | null
}
