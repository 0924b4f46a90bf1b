/** One open callback in memory: what is stored of it, the attempt under way, and its ghost in the line. */
import type { CallbackView } from '../api-callbacks.ts'
import type { QueueConfig } from '../config.ts'
import type { TimerHandle } from '../ports/clock.ts'
import type { VisitRouting } from '../queues/visit-routing.ts'
import type { Dormancy, WaitingVisit } from '../queues/waiting-list.ts'
import type { CallbackAttempt } from './callback-attempt.ts'
import type { CallbackState } from './callback-types.ts'

export class OpenCallback {
  state: CallbackState
  attempt: CallbackAttempt | null = null
  timer: TimerHandle | null = null
  /** It waits until fewer customers are being called than agents are free. */
  isPaced = false
  /** Why nobody is called for it whoever is free; null: it is in line. */
  because: string | null = null
  /** What it asks of agents; undefined: to be made. */
  routing: VisitRouting | null | undefined = undefined

  constructor(state: CallbackState) {
    this.state = state
  }

  get callbackId(): string {
    return this.state.callbackId
  }

  get ref() {
    const { callbackId, queueId, number } = this.state
    return { callbackId, queueId, number }
  }

  /** Its ghost. */
  place({ callback }: Pick<QueueConfig, 'callback'>, dormant: Dormancy | null): WaitingVisit {
    const { callbackId, callId, queueId, priority, enqueuedAt } = this.state
    const { mode } = callback
    return {
      visitId: callbackId,
      callId: this.attempt?.callId ?? callId ?? callbackId,
      queueId,
      priority,
      enqueuedAt,
      ...(this.routing == null ? {} : { routing: this.routing }),
      callback: { mode, dormant },
    }
  }

  view(position: number | null, maxAttempts: number): CallbackView {
    const { callbackId, queueId, number, ani, callId, priority, attempts, nextAt, lastReason, actor } = this.state
    const instant = (ms: number) => new Date(ms).toISOString()
    return {
      id: callbackId,
      queueId,
      number,
      name: ani.name,
      callId: this.attempt?.callId ?? callId,
      priority,
      state: this.attempt !== null ? 'calling' : this.because !== null ? 'later' : 'waiting',
      because: this.because,
      position,
      requestedAt: instant(this.state.requestedAt),
      enqueuedAt: instant(this.state.enqueuedAt),
      nextAt: instant(nextAt),
      expiresAt: instant(this.state.expiresAt),
      attempts,
      maxAttempts,
      lastReason,
      actor,
    }
  }
}
