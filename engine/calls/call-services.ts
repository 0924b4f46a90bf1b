/** What a call needs from the rest of the engine, and the facts that it is born with. */
import type { Roster } from '../agents/roster-types.ts'
import type { Actor, LookupReply, RoutingRequest } from '../api.ts'
import type { AgentDevice, BridgeEvent, CallBridge, OutsidePass } from '../b2bua/bridge-alphabet.ts'
import type { CallHistory } from '../b2bua/call-history.ts'
import type { AgentPolicy, QueueConfig } from '../config.ts'
import type { CallbackMode } from '../config-callback.ts'
import type { PromptLanguage } from '../config-intake.ts'
import type { Ani, Attributes } from '../events.ts'
import type { Journal } from '../journal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Dispatcher } from '../queues/dispatcher.ts'
import type { Estimates } from '../queues/estimate.ts'
import type { ReEntries } from '../queues/re-entries.ts'
import type { RecipeBoard } from '../queues/recipe-board.ts'
import type { RoutingPlans } from '../queues/routing-plan.ts'
import type { Totals } from '../queues/totals.ts'
import type { FlowStepTold, Flows, LookupCall } from '../routing/flow-types.ts'
import type { LookupAsked } from '../routing/lookups.ts'
import type { DialledCode } from '../routing/phone-codes.ts'
import type { VoicemailBook } from '../voicemail/voicemail-book.ts'
import type { Call } from './call.ts'
import type { CodeCall } from './code-call.ts'
import type { ScreenPops } from './screen-pops.ts'

export interface CallServices {
  readonly clock: Pick<Clock, 'now'>
  readonly ids: Ids
  readonly logger: Logger
  readonly tenant: string
  readonly journal: Journal
  readonly roster: Roster
  readonly dispatcher: Dispatcher
  readonly totals: Totals
  readonly estimates: Estimates
  readonly plans: RoutingPlans
  readonly recipes: RecipeBoard
  readonly pops: ScreenPops
  queue(queueId: string): QueueConfig | null
  /** The center's rules for agents in force. */
  agentPolicy(): AgentPolicy
  agentExists(agentId: string): boolean
  /** Does what a code says. */
  serveCode(call: CodeCall): void
  /** Where the agent can be rung now; null if nowhere. */
  deviceOf(agentId: string, facts: CallFacts): AgentDevice | null
  readonly flows: Flows
  /** Has a call looked up, which may go its way meanwhile. */
  lookUp: LookUp
  /** Whether a queue's opening hours are on, and why. */
  hoursOf(hoursId: string): {
    readonly open: boolean
    readonly because: string
    readonly name: string | null
    readonly nextChangeMs: number | null
  }
  /** The name under which the media know a prompt in a language; null if they don't. */
  promptName(name: string, language: PromptLanguage): string | null
  /** A call in progress. */
  call(callId: string): Call | null
  /** What a number or an agent's id leads to, for an agent; null if nothing that he may call. */
  routeFrom(agentId: string, dialled: string): Route | null
  /** What a number leads to; null if nothing. */
  routeOf(number: string): Route | null
  /** An agent's call that leads to an outside number. */
  isOutside(facts: CallFacts): boolean
  /** The way to an outside number; null if no rule permits it. */
  outsideRoute(number: string): OutsideGoal | null
  /** Where an outside party can be called now; null if nowhere. At once unless a name must be looked up. */
  outsideDevice(
    goal: OutsideGoal,
    facts: CallFacts,
    sipCallId: string,
  ): AgentDevice | null | Promise<AgentDevice | null>
  readonly callbacks: CallbackDesk
  /** Who somebody is by his number. */
  aniOf(number: string): Ani
  /** Who an agent is to those whom he calls. */
  aniOfAgent(agentId: string): Ani
  /** A call that an agent has made is the own one of this one from now on; null: of nobody, it is work as any other. */
  ownCallOf(callId: string, agentId: string | null): void
  /** Leave to call an outside number; null: too many, too often, too long. */
  outsidePass(number: string): OutsidePass | null
  readonly voicemail: Pick<VoicemailBook, 'mailbox' | 'hasRoom' | 'reserve' | 'release' | 'begin' | 'close'>
  /** Who has just left a line that lets them come back. */
  readonly reEntries: ReEntries
  /** Everything that a call was held for has been told. */
  onReleased(callId: string): void
  /** The call is over; its agents may still be wrapping up. */
  onEnded(call: Call): void
}

/** What a number says of its calls: it holds wherever they wait, unless a flow says something else there. */
export interface NumberWishes {
  readonly priority: number
  readonly requirements?: string
}

/** Where a number leads now. */
export type Route = RouteNotes &
  (
    | ({ readonly queue: string } & NumberWishes)
    | { readonly agent: string }
    /** `otherwise`: the queue, if the flow ends without a decision. */
    | ({ readonly flow: string; readonly otherwise?: string } & NumberWishes)
    | { readonly voicemail: string }
    | { readonly reject: number; readonly reason: string }
    | { readonly outside: OutsideGoal }
    /** Offered here; it is a callback in this queue. */
    | ({ readonly callback: string } & NumberWishes)
  )

/** A phone of ours has dialled a code. */
export interface CodeRoute {
  readonly code: DialledCode
  readonly account: string
}

/** An outside number that may be called, and how. */
export interface OutsideGoal {
  readonly number: string
  readonly trunkId: string
  /** Shown in place of the caller's number; null: that is shown. */
  readonly callerId: string | null
}

export type { OutsidePass }

export type LookUp = (
  asked: LookupAsked,
  origin: string,
  call: LookupCall,
  tell: (result: string) => void,
  goOn: (reply: LookupReply) => void,
) => void

interface RouteNotes {
  readonly language?: string
  /** The caller is looked up beside. `match`: of the number. */
  readonly lookup?: { readonly match: string; readonly asked: LookupAsked }
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
  /**
   * Who a withheld caller is, as a trusted trunk asserts it (RFC 3325): for other trusted trunks, and to be compared with
   * numbers. It goes into no event, record or log, and to no phone. Absent: he isn't withheld, or nobody knows.
   */
  readonly asserted?: Ani
  readonly dnis: string
  /** What was dialled is no number of ours but an agent, by his id: he has handed the call on. Absent: a number. */
  readonly reachedAgent?: true
  readonly trunkId: string | null
  readonly fromAgentId: string | null
  /** The account of a phone of ours that calls: an agent's, or a device's. Absent: it is none. */
  readonly fromPhone?: string
  /** The code that was dialled, if it is one. */
  readonly code?: DialledCode
  /** Call-ID of the customer's leg; empty: it is no SIP leg. */
  readonly sipCallId: string
  readonly uui: string | null
  /** By which way it has come to what was dialled; absent: that is not told. */
  readonly history?: CallHistory
  /** Attributes that signalling gives it. */
  readonly told?: Readonly<Record<string, string>>
  /** The call is a callback: the customer is dialled by us. */
  readonly callback?: CalledBack
}

/** A callback, as the call has it that makes it. */
export interface CalledBack {
  readonly callbackId: string
  readonly queueId: string
  readonly mode: CallbackMode
  /** Milliseconds since the epoch. */
  readonly enqueuedAt: number
  readonly priority: number
  readonly request: RoutingRequest
  readonly attributes: Attributes
  /** The customer has been dialled, or is about to be: that is told and stored. */
  readonly dialled: boolean
  /** Customer and agent have heard each other. */
  readonly connected: boolean
  /**
   * Asks to dial the customer, later than this returns: `ready` when the bridge may answer, or connect, him; `refused` with
   * why not. The one who asked last is told.
   */
  dial(agentId: string | null, ready: () => void, refused: (reason: string) => void): void
  /** The customer has picked up. */
  answered(): void
  /** Customer and agent hear each other. */
  connect(agentId: string): void
  /** The call is over. */
  ended(reason: string, sipCode: number | null): void
}

/** What somebody asks who wants to be called back. */
export interface CallbackWish {
  readonly queueId: string
  readonly number: string
  readonly name: string | null
  readonly dnis: string
  /** The call that asks; null: none. */
  readonly callId: string | null
  readonly priority: number
  readonly request: RoutingRequest
  readonly attributes: Attributes
  /** Milliseconds since the epoch: the place in line. */
  readonly enqueuedAt: number
  /** Not called before. */
  readonly notBefore?: number
  readonly actor: Actor
  /** One open callback for each number and queue: a second wish is refused, or met by the one that is there. */
  readonly once: 'refuse' | 'keep'
}

/** What a call needs of callbacks. */
export interface CallbackDesk {
  /** The way to a number that may be called back for a queue; null: it may not. */
  number(queueId: string, raw: string): OutsideGoal | null
  /** Whether the queue takes one more. */
  hasRoom(queueId: string): boolean
  /** Whether {@link request} for a caller would be granted at this moment. */
  canTake(queueId: string, number: string): boolean
  request(wish: CallbackWish): { readonly ok: true; readonly callbackId: string } | { readonly ok: false }
}
