/** Whether a queue takes one more call: its hours, who is there for it, and room. */
import type { QueueConfig } from '../config.ts'
import type { CallTarget } from '../config-intake.ts'
import type { VisitOutcome } from '../events.ts'
import { callerResponses } from '../outcomes.ts'
import { isFull } from '../queues/overflow.ts'
import type { WaitingVisit } from '../queues/waiting-list.ts'
import { requirement } from '../skills/requirement.ts'
import type { CallCore } from './call-core.ts'

/** Why a queue does not take a call, and where the call goes instead. */
export interface Barrier {
  readonly reason: 'closed' | 'noneSignedIn' | 'allPaused' | 'noneQualified' | 'full'
  readonly outcome: VisitOutcome
  readonly to: CallTarget
}

const turnedAway: ReadonlySet<VisitOutcome | null> = new Set(['closed', 'empty', 'full'])
const closedTarget: CallTarget = { reject: callerResponses.closed }
const fullTarget: CallTarget = { reject: callerResponses.full }

/** What a caller hears whom a queue does not take, and who can go nowhere else. */
export function refusalOf({ outcome }: Barrier): number {
  return outcome === 'full' ? callerResponses.full : callerResponses.closed
}

/** Whether a queue has not taken the call before. */
export function wasTurnedAway({ record }: CallCore, { id }: QueueConfig): boolean {
  return record.visits.some(({ queueId, outcome }) => queueId === id && turnedAway.has(outcome))
}

/** Null if nothing stands against it. */
export function barrierOf(core: CallCore, queue: QueueConfig, place: WaitingVisit): Barrier | null {
  const closed = closedBarrier(core, queue)
  if (closed !== null) return closed
  const empty = emptyBarrier(core, queue, place)
  if (empty !== null) return empty
  return isQueueFull(core, queue, place) ? { reason: 'full', outcome: 'full', to: queue.full ?? fullTarget } : null
}

/** Null while the queue's hours are on. */
export function closedBarrier({ services }: CallCore, queue: QueueConfig): Barrier | null {
  if (queue.hours === undefined || services.hoursOf(queue.hours).open) return null
  return { reason: 'closed', outcome: 'closed', to: queue.closed ?? closedTarget }
}

export function isQueueFull({ services }: CallCore, queue: QueueConfig, place: WaitingVisit): boolean {
  return isFull(queue, services.dispatcher.waiting(queue.id), services.dispatcher.freeFor(place))
}

function emptyBarrier({ services }: CallCore, queue: QueueConfig, place: WaitingVisit): Barrier | null {
  const { noneSignedIn, allPaused, noneQualified } = queue.admission
  // Most queues let everybody in, and nothing is counted for them.
  if (noneSignedIn === 'admit' && allPaused === 'admit' && noneQualified === 'admit') return null
  const { roster } = services
  const { signedIn } = roster.counts(queue.id)
  const outcome = 'empty'
  if (signedIn === 0) {
    // Each has its own way: with nobody there it is neither that all pause nor that nobody qualifies.
    return noneSignedIn === 'admit' ? null : { reason: 'noneSignedIn', outcome, to: noneSignedIn }
  }
  // Who cools down will be rung in a moment, and whose phone is lost for a while wants to take calls: neither has paused.
  if (allPaused !== 'admit' && roster.paused(queue.id) === signedIn)
    return { reason: 'allPaused', outcome, to: allPaused }
  const asked = place.routing?.plan.stages.at(-1)?.expression ?? null
  if (noneQualified === 'admit' || asked === null) return null
  const { staffed } = roster.pool(queue.id, requirement(asked, Number.POSITIVE_INFINITY))
  return staffed === 0 ? { reason: 'noneQualified', outcome, to: noneQualified } : null
}
