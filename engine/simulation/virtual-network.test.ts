import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DatagramHandlers, Network, SocketAddress } from '../ports/network.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createTestClock } from './test-clock.ts'
import { createVirtualNetwork, type NetworkConditions } from './virtual-network.ts'

function setUp(conditions: Partial<NetworkConditions> = {}, seed = 1) {
  const clock = createTestClock(0)
  const network = createVirtualNetwork({ clock, random: createSeededRandom(seed), conditions })
  return { clock, network }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** A socket that notes what it gets. */
async function bindRecorder(network: Network, at: SocketAddress, now: () => number = () => 0) {
  const received: Array<{ text: string; from: SocketAddress; atMs: number }> = []
  const errors: Error[] = []
  const handlers: DatagramHandlers = {
    onMessage: (bytes, from) => received.push({ text: text(bytes), from, atMs: now() }),
    onError: error => errors.push(error),
  }
  const socket = await network.bindDatagram(at, handlers)
  return { socket, received, errors, texts: () => received.map(datagram => datagram.text) }
}

const delays = fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }))
const rate = fc.double({ min: 0, max: 1, noNaN: true })

describe('datagrams', () => {
  it('arrive exactly once and in order when nothing is lost, doubled or overtaken', async () => {
    await fc.assert(
      fc.asyncProperty(delays, fc.nat(), fc.array(fc.nat(20), { maxLength: 60 }), async (delayMs, seed, gaps) => {
        const { clock, network } = setUp({ delayMs }, seed)
        const a = await bindRecorder(network.host('10.0.0.1'), { host: '10.0.0.1', port: 5060 })
        const b = await bindRecorder(network.host('10.0.0.2'), { host: '10.0.0.2', port: 5060 })
        gaps.forEach((gapMs, index) => {
          a.socket.send(`message ${index}`, b.socket.local)
          clock.advance(gapMs)
        })
        expect(clock.runUntilIdle(1_000)).toBe(true)
        expect(b.texts()).toEqual(gaps.map((_, index) => `message ${index}`))
        expect(b.received.every(({ from }) => from.host === '10.0.0.1' && from.port === 5060)).toBe(true)
      }),
    )
  })

  it('are all accounted for under any conditions, and the same seed repeats the run', async () => {
    const conditions = fc.record({ lossRate: rate, duplicateRate: rate, reorderRate: rate, delayMs: delays })
    await fc.assert(
      fc.asyncProperty(conditions, fc.nat(), async (given, seed) => {
        const run = async () => {
          const { clock, network } = setUp(given, seed)
          const a = await bindRecorder(network, { host: '10.0.0.1', port: 1 })
          const b = await bindRecorder(network, { host: '10.0.0.2', port: 2 }, clock.now)
          for (let index = 0; index < 50; index += 1) a.socket.send(String(index), b.socket.local)
          clock.runUntilIdle(1_000)
          return { received: b.received, counts: network.counts }
        }
        const { received, counts } = await run()
        expect(counts.sent).toBe(50)
        expect(counts.delivered).toBe(received.length)
        expect(counts.delivered + counts.lost).toBe(counts.sent + counts.duplicated)
        expect(received.every(({ atMs }) => atMs >= given.delayMs.min)).toBe(true)
        expect(await run()).toEqual({ received, counts })
      }),
    )
  })

  it('vanish, come twice or overtake each other at the given rates, which may change', async () => {
    const { clock, network } = setUp({ lossRate: 0.3, duplicateRate: 0.2 })
    const a = await bindRecorder(network, { host: '10.0.0.1', port: 1 })
    const b = await bindRecorder(network, { host: '10.0.0.2', port: 2 })
    for (let index = 0; index < 10_000; index += 1) a.socket.send('x', b.socket.local)
    clock.runUntilIdle(1_000)
    expect(network.counts.duplicated / 10_000).toBeCloseTo(0.2, 1)
    expect(network.counts.lost / 12_000).toBeCloseTo(0.3, 1)

    network.setConditions({ lossRate: 0, duplicateRate: 0, reorderRate: 0.1 })
    b.received.length = 0
    for (let index = 0; index < 100; index += 1) a.socket.send(String(index).padStart(3, '0'), b.socket.local)
    clock.runUntilIdle(1_000)
    expect(b.received).toHaveLength(100)
    expect(b.texts()).not.toEqual([...b.texts()].sort())
  })

  it('are never delivered within send, and are a copy of what was sent', async () => {
    const { clock, network } = setUp()
    const a = await bindRecorder(network, { host: '10.0.0.1', port: 1 })
    const bytes = Buffer.from('before')
    a.socket.send(bytes, a.socket.local)
    bytes.write('after!')
    expect(a.received).toEqual([])
    clock.advance(0)
    expect(a.texts()).toEqual(['before'])
  })

  it('reach nobody after close, and a wildcard socket under its host', async () => {
    const { clock, network } = setUp({ delayMs: { min: 10, max: 10 } })
    const a = await bindRecorder(network.host('10.0.0.1'), { host: '0.0.0.0', port: 0 })
    const b = await bindRecorder(network.host('10.0.0.2'), { host: '10.0.0.2', port: 2 })
    expect(a.socket.local.host).toBe('0.0.0.0')
    b.socket.send('hello', { host: '10.0.0.1', port: a.socket.local.port })
    a.socket.send('hello', b.socket.local)
    clock.advance(5)
    b.socket.close()
    b.socket.close()
    b.socket.send('too late', { host: '10.0.0.1', port: a.socket.local.port })
    clock.advance(5)
    expect(a.texts()).toEqual(['hello'])
    expect(b.received).toEqual([])
    expect(network.counts).toEqual({ sent: 2, duplicated: 0, delivered: 1, lost: 1 })
  })

  it('that are too large fail at onError', async () => {
    const { clock, network } = setUp()
    const a = await bindRecorder(network, { host: '10.0.0.1', port: 1 })
    a.socket.send(new Uint8Array(65_508), a.socket.local)
    expect(a.errors).toEqual([])
    clock.advance(0)
    expect(a.errors).toMatchObject([{ code: 'EMSGSIZE' }])
  })
})

describe('addresses', () => {
  it('are taken once, per protocol, until they are freed', async () => {
    const { network } = setUp()
    const at = { host: '10.0.0.1', port: 5060 }
    const a = await bindRecorder(network, at)
    const listener = await network.listenStream(at, () => {})
    await expect(bindRecorder(network, at)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await expect(network.listenStream(at, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' })
    a.socket.close()
    listener.close()
    await bindRecorder(network, at)
    await network.listenStream(at, () => {})
    await expect(network.host('10.0.0.2').listenStream(at, () => {})).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  it('are chosen freely for port 0', async () => {
    const { network } = setUp()
    const host = network.host('10.0.0.1')
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => bindRecorder(host, { host: '10.0.0.1', port: 0 })),
    )
    expect(new Set(sockets.map(({ socket }) => socket.local.port)).size).toBe(20)
  })

  it('have names', async () => {
    const { network } = setUp()
    network.setAddresses('carrier.example', ['10.0.0.9', '10.0.0.8'])
    expect(await network.host('10.0.0.1').resolveHost('carrier.example')).toEqual(['10.0.0.9', '10.0.0.8'])
    expect(await network.resolveHost('10.0.0.7')).toEqual(['10.0.0.7'])
    await expect(network.resolveHost('nowhere.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    expect(network.host('10.0.0.1').localAddressFor('10.0.0.9')).toBe('10.0.0.1')
    expect(network.localAddressFor('127.0.0.2')).toBe('127.0.0.1')
  })
})

describe('partitions', () => {
  it('lose datagrams, also those under way, until they heal', async () => {
    const { clock, network } = setUp({ delayMs: { min: 10, max: 10 } })
    const a = await bindRecorder(network, { host: '10.0.0.1', port: 1 })
    const b = await bindRecorder(network, { host: '10.0.0.2', port: 2 })
    a.socket.send('under way', b.socket.local)
    network.partition('10.0.0.2')
    a.socket.send('there', b.socket.local)
    b.socket.send('back', a.socket.local)
    clock.runUntilIdle(1_000)
    a.socket.send('healed before it would arrive', b.socket.local)
    network.heal('10.0.0.2')
    a.socket.send('again', b.socket.local)
    clock.runUntilIdle(1_000)
    expect([a.texts(), b.texts()]).toEqual([[], ['again']])
    expect(network.counts.lost).toBe(4)
  })
})
