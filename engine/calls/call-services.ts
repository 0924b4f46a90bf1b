/** What a call needs from the rest of the engine, and the facts that it is born with. */
import type { Roster } from '../agents/roster-types.ts'
import type { Bridge } from '../b2bua/bridge.ts'
import type { AgentDevice, BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { QueueConfig } from '../config.ts'
import type { Ani } from '../events.ts'
import type { Journal } from '../journal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Dispatcher } from '../queues/dispatcher.ts'
import type { Estimates } from '../queues/estimate.ts'
import type { Totals } from '../queues/totals.ts'
import type { Call } from './call.ts'
import type { ScreenPops } from './screen-pops.ts'

export interface CallServices {
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly tenant: string
  readonly journal: Journal
  readonly roster: Roster
  readonly dispatcher: Dispatcher
  readonly totals: Totals
  readonly estimates: Estimates
  readonly pops: ScreenPops
  queue(queueId: string): QueueConfig | null
  agentExists(agentId: string): boolean
  /** Where the agent can be rung now; null if nowhere. */
  deviceOf(agentId: string, facts: CallFacts): AgentDevice | null
  /** What a number leads to; null if nothing. */
  routeOf(number: string): Route | null
  /** The call is over; its agents may still be wrapping up. */
  onEnded(call: Call): void
}

export type Route = { readonly queue: string; readonly priority: number } | { readonly agent: string }

/** Makes the call's bridge; its events go to the call. */
export type MakeBridge = (onEvent: (event: BridgeEvent) => void) => Bridge

export interface CallFacts {
  readonly callId: string
  readonly ani: Ani
  readonly dnis: string
  readonly trunkId: string | null
  readonly fromAgentId: string | null
  readonly sipCallId: string
  readonly uui: string | null
}
