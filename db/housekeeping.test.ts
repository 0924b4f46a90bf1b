/** Whether the space of all rows that are deleted by age is looked after. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Logger } from '../engine/ports/logger.ts'
import { callEvent, callRecord, idOf, instant, sessionRecord } from '../test/contract/records.ts'
import { createConnection } from './connection.ts'
import { agingTables, noHousekeeping } from './housekeeping.ts'
import { createPgliteServer } from './pglite-server.ts'
import { createSqlStore, migrateDatabase } from './sql-store.ts'

const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => logger,
}
const folder = mkdtempSync(join(tmpdir(), 'strowger-test-'))
const server = createPgliteServer(folder, logger)
const connection = createConnection({
  place: 'The database',
  connect: () =>
    postgres({
      path: server.socketPath,
      ssl: false,
      username: 'postgres',
      database: 'postgres',
      max: 1,
      onnotice() {},
    }),
  deadlineMs: 30_000,
})

beforeAll(async () => {
  await server.start()
  await connection.run(({ client }) => migrateDatabase(client))
})
afterAll(async () => {
  await connection.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Each table notes that rows of it were deleted. */
const noteDeletions = `
  create table deletions (name text not null);
  create function note() returns trigger language plpgsql as 'begin insert into deletions values (tg_table_name); return null; end';
  do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'deletions' loop
      execute format('create trigger note after delete on %I for each row execute function note()', name);
    end loop;
  end $$`

it('cleans every table that deletion by age touches, and no others', async () => {
  const store = createSqlStore(
    {
      kind: 'pglite',
      connection,
      housekeeping: noHousekeeping,
      open: async () => undefined,
      checkOwnership: () => undefined,
      close: async () => undefined,
    },
    'default',
  )
  await store.open()
  for (const cursor of [1, 2, 3]) await store.append({ events: [callEvent({ cursor }, idOf(cursor))], checkpoints: [] })
  const visit = { queueId: 'support', outcome: 'answered', waitMs: 4, enqueuedMs: 10, offeredTo: ['ada'] } as const
  await store.saveCalls([callRecord(1, [visit])])
  await store.saveSessions([sessionRecord(1, instant(5))])
  await connection.run(({ client }) => client.unsafe(noteDeletions).simple())
  while (await store.forget({ eventsBefore: instant(100_000), callsBefore: instant(100_000) }));
  // Messages go with their recordings, whose age the engine knows.
  const { ani, dnis } = callRecord(1, [])
  const heard = {
    receivedAt: instant(1),
    durationMs: 1,
    bytes: 1,
    endedBy: 'hangup',
    heardAt: null,
    heardBy: null,
  } as const
  const messageId = idOf(7)
  await store.voicemail.save([
    { messageId, tenant: 'default', mailboxId: 'a', callId: idOf(1), queueId: null, ani, dnis, ...heard },
  ])
  await store.voicemail.remove([messageId])
  const touched = await connection.query('select distinct name from deletions', [])
  expect(touched.map(({ name }) => name).sort()).toEqual([...agingTables].sort())
})
