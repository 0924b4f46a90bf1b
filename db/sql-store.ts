/** The Store over a PostgreSQL-speaking connection: PGlite and PostgreSQL differ only in how they are opened. */
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import type { Store } from '../engine/ports/store.ts'
import { createCalls } from './calls.ts'
import { loadCenter, saveCenter } from './centers.ts'
import type { Client, Connection } from './connection.ts'
import type { Housekeeping } from './housekeeping.ts'
import { createJournal } from './journal.ts'
import { sumQueues } from './totals.ts'
import { createVoicemail } from './voicemail.ts'

/** What is particular to one kind of database. */
export interface SqlBackend {
  readonly kind: 'pglite' | 'postgres'
  readonly connection: Connection
  readonly housekeeping: Housekeeping
  /** Starts what has to be started, takes the lock, migrates. @throws EngineError */
  open(): Promise<void>
  /** @throws EngineError `store.unavailable` when this process may not write at the moment. */
  checkOwnership(): void
  close(): Promise<void>
}

export function createSqlStore(backend: SqlBackend, tenant: string): Store {
  const { connection, housekeeping, kind } = backend
  const journal = createJournal(connection, tenant)
  const calls = createCalls(connection, tenant)
  /** Rows were deleted since the last cleaning. */
  let hasForgotten = false

  return {
    kind,
    async open() {
      try {
        await backend.open()
        return await journal.readHead()
      } catch (error) {
        await backend.close()
        throw error
      }
    },
    async append(group) {
      backend.checkOwnership()
      await journal.append(group)
      housekeeping.wrote(group.events.length)
    },
    readEvents: query => journal.readEvents(query),
    oldestCursor: () => journal.oldestCursor(),
    async saveCalls(records) {
      backend.checkOwnership()
      await calls.save(records)
    },
    async saveSessions(records) {
      backend.checkOwnership()
      await calls.saveSessions(records)
    },
    listCalls: query => calls.list(query),
    getCall: callId => calls.get(callId),
    queueTotals: (since, targetsMs) => sumQueues(connection, tenant, since, targetsMs),
    async forget({ eventsBefore, callsBefore }) {
      backend.checkOwnership()
      const events = eventsBefore !== null && (await journal.forget(eventsBefore))
      const ended = callsBefore !== null && (await calls.forget(callsBefore))
      if (events || ended) hasForgotten = true
      else if (hasForgotten) {
        hasForgotten = false
        housekeeping.forgot()
      }
      return events || ended
    },
    voicemail: createVoicemail(connection, tenant, () => backend.checkOwnership()),
    loadCenter: () => loadCenter(connection, tenant),
    saveCenter: stored => saveCenter(connection, tenant, stored),
    close: () => backend.close(),
  }
}

/** Brings the tables up to date. `db/migrations` lies beside this file, in the sources and in the build. */
export async function migrateDatabase(client: Client): Promise<void> {
  await migrate(drizzle(client), { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
}
