/** The sums of a queue's visits: what one more ended visit adds. The SQL store computes the same in the database. */
import type { VisitOutcome } from './events.ts'
import type { QueueTotals } from './records.ts'

/** FEATURES, reporting: who hangs up sooner than this has hardly waited, a short abandon. */
export const shortAbandonMs = 5_000

export type VisitSums = { -readonly [Key in keyof QueueTotals]: QueueTotals[Key] }

export function noVisits(queueId: string): VisitSums {
  return {
    queueId,
    offered: 0,
    answered: 0,
    answeredInTarget: 0,
    abandoned: 0,
    shortAbandoned: 0,
    flowOut: 0,
    callbackAccepted: 0,
    rejected: 0,
    answeredWaitMs: 0,
    longestWaitMs: 0,
  }
}

/**
 * Adds how a visit ended; that it was `offered` is counted apart, because it is known when the visit begins.
 * @param targetMs the queue's service level target; without one nothing is answered in target
 */
export function addEndedVisit(
  sums: VisitSums,
  { outcome, waitMs }: { readonly outcome: VisitOutcome; readonly waitMs: number },
  targetMs: number | undefined,
): void {
  sums.longestWaitMs = Math.max(sums.longestWaitMs, waitMs)
  switch (outcome) {
    case 'answered':
      sums.answered += 1
      sums.answeredWaitMs += waitMs
      if (targetMs !== undefined && waitMs <= targetMs) sums.answeredInTarget += 1
      return
    case 'abandoned':
      sums.abandoned += 1
      if (waitMs < shortAbandonMs) sums.shortAbandoned += 1
      return
    case 'flowOut':
      sums.flowOut += 1
      return
    case 'callbackAccepted':
      sums.callbackAccepted += 1
      return
    case 'full':
    case 'closed':
    case 'empty':
    case 'failed':
      sums.rejected += 1
  }
}
