/** The words between a flow and the call that it decides about. */
import type { LookupFacts, RoutingRequest } from '../api.ts'
import type { VoicemailReply } from '../api-voicemail.ts'
import type { CallbackStep, GatherConfig, StepAction } from '../config-intake.ts'
import type { VoicemailWishes } from '../config-voicemail.ts'
import type { Attributes, ScreenPop } from '../events.ts'

/** What a flow may look at. */
export type FlowFacts = LookupFacts

export interface GatherResult {
  /** `digits`: they are what was asked for. `gone`: the caller has left, and nobody is to act on it. */
  readonly outcome: 'digits' | 'noInput' | 'invalid' | 'gone'
  /** What was pressed last; may be empty. */
  readonly digits: string
}

export type LookupStatus = ScreenPop['matchStatus']

/** What a flow, or the end of one, makes of a call. */
export type FlowDecision =
  | ({ readonly kind: 'enqueue'; readonly queueId: string; readonly priority?: number } & RoutingRequest)
  | { readonly kind: 'agent'; readonly agentId: string }
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'reject'; readonly sipCode: number }
  | { readonly kind: 'hangup' }
  /** No step has decided. */
  | { readonly kind: 'none'; readonly reason: 'flowEnded' | 'flowTooLong' | 'flowUnknown' }

/** One step as it is told. */
export interface FlowStepTold {
  readonly flowId: string | null
  /** The step's id, or `#3` for the third one. */
  readonly step: string
  readonly action: StepAction
  readonly result: string
}

/** A call as a lookup holds it, which may outlast the flow that began it. */
export interface LookupCall {
  /** With the secret digits: never for anything that is told. */
  secretFacts(): FlowFacts
  /** @throws EngineError `request.invalid` for a requirement that can't be; `call.conflict` */
  setAttributes(changed: Attributes, origin: string): void
  /** What a lookup found, or that one is under way. */
  matched(status: LookupStatus, matches: ScreenPop['matches']): void
  told(step: FlowStepTold): void
  /** The call has ended. */
  isOver(): boolean
  /** Runs what an answer sets off in the name of the call: a fault in it is this call's alone (SIP.md §2 row 12). */
  guard(work: () => void): void
}

/** A call as a flow holds it. Nothing is called back after the run was stopped. */
export interface FlowCall extends LookupCall {
  facts(): FlowFacts
  /** Milliseconds since the epoch. */
  now(): number
  /** Keeps secret digits under the name of an attribute. */
  keep(name: string, digits: string): void
  say(prompts: readonly string[], done: (played: boolean) => void): void
  gather(gather: GatherConfig, done: (result: GatherResult) => void): void
  /** Why no message can be taken; null: it can. */
  voicemailRefusal(mailboxId: string): 'full' | 'unplayable' | null
  /** Takes a message; `done` follows if the caller is still there then. */
  voicemail(mailboxId: string, wishes: VoicemailWishes, done: (reply: VoicemailReply) => void): void
  /** Settles a callback with the caller; who accepts it leaves the flow. */
  callback(asked: CallbackStep, onDeclined: () => void): void
  decide(decision: FlowDecision): void
}

/** Counts down over all flows of one call: a loop ends. */
export interface StepBudget {
  left: number
}

export interface FlowRun {
  /** The call is decided otherwise, or gone; lookups under way may still answer. */
  stop(): void
}

export interface Flows {
  /** Begins a flow; it may have decided before this returns. */
  start(flowId: string, call: FlowCall, budget: StepBudget): FlowRun
  has(flowId: string): boolean
  /** Null for a flow without one of its own. */
  languageOf(flowId: string): string | null
}
