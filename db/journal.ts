/**
 * The journal in SQL: one statement and one row per group of events, whatever the group holds. Data-modifying CTEs
 * make events and checkpoints one transaction without BEGIN and COMMIT, which on PGlite would be two more passes
 * through its socket (~0.2 ms each).
 */
import { and, asc, desc, eq, gt, gte, lt, lte, max, min, type SQL, sql } from 'drizzle-orm'
import type { AnyEvent } from '../engine/events.ts'
import type { Checkpoint, EventQuery, JournalGroup, StoreHead } from '../engine/ports/store.ts'
import { type Column, jsonText, parametersOf, sourceOf, upsertOf } from './columns.ts'
import type { Connection } from './connection.ts'
import { eventOf, lineOf } from './event-line.ts'
import { type PackedLines, packLines, unpackLines, unpackLinesAside } from './lines.ts'
import { checkpoints, journal, journalCalls } from './schema.ts'
import { createSequenceNote } from './sequence-note.ts'

/** Bounds of what is forgotten at once: a few ms of work here and in the database. */
const forgottenRows = 20
const forgottenEvents = 2_000
/** Bounds of what one read fetches at once. */
const eventsPerPage = 2_000
const rowsPerPage = 50

export interface Journal {
  readHead(): Promise<StoreHead>
  append(group: JournalGroup): Promise<void>
  readEvents(query: EventQuery): Promise<readonly AnyEvent[]>
  oldestCursor(): Promise<number>
  /** Deletes some of the oldest groups that ended before an instant, never the last one. Whether there may be more. */
  forget(before: string): Promise<boolean>
}

const callColumns: readonly Column<string>[] = [{ name: 'call_id', type: 'text', value: callId => callId }]

const checkpointColumns: readonly Column<Checkpoint>[] = [
  { name: 'kind', type: 'text', value: checkpoint => checkpoint.kind },
  { name: 'id', type: 'text', value: checkpoint => checkpoint.id },
  { name: 'state', type: 'jsonb', value: checkpoint => checkpoint.state && jsonText(checkpoint.state) },
]
const keyColumns = checkpointColumns.slice(0, 2)

/** $1 tenant, $2–$6 the group, $7 the calls that it belongs to. A retry after a lost answer finds its row there. */
const insertGroup = `with written as (
  insert into journal (tenant, first_cursor, last_cursor, time, encoding, events)
  values ($1, $2::text::bigint, $3::text::bigint, $4::text::timestamptz, $5, $6::bytea)
  on conflict do nothing returning 1
), named as (
  insert into journal_calls (tenant, call_id, first_cursor)
  select tenant, call_id, $2::text::bigint from (${sourceOf(callColumns, 7)}) as calls
  where exists (select 1 from written) on conflict do nothing
)`
/** $first to $first+2 what is kept, $first+3 and $first+4 the keys of what is deleted. */
const changeCheckpoints = (first: number) => `
kept as (${upsertOf('checkpoints', checkpointColumns, ['kind', 'id'], first)}),
gone as (delete from checkpoints where (tenant, kind, id) in (${sourceOf(keyColumns, first + 3)}))`

interface NamedRow {
  readonly callId: string
  readonly firstCursor: number
}

const namedColumns: readonly Column<NamedRow>[] = [
  { name: 'call_id', type: 'text', value: row => row.callId },
  { name: 'first_cursor', type: 'bigint', value: row => row.firstCursor },
]

/** $1 tenant, $2 first cursors, $3–$4 the calls that the groups are named by: their key begins with the call. */
const deleteGroups = `with groups as (
  delete from journal where tenant = $1 and first_cursor = any(string_to_array($2::text, E'\\x1f')::bigint[])
), named as (
  delete from journal_calls where (tenant, call_id, first_cursor) in (${sourceOf(namedColumns, 3)})
) select 1`

const writeEvents = `${insertGroup} select count(*)::int as written from written`
const writeBoth = `${insertGroup}, ${changeCheckpoints(8)} select count(*)::int as written from written`
const writeCheckpoints = `with ${changeCheckpoints(2)} select 1`

export function createJournal(connection: Connection, tenant: string): Journal {
  const source = `/tenants/${tenant}`
  const note = createSequenceNote(connection, tenant)
  /** The highest cursor that is known to be written; after a failure that is not known. */
  let written = 0
  let certain = true
  let last: Promise<unknown> = Promise.resolve()

  async function readLast(): Promise<number> {
    const rows = await connection.run(({ db }) =>
      db
        .select({ cursor: journal.lastCursor })
        .from(journal)
        .where(eq(journal.tenant, tenant))
        .orderBy(desc(journal.firstCursor))
        .limit(1),
    )
    return rows[0]?.cursor ?? 0
  }

  /** False when a row with the same first cursor is there already; then no event was written. */
  async function write(events: readonly AnyEvent[], changes: readonly Checkpoint[]): Promise<boolean> {
    const checkpointParameters = changes.length === 0 ? [] : parametersOfCheckpoints(changes)
    if (events.length === 0) {
      if (changes.length > 0) await connection.query(writeCheckpoints, [tenant, ...checkpointParameters])
      return true
    }
    const { encoding, bytes } = packLines(events.map(lineOf))
    const calls = new Set<string>()
    for (const { correlationid } of events) if (correlationid !== undefined) calls.add(correlationid)
    const rows = await connection.query(changes.length === 0 ? writeEvents : writeBoth, [
      tenant,
      String(cursorOf(events[0])),
      String(cursorOf(events.at(-1))),
      events.at(-1)?.time ?? '',
      encoding,
      bytes,
      ...parametersOf(callColumns, [...calls]),
      ...checkpointParameters,
    ])
    return rows[0]?.written === 1
  }

  async function append({ events, checkpoints: changes }: JournalGroup): Promise<void> {
    if (!certain) written = await readLast()
    certain = false
    let rest = after(events, written)
    while (!(await write(rest, changes))) {
      // An earlier attempt, whose answer was lost, has come through after we looked. Its row has the same first cursor,
      // so there is less left each time.
      written = await readLast()
      rest = after(rest, written)
    }
    written = Math.max(written, cursorOf(rest.at(-1)))
    certain = true
    await note.wrote(rest, written)
  }

  return {
    async readHead() {
      const kept = await connection.run(({ db }) => db.select().from(checkpoints).where(eq(checkpoints.tenant, tenant)))
      written = await readLast()
      const notedAt = await note.read()
      for (let cursor = notedAt; cursor < written; ) {
        const page = await readFrom(cursor, eventsPerPage)
        for (const group of page) note.add(eventsIn(group, '"agent/'))
        cursor = page.at(-1)?.lastCursor ?? written
      }
      return {
        cursor: written,
        checkpoints: kept.map(({ kind, id, state }) => ({ kind, id, state })),
        agentSequences: note.sequences(),
      }
    },

    append(group) {
      // One at a time: what is written already is known only when the group before has its answer.
      const turn = last.then(() => append(group))
      last = turn.catch(() => undefined)
      return turn
    },

    async readEvents({ after: start, limit, callId, subject, upTo = Number.POSITIVE_INFINITY }) {
      const found: AnyEvent[] = []
      const part = callId ?? (subject === undefined ? undefined : JSON.stringify(subject))
      let cursor = start
      while (found.length < limit && cursor < upTo) {
        const missing = subject === undefined ? limit - found.length : eventsPerPage
        const page = await (callId === undefined ? readFrom(cursor, missing) : readCall(callId, cursor, missing))
        for (const group of page) {
          // Who looks through a long stretch lets signalling go on in between.
          const lines = subject === undefined ? unpackLines(packed(group)) : await unpackLinesAside(packed(group))
          for (const event of after(eventsOf(lines, part), cursor).filter(isOf(callId)))
            if (cursorOf(event) <= upTo && (subject === undefined || event.subject === subject)) found.push(event)
        }
        const end = page.at(-1)?.lastCursor
        if (end === undefined) break
        cursor = end
      }
      return found.slice(0, limit)
    },

    async oldestCursor() {
      const rows = await connection.run(({ db }) =>
        db
          .select({ cursor: min(journal.firstCursor) })
          .from(journal)
          .where(eq(journal.tenant, tenant)),
      )
      return rows[0]?.cursor ?? 0
    },

    async forget(before) {
      const oldest = await connection.run(({ db }) => {
        const last = db
          .select({ cursor: max(journal.firstCursor) })
          .from(journal)
          .where(eq(journal.tenant, tenant))
        return db
          .select()
          .from(journal)
          .where(and(eq(journal.tenant, tenant), lt(journal.firstCursor, sql`(${last})`)))
          .orderBy(asc(journal.firstCursor))
          .limit(forgottenRows)
      })
      const limit = new Date(before).getTime()
      const named: NamedRow[] = []
      const firstCursors: number[] = []
      let end = 0
      let events = 0
      for (const row of oldest) {
        if (row.time.getTime() >= limit || events >= forgottenEvents) break
        for (const callId of await callsIn(row)) named.push({ callId, firstCursor: row.firstCursor })
        firstCursors.push(row.firstCursor)
        end = row.lastCursor
        events += row.lastCursor - row.firstCursor + 1
      }
      if (firstCursors.length === 0) return false
      // The next opening reads agents' sequences from the last note on: what is deleted has to be in it.
      await note.keep(end, written)
      await connection.query(deleteGroups, [tenant, firstCursors.join('\u001f'), ...parametersOf(namedColumns, named)])
      return true
    },
  }

  async function callsIn({ encoding, events }: typeof journal.$inferSelect): Promise<ReadonlySet<string>> {
    const lines = await unpackLinesAside({ encoding, bytes: events })
    return new Set(lines.map(line => eventOf(line, source).correlationid).filter(callId => callId !== undefined))
  }

  function eventsOf(lines: readonly string[], part = ''): AnyEvent[] {
    return lines.filter(line => line.includes(part)).map(line => eventOf(line, source))
  }

  /** The events of a row whose lines contain `part`; all without it. */
  function eventsIn(row: typeof journal.$inferSelect, part = ''): AnyEvent[] {
    return eventsOf(unpackLines(packed(row)), part)
  }

  /**
   * The rows of about `count` events after a cursor: the row that it may lie in, those that begin within reach, and in
   * any case the next one, should there be a gap. None at the journal's end.
   */
  function readFrom(cursor: number, count: number) {
    const reach = cursor + Math.min(count, eventsPerPage)
    return connection.run(({ db }) => {
      const bound = (of: typeof max | typeof min, side: SQL) =>
        db
          .select({ cursor: of(journal.firstCursor) })
          .from(journal)
          .where(and(eq(journal.tenant, tenant), side))
      const within = bound(max, lte(journal.firstCursor, cursor))
      const next = bound(min, gt(journal.firstCursor, cursor))
      return db
        .select()
        .from(journal)
        .where(
          and(
            eq(journal.tenant, tenant),
            gte(journal.firstCursor, sql`coalesce((${within}), 0)`),
            lte(journal.firstCursor, sql`greatest(${reach}::bigint, (${next}))`),
            gt(journal.lastCursor, cursor),
          ),
        )
        .orderBy(asc(journal.firstCursor))
    })
  }

  /** At most `count` rows with events of a call; each has at least one, save the first, whose may lie before. */
  function readCall(callId: string, cursor: number, count: number) {
    const sameRow = and(eq(journal.tenant, journalCalls.tenant), eq(journal.firstCursor, journalCalls.firstCursor))
    return connection.run(async ({ db }) => {
      const rows = await db
        .select({ group: journal })
        .from(journalCalls)
        .innerJoin(journal, sameRow)
        .where(and(eq(journalCalls.tenant, tenant), eq(journalCalls.callId, callId), gt(journal.lastCursor, cursor)))
        .orderBy(asc(journalCalls.firstCursor))
        .limit(Math.min(count, rowsPerPage))
      return rows.map(({ group }) => group)
    })
  }
}

function packed({ encoding, events }: Pick<typeof journal.$inferSelect, 'encoding' | 'events'>): PackedLines {
  return { encoding, bytes: events }
}

function cursorOf(event: AnyEvent | undefined): number {
  return Number(event?.cursor ?? 0)
}

function after(events: readonly AnyEvent[], cursor: number): readonly AnyEvent[] {
  return events.length > 0 && cursorOf(events[0]) > cursor ? events : events.filter(event => cursorOf(event) > cursor)
}

function isOf(callId: string | undefined): (event: AnyEvent) => boolean {
  return callId === undefined ? () => true : event => event.correlationid === callId
}

/** The last word on a checkpoint counts: one statement can't write the same row twice. */
function parametersOfCheckpoints(changes: readonly Checkpoint[]): string[] {
  const latest = [...new Map(changes.map(change => [`${change.kind} ${change.id}`, change])).values()]
  return [
    ...parametersOf(
      checkpointColumns,
      latest.filter(({ state }) => state !== null),
    ),
    ...parametersOf(
      keyColumns,
      latest.filter(({ state }) => state === null),
    ),
  ]
}
