/**
 * The highest sequence of every agent, noted once in a while. Opening then reads only the journal since the last note:
 * an index for this one question would cost every event.
 */
import { and, eq } from 'drizzle-orm'
import type { AnyEvent } from '../engine/events.ts'
import type { Connection } from './connection.ts'
import { meta } from './schema.ts'

const everyEvents = 4_096
/** A note holds every agent, so many agents are noted less often: what a note costs an event must not grow with them. */
const eventsPerAgent = 8
const key = 'agentSequences'

interface Note {
  readonly cursor: number
  readonly sequences: Readonly<Record<string, number>>
}

export interface SequenceNote {
  /** Reads the last note. Resolves to its cursor: events after it have to be added. */
  read(): Promise<number>
  add(events: readonly AnyEvent[]): void
  /** Adds events that are written, up to `cursor`, and notes what is known if it is time to. Never rejects. */
  wrote(events: readonly AnyEvent[], cursor: number): Promise<void>
  /** Notes what is known up to `cursor`, if the last note doesn't reach `needed`. */
  keep(needed: number, cursor: number): Promise<void>
  sequences(): ReadonlyMap<string, number>
}

export function createSequenceNote(connection: Connection, tenant: string): SequenceNote {
  const highest = new Map<string, number>()
  let notedAt = 0

  function add(events: readonly AnyEvent[]): void {
    for (const { subject, sequence } of events) {
      if (!subject.startsWith('agent/')) continue
      highest.set(subject, Math.max(highest.get(subject) ?? 0, Number(sequence)))
    }
  }

  async function save(cursor: number): Promise<void> {
    const value: Note = { cursor, sequences: Object.fromEntries(highest) }
    await connection.run(({ db }) =>
      db
        .insert(meta)
        .values({ tenant, key, value })
        .onConflictDoUpdate({ target: [meta.tenant, meta.key], set: { value } }),
    )
    notedAt = cursor
  }

  return {
    async read() {
      const rows = await connection.run(({ db }) =>
        db
          .select({ value: meta.value })
          .from(meta)
          .where(and(eq(meta.tenant, tenant), eq(meta.key, key))),
      )
      const note = rows[0]?.value as Note | undefined
      for (const [subject, sequence] of Object.entries(note?.sequences ?? {})) highest.set(subject, sequence)
      notedAt = note?.cursor ?? 0
      return notedAt
    },
    add,
    async wrote(events, cursor) {
      add(events)
      // Only a shortcut for the next opening: if it fails, the next group tries again.
      if (cursor - notedAt >= Math.max(everyEvents, eventsPerAgent * highest.size))
        await save(cursor).catch(() => undefined)
    },
    async keep(needed, cursor) {
      if (notedAt < needed) await save(cursor)
    },
    sequences: () => new Map(highest),
  }
}
