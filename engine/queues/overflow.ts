/** When a waiting visit must go elsewhere, and whether a queue takes another one. Pure. */
import type { QueueConfig } from '../config.ts'
import type { CallTarget } from '../config-intake.ts'

/** A visit that nobody took in time ends with 480 Temporarily Unavailable (RFC 3261 §21.4.18). */
const timeoutTarget: CallTarget = { reject: 480 }

export interface OverflowStep {
  /** Milliseconds since the epoch; may be past. */
  readonly deadline: number
  readonly to: CallTarget
  readonly reason: 'overflow' | 'maxWait' | 'recipe'
  /** Index in `overflow` of the queue's configuration; null for `maxWaitMs`, and for what a recipe does. */
  readonly rule: number | null
}

/**
 * The next thing that happens to a visit if nobody takes it. Rules come in order of `afterMs`, equal ones as they are
 * written; `maxWaitMs` ends the visit if no rule before it did.
 * @param ran indexes of the rules that have been tried and did not take the visit, e.g. because their target was full
 */
export function nextOverflow(
  queue: Pick<QueueConfig, 'overflow' | 'maxWaitMs'>,
  enqueuedAt: number,
  ran: ReadonlySet<number>,
): OverflowStep {
  let best: OverflowStep = {
    deadline: enqueuedAt + queue.maxWaitMs,
    to: timeoutTarget,
    reason: 'maxWait',
    rule: null,
  }
  queue.overflow.forEach(({ afterMs, to }, rule) => {
    const deadline = enqueuedAt + afterMs
    const isSooner = best.rule === null ? deadline <= best.deadline : deadline < best.deadline
    if (!ran.has(rule) && isSooner) best = { deadline, to, reason: 'overflow', rule }
  })
  return best
}

/** True if the queue refuses another visit. Someone who is served at once does not have to wait, so there is room. */
export function isFull(queue: Pick<QueueConfig, 'maxWaiting'>, waiting: number, freeAgents: number): boolean {
  return waiting >= queue.maxWaiting && freeAgents === 0
}
