/**
 * What each queue has done since the start of the tenant's day. A visit belongs to the day on which it was enqueued,
 * so `offered` is at any time the sum of the outcomes and of those still waiting.
 */
import type { QueueMetrics, VisitOutcome } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { QueueTotals } from '../records.ts'

/** Who hangs up sooner than this has hardly waited: a short abandon. */
export const shortAbandonMs = 5_000

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

type Counters = { -readonly [K in keyof QueueTotals]: QueueTotals[K] }

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
  const queues = new Map<string, Counters>()
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

  function counters(queueId: string): Counters {
    rollDay()
    let found = queues.get(queueId)
    if (found === undefined) {
      found = emptyTotals(queueId)
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
      totals.longestWaitMs = Math.max(totals.longestWaitMs, waitMs)
      switch (outcome) {
        case 'answered':
          totals.answered += 1
          totals.answeredWaitMs += waitMs
          if (waitMs <= targetMs) totals.answeredInTarget += 1
          return
        case 'abandoned':
          totals.abandoned += 1
          if (waitMs < shortAbandonMs) totals.shortAbandoned += 1
          return
        case 'flowOut':
          totals.flowOut += 1
          return
        case 'full':
        case 'closed':
        case 'empty':
        case 'failed':
          totals.rejected += 1
      }
    },
    of: queueId => ({ ...counters(queueId) }),
    today(queueId) {
      const totals = counters(queueId)
      const { offered, answered, abandoned, shortAbandoned, flowOut, rejected, longestWaitMs } = totals
      return {
        offered,
        answered,
        abandoned,
        shortAbandoned,
        flowOut,
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

function emptyTotals(queueId: string): Counters {
  return {
    queueId,
    offered: 0,
    answered: 0,
    answeredInTarget: 0,
    abandoned: 0,
    shortAbandoned: 0,
    flowOut: 0,
    rejected: 0,
    answeredWaitMs: 0,
    longestWaitMs: 0,
  }
}
