/** Ended calls and agent sessions. A call is written by one statement, together with others that ended about then. */
import { and, asc, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { CallQuery } from '../engine/ports/store.ts'
import type { AgentSessionRecord, CallRecord, VisitRecord } from '../engine/records.ts'
import { type Column, insertOf, parametersOf, sourceOf, upsertOf } from './columns.ts'
import type { Connection } from './connection.ts'
import { packLines, unpackLinesAside } from './lines.ts'
import { callAgents, callBatches, callLegs, calls, visits } from './schema.ts'

/** Calls in one statement: about 1 ms of work for the thread that also signals. */
const callsPerBatch = 50

export interface Calls {
  /** Each batch is atomic; after a failure the whole is simply saved again. */
  save(records: readonly CallRecord[]): Promise<void>
  saveSessions(records: readonly AgentSessionRecord[]): Promise<void>
  list(query: CallQuery): Promise<readonly CallRecord[]>
  get(callId: string): Promise<CallRecord | null>
  /** Deletes the oldest batch if all its calls ended before an instant, and some old sessions. Whether there may be more. */
  forget(before: string): Promise<boolean>
}

interface VisitRow extends VisitRecord {
  readonly callId: string
}

interface AgentRow {
  readonly callId: string
  readonly agentId: string
}

interface LegRow {
  readonly callId: string
  readonly sipCallId: string
}

const callColumns: readonly Column<CallRecord>[] = [
  { name: 'call_id', type: 'text', value: call => call.callId },
  { name: 'arrived_at', type: 'timestamptz', value: call => call.arrivedAt },
  { name: 'ended_at', type: 'timestamptz', value: call => call.endedAt },
]

const visitColumns: readonly Column<VisitRow>[] = [
  { name: 'queue_id', type: 'text', value: visit => visit.queueId },
  { name: 'call_id', type: 'text', value: visit => visit.callId },
  { name: 'visit_id', type: 'text', value: visit => visit.visitId },
  { name: 'enqueued_at', type: 'timestamptz', value: visit => visit.enqueuedAt },
  { name: 'ended_at', type: 'timestamptz', value: visit => visit.endedAt },
  { name: 'wait_ms', type: 'integer', value: visit => visit.waitMs },
  // The visit of a callback counts in no sums: who is called back was offered to the queue once, when he called.
  { name: 'outcome', type: 'text', value: visit => (visit.callbackId === undefined ? visit.outcome : null) },
  { name: 'agent_id', type: 'text', value: visit => visit.agentId },
]

const agentColumns: readonly Column<AgentRow>[] = [
  { name: 'agent_id', type: 'text', value: row => row.agentId },
  { name: 'call_id', type: 'text', value: row => row.callId },
]

const legColumns: readonly Column<LegRow>[] = [
  { name: 'sip_call_id', type: 'text', value: row => row.sipCallId },
  { name: 'call_id', type: 'text', value: row => row.callId },
]

/** In UTF-16 units, of at most three bytes each: far below the 2,700 bytes that a row of the index bears. */
const longestSipCallId = 256

const sessionColumns: readonly Column<AgentSessionRecord>[] = [
  { name: 'session_id', type: 'text', value: session => session.sessionId },
  { name: 'agent_id', type: 'text', value: session => session.agentId },
  { name: 'started_at', type: 'timestamptz', value: session => session.startedAt },
  { name: 'ended_at', type: 'timestamptz', value: session => session.endedAt },
  { name: 'end_reason', type: 'text', value: session => session.endReason },
]

/** $1 tenant, $2–$3 the records, $4–$6 calls ($4 are their ids), $7–$14 visits, $15–$16 agents, $17–$18 legs. */
const writeCalls = `with batch as (
  insert into call_batches (tenant, encoding, records) values ($1, $2, $3::bytea) returning batch_id
), written as (
  ${upsertOf('calls', callColumns, ['call_id'], 4, { batch_id: '(select batch_id from batch)' })}
), visited as (
  ${upsertOf('visits', visitColumns, ['queue_id', 'call_id', 'visit_id'], 7)}
), involved as (
  ${insertOf('call_agents', agentColumns, 15)} on conflict do nothing
), carried as (
  ${insertOf('call_legs', legColumns, 17)} on conflict do nothing
), gone as (
  delete from checkpoints where tenant = $1 and kind = 'call' and id = any(string_to_array($4::text, E'\\x1f'))
) select 1`

const visitKeys = visitColumns.slice(0, 3)

/**
 * $1 tenant, $2 the batch, $3 ids of its calls, $4–$6 keys of their visits, $7–$8 of their agents, $9–$10 of their legs. A call that was saved
 * again counts where it is now, and goes with that batch.
 */
const deleteBatch = `with batch as (
  delete from call_batches where tenant = $1 and batch_id = $2::text::bigint
), gone as (
  delete from calls where tenant = $1 and batch_id = $2::text::bigint
  and call_id = any(string_to_array($3::text, E'\\x1f')) returning call_id
), unvisited as (
  delete from visits where (tenant, queue_id, call_id, visit_id) in (${sourceOf(visitKeys, 4)})
  and call_id in (select call_id from gone)
), uninvolved as (
  delete from call_agents where (tenant, agent_id, call_id) in (${sourceOf(agentColumns, 7)})
  and call_id in (select call_id from gone)
), uncarried as (
  delete from call_legs where (tenant, sip_call_id, call_id) in (${sourceOf(legColumns, 9)})
  and call_id in (select call_id from gone)
) select 1`

/** Ids of sessions sort by time, so the first ones are the oldest. */
const deleteSessions = `with oldest as (
  select session_id, ended_at from agent_sessions where tenant = $1 order by session_id limit 200
), gone as (
  delete from agent_sessions where tenant = $1 and session_id in (
    select session_id from oldest where ended_at < $2::text::timestamptz
  ) returning 1
) select count(*)::int as gone from gone`

const writeSessions = upsertOf('agent_sessions', sessionColumns, ['session_id'], 2)

export function createCalls(connection: Connection, tenant: string): Calls {
  /** The ids of calls that have a row in `table` as `condition` asks; a page of the newest if nothing else filters. */
  function idsIn(table: PgTable, tenantOf: PgColumn, idOf: PgColumn, condition: SQL, query: CallQuery): SQL {
    const page = and(eq(tenantOf, tenant), condition, query.before === undefined ? undefined : lt(idOf, query.before))
    const filters = [query.queueId, query.agentId, query.sipCallId].filter(filter => filter !== undefined)
    const alone = filters.length === 1
    const newest = alone ? sql`order by ${idOf} desc limit ${query.limit}` : sql``
    return sql`(select distinct ${idOf} from ${table} where ${page} ${newest})`
  }

  async function saveBatch(records: readonly CallRecord[]): Promise<void> {
    const { encoding, bytes } = packLines(records.map(record => JSON.stringify(record)))
    await connection.query(writeCalls, [
      tenant,
      encoding,
      bytes,
      ...parametersOf(callColumns, records),
      ...parametersOf(visitColumns, records.flatMap(visitsOf)),
      ...parametersOf(agentColumns, records.flatMap(agentsOf)),
      ...parametersOf(legColumns, records.flatMap(legsOf)),
    ])
  }

  /** Of a long Call-ID only the beginning is compared. */
  function rowsOf(query: CallQuery) {
    const { queueId, agentId, sipCallId, before, limit } = query
    return connection.run(({ db }) =>
      db
        .select({ callId: calls.callId, batchId: calls.batchId })
        .from(calls)
        .where(
          and(
            eq(calls.tenant, tenant),
            before === undefined ? undefined : lt(calls.callId, before),
            queueId === undefined
              ? undefined
              : sql`${calls.callId} in ${idsIn(visits, visits.tenant, visits.callId, eq(visits.queueId, queueId), query)}`,
            agentId === undefined
              ? undefined
              : sql`${calls.callId} in ${idsIn(callAgents, callAgents.tenant, callAgents.callId, eq(callAgents.agentId, agentId), query)}`,
            sipCallId === undefined
              ? undefined
              : sql`${calls.callId} in ${idsIn(callLegs, callLegs.tenant, callLegs.callId, eq(callLegs.sipCallId, sipCallId.slice(0, longestSipCallId)), query)}`,
          ),
        )
        .orderBy(desc(calls.callId))
        .limit(limit),
    )
  }

  /** The records behind rows of `calls`, in the order of the rows. */
  async function load(found: readonly { readonly callId: string; readonly batchId: number }[]): Promise<CallRecord[]> {
    if (found.length === 0) return []
    const wanted = Map.groupBy(found, ({ batchId }) => batchId)
    const batches = await connection.run(({ db }) =>
      db
        .select()
        .from(callBatches)
        .where(and(eq(callBatches.tenant, tenant), inArray(callBatches.batchId, [...wanted.keys()]))),
    )
    const records = new Map<string, CallRecord>()
    for (const { batchId, encoding, records: bytes } of batches) {
      const ids = (wanted.get(batchId) ?? []).map(({ callId }) => callId)
      for (const line of await unpackLinesAside({ encoding, bytes })) {
        // A line may name a call without being its record; only what may be wanted is worth parsing.
        if (!ids.some(id => line.includes(id))) continue
        const record = JSON.parse(line) as CallRecord
        if (ids.includes(record.callId)) records.set(record.callId, record)
      }
    }
    return found.flatMap(({ callId }) => records.get(callId) ?? [])
  }

  /** Batches are numbered as they were written, so the first one is the oldest. */
  async function forgetBatch(before: string): Promise<boolean> {
    const [oldest] = await connection.run(({ db }) =>
      db.select().from(callBatches).where(eq(callBatches.tenant, tenant)).orderBy(asc(callBatches.batchId)).limit(1),
    )
    if (oldest === undefined) return false
    const { batchId, encoding, records: bytes } = oldest
    const records = (await unpackLinesAside({ encoding, bytes })).map(line => JSON.parse(line) as CallRecord)
    if (records.some(({ endedAt, arrivedAt }) => (endedAt ?? arrivedAt) >= before)) return false
    const [callIds = ''] = parametersOf(callColumns.slice(0, 1), records)
    await connection.query(deleteBatch, [
      tenant,
      String(batchId),
      callIds,
      ...parametersOf(visitKeys, records.flatMap(visitsOf)),
      ...parametersOf(agentColumns, records.flatMap(agentsOf)),
      ...parametersOf(legColumns, records.flatMap(legsOf)),
    ])
    return true
  }

  return {
    async save(records) {
      // The last word on a call counts: one statement can't write the same row twice.
      const latest = [...new Map(records.map(record => [record.callId, record])).values()]
      for (let first = 0; first < latest.length; first += callsPerBatch) {
        await saveBatch(latest.slice(first, first + callsPerBatch))
      }
    },

    async saveSessions(records) {
      if (records.length === 0) return
      const latest = [...new Map(records.map(record => [record.sessionId, record])).values()]
      await connection.query(writeSessions, [tenant, ...parametersOf(sessionColumns, latest)])
    },

    async list(query) {
      const { sipCallId, limit } = query
      const found: CallRecord[] = []
      let { before } = query
      for (;;) {
        const rows = await rowsOf({ ...query, ...(before === undefined ? {} : { before }) })
        const records = await load(rows)
        found.push(...records.filter(record => sipCallId === undefined || legIdsOf(record).includes(sipCallId)))
        // Others with the same beginning may have filled the page.
        if (rows.length < limit || found.length >= limit) return found.slice(0, limit)
        before = rows.at(-1)?.callId
      }
    },

    async get(callId) {
      const rows = await connection.run(({ db }) =>
        db
          .select({ callId: calls.callId, batchId: calls.batchId })
          .from(calls)
          .where(and(eq(calls.tenant, tenant), eq(calls.callId, callId))),
      )
      return (await load(rows))[0] ?? null
    },

    async forget(before) {
      const [sessions] = await connection.query(deleteSessions, [tenant, before])
      const more = await forgetBatch(before)
      return more || sessions?.gone === 200
    },
  }
}

function visitsOf({ callId, visits: found }: CallRecord): VisitRow[] {
  return found.map(visit => ({ ...visit, callId }))
}

function agentsOf({ callId, fromAgentId, visits: found, segments }: CallRecord): AgentRow[] {
  const agents = new Set(segments.map(({ agentId }) => agentId))
  for (const { offers } of found) for (const { agentId } of offers) agents.add(agentId)
  if (fromAgentId !== null) agents.add(fromAgentId)
  return [...agents].map(agentId => ({ callId, agentId }))
}

function legIdsOf({ sipCallId, legs = [] }: CallRecord): readonly string[] {
  return [sipCallId, ...legs.map(leg => leg.sipCallId)]
}

function legsOf(call: CallRecord): LegRow[] {
  const beginnings = new Set(legIdsOf(call).map(it => it.slice(0, longestSipCallId)))
  // A call that came without SIP has none.
  beginnings.delete('')
  return [...beginnings].map(sipCallId => ({ callId: call.callId, sipCallId }))
}
