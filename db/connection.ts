/**
 * One pool to a PostgreSQL-speaking server, and the border where its failures become `store.unavailable`. Every
 * operation has a deadline: a connection whose peer has silently gone would otherwise hold the journal for minutes.
 */
import { DrizzleQueryError } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type postgres from 'postgres'
import { EngineError } from '../engine/errors.ts'

export type Client = postgres.Sql
export type ClientOptions = postgres.Options<Record<string, never>>

export interface Handle {
  readonly client: Client
  readonly db: PostgresJsDatabase
}

export interface Connection {
  /** Runs an operation. @throws EngineError `store.unavailable` */
  run<Result>(operation: (handle: Handle) => Promise<Result>): Promise<Result>
  /** Runs one prepared statement. Its parameters are declared as text or bytea. @throws EngineError `store.unavailable` */
  query(statement: string, parameters: readonly (string | Buffer)[]): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}

export interface ConnectionSettings {
  /** Where the database is, in words that may be shown: never with a password. */
  readonly place: string
  readonly connect: () => Client
  readonly deadlineMs: number
}

export function createConnection({ place, connect, deadlineMs }: ConnectionSettings): Connection {
  let handle = open()
  let closed = false

  function open(): Handle {
    const client = connect()
    return { client, db: drizzle(client) }
  }

  /** Leaves a pool whose connections no longer answer to its fate. */
  function replace(silent: Handle): void {
    if (handle !== silent || closed) return
    handle = open()
    silent.client.end({ timeout: 0 }).catch(() => undefined)
  }

  async function run<Result>(operation: (handle: Handle) => Promise<Result>): Promise<Result> {
    if (closed) throw new EngineError('store.unavailable', `${place} is closed.`)
    const used = handle
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        replace(used)
        reject(new EngineError('store.unavailable', `${place} gave no answer within ${deadlineMs / 1000} s.`))
      }, deadlineMs)
    })
    try {
      return await Promise.race([operation(used), deadline])
    } catch (error) {
      throw asStoreError(error, place)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    run,
    query: (statement, parameters) =>
      run(async ({ client }) => await client.unsafe(statement, [...parameters], { prepare: true })),
    async close() {
      if (closed) return
      closed = true
      await handle.client.end({ timeout: 5 })
    },
  }
}

/** One line that names the place and the reason, never a statement or its parameters: they may hold secrets. */
export function asStoreError(error: unknown, place: string): EngineError {
  if (error instanceof EngineError) return error
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  return new EngineError('store.unavailable', `${place} can not be used: ${reasonOf(cause)}.`, { cause })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  const code = 'code' in error ? String(error.code) : ''
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOENT: 'it is not running',
    ENOTFOUND: 'there is no such host',
    CONNECT_TIMEOUT: 'no connection within 5 s',
    CONNECTION_CLOSED: 'it closed the connection',
    CONNECTION_ENDED: 'the connection was ended',
    CONNECTION_DESTROYED: 'the connection was ended',
  }
  return known[code] ?? (error.message.split('\n')[0] || code)
}
