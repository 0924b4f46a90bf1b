/** The sums of each queue's visits. The SQL store computes the same; the contract suite compares them. */
import type { CallRecord, QueueTotals, VisitRecord } from '../records.ts'

/** FEATURES, reporting: a short abandon waited less than this. */
const shortAbandonMs = 5_000

type Sums = { -readonly [Key in keyof QueueTotals]: QueueTotals[Key] }

/** Sums of the visits that were enqueued at or after `since` and have ended, by queue id. */
export function sumVisits(
  records: Iterable<CallRecord>,
  since: string,
  targetsMs: Readonly<Record<string, number>>,
): readonly QueueTotals[] {
  const start = Date.parse(since)
  const byQueue = new Map<string, Sums>()
  for (const { visits } of records) {
    for (const visit of visits) {
      if (visit.outcome === null || Date.parse(visit.enqueuedAt) < start) continue
      const sums = byQueue.get(visit.queueId) ?? nothing(visit.queueId)
      byQueue.set(visit.queueId, sums)
      add(sums, visit, targetsMs[visit.queueId])
    }
  }
  return [...byQueue.values()].sort((a, b) => (a.queueId < b.queueId ? -1 : 1))
}

/** Every ended visit was offered. Without a target nothing is answered in target. */
function add(sums: Sums, { outcome, waitMs }: VisitRecord, targetMs: number | undefined): void {
  sums.offered += 1
  sums.longestWaitMs = Math.max(sums.longestWaitMs, waitMs)
  switch (outcome) {
    case 'answered':
      sums.answered += 1
      sums.answeredWaitMs += waitMs
      if (targetMs !== undefined && waitMs <= targetMs) sums.answeredInTarget += 1
      break
    case 'abandoned':
      sums.abandoned += 1
      if (waitMs < shortAbandonMs) sums.shortAbandoned += 1
      break
    case 'flowOut':
      sums.flowOut += 1
      break
    case 'full':
    case 'closed':
    case 'empty':
    case 'failed':
      sums.rejected += 1
      break
    case null:
      break
  }
}

function nothing(queueId: string): Sums {
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
