/** A server whose database dies under it, and that is killed then: what it told under a cursor stays the only meaning of it. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../engine/index.ts'
import { connect } from '../../server/client/index.ts'
import { until } from '../peers/deadline.ts'
import { callCenter } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { findPostgres, startPostgres, type TestPostgres } from '../postgres.ts'
import { requireBuild, type ServerProcess, startServer } from './server-process.ts'
import { readJournal, watch } from './watch.ts'

beforeAll(requireBuild)

/** Somebody calls the queue and says nothing more. */
async function call({ sipPort }: ServerProcess, callId: string): Promise<void> {
  const socket = createSocket('udp4').bind(0, hosts.caller)
  await once(socket, 'listening')
  const own = `${hosts.caller}:${socket.address().port}`
  const target = `sip:support@${hosts.engine}:${sipPort}`
  const request = [
    `INVITE ${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${callId}`,
    `From: <sip:caller@${own}>;tag=${callId}`,
    `To: <${target}>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    `Contact: <sip:caller@${own}>`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
  socket.send(request, sipPort, hosts.engine)
  await once(socket, 'message', { signal: AbortSignal.timeout(30_000) })
  socket.close()
}

/** Events that are not in the database yet. */
async function journalBacklog({ url }: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^strowger_journal_backlog (\S+)$/m.exec(metrics)?.[1])
}

const binaries = findPostgres()

describe.skipIf(binaries === null)(titled('a server killed while its database is away', 'PostgreSQL', binaries), () => {
  let database: TestPostgres
  beforeAll(async () => {
    database = await startPostgres(binaries ?? '')
  })
  afterAll(() => database.remove())

  it('has no cursor given out again by the next one, which tells where the gap is', async () => {
    const folder = scratchFolder()
    const databaseUrl = await database.urlOf('outage')
    const center = callCenter([], { answer: 'with-agent' })
    const first = await startServer({ folder, databaseUrl, center })
    const before = await watch(first)
    await call(first, 'durable')
    await before.log.waitFor('call.queued')
    // A database that is slow writes what was told already; one that is away never does.
    await expect.poll(() => journalBacklog(first)).toBe(0)

    await database.halt()
    const written = before.told.length
    const started = before.log.all('call.queued').length
    for (let i = 0; i < 10; i += 1) await call(first, `lost-${i}`)
    await until('all of it to be told', () => (before.log.all('call.queued').length >= started + 10 ? true : null))
    expect(await first.kill('SIGKILL')).toBeNull()
    before.close()
    const journaled = (events: readonly AnyEvent[]) => events.filter(({ cursor }) => cursor !== undefined)
    const [kept, lost] = [journaled(before.told.slice(0, written)), journaled(before.told.slice(written))]
    expect(lost.length).toBeGreaterThanOrEqual(20)
    expect(lost.filter(({ durable }) => durable !== false)).toEqual([])
    await database.resume()

    const second = await startServer({ folder, databaseUrl })
    const after = await watch(second)
    await call(second, 'next')
    const next = await after.log.waitFor('call.queued')
    const journal = await readJournal(after.rest)
    const meaning = new Map(journal.map(({ cursor, id }) => [cursor, id]))
    for (const { cursor, id } of kept) expect(meaning.get(cursor), `${cursor}`).toBe(id)
    for (const { cursor } of lost) expect(meaning.get(cursor), `${cursor}`).toBeUndefined()
    for (const { cursor, id } of after.told) if (cursor !== undefined) expect(meaning.get(cursor)).toBe(id)

    const [skip, ...more] = journal.filter(event => event.type === 'journal.skipped')
    expect(more).toEqual([])
    const lastLost = lost.at(-1)?.cursor ?? ''
    const range = skip?.data as { first: string; last: string }
    expect(Number(lastLost)).toBeGreaterThan(Number(range.first))
    expect(Number(lastLost)).toBeLessThan(Number(range.last))
    const { items } = await after.rest.events({ after: lastLost, limit: 1 })
    expect(items).toMatchObject([{ type: 'journal.skipped', cursor: skip?.cursor }])

    // A plugin that comes back with the last cursor that it saw has seen what never came to be: it begins anew.
    const plugin = connect({ url: second.url, token: after.token, cursor: lastLost, topics: ['calls'] })
    const snapshot = await new Promise<{ calls?: readonly unknown[] }>(resolve => void plugin.onSnapshot(resolve))
    expect(snapshot.calls).toHaveLength(1)
    plugin.close()
    // One that was away before the outage misses nothing.
    const seen: string[] = []
    const patient = connect({
      url: second.url,
      token: after.token,
      cursor: kept[0]?.cursor ?? '',
      topics: ['calls'],
    })
    patient.onAny(({ id }) => void seen.push(id))
    const all = journal.filter(({ type }) => !type.startsWith('agent.')).map(({ id }) => id)
    const missed = all.slice(all.indexOf(kept[0]?.id ?? '') + 1)
    await until('the replay', () => (seen.length >= missed.length ? true : null))
    expect(seen).toEqual(missed)
    patient.close()

    await after.rest.hangup(next.data.callId)
    await after.log.waitFor('call.ended', ({ callId }) => callId === next.data.callId)
    expect(await second.kill('SIGTERM')).toBe(0)
    const third = await startServer({ folder, databaseUrl })
    const { rest } = await watch(third)
    const cursors = (await readJournal(rest)).map(({ cursor }) => Number(cursor))
    const steps = cursors.filter((cursor, index) => index > 0 && cursor !== (cursors[index - 1] ?? 0) + 1)
    expect(steps).toEqual([Number(skip?.cursor)])
  })
})
