import { once } from 'node:events'
import { createServer } from 'node:net'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineError } from '../engine/errors.ts'
import { callEvent } from '../test/contract/records.ts'
import { databaseOf } from '../test/contract/rigs.ts'
import { findPostgres, startPostgres, type TestPostgres } from '../test/postgres.ts'
import { type Connection, createConnection } from './connection.ts'
import { createJournal } from './journal.ts'

async function openingError(url: string): Promise<EngineError> {
  const { store } = await databaseOf(url)
  const error = await store.open().then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(EngineError)
  return error as EngineError
}

describe('a PostgreSQL that does not answer', () => {
  it('is named by host and port, without the password', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await new Promise(resolve => server.close(resolve))
    const error = await openingError(`postgres://ann:secret@127.0.0.1:${port}/calls`)
    expect(error.code).toBe('store.unavailable')
    expect(error.message).toBe(`PostgreSQL at 127.0.0.1:${port} can not be used: nothing listens there.`)
  })

  it('is given up after five seconds', async () => {
    const server = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const error = await openingError(`postgres://ann:secret@127.0.0.1:${port}/calls`)
    expect(error.message).toBe(`PostgreSQL at 127.0.0.1:${port} can not be used: no connection within 5 s.`)
    server.close()
  })
})

const binaries = findPostgres()
describe.skipIf(binaries === null)('a PostgreSQL that answers (needs /usr/lib/postgresql)', () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres(binaries ?? '')
  })
  afterAll(() => server.remove())

  it('refuses a wrong password in words that do not repeat it', async () => {
    const url = (await server.urlOf('faults')).replace(server.password, 'wrong-secret')
    const error = await openingError(url)
    expect(error.code).toBe('store.unavailable')
    expect(error.message).toContain(`127.0.0.1:${server.port}`)
    expect(error.message).toContain('password authentication failed')
    expect(error.message).not.toContain('wrong-secret')
  })

  it('takes the same group again after it was away, once', async () => {
    const { store } = await databaseOf(await server.urlOf('faults'))
    await store.open()
    await store.append({ events: [callEvent({ cursor: 1 })], checkpoints: [] })
    await server.halt()
    const group = { events: [callEvent({ cursor: 2 }), callEvent({ cursor: 3 })], checkpoints: [] }
    await expect(store.append(group)).rejects.toMatchObject({ code: 'store.unavailable' })
    await expect(store.readEvents({ after: 0, limit: 1 })).rejects.toMatchObject({ code: 'store.unavailable' })
    await server.resume()
    const retry = async () => {
      await store.append(group)
      return true
    }
    await expect.poll(() => retry().catch(() => false), { interval: 200 }).toBe(true)
    await retry()
    const events = await store.readEvents({ after: 0, limit: 10 })
    expect(events.map(({ cursor }) => cursor)).toEqual(['1', '2', '3'])
    await store.close()
  })

  it('is not waited for longer than the deadline, and is usable afterwards', async () => {
    const url = await server.urlOf('faults')
    const connection = createConnection({
      place: 'PostgreSQL',
      connect: () => postgres(url, { max: 1 }),
      deadlineMs: 500,
    })
    await expect(connection.query('select pg_sleep(20)', [])).rejects.toMatchObject({
      code: 'store.unavailable',
      message: 'PostgreSQL gave no answer within 0.5 s.',
    })
    expect(await connection.query('select $1::text as word', ['back'])).toMatchObject([{ word: 'back' }])
    await connection.close()
  })

  it('writes no event twice, whatever became of an earlier attempt', async () => {
    const url = await server.urlOf('journal')
    const { store } = await databaseOf(url)
    await store.open()
    await store.close()
    const connection = createConnection({
      place: 'PostgreSQL',
      connect: () => postgres(url, { max: 2 }),
      deadlineMs: 9_000,
    })
    let losing = true
    const losesAnswers: Connection = {
      ...connection,
      async query(statement, parameters) {
        const rows = await connection.query(statement, parameters)
        if (losing) throw new EngineError('store.unavailable', 'the answer was lost')
        return rows
      },
    }
    const group = (first: number, last: number) => ({
      events: Array.from({ length: last - first + 1 }, (_, index) => callEvent({ cursor: first + index })),
      checkpoints: [],
    })
    const unlucky = createJournal(losesAnswers, 'default')
    await expect(unlucky.append(group(1, 3))).rejects.toThrow('the answer was lost')
    losing = false
    await unlucky.append(group(2, 5))

    // This one has not seen what the other wrote: as if an attempt that was given up came through late.
    const late = createJournal(connection, 'default')
    await late.append(group(1, 7))
    await late.append(group(4, 6))
    const events = await late.readEvents({ after: 0, limit: 100 })
    expect(events.map(({ cursor }) => Number(cursor))).toEqual([1, 2, 3, 4, 5, 6, 7])
    await connection.close()
  })

  it('has room for several tenants at once', async () => {
    const url = await server.urlOf('faults')
    const both = [await databaseOf(url, 'north'), await databaseOf(url, 'south')]
    await Promise.all(both.map(({ store }) => store.open()))
    const third = await databaseOf(url, 'north')
    await expect(third.store.open()).rejects.toMatchObject({ code: 'store.locked' })
    await Promise.all(both.map(({ store }) => store.close()))
  })
})
