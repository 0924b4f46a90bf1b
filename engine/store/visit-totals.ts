/** The sums of each queue's visits. The SQL store computes the same; the contract suite compares them. */
import type { CallRecord, QueueTotals } from '../records.ts'
import { addEndedVisit, noVisits, type VisitSums } from '../visit-sums.ts'

/** Sums of the visits that were enqueued at or after `since` and have ended, by queue id. */
export function sumVisits(
  records: Iterable<CallRecord>,
  since: string,
  targetsMs: Readonly<Record<string, number>>,
): readonly QueueTotals[] {
  const start = Date.parse(since)
  const byQueue = new Map<string, VisitSums>()
  for (const { visits } of records) {
    for (const { queueId, outcome, enqueuedAt, waitMs, callbackId } of visits) {
      // Who is called back was offered to the queue once, when he called.
      if (callbackId !== undefined) continue
      if (outcome === null || Date.parse(enqueuedAt) < start) continue
      const sums = byQueue.get(queueId) ?? noVisits(queueId)
      byQueue.set(queueId, sums)
      sums.offered += 1
      addEndedVisit(sums, { outcome, waitMs }, targetsMs[queueId])
    }
  }
  return [...byQueue.values()].sort((a, b) => (a.queueId < b.queueId ? -1 : 1))
}
