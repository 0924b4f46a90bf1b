/**
 * What each queue has done since the start of the tenant's day. A visit belongs to the day on which it was enqueued,
 * so `offered` is at any time the sum of the outcomes and of those still waiting.
 */
import type { QueueMetrics, VisitOutcome } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { QueueTotals } from '../records.ts'
import { addEndedVisit, noVisits, type VisitSums } from '../visit-sums.ts'

export const serviceLevelVariant = 'shortAsMet = (A<=T + B<=S) / (A + B)'

export interface EndedVisit {
  readonly queueId: string
  readonly outcome: VisitOutcome
  /** Milliseconds since the epoch. */
  readonly enqueuedAt: number
  readonly waitMs: number
  /** The queue's service level target in force. */
  readonly targetMs: number
}

export interface Totals {
  /** A visit began, whatever becomes of it; also one that is refused at once. */
  offered(queueId: string): void
  ended(visit: EndedVisit): void
  of(queueId: string): QueueTotals
  today(queueId: string): QueueMetrics['today']
  /** Starts from what the store knows of today. */
  restore(totals: readonly QueueTotals[]): void
}

/** @param options.dayKey the tenant's calendar day of an instant (milliseconds since the epoch) */
export function createTotals(options: { clock: Clock; dayKey(nowMs: number): string }): Totals {
  const { clock, dayKey } = options
  const queues = new Map<string, VisitSums>()
  let checkedMinute = -1
  let today = ''
  /** An instant that is known to be of today. */
  let surelyTodayMs = 0

  /** Midnight falls on a whole minute in every zone, so the calendar is asked once a minute at most. */
  function rollDay(): void {
    const nowMs = clock.now()
    const minute = Math.floor(nowMs / 60_000)
    if (minute === checkedMinute) return
    checkedMinute = minute
    const day = dayKey(nowMs)
    if (day === today) return
    today = day
    surelyTodayMs = nowMs
    queues.clear()
  }

  function counters(queueId: string): VisitSums {
    rollDay()
    let found = queues.get(queueId)
    if (found === undefined) {
      found = noVisits(queueId)
      queues.set(queueId, found)
    }
    return found
  }

  function isOfToday(enqueuedAt: number): boolean {
    return enqueuedAt >= surelyTodayMs || dayKey(enqueuedAt) === today
  }

  return {
    offered(queueId) {
      counters(queueId).offered += 1
    },
    ended({ queueId, outcome, enqueuedAt, waitMs, targetMs }) {
      const totals = counters(queueId)
      if (!isOfToday(enqueuedAt)) return
      addEndedVisit(totals, { outcome, waitMs }, targetMs)
    },
    of: queueId => ({ ...counters(queueId) }),
    today(queueId) {
      const totals = counters(queueId)
      const { offered, answered, abandoned, shortAbandoned, flowOut, rejected, longestWaitMs } = totals
      const { callbackAccepted } = totals
      return {
        offered,
        answered,
        abandoned,
        shortAbandoned,
        flowOut,
        callbackAccepted,
        rejected,
        serviceLevel: serviceLevel(totals),
        serviceLevelVariant,
        asaMs: answered === 0 ? null : Math.round(totals.answeredWaitMs / answered),
        longestWaitMs,
      }
    },
    restore(stored) {
      rollDay()
      for (const totals of stored) queues.set(totals.queueId, { ...totals })
    },
  }
}

/** 0–1 by {@link serviceLevelVariant}; null without an answered or abandoned visit. */
export function serviceLevel(totals: QueueTotals): number | null {
  const decided = totals.answered + totals.abandoned
  return decided === 0 ? null : (totals.answeredInTarget + totals.shortAbandoned) / decided
}
