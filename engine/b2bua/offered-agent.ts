/** A device that rings for a call, or was answered. */
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { Flow } from '../sip/index.ts'
import type { AgentLeg } from './agent-leg.ts'
import type { EarlyMove } from './early-move.ts'
import type { LegHome } from './leg-home.ts'
import type { LegMedia } from './leg-media.ts'
import type { Redirection } from './redirection.ts'

export interface OfferedAgent {
  readonly uri: string
  /** The Call-ID of each INVITE that was sent for it: of several phones all. */
  readonly sipCallIds: readonly string[]
  readonly leg: Pick<AgentLeg, keyof AgentLeg>
  readonly home: LegHome
  /** Where it was rung, or called from. */
  flow: Flow
  nat: boolean
  /** Null while its audio runs past us. */
  media: LegMedia | null
  /** Who the device has been shown as the origin of descriptions that are not ours. */
  readonly origin: DirectOrigin
  /** The agent hears a tone before the customer. */
  zipTone: boolean
  /** Its way from phone to phone; null: they may send it nowhere. */
  readonly redirection: Redirection | null
  sdp: string
  /** The description in force before the answer: of an outside party, whose audio the customer hears; null: none. */
  earlySdp: string | null
  /** It is elsewhere since it has said what it answers, and its audio runs past us. */
  moved: EarlyMove | null
  /** Its answer is in force: its audio has been joined with a customer's, or is about to be. */
  joined: boolean
}
