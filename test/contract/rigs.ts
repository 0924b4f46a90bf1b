/** The three kinds of database, as the contract suites use them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../db/index.ts'
import type { Logger } from '../../engine/ports/logger.ts'
import { startPostgres } from '../postgres.ts'

/** Where the databases of one contract run are made. */
export interface DatabaseRig {
  /** Whether a database that is closed and made again still has its data. */
  readonly persistent: boolean
  /** Not open yet. The same tenant means the same data. */
  make(tenant: string): Promise<Database>
  remove(): Promise<void>
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}

export function databaseOf(url: string, tenant = 'default'): Promise<Database> {
  return openDatabase(url, { tenant, logger: silentLogger })
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'strowger-test-'))
}

export async function memoryRig(): Promise<DatabaseRig> {
  return { persistent: false, make: tenant => databaseOf('memory://', tenant), remove: async () => undefined }
}

export async function pgliteRig(): Promise<DatabaseRig> {
  const folder = temporaryFolder()
  return {
    persistent: true,
    make: tenant => databaseOf(`pglite://${folder}/data`, tenant),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function postgresRig(binaries: string): Promise<DatabaseRig> {
  const server = await startPostgres(binaries)
  const url = await server.urlOf('contract')
  return { persistent: true, make: tenant => databaseOf(url, tenant), remove: () => server.remove() }
}
