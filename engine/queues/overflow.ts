/** How a visit leaves its queue without an agent, and whether a queue takes another one. Pure. */
import type { QueueConfig } from '../config.ts'
import type { CallTarget } from '../config-intake.ts'

export interface OverflowStep {
  readonly to: CallTarget
  readonly reason: 'overflow' | 'maxWait' | 'recipe'
  /** What the conditions of an overflow rule have found, in words. */
  readonly because?: string
}

/** What became of a step: the call has left its queue, or is being asked whether it would, or stays: the step leads nowhere now. */
export type OverflowReply = 'left' | 'asked' | 'stays'

/** A visit that nobody took in time ends with 480 Temporarily Unavailable (RFC 3261 §21.4.18). */
export const timeout: OverflowStep = { to: { reject: 480 }, reason: 'maxWait' }

/** True if the queue refuses another visit. Someone who is served at once does not have to wait, so there is room. */
export function isFull(queue: Pick<QueueConfig, 'maxWaiting'>, waiting: number, freeAgents: number): boolean {
  return waiting >= queue.maxWaiting && freeAgents === 0
}
