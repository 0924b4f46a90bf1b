/** The shape of the roster: what it needs, what it offers, and the values that pass. */
import type { Actor, AgentView, Availability } from '../api.ts'
import type { AgentConfig, AgentPolicy, QueueConfig } from '../config.ts'
import type { EventData } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Requirement } from '../skills/requirement.ts'
import type { AgentDay } from './agent-day.ts'
import type { Absence, Standing } from './agent-state.ts'
import type { AgentCounts, IdleAgent, IdleAgents, Pool } from './queue-index.ts'
import type { WrapUpNotes } from './wrap-up-rules.ts'

export type AgentEventType =
  | 'agent.session_changed'
  | 'agent.state_changed'
  | 'agent.next_status_set'
  | 'agent.devices_changed'
  | 'agent.queue_membership_changed'
  | 'agent.wrapup_changed'

/** What was wrapped up. */
export interface WrappedSegment {
  readonly agentId: string
  readonly segmentId: string
  readonly callId: string
  readonly queueId: string | null
  readonly wrapMs: number
  readonly by: 'agent' | 'supervisor' | 'timer' | 'signOut' | 'recall'
  readonly disposition: string | null
  readonly notes: string | null
}

/** What whoever ends a wrap-up says about the call. */
export interface WrapUpWords {
  readonly actor?: Actor
  readonly disposition?: string
  readonly notes?: string
}

/** What an unaccepted offer costs the agent. */
export interface MissPolicy {
  readonly cooldownMs: number
  /** Consecutive misses of the same reason that make the agent notReady; 0: never. */
  readonly missedToNotReady: number
  /** Each further one of the same reason in a row: so many times the cooldown, at most `maxCooldownMs`. Default 1. */
  readonly growth?: number
  readonly maxCooldownMs?: number
  /** From Retry-After; the longer of this and `cooldownMs` holds. */
  readonly retryAfterMs?: number
}

export type OfferEnding =
  /** Not the agent's doing: no penalty. */
  | { readonly kind: 'canceled' | 'rescinded' }
  | {
      readonly kind: 'timed_out' | 'rejected' | 'failed'
      readonly policy: MissPolicy
      /** For people: noAnswer, declined, busy, unreachable, mediaFault, transient, … */
      readonly cause: string
    }

export interface RosterOptions {
  readonly clock: Clock
  readonly logger: Logger
  emit<T extends AgentEventType>(type: T, data: EventData<T>): void
  /** The agent has become routable, or, while routable, has joined a further queue. */
  onRoutable(agentId: string): void
  /**
   * The agent is further from taking calls of these queues than before: not ready or without a phone, signed out, or out of the
   * queue. Not told while a center is applied.
   */
  onAbsent(agentId: string, queueIds: readonly string[]): void
  /** Wrap-up ended, whoever ended it. The agent is told to be free, and is given other work, only after it. */
  onWrapUpEnded(segment: WrappedSegment): void
  /** The machine of an agent died at a call. The agent is free again; the call is still there. */
  onFault?(callId: string): void
  /** The agent has signed in or out, can be rung or not, or is to take calls or not, now or after the present work. */
  onPresence?(agentId: string): void
  /** What the agent has done today is more than it was. */
  onCounted?(agentId: string): void
  /** What somebody who is new to this process has done today in the last one; null: nothing. Default: null. */
  day?(agentId: string): AgentDay | null
  /** The center's rules in force. Default: signs in as notReady; a sign-out waits for the end of the work. */
  policy?(): Pick<AgentPolicy, 'afterSignIn' | 'signOutWhileWorking'>
  /** Whether an agent is known to have joined one of his queues, or left it; null: the definition holds. Default: null. */
  said?(agentId: string, queueId: string): boolean | null
  /** The tenant's calendar day of an instant (milliseconds since the epoch); equal strings, same day. */
  dayKey(nowMs: number): string
}

/** Methods throw EngineError `agent.unknown` for an id that is not there. Instants are milliseconds since the epoch. */
export interface Roster {
  /** Adds, updates and removes. An agent no longer listed who is working goes when the work ends. */
  configure(agents: readonly AgentConfig[], queues: readonly QueueConfig[]): void
  has(agentId: string): boolean
  view(agentId: string): AgentView
  views(): readonly AgentView[]
  /** The queues that the agent serves and has not left. */
  queuesOf(agentId: string): readonly string[]
  /** What the agent has done today, for the next process. */
  dayOf(agentId: string): AgentDay
  /** Place in the center's list; null for an unknown id. */
  orderOf(agentId: string): number | null

  /**
   * Takes a stored sign-out back. Without `availability`: notReady(login).
   * @throws EngineError `agent.conflict` for someone who has been removed and only finishes a call
   */
  signIn(agentId: string, options: { availability?: Availability; actor: Actor }): void
  /** During an offer or a call: stored, or by the center's rule refused with `agent.conflict`. Ends wrap-up at once. */
  signOut(agentId: string, options: { actor: Actor; reason?: string }): void
  /**
   * While working: stored as next status, and routing stops now. Signs in an agent who is offline.
   * @throws as {@link Roster.signIn}
   */
  setAvailability(agentId: string, availability: Availability, options: { reason?: string; actor: Actor }): void
  /** Joins or leaves one of the agent's queues. @throws EngineError `queue.unknown`, `agent.conflict` */
  setQueue(agentId: string, queueId: string, isJoined: boolean, options: { actor: Actor }): void

  /**
   * @throws EngineError `agent.conflict` if the agent isn't in wrap-up, or may not end it; `request.invalid` for a missing
   * disposition, or one that the queue doesn't know
   */
  completeWrapUp(agentId: string, by: 'agent' | 'supervisor', words?: WrapUpWords): void
  /** Keeps words about the call at hand. @throws EngineError `agent.conflict` without one, `request.invalid` */
  noteWrapUp(agentId: string, by: 'agent' | 'supervisor', words: WrapUpWords): void
  /** Asks for the optional wrap-up of the call at hand. @throws EngineError `agent.conflict` */
  askWrapUp(agentId: string, options: { actor: Actor }): void
  /** @throws EngineError `agent.conflict` if it has no end, or may not be made longer */
  extendWrapUp(agentId: string, by: 'agent' | 'supervisor', options: { actor: Actor; byMs?: number }): void
  /** The after-call work of the call at hand: milliseconds; null: until somebody ends it; 0: none. */
  wrapUpTime(agentId: string): number | null
  /** What has been said about the call at hand. */
  wrapUpNotes(agentId: string): WrapUpNotes

  /**
   * @param acting the phone that is rung; null: none is
   * @param isElsewhere it is not the agent's own account, so that a fixed phone of his own is of no use now
   */
  setReachable(
    agentId: string,
    reachable: boolean,
    devices: readonly string[],
    acting?: string | null,
    isElsewhere?: boolean,
  ): void
  /** An agent who has to keep the desk open has lost it, or has it again. */
  setDesk(agentId: string, isLost: boolean): void
  /** A call that no queue brought began or ended on the agent's device; an unknown agent is none to wait for. */
  setInUse(agentId: string, inUse: boolean): void

  // The slot. Each answers whether it took effect: false if the agent's state or the id no longer fits.
  /** Also who has after-call work of that very call: it comes back. */
  reserve(agentId: string, offer: { offerId: string; callId: string; queueId: string | null }): boolean
  /** Another call has taken the offer over, and has its own: the phone rings on. */
  reoffer(
    agentId: string,
    fromOfferId: string,
    offer: { offerId: string; callId: string; queueId: string | null },
  ): boolean
  ringing(agentId: string, offerId: string): boolean
  engage(agentId: string, offerId: string, work: { callId: string; segmentId: string; queueId: string | null }): boolean
  /** An agent without work has a call that he has made himself as his work from now on. */
  takeOn(agentId: string, work: { callId: string; segmentId: string; queueId: string | null }): boolean
  /**
   * Goes on as another segment: with the same caller after a transfer that failed (after-call work is over then), or with the one
   * that a colleague hands over.
   */
  reassign(
    agentId: string,
    fromSegmentId: string,
    to: { callId: string; segmentId: string; queueId: string | null },
  ): boolean
  /** @param segmentId nothing happens if the agent is on another call; default: whatever call it is */
  setHeld(agentId: string, held: boolean, segmentId?: string): boolean
  /** The agent talks to somebody else about the call at hand, whose caller waits; or is back. */
  setConsulting(agentId: string, consulting: boolean): boolean
  offerEnded(agentId: string, offerId: string, outcome: OfferEnding): boolean
  /** `wrapUpMs` 0: no wrap-up; null: one without a deadline. */
  callEnded(agentId: string, segmentId: string, wrapUpMs: number | null): boolean
  /** He has answered, and was gone, or of no use, before he talked: he has handled nothing, and is offered nothing for a while. */
  callLost(agentId: string, segmentId: string, cooldownMs: number): boolean

  idle(queueId: string): IdleAgents
  /** The queue's agents who suit a requirement. Asking again costs nothing while it is held or was asked for lately. */
  pool(queueId: string, requirement: Requirement): Pool
  /** Keeps that pool, however many there are: calls wait with the requirement from now on, or none does any more. */
  holdPool(queueId: string, requirement: Requirement, isHeld: boolean): void
  /** An agent as one of a queue's, free or not; null if not of the queue. */
  member(queueId: string, agentId: string): IdleAgent | null
  /** Null for an unknown id. */
  standingOf(agentId: string): Standing | null
  /** Null for an unknown id. */
  absenceOf(agentId: string): Absence | null
  /** Delays after which further agents of the queue take part, ascending; without 0. */
  delays(queueId: string): readonly number[]
  /** Whether some agent of the queue takes calls of another one first. */
  yields(queueId: string): boolean
  notFree(queueId: string): Record<string, number>
  counts(queueId: string): AgentCounts
  /** Agents of the queue who take calls: now, when they are done with the present one, or when their cooldown is over. */
  active(queueId: string): number
  /** Agents of the queue who are signed in and not ready, whether their phones are there or not. */
  paused(queueId: string): number
  /** Agents who are on a call of this queue. */
  engaged(queueId: string): number
  /** Stops every machine; no timer is left. */
  stop(): void
}
