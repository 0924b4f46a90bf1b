/** The way of a callback, moment by moment, in words and numbers, from its own events: asked for, in line, tried, and how it ended. */
import type { CallbackExplanation } from '../api-callbacks.ts'
import type { AnyEvent } from '../events.ts'
import { seconds } from './seconds.ts'
import type { NameOf } from './wait-moments.ts'

type CallbackMoment = CallbackExplanation['moments'][number]

/** Nothing comes after it. */
export function endsCallback(event: AnyEvent): boolean {
  if (event.type === 'callback.failed') return event.data.nextAt === null
  return event.type === 'callback.connected' || event.type === 'callback.expired' || event.type === 'callback.canceled'
}

/** @param events of one callback, in order @param because what keeps an open one from being called now */
export function callbackMoments(events: readonly AnyEvent[], nameOf: NameOf): readonly CallbackMoment[] {
  const moments: CallbackMoment[] = []
  let enqueuedAtMs: number | null = null
  /** Since when it is in line as everybody else. */
  let inLineMs = 0
  for (const event of events) {
    const timeMs = Date.parse(event.time)
    const tell = (words: string, callId: string | null = null) => {
      enqueuedAtMs ??= timeMs
      moments.push({ at: event.time, afterMs: Math.max(0, timeMs - enqueuedAtMs), words, callId })
    }
    switch (event.type) {
      case 'callback.requested': {
        const { number, queueId, position, enqueuedAt, nextAt, expiresAt, actor, callId, priority } = event.data
        enqueuedAtMs = Date.parse(enqueuedAt)
        inLineMs = Date.parse(nextAt)
        const waited = timeMs - enqueuedAtMs
        const before = waited < 1_000 ? '' : `, ${seconds(waited)} after the wait began`
        const first = inLineMs <= timeMs ? 'at once' : `in ${seconds(inLineMs - timeMs)} at the earliest`
        const last = seconds(Date.parse(expiresAt) - timeMs)
        tell(
          `${actor} asked for a call back to ${number}${before}: place ${position} of ${queueId} is kept, with priority ${priority}. To be called ${first}, within ${last} at the latest.`,
          callId,
        )
        break
      }
      case 'callback.attempted': {
        const { attempt, agentId, callId, mode } = event.data
        const waited = timeMs - inLineMs
        const line = waited < 500 ? '' : `In line for ${seconds(waited)} until its turn came. `
        const who =
          mode === 'customer-first'
            ? 'the customer is called, and an agent after he has answered'
            : `${agentId === null ? 'an agent' : nameOf(agentId)} has accepted it, and the customer is called`
        tell(`${line}Attempt ${attempt}: ${who}.`, callId)
        break
      }
      case 'callback.connected': {
        const { agentId, waitMs, callId } = event.data
        tell(`Customer and ${nameOf(agentId)} talk, ${seconds(waitMs)} after the wait began.`, callId)
        break
      }
      case 'callback.failed': {
        const { attempt, reason, sipCode, nextAt, callId } = event.data
        const code = sipCode === null ? '' : `, ${sipCode}`
        const next =
          nextAt === null ? 'Given up' : `Tried again in ${seconds(Date.parse(nextAt) - timeMs)} at the earliest`
        if (nextAt !== null) inLineMs = Date.parse(nextAt)
        tell(`Attempt ${attempt} failed: ${reason}${code}. ${next}.`, callId)
        break
      }
      case 'callback.expired':
        tell(`Its time was over after ${attempts(event.data.attempts)}.`)
        break
      case 'callback.canceled': {
        const { actor, reason, attempts: made } = event.data
        tell(`${actor} took it back after ${attempts(made)}${reason === '' ? '' : `: ${reason}`}.`)
        break
      }
    }
  }
  return moments
}

function attempts(count: number): string {
  if (count === 0) return 'no attempt'
  return count === 1 ? '1 attempt' : `${count} attempts`
}
