/** Opens the database that a URL names: embedded PostgreSQL (PGlite), PostgreSQL, or memory. */
import postgres from 'postgres'
import type { AccountStore } from '../engine/ports/accounts.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { Store } from '../engine/ports/store.ts'
import { createMemoryStore } from '../engine/store/memory-store.ts'
import { createAccounts } from './accounts.ts'
import { asStoreError, type ClientOptions, createConnection } from './connection.ts'
import { createHousekeeping, noHousekeeping } from './housekeeping.ts'
import { createMemoryAccounts } from './memory-accounts.ts'
import { createPgliteServer } from './pglite-server.ts'
import { createSqlStore, migrateDatabase, type SqlBackend } from './sql-store.ts'
import { createTenantLock } from './tenant-lock.ts'
import { parseDatabaseUrl } from './url.ts'

export interface Database {
  /** Not open yet: `store.open()` connects, migrates and takes the lock. */
  readonly store: Store
  /** Usable once the store is open. */
  readonly accounts: AccountStore
  /** The same as `store.close()`; harmless when called again. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly tenant: string
  readonly logger: Logger
}

const connectTimeoutSec = 5
const deadlineMs = 10_000

const clientOptions: ClientOptions = {
  // Only text parameters are sent and no arrays are read, so nothing has to be asked about the server's types.
  fetch_types: false,
  connect_timeout: connectTimeoutSec,
  // The journal retries by itself; waiting longer here would only hide that the database is back.
  backoff: attempt => Math.min(0.05 * 2 ** attempt, 1),
  onnotice: () => undefined,
}

/** @throws EngineError `config.invalid` for a URL of another kind */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const target = parseDatabaseUrl(url)
  switch (target.kind) {
    case 'memory': {
      const store = createMemoryStore({ tenant: options.tenant })
      return { store, accounts: createMemoryAccounts(), close: () => store.close() }
    }
    case 'pglite':
      return overSql(pgliteBackend(target.folder, options), options)
    case 'postgres':
      return overSql(postgresBackend(target.url, target.place, options), options)
  }
}

function overSql(backend: SqlBackend, { tenant }: DatabaseOptions): Database {
  const store = createSqlStore(backend, tenant)
  return { store, accounts: createAccounts(backend.connection, tenant), close: () => store.close() }
}

function pgliteBackend(folder: string, { logger }: DatabaseOptions): SqlBackend {
  const place = `The database in ${folder}`
  const server = createPgliteServer(folder, logger)
  const connect = () =>
    postgres({
      ...clientOptions,
      path: server.socketPath,
      ssl: false,
      username: 'postgres',
      password: '',
      database: 'postgres',
      // A transaction of one connection blocks all others there: a second one gains nothing.
      max: 1,
      max_lifetime: null,
      connection: { application_name: 'strowger', TimeZone: 'UTC' },
    })
  const connection = createConnection({ place, connect, deadlineMs: 30_000 })
  let closing: Promise<void> | null = null

  async function shut(): Promise<void> {
    await connection.close()
    await server.stop()
  }
  return {
    kind: 'pglite',
    connection,
    housekeeping: createHousekeeping(connection, logger),
    async open() {
      await server.start()
      await connection.run(({ client }) => migrateDatabase(client))
    },
    checkOwnership: () => undefined,
    close() {
      closing ??= shut()
      return closing
    },
  }
}

function postgresBackend(url: string, place: string, { tenant, logger }: DatabaseOptions): SqlBackend {
  const session = { application_name: 'strowger', TimeZone: 'UTC' }
  const connect = () =>
    postgres(url, {
      ...clientOptions,
      max: 4,
      keep_alive: 15,
      connection: { ...session, statement_timeout: deadlineMs },
    })
  const connection = createConnection({ place, connect, deadlineMs })
  const lock = createTenantLock(
    tenant,
    place,
    onclose =>
      postgres(url, { ...clientOptions, max: 1, max_lifetime: null, keep_alive: 15, onclose, connection: session }),
    logger,
  )
  let closing: Promise<void> | null = null

  async function shut(): Promise<void> {
    await connection.close()
    await lock.release()
  }

  /** Alone, without the time limit of ordinary statements: a migration may take as long as it takes. */
  async function migrateAlone(): Promise<void> {
    const client = postgres(url, { ...clientOptions, max: 1, connection: session })
    try {
      await client`select pg_advisory_lock(hashtext('strowger migration'), 0)`
      await migrateDatabase(client)
    } catch (error) {
      throw asStoreError(error, place)
    } finally {
      await client.end({ timeout: 2 })
    }
  }
  return {
    kind: 'postgres',
    connection,
    housekeeping: noHousekeeping,
    async open() {
      await lock.take()
      await migrateAlone()
    },
    checkOwnership: () => lock.check(),
    close() {
      closing ??= shut()
      return closing
    },
  }
}
