/** Where a call can be handed to, and what a consultation leaves to the call that it was about. */
import type { RoutingRequest } from '../api.ts'
import type { CallBridge } from '../b2bua/bridge-alphabet.ts'
import type { QueueConfig } from '../config.ts'
import type { RecipeProgress } from '../queues/recipe-progress.ts'
import type { OutsideGoal, OutsidePass, Route } from './call-services.ts'
import type { GivenStage } from './outside-leg.ts'
import type { Segment } from './segment.ts'

/** A route that leads to somebody, or to something that takes a caller. */
export type Goal = Exclude<Route, { reject: number } | { code: unknown } | { callback: string }>

type GivenLeg = NonNullable<ReturnType<CallBridge['giveAgent']>>

export type Taken =
  /** An agent who talks. */
  | { readonly kind: 'agent'; readonly segment: Segment; readonly leg: GivenLeg }
  | TakenOutside
  /** A place in a line. */
  | {
      readonly kind: 'visit'
      readonly queue: QueueConfig
      readonly priority: number
      readonly request: RoutingRequest
      readonly enqueuedAt: number
      /** How far its recipes have come, if it has any. */
      readonly recipes?: RecipeProgress
    }
  | TakenOffer
  /** Somebody who was about to be rung. */
  | { readonly kind: 'goal'; readonly goal: Goal }
  | { readonly kind: 'gone' }

/** An agent whose phone rings, or is about to. */
export interface TakenOffer {
  readonly kind: 'offer'
  readonly leg: GivenLeg
  readonly offerId: string
  readonly agentId: string
  readonly rings: boolean
}

/** An outside party who talks, or is being called. */
export interface TakenOutside {
  readonly kind: 'outside'
  readonly stage: GivenStage
  readonly leg: GivenLeg
  readonly legId: string
  readonly goal: OutsideGoal
  readonly pass: OutsidePass
}

/** Null for what nobody can be handed to. */
export function goalOfRoute(route: Route | null): Goal | null {
  return route === null || 'reject' in route || 'code' in route || 'callback' in route ? null : route
}

export function wordsOf(goal: Goal): string {
  if ('queue' in goal) return `queue:${goal.queue}`
  if ('agent' in goal) return `agent:${goal.agent}`
  if ('flow' in goal) return `flow:${goal.flow}`
  return 'outside' in goal ? `number:${goal.outside.number}` : `mailbox:${goal.voicemail}`
}
