/** The words between callbacks and the rest of the engine. */
import type { RoutingRequest } from '../api.ts'
import type { CalledBack, CallFacts, OutsideGoal, OutsidePass } from '../calls/call-services.ts'
import type { OfferAssignment } from '../calls/offer-book.ts'
import type { QueueConfig } from '../config.ts'
import type { Ani, Attributes, EventData, EventType } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Checkpoint } from '../ports/store.ts'
import type { Dispatcher } from '../queues/dispatcher.ts'
import type { VisitRouting } from '../queues/visit-routing.ts'
import type { HoursVerdict } from '../routing/opening-hours.ts'

/** What is stored of an open callback: JSON; instants in milliseconds since the epoch. */
export interface CallbackState {
  readonly callbackId: string
  readonly queueId: string
  /** As the trunk is told. */
  readonly number: string
  readonly ani: Ani
  /** What was called at first; empty: nothing was. */
  readonly dnis: string
  /** The call that asked for it; null: the API. */
  readonly callId: string | null
  readonly priority: number
  readonly request: RoutingRequest
  readonly attributes: Attributes
  readonly actor: string
  readonly requestedAt: number
  /** Never changes. */
  readonly enqueuedAt: number
  /** By the calendar, as of when it was asked for or the queue last opened: time in which it was closed does not count. */
  readonly expiresAt: number
  /** While the queue is closed: how long it will be open before this expires, in milliseconds. Absent or null: it is open. */
  readonly openLeftMs?: number | null
  /** Not called before. */
  readonly nextAt: number
  /** Attempts begun. */
  readonly attempts: number
  /** The attempt that was being made when this was written: it may have reached the customer. */
  readonly dialling: { readonly callId: string; readonly since: number } | null
  readonly lastReason: string | null
  /** Events told of it: the next process goes on counting. */
  readonly told: number
}

export type CallbackEvent = Extract<EventType, `callback.${string}`>

/** A call that is a callback, as those hold it who began it. */
export interface CallbackCall {
  offer(assignment: OfferAssignment): boolean
  hangup(by: 'system' | 'supervisor', reason: string): void
}

/** What can be dialled, and how: signalling stays behind it. */
export interface CallbackLine {
  /** Begins the call; the customer is dialled only when the call asks for it. */
  begin(back: CalledBack, facts: Omit<CallFacts, 'callId' | 'callback'> & { callId: string }): CallbackCall
  /** The line to the customer is found, or can't be. At once or later. */
  prepare(call: Pick<CallFacts, 'callId' | 'sipCallId'>, goal: OutsideGoal): Promise<boolean>
  /** The call is over. */
  forget(callId: string): void
}

/** The opening hours of queues: now, and by the calendar. */
export interface CallbackHours {
  verdict(hoursId: string): HoursVerdict
  /** When it will have been open for so long; null: not within a year. */
  openedFor(hoursId: string, fromMs: number, openMs: number): number | null
  openBetween(hoursId: string, fromMs: number, toMs: number): number
}

export interface CallbackBookOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly dispatcher: Pick<Dispatcher, 'enqueue' | 'remove' | 'position' | 'prospect' | 'freeFor' | 'waiting'>
  readonly line: CallbackLine
  emit<T extends CallbackEvent>(type: T, callbackId: string, data: EventData<T>, callId: string | null): void
  /** One of the last process, and how many events that one told of it. */
  resumed(callbackId: string, told: number): void
  /** No more events of this one will come. */
  closed(callbackId: string): void
  checkpoint(checkpoint: Checkpoint): void
  /** Resolves when what was told so far is stored, or will not be for a while. */
  settled(): Promise<void>
  queue(queueId: string): QueueConfig | null
  readonly hours: CallbackHours
  routing(queue: QueueConfig, request: RoutingRequest, attributes: Attributes): VisitRouting | null
  /** The way to an outside number; null: no rule permits it. */
  outsideRoute(number: string): OutsideGoal | null
  outsidePass(number: string): OutsidePass | null
  /** One of our own numbers: calling it back would go in a circle. */
  isOurs(number: string): boolean
  isBlocked(ani: Ani): boolean
  countryCode(): string | null
}
