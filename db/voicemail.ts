/** Messages that callers have left. There are few of them, and nobody waits for one: a row each, plainly. */
import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { VoicemailStore } from '../engine/ports/store.ts'
import { jsonText } from './columns.ts'
import type { Connection } from './connection.ts'
import { voicemail } from './schema.ts'

/** @param checkOwnership throws EngineError `store.unavailable` when this process may not write at the moment */
export function createVoicemail(connection: Connection, tenant: string, checkOwnership: () => void): VoicemailStore {
  return {
    async save(records) {
      checkOwnership()
      // The last word on a message counts: one statement can't write the same row twice.
      const latest = [...new Map(records.map(record => [record.messageId, record])).values()]
      if (latest.length === 0) return
      const rows = latest.map(record => ({
        tenant,
        messageId: record.messageId,
        mailboxId: record.mailboxId,
        heard: record.heardAt !== null,
        bytes: record.bytes,
        record: sql`${jsonText(record)}::text::jsonb`,
      }))
      await connection.run(({ db }) =>
        db
          .insert(voicemail)
          .values(rows)
          .onConflictDoUpdate({
            target: [voicemail.tenant, voicemail.messageId],
            set: { heard: sql`excluded.heard`, bytes: sql`excluded.bytes`, record: sql`excluded.record` },
          }),
      )
    },
    async list({ limit, before, mailboxIds, unheard }) {
      if (mailboxIds?.length === 0) return []
      const rows = await connection.run(({ db }) =>
        db
          .select({ record: voicemail.record })
          .from(voicemail)
          .where(
            and(
              eq(voicemail.tenant, tenant),
              before === undefined ? undefined : lt(voicemail.messageId, before),
              mailboxIds === undefined ? undefined : inArray(voicemail.mailboxId, [...mailboxIds]),
              unheard === undefined ? undefined : eq(voicemail.heard, !unheard),
            ),
          )
          .orderBy(desc(voicemail.messageId))
          .limit(limit),
      )
      return rows.map(({ record }) => record)
    },
    async get(messageId) {
      const [row] = await connection.run(({ db }) =>
        db
          .select({ record: voicemail.record })
          .from(voicemail)
          .where(and(eq(voicemail.tenant, tenant), eq(voicemail.messageId, messageId))),
      )
      return row?.record ?? null
    },
    async remove(messageIds) {
      checkOwnership()
      if (messageIds.length === 0) return
      await connection.run(({ db }) =>
        db.delete(voicemail).where(and(eq(voicemail.tenant, tenant), inArray(voicemail.messageId, [...messageIds]))),
      )
    },
    async totals() {
      return connection.run(({ db }) =>
        db
          .select({
            mailboxId: voicemail.mailboxId,
            messages: sql<number>`count(*)::int`,
            unheard: sql<number>`(count(*) filter (where not ${voicemail.heard}))::int`,
            bytes: sql<number>`sum(${voicemail.bytes})::float8`,
          })
          .from(voicemail)
          .where(eq(voicemail.tenant, tenant))
          .groupBy(voicemail.mailboxId),
      )
    },
  }
}
