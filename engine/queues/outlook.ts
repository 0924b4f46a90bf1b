/** What waiting in a queue comes to: for somebody who joins now, and for somebody who is passed over now. */
import type { DispatcherRoster } from './dispatcher-types.ts'
import type { Estimates, WaitEstimate } from './estimate.ts'
import type { QueueLine } from './queue-line.ts'
import type { WaitingList, WaitingVisit } from './waiting-list.ts'

export class Outlook {
  readonly #roster: Pick<DispatcherRoster, 'idle' | 'counts'>
  readonly #estimates: Pick<Estimates, 'waitFor'>

  constructor(roster: Pick<DispatcherRoster, 'idle' | 'counts'>, estimates: Pick<Estimates, 'waitFor'>) {
    this.#roster = roster
    this.#estimates = estimates
  }

  /** For somebody who joins now: those ahead without an offer, and the newcomer unless an agent is free for them. */
  waitNow(queueId: string, waiting: WaitingList): WaitEstimate | null {
    const { unoffered } = waiting
    const unassigned = this.#roster.idle(queueId).size > unoffered ? 0 : unoffered + 1
    return this.#estimates.waitFor(queueId, unassigned, this.#active(queueId))
  }

  /** What a visit will have waited if it is passed over now, as a multiple of its queue's target. */
  strainOf({ config }: QueueLine, { enqueuedAt }: WaitingVisit, nowMs: number): number {
    const furtherMs = this.#estimates.waitFor(config.id, 1, this.#active(config.id))?.valueMs ?? 0
    return (nowMs - enqueuedAt + furtherMs) / Math.max(1, config.serviceLevel.targetMs)
  }

  #active(queueId: string): number {
    const { available, ringing, busy, wrapUp } = this.#roster.counts(queueId)
    return available + ringing + busy + wrapUp
  }
}
