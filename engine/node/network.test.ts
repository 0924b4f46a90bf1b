import net from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DatagramSocket, SocketAddress, StreamConnection } from '../ports/network.ts'
import { createNodeNetwork } from './network.ts'

const loopback = { host: '127.0.0.1', port: 0 }
const network = createNodeNetwork()
const open: Array<() => void> = []

afterEach(() => {
  vi.useRealTimers()
  for (const close of open.splice(0)) close()
})

function closeLater<T extends { close(): void }>(closable: T): T {
  open.push(() => closable.close())
  return closable
}

/** Values that come one by one, to be awaited in order. */
function createInbox<T>() {
  const values: T[] = []
  const waiting: Array<(value: T) => void> = []
  return {
    values,
    put(value: T) {
      const next = waiting.shift()
      if (next === undefined) values.push(value)
      else next(value)
    },
    take(): Promise<T> {
      const value = values.shift()
      return value === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(value)
    },
  }
}

async function bind(at: SocketAddress) {
  const inbox = createInbox<{ text: string; from: SocketAddress }>()
  const errors = createInbox<Error>()
  const socket: DatagramSocket = closeLater(
    await network.bindDatagram(at, {
      onMessage: (bytes, from) => inbox.put({ text: Buffer.from(bytes).toString(), from }),
      onError: errors.put,
    }),
  )
  return { socket, inbox, errors }
}

function record(connection: StreamConnection) {
  const log = createInbox<string>()
  const closed = Promise.withResolvers<Error | null>()
  let closings = 0
  open.push(() => connection.destroy())
  connection.attach({
    onConnected: () => log.put('connected'),
    onData: bytes => log.put(Buffer.from(bytes).toString()),
    onClose: error => {
      closings += 1
      closed.resolve(error)
    },
  })
  return { connection, log, closed: closed.promise, closings: () => closings }
}

async function listen(at: SocketAddress = loopback) {
  const accepted = createInbox<ReturnType<typeof record>>()
  const listener = closeLater(await network.listenStream(at, connection => accepted.put(record(connection))))
  return { listener, accepted }
}

async function connectPair() {
  const { listener, accepted } = await listen()
  const client = record(network.connectStream(listener.local))
  const server = await accepted.take()
  expect(await client.log.take()).toBe('connected')
  return { client, server, listener }
}

/** Long enough for handlers that are called once too often to be caught at it. */
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

describe('UDP', () => {
  it.each(['127.0.0.1', '::1'])('carries datagrams both ways on %s', async host => {
    const a = await bind({ host, port: 0 })
    const b = await bind({ host, port: 0 })
    a.socket.send('ping', b.socket.local)
    expect(await b.inbox.take()).toEqual({ text: 'ping', from: a.socket.local })
    b.socket.send(new Uint8Array([0x70, 0x6f, 0x6e, 0x67]), a.socket.local)
    expect(await a.inbox.take()).toEqual({ text: 'pong', from: b.socket.local })
  })

  it('says how large a receive buffer it got', async () => {
    const { socket } = await bind(loopback)
    expect(socket.receiveBufferBytes).toBeGreaterThanOrEqual(100_000)
    expect(socket.receiveBufferBytes).toBeLessThanOrEqual(4 * 2 ** 20)
  })

  it('rejects with the code of the system', async () => {
    const { socket } = await bind(loopback)
    await expect(bind(socket.local)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await expect(bind({ host: '192.0.2.77', port: 0 })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    socket.close()
    await bind(socket.local)
  })

  it('shares a port between the wildcards of both families', async () => {
    const v6 = await bind({ host: '::', port: 0 })
    const v4 = await bind({ host: '0.0.0.0', port: v6.socket.local.port })
    v4.socket.send('four', { host: '127.0.0.1', port: v4.socket.local.port })
    expect(await v4.inbox.take()).toMatchObject({ text: 'four', from: { host: '127.0.0.1' } })
    v4.socket.send('six', { host: '::1', port: v6.socket.local.port })
    expect(await v4.errors.take()).toMatchObject({ code: 'EAFNOSUPPORT' })
  })

  it('tells failures of send by onError, later, and nothing after close', async () => {
    const a = await bind(loopback)
    a.socket.send(new Uint8Array(70_000), a.socket.local)
    expect(a.errors.values).toEqual([])
    expect(await a.errors.take()).toMatchObject({ code: 'EMSGSIZE' })
    a.socket.send('x', { host: '127.0.0.1', port: 70_000 })
    expect(a.errors.values).toEqual([])
    expect(await a.errors.take()).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' })
    a.socket.send('x', { host: 'localhost', port: 9 })
    expect(await a.errors.take()).toMatchObject({ code: 'EAFNOSUPPORT' })
    a.socket.send(new Uint8Array(70_000), a.socket.local)
    a.socket.close()
    a.socket.close()
    a.socket.send('x', a.socket.local)
    await turns(5)
    expect(a.errors.values).toEqual([])
  })
})

describe('TCP', () => {
  it('carries bytes both ways and knows both ends', async () => {
    const { client, server, listener } = await connectPair()
    client.connection.write('ping')
    expect(await server.log.take()).toBe('ping')
    server.connection.write(Buffer.from('pong'))
    expect(await client.log.take()).toBe('pong')
    expect(client.connection.remote).toEqual(listener.local)
    expect(server.connection.local).toEqual(listener.local)
    expect(server.connection.remote).toEqual(client.connection.local)
  })

  it('sends what was written before the connection was there', async () => {
    const { listener, accepted } = await listen()
    const client = record(network.connectStream(listener.local))
    client.connection.write('early')
    expect(client.connection.bufferedBytes).toBe(5)
    const { local } = client.connection
    const server = await accepted.take()
    // What it said of itself in the meantime is true.
    expect(local).toEqual(server.connection.remote)
    expect(await server.log.take()).toBe('early')
  })

  it('closes both sides once after end, having sent all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { client, server } = await connectPair()
    const local = client.connection.local
    client.connection.write('last words')
    client.connection.end()
    client.connection.end()
    client.connection.write('ignored')
    expect(await server.log.take()).toBe('last words')
    expect(await Promise.all([client.closed, server.closed])).toEqual([null, null])
    client.connection.destroy()
    server.connection.end()
    await turns(5)
    expect([client.closings(), server.closings()]).toEqual([1, 1])
    expect([client.log.values, server.log.values]).toEqual([[], []])
    expect(client.connection.local).toEqual(local)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('closes at once by destroy', async () => {
    const { client, server } = await connectPair()
    client.connection.destroy()
    expect(client.closings()).toBe(0)
    expect(await client.closed).toBe(null)
    await server.closed
    await turns(5)
    expect([client.closings(), server.closings()]).toEqual([1, 1])
  })

  it('tells of a reset with its error', async () => {
    const { listener, accepted } = await listen()
    const raw = net.connect(listener.local)
    await new Promise(resolve => raw.once('connect', resolve))
    const server = await accepted.take()
    raw.resetAndDestroy()
    expect(await server.closed).toMatchObject({ code: 'ECONNRESET' })
    expect(server.closings()).toBe(1)
  })

  it('counts what the peer has not taken', async () => {
    const listener = net.createServer({ pauseOnConnect: true })
    open.push(() => listener.close())
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
    const accepted = new Promise<net.Socket>(resolve => listener.once('connection', resolve))
    const { port } = listener.address() as net.AddressInfo
    const client = record(network.connectStream({ host: '127.0.0.1', port }))
    await client.log.take()
    for (let megabyte = 0; megabyte < 32; megabyte += 1) client.connection.write(new Uint8Array(2 ** 20))
    await turns(5)
    expect(client.connection.bufferedBytes).toBeGreaterThan(2 ** 20)
    client.connection.destroy()
    expect(await client.closed).toBe(null)
    ;(await accepted).destroy()
  })

  it('does not wait for ever for a peer that keeps its half open', async () => {
    const listener = net.createServer({ allowHalfOpen: true })
    open.push(() => listener.close())
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
    const accepted = new Promise<net.Socket>(resolve => listener.once('connection', resolve))
    const { port } = listener.address() as net.AddressInfo
    const client = record(network.connectStream({ host: '127.0.0.1', port }))
    const peer = await accepted
    open.push(() => peer.destroy())
    const ended = new Promise(resolve => peer.once('end', resolve))
    peer.resume()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    client.connection.end()
    await ended
    expect(client.closings()).toBe(0)
    vi.advanceTimersByTime(10_000)
    expect(await client.closed).toBe(null)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tells a failed connect by onClose, once', async () => {
    const { listener } = await listen()
    listener.close()
    const refused = record(network.connectStream(listener.local))
    expect(await refused.closed).toMatchObject({ code: 'ECONNREFUSED' })
    const impossible = record(network.connectStream({ host: '127.0.0.1', port: 70_000 }))
    expect(await impossible.closed).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' })
    await turns(5)
    expect([refused.closings(), impossible.closings()]).toEqual([1, 1])
    expect(refused.log.values).toEqual([])
  })

  it('tells a side that attaches after the end', async () => {
    const { listener, accepted } = await listen()
    const connection = network.connectStream(listener.local)
    await accepted.take()
    connection.destroy()
    await turns(5)
    expect(await record(connection).closed).toBe(null)
  })

  it('rejects a listener with the code of the system and keeps connections when it closes', async () => {
    const { client, server, listener } = await connectPair()
    await expect(listen(listener.local)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    listener.close()
    client.connection.write('still here')
    expect(await server.log.take()).toBe('still here')
  })
})

describe('addresses', () => {
  it('resolves names and leaves numbers as they are', async () => {
    expect(await network.resolveHost('127.0.0.7')).toEqual(['127.0.0.7'])
    const localhost = await network.resolveHost('localhost')
    expect(localhost.every(address => address === '127.0.0.1' || address === '::1')).toBe(true)
    // Labels end at 63 characters (RFC 1035 §2.3.4), so no server is asked.
    await expect(network.resolveHost(`${'x'.repeat(64)}.invalid`)).rejects.toThrow()
  })

  it('answers loopback for loopback', () => {
    expect(network.localAddressFor('127.0.0.9')).toBe('127.0.0.1')
    expect(network.localAddressFor('::1')).toBe('::1')
  })
})
