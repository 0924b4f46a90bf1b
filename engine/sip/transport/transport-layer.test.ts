/** Sockets, connections and flows on a virtual network. */
import { describe, expect, it } from 'vitest'
import { EngineError } from '../../errors.ts'
import type { Network, SipSocket, TlsIdentity } from '../../ports/network.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { createVirtualNetwork } from '../../simulation/virtual-network.ts'
import type { SipMessage } from '../message/message.ts'
import { limits } from '../message/parse.ts'
import { present } from '../testing/stage.ts'
import { requestText } from '../testing/wire.ts'
import type { Flow } from './flow.ts'
import { parseListenAddress } from './listen-address.ts'
import { TransportLayer } from './transport-layer.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const options = requestText({ method: 'OPTIONS' })

interface Change {
  listen?: string[]
  advertise?: string[]
  network?: (inner: Network) => Network
  tls?: TlsIdentity
  warned?: (message: string) => void
  known?: (host: string) => boolean
}

async function setUp(change: Change = {}) {
  const clock = createTestClock(0)
  const network = createVirtualNetwork({ clock, random: createSeededRandom(1) })
  const messages: Array<{ message: SipMessage; flow: Flow }> = []
  const invalid: Array<{ status: number; flow: Flow }> = []
  const closed: Flow[] = []
  const own = network.host('10.0.0.1')
  const layer = new TransportLayer({
    network: change.network?.(own) ?? own,
    clock,
    logger: { ...logger, warn: (_fields, message) => change.warned?.(message) },
    tls: change.tls ?? null,
    listen: (change.listen ?? ['udp://10.0.0.1:5060', 'tcp://10.0.0.1:5060']).map(parseListenAddress),
    advertise: change.advertise ?? [],
    handlers: {
      onMessage: (message, flow) => messages.push({ message, flow }),
      onInvalid: (result, flow) => invalid.push({ status: result.status, flow }),
      onFlowClosed: flow => closed.push(flow),
      isKnown: flow => change.known?.(flow.remote.host) ?? true,
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

  it('tells whom it knows by STUN where he is, and nobody else', async () => {
    const { clock, network, messages, invalid } = await setUp({ known: host => host === '10.0.0.2' })
    const ask = Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array<number>(12).fill(7)])
    const [phone, stranger] = [
      await bindPeer(network.host('10.0.0.2')),
      await bindPeer(network.host('10.0.0.3'), '10.0.0.3'),
    ]
    for (const { socket } of [phone, stranger]) {
      socket.send(ask, { host: '10.0.0.1', port: 5060 })
      socket.send(Uint8Array.from([0, 9, ...ask.subarray(2)]), { host: '10.0.0.1', port: 5060 })
    }
    clock.advance(0)
    expect([phone.received.length, stranger.received.length]).toEqual([1, 0])
    expect(phone.received[0]?.slice(0, 2)).toBe('\u0001\u0001')
    expect([messages, invalid]).toEqual([[], []])
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

describe('several UDP sockets of one family', () => {
  async function setUpTwo(listen: string[]) {
    const sent: string[] = []
    const bound: Array<(text: string, host: string) => void> = []
    const network = (inner: Network): Network => ({
      ...inner,
      bindDatagram: async (at, handlers) => {
        bound.push((text, host) => handlers.onMessage(new TextEncoder().encode(text), { host, port: 6_000 }))
        const send = (_text: Uint8Array | string, to: { host: string; port: number }) =>
          void sent.push(`${at.host}:${at.port} > ${to.host}:${to.port}`)
        return { local: at, send, close: () => {} }
      },
      localAddressFor: host => (host.startsWith('192.168.') ? '192.168.0.1' : '10.0.0.1'),
    })
    const stage = await setUp({ listen, network })
    const hear = (index: number, host: string) => {
      bound[index]?.(options, host)
      return present(stage.messages.at(-1)).flow
    }
    const to = (host: string, last: Flow | null = null) =>
      present(stage.layer.flowTo({ transport: 'UDP', host, port: 5060 }, last)).send('x')
    return { ...stage, sent, hear, to }
  }

  const two = ['udp://10.0.0.1:5060', 'udp://192.168.0.1:5060']

  it('serve somebody new from the address that leads there', async () => {
    const { sent, to } = await setUpTwo(two)
    to('192.168.0.9')
    to('10.0.0.9')
    to('172.16.0.9')
    expect(sent).toEqual([
      '192.168.0.1:5060 > 192.168.0.9:5060',
      '10.0.0.1:5060 > 10.0.0.9:5060',
      '10.0.0.1:5060 > 172.16.0.9:5060',
    ])
  })

  it('go on from the address that the peer has used, also for answers', async () => {
    const { sent, hear, layer, to } = await setUpTwo(two)
    const flow = hear(1, '10.0.0.9')
    layer.responseFlow(flow, 5070, false).send('x')
    to('10.0.0.8', flow)
    expect(sent).toEqual(['192.168.0.1:5060 > 10.0.0.9:5070', '192.168.0.1:5060 > 10.0.0.8:5060'])
  })

  it('go on from the port that the peer has used', async () => {
    const { sent, hear, layer, to } = await setUpTwo(['udp://10.0.0.1:5060', 'udp://10.0.0.1:5080'])
    const flow = hear(1, '10.0.0.9')
    layer.responseFlow(flow, 5070, false).send('x')
    to('10.0.0.8', flow)
    to('10.0.0.8')
    expect(sent).toEqual([
      '10.0.0.1:5080 > 10.0.0.9:5070',
      '10.0.0.1:5080 > 10.0.0.8:5060',
      '10.0.0.1:5060 > 10.0.0.8:5060',
    ])
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

  it('says of a connection of ours where we listen, or else where it comes from', async () => {
    for (const [listen, said] of [
      [['udp://10.0.0.1:5060', 'tcp://10.0.0.1:5070'], 5070],
      [['udp://10.0.0.1:5060'], null],
      [['udp://10.0.0.1:5060', 'tcp://[fd00::1]:5070'], null],
    ] as const) {
      const own = (inner: Network): Network => ({ ...inner, listenStream: async at => ({ local: at, close() {} }) })
      const { clock, network, layer } = await setUp({ listen: [...listen], network: own })
      const ports: number[] = []
      await network
        .host('10.0.0.9')
        .listenStream({ host: '10.0.0.9', port: 5060 }, ({ remote }) => void ports.push(remote.port))
      const { advertised } = present(layer.flowTo({ transport: 'TCP', host: '10.0.0.9', port: 5060 }))
      clock.advance(0)
      expect([advertised.host, [advertised.port]]).toEqual(['10.0.0.1', said === null ? ports : [said]])
    }
  })

  it('answers a ping with one CRLF', async () => {
    const { clock, connect } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write('\r\n\r')
    peer.write('\n')
    clock.advance(0)
    expect(peer.received).toEqual(['\r\n'])
  })

  it.each([
    ['headers without end', `OPTIONS sip:a SIP/2.0\r\nX: ${'a'.repeat(limits.messageBytes)}`],
    ['a message too large', options.replace('Content-Length: 0', `Content-Length: ${limits.messageBytes}`)],
    ['a header too long', options.replace('Content-Length', `X: ${'a'.repeat(limits.headerBytes)}\r\nContent-Length`)],
    ['too many headers', options.replace('Content-Length', `${'X: 1\r\n'.repeat(limits.headers)}Content-Length`)],
    ['too many Via', options.replace('Content-Length', `${'Via: SIP/2.0/TCP h\r\n'.repeat(70)}Content-Length`)],
    ['something that is no SIP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('closes a connection that carries %s', async (_what, text) => {
    const { clock, connect, messages } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(text + options)
    clock.advance(0)
    expect(peer.state.closed).toBe(true)
    expect(messages).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('answers what was legal before it closes', async () => {
    const { clock, connect, messages } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(options)
    messages[0]?.flow.send('answer')
    peer.write('GET / HTTP/1.1\r\n\r\n')
    clock.advance(0)
    expect([peer.received, peer.state.closed]).toEqual([['answer'], true])
  })

  it('closes a connection that sends a byte now and then, whatever its progress', async () => {
    const { clock, connect } = await setUp()
    const peer = connect('10.0.0.2')
    for (let second = 0; second < 10; second++) {
      expect(peer.state.closed).toBe(false)
      peer.write(options.charAt(second))
      clock.advance(1_000)
    }
    clock.advance(0)
    expect(peer.state.closed).toBe(true)
  })

  it('is patient with a peer whose writes end in the middle of the next message', async () => {
    const { clock, connect, messages } = await setUp()
    const peer = connect('10.0.0.2')
    peer.write(options.slice(0, 50))
    for (let count = 1; count <= 5; count++) {
      clock.advance(6_000)
      peer.write(options.slice(50) + options.slice(0, 50))
      expect(messages).toHaveLength(count)
    }
    expect(peer.state.closed).toBe(false)
  })

  it('closes one that says nothing for a minute, and none that has spoken', async () => {
    const { clock, connect } = await setUp()
    const [silent, pinging, spoken] = [connect('10.0.0.2'), connect('10.0.0.3'), connect('10.0.0.4')]
    pinging.write('\r\n\r\n')
    spoken.write(options)
    clock.advance(60_000)
    clock.advance(0)
    expect([silent, pinging, spoken].map(({ state }) => state.closed)).toEqual([true, true, false])
  })

  it('gives up after 3 s when a connection is not there', async () => {
    const { clock, network, layer, closed } = await setUp()
    network.partition('10.0.0.9')
    const flow = present(layer.flowTo({ transport: 'TCP', host: '10.0.0.9', port: 5060 }))
    clock.advance(2_999)
    expect(flow.alive).toBe(true)
    clock.advance(2)
    expect([flow.alive, closed]).toEqual([false, [flow]])
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

  it('takes 100 connections of one IPv6 network and no more, whatever addresses it shows', async () => {
    const { clock, connect } = await setUp()
    const peers = Array.from({ length: 101 }, (_, index) => connect(`2001:db8::${(index + 1).toString(16)}`))
    const other = connect('2001:db8:0:1::1')
    clock.advance(0)
    expect(peers.map(({ state }) => state.closed)).toEqual([...Array<boolean>(100).fill(false), true])
    expect(other.state.closed).toBe(false)
  })

  it('takes no more of anybody than the system has room for, and still connects itself', async () => {
    const { clock, connect, layer } = await setUp({ network: inner => ({ ...inner, connectionRoom: 3 }) })
    const peers = [2, 3, 4, 5].map(last => connect(`10.0.0.${last}`))
    clock.advance(0)
    expect(peers.map(({ state }) => state.closed)).toEqual([false, false, false, true])
    expect(layer.flowTo({ transport: 'TCP', host: '10.0.0.9', port: 5060 })?.alive).toBe(true)
    peers[0]?.connection.destroy()
    peers[1]?.connection.destroy()
    clock.advance(0)
    expect(connect('10.0.0.6').state.closed).toBe(false)
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

describe('TLS', () => {
  const tls = { cert: 'sip.example.com', key: 'key', ca: 'authority' }
  const listen = ['tls://10.0.0.1:5061']

  async function setUpPeer(cert: string) {
    const stage = await setUp({ listen, tls })
    const received: string[] = []
    await stage.network
      .host('10.0.0.2')
      .listenStream(
        { host: '10.0.0.2', port: 5061 },
        connection => connection.attach({ onData: data => received.push(String(data)), onClose: () => {} }),
        { cert, key: 'key' },
      )
    return { ...stage, received }
  }

  it('is told by Via and Contact, and by the port without one', async () => {
    const { layer, messages, clock, network } = await setUp({ listen, tls })
    const connection = network
      .host('10.0.0.2')
      .connectStream({ host: '10.0.0.1', port: 5061 }, { serverName: 'sip.example.com', identity: tls })
    connection.attach({ onData: () => {}, onClose: () => {} })
    connection.write(options)
    clock.advance(0)
    expect(messages[0]?.flow).toMatchObject({
      transport: 'TLS',
      advertised: { host: '10.0.0.1', port: 5061 },
      peerNames: ['sip.example.com'],
    })
    expect(layer.isOwnAddress('10.0.0.1', 0)).toBe(true)
    expect(layer.listening).toEqual(['tls://10.0.0.1:5061'])
  })

  it('goes only to who has the name that was asked for', async () => {
    const { layer, clock, closed, received } = await setUpPeer('phone.example.com')
    const to = { transport: 'TLS', host: '10.0.0.2', port: 5061 } as const
    const wrong = present(layer.flowTo({ ...to, serverName: 'bank.example.com' }))
    const right = present(layer.flowTo({ ...to, serverName: 'phone.example.com' }))
    wrong.send('secret')
    right.send('hello')
    clock.advance(0)
    expect([wrong.alive, right.alive, closed]).toEqual([false, true, [wrong]])
    expect(received).toEqual([String(new TextEncoder().encode('hello'))])
    // Another name at the same address is no reason to believe, however often it was right before.
    expect(layer.flowTo({ ...to, serverName: 'phone.example.com' })).toBe(right)
    expect(layer.flowTo({ ...to, serverName: 'bank.example.com' })).not.toBe(right)
  })

  it('is not to be had without a certificate', async () => {
    await expect(setUp({ listen })).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('SIP_TLS_CERT'),
    })
  })

  it('takes another certificate while it runs', async () => {
    const { layer, clock, network } = await setUp({ listen, tls })
    layer.renewTls({ cert: 'new.example.com', key: 'key' })
    const connect = (serverName: string) => {
      const state = { error: null as Error | null }
      network
        .host('10.0.0.2')
        .connectStream({ host: '10.0.0.1', port: 5061 }, { serverName, identity: null })
        .attach({
          onData: () => {},
          onClose: error => {
            state.error = error
          },
        })
      clock.advance(0)
      return state
    }
    expect(connect('new.example.com').error).toBeNull()
    expect(connect('sip.example.com').error).not.toBeNull()
  })
})

describe('WebSockets', () => {
  it('of one address are as few as its other connections, together', async () => {
    const { clock, connect, layer, messages, closed } = await setUp()
    const sockets = Array.from({ length: 100 }, () => {
      const done: string[] = []
      const listeners = new Map<string, (given: never) => void>()
      const socket: SipSocket = {
        bufferedAmount: 0,
        send: text => void done.push(text),
        ping: () => {},
        close: code => void done.push(`close ${code}`),
        terminate: () => {},
        on: (event: string, listener: (given: never) => void) => listeners.set(event, listener),
      }
      return { socket, done, emit: (event: string, given?: unknown) => listeners.get(event)?.(given as never) }
    })
    connect('10.0.0.2').write(options)
    for (const { socket } of sockets)
      layer.acceptSocket(socket, {
        remote: { host: '10.0.0.2', port: 7 },
        local: { host: '10.0.0.1', port: 8080 },
        secure: true,
      })
    expect(sockets.map(({ done }) => done.join())).toEqual([...Array<string>(99).fill(''), 'close 1008'])
    sockets[0]?.emit('message', new TextEncoder().encode(options))
    expect(messages[1]?.flow).toMatchObject({ transport: 'WSS', advertised: { host: '10.0.0.1', port: 8080 } })
    sockets[0]?.emit('close')
    expect(closed).toEqual([messages[1]?.flow])
    layer.close()
    clock.advance(0)
    expect(sockets[1]?.done).toEqual(['close 1001'])
    const [late] = sockets
    late?.done.splice(0)
    if (late !== undefined)
      layer.acceptSocket(late.socket, {
        remote: { host: '10.0.0.3', port: 7 },
        local: { host: '10.0.0.1', port: 8080 },
        secure: true,
      })
    expect(late?.done).toEqual(['close 1001'])
    expect(clock.pending).toBe(0)
  })
})

describe('listening', () => {
  it('warns of a small receive buffer, and of no large one', async () => {
    const warnings: string[] = []
    const granted =
      (receiveBufferBytes: number) =>
      (inner: Network): Network => ({
        ...inner,
        bindDatagram: async (at, handlers) => ({ ...(await inner.bindDatagram(at, handlers)), receiveBufferBytes }),
      })
    await setUp({ network: granted(4 * 2 ** 20), warned: message => warnings.push(message) })
    expect(warnings).toEqual([])
    await setUp({ network: granted(212_992), warned: message => warnings.push(message) })
    expect(warnings).toEqual([expect.stringContaining('net.core.rmem_max')])
  })

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
    ['tls://10.0.0.1', { transport: 'TLS', host: '10.0.0.1', port: 5061 }],
    ['udp://127.0.0.1', { transport: 'UDP', host: '127.0.0.1', port: 5060 }],
    ['udp://127.0.0.1:0', { transport: 'UDP', host: '127.0.0.1', port: 0 }],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected)
  })

  it.each(['', '5060', 'sctp://h:1', 'udp://', 'udp://h:x', 'udp://h:70000', 'udp://[::1'])('refuses %j', text => {
    expect(() => parseListenAddress(text)).toThrow(EngineError)
  })
})
