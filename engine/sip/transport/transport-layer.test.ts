/** Sockets, connections and flows on a virtual network. */
import { describe, expect, it } from 'vitest'
import { EngineError } from '../../errors.ts'
import type { Network } from '../../ports/network.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { createVirtualNetwork } from '../../simulation/virtual-network.ts'
import type { SipMessage } from '../message/message.ts'
import { present } from '../testing/stage.ts'
import { requestText } from '../testing/wire.ts'
import type { Flow } from './flow.ts'
import { parseListenAddress } from './listen-address.ts'
import { TransportLayer } from './transport-layer.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const options = requestText({ method: 'OPTIONS' })

async function setUp(change: { listen?: string[]; advertise?: string[]; network?: (inner: Network) => Network } = {}) {
  const clock = createTestClock(0)
  const network = createVirtualNetwork({ clock, random: createSeededRandom(1) })
  const messages: Array<{ message: SipMessage; flow: Flow }> = []
  const invalid: Array<{ status: number; flow: Flow }> = []
  const closed: Flow[] = []
  const own = network.host('10.0.0.1')
  const layer = new TransportLayer({
    network: change.network?.(own) ?? own,
    clock,
    logger,
    listen: (change.listen ?? ['udp://10.0.0.1:5060', 'tcp://10.0.0.1:5060']).map(parseListenAddress),
    advertise: change.advertise ?? [],
    handlers: {
      onMessage: (message, flow) => messages.push({ message, flow }),
      onInvalid: (result, flow) => invalid.push({ status: result.status, flow }),
      onFlowClosed: flow => closed.push(flow),
    },
  })
  await layer.listen()
  const connect = (host: string) => {
    const received: string[] = []
    const state = { closed: false }
    const connection = network.host(host).connectStream({ host: '10.0.0.1', port: 5060 })
    connection.attach({
      onData: data => received.push(new TextDecoder().decode(data)),
      onClose: () => {
        state.closed = true
      },
    })
    clock.advance(0)
    const write = (text: string) => {
      connection.write(text)
      clock.advance(0)
    }
    return { connection, received, state, write }
  }
  return { clock, network, layer, messages, invalid, closed, connect }
}

async function bindPeer(network: Network, host = '10.0.0.2') {
  const received: string[] = []
  const socket = await network.bindDatagram(
    { host, port: 5060 },
    { onMessage: data => received.push(new TextDecoder().decode(data)), onError: () => {} },
  )
  return { socket, received }
}

describe('UDP', () => {
  it('carries messages both ways', async () => {
    const { clock, network, layer, messages } = await setUp()
    const peer = await bindPeer(network.host('10.0.0.2'))
    peer.socket.send(options, { host: '10.0.0.1', port: 5060 })
    clock.advance(0)
    const [{ flow } = { flow: null }] = messages
    expect(flow).toMatchObject({ transport: 'UDP', reliable: false, alive: true, remote: peer.socket.local })
    present(flow).send('hello')
    present(layer.flowTo({ transport: 'UDP', host: '10.0.0.2', port: 5060 })).send('again')
    clock.advance(0)
    expect(peer.received).toEqual(['hello', 'again'])
    expect(layer.flowTo({ transport: 'UDP', host: '10.0.0.2', port: 5060 })?.key).toBe(flow?.key)
  })

  it('takes no notice of keep-alives and tells of nonsense', async () => {
    const { clock, network, messages, invalid } = await setUp()
    const peer = await bindPeer(network.host('10.0.0.2'))
    for (const text of ['\r\n\r\n', '\0\0\0\0', '', 'x'.repeat(100)])
      peer.socket.send(text, { host: '10.0.0.1', port: 5060 })
    clock.advance(0)
    expect(messages).toEqual([])
    expect(invalid).toMatchObject([{ status: 0 }])
  })

  it('answers to the source, and to its port only if rport was asked for', async () => {
    const { layer } = await setUp()
    const flow = present(layer.flowTo({ transport: 'UDP', host: '10.0.0.2', port: 40_000 }))
    expect(layer.responseFlow(flow, 5070, true).remote).toEqual({ host: '10.0.0.2', port: 40_000 })
    expect(layer.responseFlow(flow, 5070, false).remote).toEqual({ host: '10.0.0.2', port: 5070 })
    expect(layer.responseFlow(flow, 0, false).remote).toEqual({ host: '10.0.0.2', port: 5060 })
  })

  it('has no way to a family that it has no socket for', async () => {
    const { layer } = await setUp()
    expect(layer.flowTo({ transport: 'UDP', host: '::1', port: 5060 })).toBeNull()
  })

  it('advertises what it is told to, per family', async () => {
    const { layer } = await setUp({ advertise: ['2001:db8::1', 'sip.example.com'] })
    const flow = present(layer.flowTo({ transport: 'UDP', host: '10.0.0.2', port: 5060 }))
    expect(flow.advertised).toEqual({ host: 'sip.example.com', port: 5060 })
    expect(flow.localHost).toBe('10.0.0.1')
    expect(layer.isOwnAddress('sip.example.com', 0)).toBe(true)
    expect(layer.isOwnAddress('10.0.0.1', 5060)).toBe(true)
    expect(layer.isOwnAddress('10.0.0.1', 5062)).toBe(false)
    expect(layer.isOwnAddress('10.0.0.9', 5060)).toBe(false)
  })
})

describe('TCP', () => {
  it('frames what comes and answers over the same connection', async () => {
    const { clock, connect, messages } = await setUp()
    const peer = connect('10.0.0.2')
    for (const part of [options.slice(0, 7), options.slice(7, 90), options.slice(90) + options]) peer.write(part)
    expect(messages).toHaveLength(2)
    messages[0]?.flow.send('back')
    clock.advance(0)
    expect(peer.received).toEqual(['back'])
  })

  it('answers a ping with one CRLF', async () => {
    const { clock, connect } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write('\r\n\r')
    peer.write('\n')
    clock.advance(0)
    expect(peer.received).toEqual(['\r\n'])
  })

  it('closes a connection whose message is not complete after 10 s', async () => {
    const { clock, connect, closed } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(options.slice(0, 50))
    clock.advance(9_000)
    peer.write(options.slice(50, 60))
    clock.advance(999)
    expect(peer.state.closed).toBe(false)
    clock.advance(2)
    expect(peer.state.closed).toBe(true)
    expect(closed).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('leaves one alone that sends single CRLFs', async () => {
    const { clock, connect } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(`${options}\r\n`)
    clock.advance(60_000)
    expect(peer.state.closed).toBe(false)
  })

  it('closes one that sends no SIP', async () => {
    const { clock, connect } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write('Content-Length: x\r\nContent-Length: y\r\n\r\n')
    clock.advance(0)
    expect(peer.state.closed).toBe(true)
  })

  it('uses a connection again, whoever opened it, until it is gone', async () => {
    const { clock, connect, layer, messages, closed } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(options)
    const { remote } = present(messages[0]).flow
    const flow = present(layer.flowTo({ transport: 'TCP', ...remote }))
    expect(flow).toBe(messages[0]?.flow)
    peer.connection.destroy()
    clock.advance(0)
    expect(flow.alive).toBe(false)
    expect(closed).toEqual([flow])
    expect(layer.flowTo({ transport: 'TCP', ...remote })).not.toBe(flow)
  })

  it('tells when a connection can not be made', async () => {
    const { clock, layer, closed } = await setUp()
    const flow = present(layer.flowTo({ transport: 'TCP', host: '10.0.0.9', port: 5060 }))
    flow.send('lost')
    clock.advance(0)
    expect(closed).toEqual([flow])
    expect(flow.alive).toBe(false)
  })

  it('takes 100 connections of one address and no more', async () => {
    const { clock, connect } = await setUp()
    const peers = Array.from({ length: 100 }, () => connect('10.0.0.2'))
    const more = connect('10.0.0.2')
    const other = connect('10.0.0.3')
    clock.advance(0)
    expect(peers.some(({ state }) => state.closed)).toBe(false)
    expect([more.state.closed, other.state.closed]).toEqual([true, false])
    peers[0]?.connection.destroy()
    clock.advance(0)
    expect(connect('10.0.0.2').state.closed).toBe(false)
  })

  it('cuts off a peer that does not read', async () => {
    const { clock, connect, network, messages } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(options)
    network.partition('10.0.0.2')
    const { flow } = present(messages[0])
    for (let i = 0; i < 70; i++) flow.send('x'.repeat(65_536))
    clock.advance(0)
    expect(flow.alive).toBe(false)
  })
})

describe('listening', () => {
  it('says where', async () => {
    const { layer } = await setUp({ listen: ['udp://10.0.0.1:0', 'tcp://10.0.0.1:5070'] })
    expect(layer.listening[0]).toMatch(/^udp:\/\/10\.0\.0\.1:\d+$/)
    expect(layer.listening[1]).toBe('tcp://10.0.0.1:5070')
  })

  it.each([
    ['EADDRINUSE', 'in use'],
    ['EACCES', 'not permitted'],
    ['EADDRNOTAVAIL', 'no such address'],
  ])('%s is told in words, and nothing stays open', async (code, words) => {
    const failure = Object.assign(new Error(code), { code })
    let closed = 0
    const network = (inner: Network): Network => ({
      ...inner,
      bindDatagram: async (at, handlers) => {
        const socket = await inner.bindDatagram(at, handlers)
        return {
          ...socket,
          close: () => {
            closed++
            socket.close()
          },
        }
      },
      listenStream: () => Promise.reject(failure),
    })
    const error = await setUp({ network }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(EngineError)
    expect(error).toMatchObject({ code: 'sip.listen_failed', message: expect.stringContaining(words) })
    expect(closed).toBe(1)
  })

  it('ends with everything closed', async () => {
    const { clock, connect, layer } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(options.slice(0, 50))
    layer.close()
    clock.advance(0)
    expect(peer.state.closed).toBe(true)
    expect(layer.listening).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('listen addresses', () => {
  it.each([
    ['udp://0.0.0.0:5060', { transport: 'UDP', host: '0.0.0.0', port: 5060 }],
    ['TCP://[::]:5070', { transport: 'TCP', host: '::', port: 5070 }],
    ['udp://127.0.0.1', { transport: 'UDP', host: '127.0.0.1', port: 5060 }],
    ['udp://127.0.0.1:0', { transport: 'UDP', host: '127.0.0.1', port: 0 }],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected)
  })

  it.each(['', '5060', 'sctp://h:1', 'udp://', 'udp://h:x', 'udp://h:70000', 'udp://[::1'])('refuses %j', text => {
    expect(() => parseListenAddress(text)).toThrow(EngineError)
  })
})
