/**
 * When a callback is given up: so long after it might first be called, and only time in which its queue is open counts. What
 * is asked for on a Friday evening is not lost before Monday.
 */
import type { QueueConfig } from '../config.ts'
import type { CallbackHours, CallbackState } from './callback-types.ts'

/** Of a queue whose hours never come. */
const longestMs = 366 * 86_400_000

type Hours = Pick<CallbackHours, 'openedFor' | 'openBetween'>

/** @param firstMs when it may be called first, in milliseconds since the epoch */
export function expiryOf({ hours: id }: Pick<QueueConfig, 'hours'>, hours: Hours, firstMs: number, ms: number): number {
  return id === undefined ? firstMs + ms : (hours.openedFor(id, firstMs, ms) ?? firstMs + longestMs)
}

/** The same callback while its queue is closed. */
export function held(state: CallbackState, hoursId: string, hours: Hours, nowMs: number): CallbackState {
  if (state.openLeftMs != null || nowMs >= state.expiresAt) return state
  return { ...state, openLeftMs: hours.openBetween(hoursId, nowMs, state.expiresAt) }
}

/** The same callback while its queue is open: whatever kept it closed, and for how long. */
export function resumed(
  state: CallbackState,
  queue: Pick<QueueConfig, 'hours'>,
  hours: Hours,
  nowMs: number,
): CallbackState {
  const { openLeftMs = null } = state
  if (openLeftMs === null) return state
  return { ...state, expiresAt: expiryOf(queue, hours, nowMs, openLeftMs), openLeftMs: null }
}
