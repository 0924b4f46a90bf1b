import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamConnection, TlsTarget } from '../ports/network.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createTestClock } from './test-clock.ts'
import { createVirtualNetwork, type NetworkConditions } from './virtual-network.ts'

const serverAt = { host: '10.0.0.2', port: 5060 }

/** Attaches handlers that write down everything they are told. */
function record(connection: StreamConnection) {
  const log: string[] = []
  const chunks: string[] = []
  connection.attach({
    onConnected: () => log.push('connected'),
    onData: bytes => {
      chunks.push(new TextDecoder().decode(bytes))
      if (log.at(-1) !== 'data') log.push('data')
    },
    onClose: error => log.push(error === null ? 'closed' : `closed ${(error as NodeJS.ErrnoException).code}`),
  })
  return { connection, log, chunks, text: () => chunks.join('') }
}

async function setUp(conditions: Partial<NetworkConditions> = {}, seed = 1) {
  const clock = createTestClock(0)
  const network = createVirtualNetwork({ clock, random: createSeededRandom(seed), conditions })
  const accepted: Array<ReturnType<typeof record>> = []
  const listener = await network
    .host(serverAt.host)
    .listenStream(serverAt, connection => void accepted.push(record(connection)))
  const connect = () => record(network.host('10.0.0.1').connectStream(serverAt))
  const server = (): ReturnType<typeof record> => {
    const first = accepted[0]
    if (first === undefined) throw new Error('Nothing was accepted')
    return first
  }
  return { clock, network, listener, connect, accepted, server }
}

describe('virtual streams', () => {
  it('carry every byte in order, both ways, however they are delayed and cut', async () => {
    const writes = fc.array(fc.tuple(fc.boolean(), fc.string({ minLength: 1, maxLength: 40 }), fc.nat(5)))
    const conditions = fc.record({
      splitRate: fc.double({ min: 0, max: 1, noNaN: true }),
      lossRate: fc.constant(0.9),
      delayMs: fc.nat(50).map(max => ({ min: 0, max })),
    })
    await fc.assert(
      fc.asyncProperty(conditions, fc.nat(), writes, async (given, seed, plan) => {
        const { clock, connect, server } = await setUp(given, seed)
        const client = connect()
        client.connection.write('early')
        clock.runUntilIdle(1_000)
        let there = 'early'
        let back = ''
        for (const [fromClient, content, gapMs] of plan) {
          const ascii = Buffer.from(content).toString('hex')
          if (fromClient) there += ascii
          else back += ascii
          const sender = fromClient ? client : server()
          sender.connection.write(ascii)
          clock.advance(gapMs)
        }
        client.connection.end()
        expect(clock.runUntilIdle(1_000)).toBe(true)
        expect(server().text()).toBe(there)
        expect(client.text()).toBe(back)
        expect(client.log.filter(entry => entry.startsWith('closed'))).toEqual(['closed'])
        expect(server().log.at(-1)).toBe('closed')
        expect(client.connection.bufferedBytes + server().connection.bufferedBytes).toBe(0)
      }),
    )
  })

  it('cut writes up and glue them together', async () => {
    const { clock, connect, server } = await setUp({ splitRate: 1, delayMs: { min: 5, max: 5 } })
    const client = connect()
    clock.advance(10)
    const lengths = new Set<number>()
    for (let index = 0; index < 100; index += 1) client.connection.write('0123456789')
    clock.runUntilIdle(1_000)
    for (const chunk of server().chunks) lengths.add(chunk.length)
    expect(Math.min(...lengths)).toBeLessThan(10)
    expect(Math.max(...lengths)).toBeGreaterThan(10)
  })

  it('count what is under way', async () => {
    const { clock, connect } = await setUp({ delayMs: { min: 10, max: 10 } })
    const client = connect()
    client.connection.write('1234')
    expect(client.connection.bufferedBytes).toBe(4)
    clock.advance(20)
    expect(client.log).toEqual(['connected'])
    client.connection.write('56')
    expect(client.connection.bufferedBytes).toBe(6)
    clock.advance(10)
    expect(client.connection.bufferedBytes).toBe(0)
  })

  it('deliver what was written before end or destroy, then close both sides once', async () => {
    for (const close of ['end', 'destroy'] as const) {
      const { clock, connect, server } = await setUp()
      const client = connect()
      clock.runUntilIdle(100)
      client.connection.write('last words')
      client.connection[close]()
      client.connection[close]()
      client.connection.write('ignored')
      expect(client.log).toEqual(['connected'])
      clock.runUntilIdle(100)
      server().connection.end()
      server().connection.destroy()
      clock.runUntilIdle(100)
      expect(server().log).toEqual(['data', 'closed'])
      expect(server().text()).toBe('last words')
      expect(client.log).toEqual(['connected', 'closed'])
    }
  })

  it('hand nothing to a side that was destroyed', async () => {
    const { clock, connect, server } = await setUp({ delayMs: { min: 5, max: 5 } })
    const client = connect()
    clock.runUntilIdle(100)
    server().connection.write('too late')
    client.connection.destroy()
    clock.runUntilIdle(100)
    expect(client.log).toEqual(['connected', 'closed'])
  })

  it('are refused where nobody listens', async () => {
    const { clock, listener, connect } = await setUp()
    listener.close()
    const client = connect()
    client.connection.write('lost')
    expect(client.log).toEqual([])
    clock.runUntilIdle(100)
    expect(client.log).toEqual(['closed ECONNREFUSED'])
  })

  it('can be given up at any moment of the handshake', async () => {
    for (const atMs of [0, 5, 10, 15, 20]) {
      const { clock, connect, accepted } = await setUp({ delayMs: { min: 10, max: 10 } })
      const client = connect()
      clock.advance(atMs)
      client.connection.destroy()
      clock.runUntilIdle(100)
      expect(client.log.filter(entry => entry !== 'connected')).toEqual(['closed'])
      expect(accepted.map(({ log }) => log)).toEqual(atMs < 10 ? [] : [['closed']])
      expect(clock.pending).toBe(0)
    }
  })

  it('keep for a side that attaches late what arrived meanwhile', async () => {
    const clock = createTestClock(0)
    const network = createVirtualNetwork({ clock, random: createSeededRandom(1) })
    const accepted: StreamConnection[] = []
    await network.listenStream(serverAt, connection => void accepted.push(connection))
    const client = record(network.connectStream(serverAt))
    client.connection.write('hello')
    client.connection.end()
    clock.runUntilIdle(100)
    const late = accepted.map(record)
    clock.runUntilIdle(100)
    expect(late.map(({ log }) => log)).toEqual([['data', 'closed']])
    expect(client.log).toEqual(['connected', 'closed'])
  })

  it('tell a side that attaches after it was destroyed, once', async () => {
    const clock = createTestClock(0)
    const network = createVirtualNetwork({ clock, random: createSeededRandom(1) })
    const connection = network.connectStream(serverAt)
    connection.destroy()
    const late = record(connection)
    clock.runUntilIdle(100)
    expect(late.log).toEqual(['closed'])
  })

  it('stand still in a partition and go on when it heals', async () => {
    const { clock, network, connect, server } = await setUp()
    const client = connect()
    clock.runUntilIdle(100)
    network.partition(serverAt.host)
    client.connection.write('one ')
    clock.advance(1_000)
    client.connection.write('two')
    const second = connect()
    clock.advance(1_000)
    expect(server().text()).toBe('')
    expect(second.log).toEqual([])
    network.heal(serverAt.host)
    clock.runUntilIdle(100)
    expect(server().text()).toBe('one two')
    expect(second.log).toEqual(['connected'])
  })

  it('know their ends', async () => {
    const { clock, connect, server } = await setUp()
    const client = connect()
    const { local } = client.connection
    clock.runUntilIdle(100)
    expect(client.connection.remote).toEqual(serverAt)
    expect(server().connection.local).toEqual(serverAt)
    expect([client.connection.local, server().connection.remote]).toEqual([local, local])
    expect(local.host).toBe('10.0.0.1')
  })
})

describe('virtual TLS', () => {
  const identity = { cert: 'sip.example.com, example.com', key: 'key', ca: 'authority' }
  const client = { cert: 'client.example.com', key: 'key' }

  async function listen() {
    const { clock, network } = await setUp()
    const accepted: StreamConnection[] = []
    const at = { host: serverAt.host, port: 5061 }
    const accept = (connection: StreamConnection) => {
      record(connection)
      accepted.push(connection)
    }
    const listener = await network.host(at.host).listenStream(at, accept, identity)
    const connect = (tls?: TlsTarget, to = at) => {
      const recorded = record(network.host('10.0.0.1').connectStream(to, tls))
      clock.runUntilIdle(100)
      return recorded.log
    }
    return { accepted, listener, connect }
  }

  it('is made to who has the name, and knows a client by its certificate', async () => {
    const { accepted, connect } = await listen()
    expect(connect({ serverName: 'example.com', identity: client })).toEqual(['connected'])
    expect(connect({ serverName: 'sip.example.com', identity: null })).toEqual(['connected'])
    expect(connect({ serverName: 'other.example.com', identity: null })).toEqual([
      'closed ERR_TLS_CERT_ALTNAME_INVALID',
    ])
    expect(accepted.map(({ peerNames }) => peerNames)).toEqual([['client.example.com'], []])
  })

  it('and what is plain do not understand each other', async () => {
    const { connect } = await listen()
    expect(connect()).toEqual(['closed EPROTO'])
    expect(connect({ serverName: 'example.com', identity: null }, serverAt)).toEqual(['closed EPROTO'])
  })

  it('takes another certificate', async () => {
    const { listener, connect } = await listen()
    listener.renew?.({ cert: 'new.example.com', key: 'key' })
    expect(connect({ serverName: 'new.example.com', identity: null })).toEqual(['connected'])
    expect(connect({ serverName: 'example.com', identity: null })).toEqual(['closed ERR_TLS_CERT_ALTNAME_INVALID'])
  })
})
