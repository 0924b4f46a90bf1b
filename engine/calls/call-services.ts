/** What a call needs from the rest of the engine, and the facts that it is born with. */
import type { Roster } from '../agents/roster-types.ts'
import type { AgentDevice, BridgeEvent, CallBridge } from '../b2bua/bridge-alphabet.ts'
import type { QueueConfig } from '../config.ts'
import type { PromptLanguage } from '../config-intake.ts'
import type { Ani } from '../events.ts'
import type { Journal } from '../journal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Dispatcher } from '../queues/dispatcher.ts'
import type { Estimates } from '../queues/estimate.ts'
import type { RoutingPlans } from '../queues/routing-plan.ts'
import type { Totals } from '../queues/totals.ts'
import type { FlowStepTold, Flows } from '../routing/flow-types.ts'
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
  readonly plans: RoutingPlans
  readonly pops: ScreenPops
  queue(queueId: string): QueueConfig | null
  agentExists(agentId: string): boolean
  /** Where the agent can be rung now; null if nowhere. */
  deviceOf(agentId: string, facts: CallFacts): AgentDevice | null
  readonly flows: Flows
  /** Whether a queue's opening hours are on, and why. */
  hoursOf(hoursId: string): { readonly open: boolean; readonly because: string; readonly name: string | null }
  /** The name under which the media know a prompt in a language; null if they don't. */
  promptName(name: string, language: PromptLanguage): string | null
  /** What a number leads to; null if nothing. */
  routeOf(number: string): Route | null
  /** An agent's call that leads to an outside number. */
  isOutside(facts: CallFacts): boolean
  /** The way to an outside number; null if no rule permits it. */
  outsideRoute(number: string): OutsideGoal | null
  /** Where an outside party can be called now; null if nowhere. At once unless a name must be looked up. */
  outsideDevice(goal: OutsideGoal, facts: CallFacts): AgentDevice | null | Promise<AgentDevice | null>
  /** Leave to call an outside number; null: too many, too often, too long. */
  outsidePass(number: string): OutsidePass | null
  /** The call is over; its agents may still be wrapping up. */
  onEnded(call: Call): void
}

/** Where a number leads now. */
export type Route = RouteNotes &
  (
    | { readonly queue: string; readonly priority: number; readonly requirements?: string }
    | { readonly agent: string }
    /** `otherwise`: if the flow ends without a decision. */
    | {
        readonly flow: string
        readonly otherwise?: { readonly queue: string; readonly priority: number; readonly requirements?: string }
      }
    | { readonly reject: number; readonly reason: string }
    | { readonly outside: OutsideGoal }
  )

/** An outside number that may be called, and how. */
export interface OutsideGoal {
  readonly number: string
  readonly trunkId: string
  /** Shown in place of the caller's number; null: that is shown. */
  readonly callerId: string | null
}

/** An outside call that was permitted; told once when it is over. */
export interface OutsidePass {
  end(talkMs: number): void
}

interface RouteNotes {
  readonly language?: string
  /** What was looked at on the way, to be told. */
  readonly told?: readonly FlowStepTold[]
}

/** Makes the call's bridge; its events go to the call, and its timers run on the call's clock. */
export type MakeBridge = (onEvent: (event: BridgeEvent) => void, clock: Clock) => CallBridge

/** Calls that come without SIP: a simulation's. */
export interface LegSource {
  /** The engine is open: calls may be let in from now on. */
  open(admit: (facts: CallFacts, makeBridge: MakeBridge) => Call): void
}

export interface CallFacts {
  readonly callId: string
  readonly ani: Ani
  readonly dnis: string
  readonly trunkId: string | null
  readonly fromAgentId: string | null
  readonly sipCallId: string
  readonly uui: string | null
  /** The caller's half of Session-ID (RFC 7989). */
  readonly sessionId?: string | null
  /** Attributes that signalling gives it. */
  readonly told?: Readonly<Record<string, string>>
}
