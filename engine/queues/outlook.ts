/** What waiting in a queue comes to: for somebody who joins now, who waits there, and who is passed over now. */
import type { DispatcherRoster } from './dispatcher-types.ts'
import type { Estimates, WaitEstimate } from './estimate.ts'
import type { QueueLine } from './queue-line.ts'
import type { WaitingVisit } from './waiting-list.ts'

export class Outlook {
  readonly #roster: Pick<DispatcherRoster, 'idle' | 'active'>
  readonly #estimates: Pick<Estimates, 'waitFor' | 'nextFreeMs'>

  constructor(roster: Pick<DispatcherRoster, 'idle' | 'active'>, estimates: Pick<Estimates, 'waitFor' | 'nextFreeMs'>) {
    this.#roster = roster
    this.#estimates = estimates
  }

  /**
   * For somebody who joins now: those ahead without an offer, and the newcomer unless an agent is free for him.
   * @param place that he would have; default: the last one
   * @param free agents who suit him; default: all who are free
   */
  waitNow({ config, waiting }: QueueLine, place = Number.POSITIVE_INFINITY, free?: number): WaitEstimate | null {
    const { unoffered } = waiting
    const unassigned = (free ?? this.#roster.idle(config.id).size) > unoffered ? 0 : Math.min(place, unoffered + 1)
    return this.#estimates.waitFor(config.id, unassigned, this.#roster.active(config.id))
  }

  /** For somebody who waits at a place without an offer: whoever is free is not for him. */
  waitAt({ config, waiting }: QueueLine, place: number): WaitEstimate | null {
    const unassigned = Math.max(1, Math.min(place, waiting.unoffered))
    return this.#estimates.waitFor(config.id, unassigned, this.#roster.active(config.id))
  }

  /** What a visit will have waited if it is passed over now, as a multiple of its queue's target. */
  strainOf({ config }: QueueLine, { enqueuedAt }: WaitingVisit, nowMs: number): number {
    const active = this.#roster.active(config.id)
    const furtherMs = active === 0 ? 0 : Math.round(this.#estimates.nextFreeMs(config.id, active))
    return (nowMs - enqueuedAt + furtherMs) / Math.max(1, config.serviceLevel.targetMs)
  }
}
