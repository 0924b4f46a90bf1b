/** The sums of a queue's day, by the database. The in-memory store folds the same rules over its records. */
import type { QueueTotals } from '../engine/records.ts'
import type { Connection } from './connection.ts'

/**
 * Every ended visit was offered. A visit is short abandoned under 5 s (FEATURES, reporting); it counts as abandoned
 * too. A queue without a target has nothing answered in target. $1 tenant, $2 since, $3 targets by queue id.
 */
const sumVisits = `select queue_id,
  count(*)::int as offered,
  count(*) filter (where outcome = 'answered')::int as answered,
  count(*) filter (where outcome = 'answered' and wait_ms <= target_ms)::int as answered_in_target,
  count(*) filter (where outcome = 'abandoned')::int as abandoned,
  count(*) filter (where outcome = 'abandoned' and wait_ms < 5000)::int as short_abandoned,
  count(*) filter (where outcome = 'flowOut')::int as flow_out,
  count(*) filter (where outcome = 'callbackAccepted')::int as callback_accepted,
  count(*) filter (where outcome in ('full', 'closed', 'empty', 'failed'))::int as rejected,
  coalesce(sum(wait_ms) filter (where outcome = 'answered'), 0)::float8 as answered_wait_ms,
  max(wait_ms) as longest_wait_ms
from visits left join (select key, value::float8 as target_ms from jsonb_each_text($3::jsonb)) as targets on key = queue_id
where tenant = $1 and enqueued_at >= $2::timestamptz and outcome is not null
group by queue_id
order by queue_id`

export async function sumQueues(
  connection: Connection,
  tenant: string,
  since: string,
  targetsMs: Readonly<Record<string, number>>,
): Promise<readonly QueueTotals[]> {
  const rows = await connection.query(sumVisits, [tenant, since, JSON.stringify(targetsMs)])
  return rows.map(row => ({
    queueId: String(row.queue_id),
    offered: Number(row.offered),
    answered: Number(row.answered),
    answeredInTarget: Number(row.answered_in_target),
    abandoned: Number(row.abandoned),
    shortAbandoned: Number(row.short_abandoned),
    flowOut: Number(row.flow_out),
    callbackAccepted: Number(row.callback_accepted),
    rejected: Number(row.rejected),
    answeredWaitMs: Number(row.answered_wait_ms),
    longestWaitMs: Number(row.longest_wait_ms),
  }))
}
