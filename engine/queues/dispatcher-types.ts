/** The shape of the dispatcher: what it needs and what it offers. */
import type { Roster } from '../agents/roster-types.ts'
import type { QueueExplanation } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import type { Meanwhile, QueueMetrics } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Estimates, WaitEstimate } from './estimate.ts'
import type { Assignment } from './match.ts'
import type { Totals } from './totals.ts'
import type { StageChange } from './visit-routing.ts'
import type { WaitingVisit } from './waiting-list.ts'

export type DispatcherRoster = Pick<
  Roster,
  | 'has'
  | 'idle'
  | 'pool'
  | 'holdPool'
  | 'member'
  | 'standingOf'
  | 'absenceOf'
  | 'delays'
  | 'yields'
  | 'notFree'
  | 'counts'
  | 'active'
  | 'engaged'
  | 'queuesOf'
  | 'orderOf'
>

export interface DispatcherOptions {
  readonly clock: Clock
  readonly random: Random
  readonly roster: DispatcherRoster
  readonly totals: Pick<Totals, 'today'>
  readonly estimates: Pick<Estimates, 'waitFor' | 'nextFreeMs'>
  /**
   * Makes the offer. True if the agent is reserved: the visit then has a pending offer until
   * {@link Dispatcher.pendingOffer} says otherwise. False if not: the agent is not tried again in this run.
   * Called from within other methods of the dispatcher; may call them.
   */
  onAssign(assignment: Assignment): boolean
  /** It is the turn of a customer-first callback, and an agent is free: the customer may be called, or the visit made dormant. */
  onTurn?(visit: WaitingVisit): void
  /** The visit asks for less, or for something else, than before. To be told, not to be acted on. */
  onStepChanged?(visit: WaitingVisit, change: StageChange): void
}

/** Instants are milliseconds since the epoch. Methods that take a queue throw EngineError `queue.unknown`. */
export interface Dispatcher {
  /** A queue no longer listed goes when nobody waits in it. */
  configure(queues: readonly QueueConfig[]): void
  /** Agents serve other queues than before, or have other skills: all who wait are looked at again. */
  agentsConfigured(): void
  /** Offers may be made before this returns. A visit that waits already is moved to its new place. */
  enqueue(visit: WaitingVisit): void
  /** The visit has ended, answered or not. False if it did not wait. */
  remove(visitId: string): boolean
  /** Whether offers for the visit are pending: then it is not matched again, unless its queue rings several. */
  pendingOffer(visitId: string, isPending: boolean): void
  /** One of several pending offers for the visit has ended unaccepted, and others are left. */
  offerEnded(visitId: string): void
  /**
   * This agent had better not be offered this visit again before `untilMs` (default: ever), if anyone else can or is rung
   * for it; and the visit no longer holds out for him.
   */
  exclude(visitId: string, agentId: string, reason: string, untilMs?: number): void
  /** The agent has become free: of all the queues served, the best claim is first. */
  agentRoutable(agentId: string): void
  /** The agent is away, signed out or out of these queues: who holds out for him may give up, and a ring be left. */
  agentAbsent(agentId: string, queueIds: readonly string[]): void
  /** 1 for the first; null if the visit does not wait. */
  position(visitId: string): number | null
  /** Since when there has been an agent being rung for the visit without a break; null: there is none. */
  ringsSince(visitId: string): number | null
  /** What a visit would meet if it were enqueued now. */
  prospect(visit: WaitingVisit): { readonly position: number; readonly wait: WaitEstimate | null }
  /** What is left to wait at a place of the line for whom no agent is being rung; null: nobody can tell. */
  waitAt(queueId: string, place: number): WaitEstimate | null
  /** Free agents who suit a visit that would be enqueued now. */
  freeFor(visit: WaitingVisit): number
  /** Visits, places that are kept for callbacks included. */
  waiting(queueId: string): number
  /** When the one who waits longest on the line was enqueued; null when nobody does. */
  oldest(queueId: string): number | null
  /** Why no further agent is being rung now, in one sentence. */
  explain(queueId: string): string
  /** The same for one visit that waits; null if it does not. */
  explainVisit(visitId: string): string | null
  /** Who was served while the visit waited, since it was offered last; null: nobody. */
  meanwhile(visitId: string): Meanwhile | null
  /** The same in full, for the visits at the head of the queue. */
  situation(queueId: string): QueueExplanation
  metrics(queueId: string): QueueMetrics
  /** Disarms the timers. */
  stop(): void
}
