/** Socket.IO over a real loopback port: rights, snapshot, replay without gap or repeat, pops, ends of sessions. */
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildApp } from '../app.ts'
import { sessionTtlMs } from '../auth/authenticator.ts'
import { cheapPasswords, createHarness, type Harness } from '../testing/harness.ts'
import { silentLogger } from '../testing/silent-logger.ts'
import { connectSocket, type SocketClient } from '../testing/socket-client.ts'
import { resendEveryMs } from './pops.ts'
import { recheckEveryMs } from './realtime.ts'

let harness: Harness
let url: string
let clients: SocketClient[]
beforeEach(async () => {
  harness = await createHarness({ httpOrigins: ['https://crm.example'] })
  await harness.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(harness.app.server.address() as AddressInfo).port}`
  clients = []
})
afterEach(async () => {
  for (const client of clients) client.close()
  await harness.close()
  expect(harness.clock.armed()).toBe(0)
})

async function join(name: 'root' | 'sue' | 'ada' | 'crm'): Promise<SocketClient> {
  const client = await connectSocket(url, { token: harness.tokenOf(name) })
  clients.push(client)
  return client
}

const hold = (callId: string) => harness.engine.emit('call.held', { callId, by: 'agent' })
const withCursor = (cursor: string) => (message: { event: { cursor?: string } }) => message.event.cursor === cursor
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => String(first + i))

describe('connecting', () => {
  it('needs a valid token, key or cookie', async () => {
    await expect(connectSocket(url)).rejects.toMatchObject({ data: { code: 'auth.failed' } })
    await expect(connectSocket(url, { token: 'wrong' })).rejects.toMatchObject({ data: { code: 'auth.failed' } })
    const made = await harness.as('root', 'POST', '/api-keys', { name: 'crm' })
    clients.push(await connectSocket(url, { token: (made.json as { key: string }).key }))
    const cookie = `strowger_session=${harness.tokenOf('sue')}`
    clients.push(await connectSocket(url, { headers: { cookie } }))
    clients.push(await connectSocket(url, { headers: { cookie, origin: url } }))
    await expect(connectSocket(url, { headers: { cookie, origin: 'http://localhost:5173' } })).rejects.toMatchObject({
      data: { code: 'auth.failed' },
    })
  })

  it('is refused to pages of unknown origin', async () => {
    const token = harness.tokenOf('sue')
    await expect(connectSocket(url, { token, headers: { origin: 'https://evil.example' } })).rejects.toThrow()
    clients.push(await connectSocket(url, { token, headers: { origin: 'https://crm.example' } }))
    clients.push(await connectSocket(url, { token, headers: { origin: 'http://localhost:5173' } }))
  })
})

describe('subscribing', () => {
  it('gives a snapshot of what was asked for, then live events', async () => {
    hold('c0')
    harness.engine.addCall({ callId: 'c1' })
    const client = await join('sue')
    const answer = await client.subscribe({ topics: ['queues', 'calls', 'agents:ada'] })
    expect(answer).toMatchObject({
      cursor: '1',
      snapshot: {
        serverTime: '2099-01-05T12:00:00.000Z',
        queues: [{ id: 'support' }, { id: 'sales' }],
        agents: [{ id: 'ada' }],
        calls: [{ callId: 'c1' }],
      },
    })
    expect(answer.snapshot).not.toHaveProperty('screenpops')
    hold('c1')
    harness.engine.publish('queue.snapshot', harness.engine.queues.get('support').metrics)
    hold('c2')
    await client.until(withCursor('3'))
    expect(client.received.map(({ type }) => type)).toEqual(['call.held', 'queue.snapshot', 'call.held'])
  })

  it('narrows to topic:id', async () => {
    const client = await join('sue')
    await client.subscribe({ topics: ['calls:c2', 'queues:sales'] })
    for (const id of ['c1', 'c2', 'c3']) hold(id)
    harness.engine.publish('queue.snapshot', harness.engine.queues.get('support').metrics)
    harness.engine.publish('queue.snapshot', harness.engine.queues.get('sales').metrics)
    await client.until(({ type }) => type === 'queue.snapshot')
    expect(client.received).toMatchObject([
      { event: { data: { callId: 'c2' } } },
      { event: { data: { queueId: 'sales' } } },
    ])
  })

  it('replays what was missed from memory or from the store, then goes on live: no gap, no repeat, in order', async () => {
    for (let i = 0; i < 1_234; i++) hold('c')
    // The second server has heard none of it and has to read.
    const late = await createHarnessOver(harness)
    for (const [server, expectedReads] of [
      [url, 0],
      [late.url, 3],
    ] as const) {
      const client = await connectSocket(server, { token: harness.tokenOf('sue') })
      let reads = 0
      harness.engine.beforeRead = () => {
        reads += 1
        // Life goes on while we look back.
        for (let i = 0; i < 3; i++) hold('c')
      }
      expect(await client.subscribe({ topics: ['calls'], cursor: '10' })).toEqual({ cursor: '10' })
      hold('c')
      await client.until(withCursor(String(harness.engine.journal.cursor())))
      harness.engine.beforeRead = () => undefined
      hold('c')
      const last = harness.engine.journal.cursor()
      await client.until(withCursor(String(last)))
      expect(client.cursors()).toEqual(range(11, last))
      expect(reads).toBe(expectedReads)
      client.close()
    }
    await late.close()
  })

  it('replaces a subscription, and refuses what is not understood', async () => {
    const client = await join('sue')
    await client.subscribe({ topics: ['calls'] })
    await client.subscribe({ topics: ['queues'] })
    hold('c')
    harness.engine.publish('queue.snapshot', harness.engine.queues.get('support').metrics)
    await client.until(({ type }) => type === 'queue.snapshot')
    expect(client.cursors()).toEqual([])
    for (const topics of [['weather'], ['calls:'], []])
      expect(await client.subscribe({ topics })).toMatchObject({ error: { code: 'request.invalid' } })
    expect(await client.subscribe({ topics: ['calls'], cursor: 'x' })).toMatchObject({
      error: { code: 'request.invalid' },
    })
  })

  it('gives a snapshot when the cursor is too old or of another journal', async () => {
    for (let i = 0; i < 20; i++) hold('c')
    harness.engine.forgetUpTo(10)
    const late = await createHarnessOver(harness)
    const client = await connectSocket(late.url, { token: harness.tokenOf('sue') })
    expect(await client.subscribe({ topics: ['calls'], cursor: '9' })).toMatchObject({ cursor: '20', snapshot: {} })
    expect(await client.subscribe({ topics: ['calls'], cursor: '21' })).toMatchObject({ cursor: '20', snapshot: {} })
    const replayed = await client.subscribe({ topics: ['calls'], cursor: '10' })
    expect(replayed).toEqual({ cursor: '10' })
    await client.until(withCursor('20'))
    expect(client.cursors()).toEqual(range(11, 20))
    client.close()
    await late.close()
  })

  it('replays across cursors that went down with a process; a snapshot for who has seen one of them', async () => {
    for (let i = 0; i < 5; i++) hold('c')
    harness.engine.skip(1_000_000_000)
    hold('c')
    const client = await join('sue')
    expect(await client.subscribe({ topics: ['calls'], cursor: '3' })).toEqual({ cursor: '3' })
    await client.until(withCursor('1000000007'))
    expect(client.cursors()).toEqual(['4', '5', '1000000006', '1000000007'])
    expect(client.received.map(({ type }) => type)[2]).toBe('journal.skipped')
    for (const lost of ['6', '1000000005'])
      expect(await client.subscribe({ topics: ['calls'], cursor: lost })).toMatchObject({
        cursor: '1000000007',
        snapshot: { calls: [] },
      })
  })
})

describe('rights', () => {
  it('gives an agent its own calls and pops, all queues, and nothing of others', async () => {
    harness.engine.addCall({ callId: 'mine', agentId: 'ada' })
    harness.engine.addCall({ callId: 'other', agentId: 'grace' })
    const client = await join('ada')
    const { snapshot } = await client.subscribe({ topics: ['queues', 'agents', 'calls', 'screenpop'] })
    expect(snapshot).toMatchObject({
      queues: [{ id: 'support' }, { id: 'sales' }],
      agents: [{ id: 'ada' }],
      calls: [{ callId: 'mine' }],
      screenpops: [],
    })
    hold('mine')
    hold('other')
    const status = (agentId: string) =>
      harness.engine.emit('agent.next_status_set', { agentId, next: null, actor: 'x' })
    status('grace')
    status('ada')
    harness.engine.requestPop({ popId: 'p1', agentId: 'grace', callId: 'other' })
    harness.engine.requestPop({ popId: 'p2', agentId: 'ada', callId: 'new' })
    const offer = { visitId: 'v', offerId: 'o', queueId: 'support', device: 'd' }
    hold('new')
    harness.engine.emit('offer.ringing', { ...offer, callId: 'new', agentId: 'grace' })
    harness.engine.emit('offer.ringing', { ...offer, callId: 'new', agentId: 'ada' })
    hold('new')
    const end = { reason: 'busy', sipCode: 486, ringMs: 1, visitId: 'v', offerId: 'o', queueId: 'support' }
    harness.engine.emit('offer.rejected', { ...end, callId: 'new', agentId: 'ada' })
    hold('new')
    harness.engine.publish('queue.snapshot', harness.engine.queues.get('sales').metrics)
    await client.until(({ type }) => type === 'queue.snapshot')
    expect(client.cursors()).toEqual(['1', '4', '6', '9', '10', '11'])
  })

  it('tells an agent after the fact about a call whose beginning was not replayed', async () => {
    harness.engine.addCall({ callId: 'mine', agentId: 'ada', endedAt: '2099-01-05T11:00:00.000Z' })
    harness.engine.addCall({ callId: 'other', agentId: 'grace', endedAt: '2099-01-05T11:00:00.000Z' })
    for (const id of ['x', 'mine', 'other', 'mine']) hold(id)
    const client = await join('ada')
    await client.subscribe({ topics: ['calls'], cursor: '1' })
    await client.until(withCursor('4'))
    expect(client.cursors()).toEqual(['2', '4'])
  })

  it('refuses topics of other agents and beyond the scopes', async () => {
    const agent = await join('ada')
    for (const topic of ['agents:grace', 'screenpop:grace'])
      expect(await agent.subscribe({ topics: [topic] })).toMatchObject({ error: { code: 'auth.forbidden' } })
    expect(await agent.subscribe({ topics: ['screenpop:ada'] })).toMatchObject({ snapshot: { screenpops: [] } })
    const made = await harness.as('root', 'POST', '/api-keys', { name: 'q', scopes: ['queues:read'] })
    const key = await connectSocket(url, { token: (made.json as { key: string }).key })
    clients.push(key)
    expect(await key.subscribe({ topics: ['queues'] })).toHaveProperty('snapshot')
    expect(await key.subscribe({ topics: ['calls'] })).toMatchObject({ error: { code: 'auth.forbidden' } })
  })
})

describe('screen pops', () => {
  const popId = 'p1'
  const requests = (client: SocketClient) => client.received.filter(({ type }) => type === 'screenpop.requested')

  it('are sent again until they are acknowledged', async () => {
    const [agent, crm] = [await join('ada'), await join('crm')]
    await agent.subscribe({ topics: ['screenpop'] })
    await crm.subscribe({ topics: ['screenpop'] })
    harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
    harness.clock.advance(resendEveryMs)
    harness.clock.advance(resendEveryMs)
    const refused = await agent.socket.emitWithAck('screenpop.ack', { popId: 'none', result: 'shown' })
    expect(refused).toMatchObject({ error: { code: 'screenpop.unknown' } })
    expect(await agent.socket.emitWithAck('screenpop.ack', { popId, result: 'shown' })).toEqual({ ok: true })
    expect(await agent.socket.emitWithAck('screenpop.ack', { popId, result: 'opened' })).toEqual({ ok: true })
    harness.clock.advance(10 * resendEveryMs)
    await crm.until(({ event }) => 'result' in event.data && event.data.result === 'opened')
    for (const client of [agent, crm]) {
      expect(requests(client)).toHaveLength(3)
      expect(new Set(requests(client).map(({ event }) => event.id)).size).toBe(1)
    }
    expect(crm.received.slice(-2).map(({ event }) => event.data)).toMatchObject([
      { popId, result: 'shown', actor: 'user:ada' },
      { popId, result: 'opened', actor: 'user:ada' },
    ])
  })

  it('are sent again each at its own time, whatever becomes of the others', async () => {
    const client = await join('crm')
    await client.subscribe({ topics: ['screenpop'] })
    const pops = ['p1', 'p2', 'p3'].map(id => {
      const pop = harness.engine.requestPop({ popId: id, agentId: 'ada', callId: 'c' })
      harness.clock.advance(1_000)
      return pop
    })
    harness.engine.emit('screenpop.withdrawn', {
      ...{ popId: 'p1', callId: 'c', offerId: pops[0]?.offerId ?? '', agentId: 'ada', reason: 'timed_out' },
    })
    // Now 3 s after p1, 2 s after p2, 1 s after p3.
    harness.clock.advance(resendEveryMs - 2_000)
    harness.engine.requestPop({ popId: 'then', agentId: 'ada', callId: 'c' })
    harness.clock.advance(1_000)
    harness.engine.requestPop({ popId: 'last', agentId: 'ada', callId: 'c' })
    await client.until(({ event }) => (event.data as { popId?: string }).popId === 'last')
    const order = requests(client).map(({ event }) => (event.data as { popId: string }).popId)
    expect(order).toEqual(['p1', 'p2', 'p3', 'p2', 'then', 'p3', 'last'])
  })

  it('end when they are withdrawn or expire, and repeat with what replaced them', async () => {
    const client = await join('crm')
    await client.subscribe({ topics: ['screenpop'] })
    const pop = harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
    harness.engine.emit('screenpop.updated', { ...pop, matchStatus: 'single' })
    harness.clock.advance(resendEveryMs)
    const withdrawn = { popId, callId: 'c', offerId: pop.offerId, agentId: 'ada', reason: 'timed_out' }
    harness.engine.emit('screenpop.withdrawn', withdrawn)
    harness.clock.advance(resendEveryMs)
    const expiresAt = new Date(harness.clock.now() + 6_000).toISOString()
    harness.engine.requestPop({ popId: 'p2', agentId: 'ada', callId: 'c', expiresAt })
    harness.clock.advance(3 * resendEveryMs)
    const sentinel = harness.engine.requestPop({ popId: 'p3', agentId: 'ada', callId: 'c' })
    await client.until(({ event }) => (event.data as { popId?: string }).popId === sentinel.popId)
    expect(
      client.received.map(({ type, event }) => `${type.slice(10)} ${(event.data as { popId: string }).popId}`),
    ).toEqual([
      'requested p1',
      'updated p1',
      'requested p1',
      'updated p1',
      'withdrawn p1',
      'requested p2',
      'requested p2',
      'requested p3',
    ])
  })

  it('reach who connects while the phone rings, also those from before the server started', async () => {
    harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
    const late = await createHarnessOver(harness)
    const client = await connectSocket(late.url, { token: harness.tokenOf('ada') })
    const answer = await client.subscribe({ topics: ['screenpop'] })
    expect(answer.snapshot?.screenpops).toMatchObject([{ popId }])
    await client.until(({ type }) => type === 'screenpop.requested')
    client.close()
    await late.close()
  })

  describe('from before the server started', () => {
    /** What a subscriber hears of it who comes then; `meanwhile`: before the journal has answered. */
    const heardOf = async (meanwhile: () => void = () => undefined) => {
      const late = await createHarnessOver(harness)
      let isFirst = true
      harness.engine.beforeRead = () => {
        if (isFirst) queueMicrotask(meanwhile)
        isFirst = false
      }
      const client = await connectSocket(late.url, { token: harness.tokenOf('crm') })
      await client.subscribe({ topics: ['screenpop'] })
      const sentinel = harness.engine.requestPop({ popId: 'sentinel', agentId: 'ada', callId: 'other' })
      await client.until(({ event }) => (event.data as { popId?: string }).popId === sentinel.popId)
      client.close()
      await late.close()
      return client.received
        .map(({ type, event }) => `${type.slice(10)} ${(event.data as { popId: string }).popId}`)
        .slice(0, -1)
    }

    it('are found in a call of which much has been told before and after', async () => {
      for (let i = 0; i < 1_500; i++) hold('c')
      const pop = harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
      for (let i = 0; i < 1_500; i++) hold('c')
      harness.engine.emit('screenpop.updated', { ...pop, matchStatus: 'single' })
      expect(await heardOf()).toEqual(['requested p1', 'updated p1'])
    })

    it('are shown with what has replaced them while they were taken over', async () => {
      const pop = harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
      const update = () => void harness.engine.emit('screenpop.updated', { ...pop, matchStatus: 'single' })
      expect(await heardOf(update)).toEqual(['requested p1', 'updated p1'])
    })

    it('and not when they have ended meanwhile', async () => {
      harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
      expect(await heardOf(() => harness.engine.screenpops.acknowledge(popId, 'shown', { actor: 'ada' }))).toEqual([])
    })
  })

  it('are not replayed when they have expired', async () => {
    harness.engine.requestPop({ popId, agentId: 'ada', callId: 'c' })
    harness.clock.advance(120_000)
    harness.engine.requestPop({ popId: 'p2', agentId: 'ada', callId: 'c' })
    const client = await join('crm')
    await client.subscribe({ topics: ['screenpop'], cursor: '0' })
    await client.until(withCursor('2'))
    expect(client.cursors()).toEqual(['2'])
  })

  it("of others are not an agent's to acknowledge", async () => {
    harness.engine.requestPop({ popId, agentId: 'grace', callId: 'c' })
    const client = await join('ada')
    const answer = await client.socket.emitWithAck('screenpop.ack', { popId, result: 'shown' })
    expect(answer).toMatchObject({ error: { code: 'auth.forbidden' } })
    expect(await client.socket.emitWithAck('screenpop.ack', { popId } as never)).toMatchObject({
      error: { code: 'request.invalid' },
    })
  })
})

describe('sessions', () => {
  const gone = (client: SocketClient) => new Promise(resolve => client.socket.once('disconnect', resolve))

  it('take their sockets with them when they end', async () => {
    const [supervisor, agent] = [await join('sue'), await join('ada')]
    const closed = gone(supervisor)
    await harness.as('sue', 'DELETE', '/session')
    await closed
    expect(agent.socket.connected).toBe(true)
    const agentClosed = gone(agent)
    await harness.as('root', 'PUT', '/center', {})
    await agentClosed
  })

  it('take their sockets with them when they expire', async () => {
    const client = await join('sue')
    const made = await harness.as('root', 'POST', '/api-keys', { name: 'wallboard' })
    const other = await connectSocket(url, { token: (made.json as { key: string }).key })
    clients.push(other)
    harness.clock.advance(recheckEveryMs)
    expect(await other.subscribe({ topics: ['queues'] })).toHaveProperty('snapshot')
    expect(client.socket.connected).toBe(true)
    const closed = gone(client)
    harness.clock.advance(sessionTtlMs)
    await closed
    expect(other.socket.connected).toBe(true)
  })

  it('keys take theirs when they are revoked', async () => {
    const made = await harness.as('root', 'POST', '/api-keys', { name: 'crm' })
    const { key, keyId } = made.json as { key: string; keyId: string }
    const client = await connectSocket(url, { token: key })
    clients.push(client)
    const closed = gone(client)
    await harness.as('root', 'DELETE', `/api-keys/${keyId}`)
    await closed
  })
})

/** A second server over the same engine, that has not heard what was before. */
async function createHarnessOver(first: Harness): Promise<{ url: string; close(): Promise<void> }> {
  const app = await buildApp({
    engine: first.engine,
    accounts: first.accounts,
    clock: first.clock,
    settings: { httpHost: '127.0.0.1', httpOrigins: [] },
    logger: silentLogger,
    passwords: cheapPasswords,
    dashboardFolder: '/nonexistent',
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, close: () => app.close() }
}
