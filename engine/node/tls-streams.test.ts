/** TLS on real sockets: who is let in, who is believed, and what a new certificate changes. */
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { SocketAddress, StreamConnection, TlsIdentity, TlsTarget } from '../ports/network.ts'
import { createNodeNetwork } from './network.ts'
import { createAuthority } from './testing/certificates.ts'

const network = createNodeNetwork()
const authority = createAuthority()
const { ca } = authority
const server: TlsIdentity = { ...authority.issue('sip.example.com', '127.0.0.1', '::1'), ca }
const trusting: TlsIdentity = { ...authority.issue('client.example.com', 'sip:example.org'), ca }
const open: Array<() => void> = []

afterEach(() => {
  for (const close of open.splice(0)) close()
})

function watch(connection: StreamConnection) {
  const connected = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<Error | null>()
  const data = Promise.withResolvers<string>()
  open.push(() => connection.destroy())
  connection.attach({
    onConnected: connected.resolve,
    onData: bytes => data.resolve(Buffer.from(bytes).toString()),
    onClose: closed.resolve,
  })
  return { connection, connected: connected.promise, closed: closed.promise, data: data.promise }
}

async function listen(identity = server, host = '127.0.0.1') {
  const accepted: ReturnType<typeof watch>[] = []
  let tell = Promise.withResolvers<ReturnType<typeof watch>>()
  const listener = await network.listenStream(
    { host, port: 0 },
    connection => {
      const watched = watch(connection)
      accepted.push(watched)
      tell.resolve(watched)
      tell = Promise.withResolvers()
    },
    identity,
  )
  open.push(() => listener.close())
  return { listener, accepted, next: () => tell.promise }
}

const connect = (to: SocketAddress, serverName: string, identity: TlsIdentity | null = trusting) =>
  watch(network.connectStream(to, { serverName, identity } satisfies TlsTarget))

describe('a TLS connection', () => {
  it.each(['127.0.0.1', '::1'])('carries bytes both ways on %s, early ones too', async host => {
    const { listener, next } = await listen(server, host)
    const accepted = next()
    const client = connect(listener.local, host)
    client.connection.write('early')
    const { port } = client.connection.local
    await client.connected
    const peer = await accepted
    expect(port).toBe(peer.connection.remote.port)
    expect(await peer.data).toBe('early')
    peer.connection.write('pong')
    expect(await client.data).toBe('pong')
    expect(peer.connection.remote).toEqual(client.connection.local)
    client.connection.end()
    expect(await Promise.all([client.closed, peer.closed])).toEqual([null, null])
  })

  it('is made only to who has the name that was asked for', async () => {
    const { listener, accepted } = await listen()
    await connect(listener.local, 'sip.example.com').connected
    const other = connect(listener.local, 'other.example.com')
    expect(await other.closed).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(accepted.every(({ connection }) => connection.bufferedBytes === 0)).toBe(true)
  })

  it('takes the name of a sip: URI for a host name', async () => {
    const { listener } = await listen({ ...authority.issue('sip:example.org'), ca })
    await connect(listener.local, 'example.org').connected
    expect(await connect(listener.local, 'www.example.org').closed).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  it('is refused to who is vouched for by nobody whom we know', async () => {
    const { listener } = await listen()
    const stranger = connect(listener.local, 'sip.example.com', null)
    expect(await stranger.closed).toMatchObject({ code: expect.stringMatching(/VERIFY|SELF_SIGNED|ISSUER/) })
  })

  it('is refused below TLS 1.2', async () => {
    const { listener } = await listen()
    const old = tls.connect({
      ...listener.local,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      rejectUnauthorized: false,
    })
    open.push(() => old.destroy())
    const failed = await new Promise<Error>(resolve => old.once('error', resolve))
    expect(String(failed)).toMatch(/version|protocol|EPROTO|reset|no cipher|unsupported/i)
  })

  it('fails in words where no connection can be', async () => {
    const { listener } = await listen()
    listener.close()
    expect(await connect(listener.local, '127.0.0.1').closed).toMatchObject({ code: 'ECONNREFUSED' })
    expect(await connect({ host: '127.0.0.1', port: 70_000 }, 'x').closed).toMatchObject({
      code: 'ERR_SOCKET_BAD_PORT',
    })
  })
})

describe('mutual TLS', () => {
  const peerNames = async (listening: TlsIdentity, client: TlsIdentity | null) => {
    const { listener, next } = await listen(listening)
    const accepted = next()
    // A bare client, so that one without a certificate can trust the server, too.
    const socket = tls.connect({
      ...listener.local,
      ca,
      checkServerIdentity: () => undefined,
      ...(client === null ? {} : { cert: client.cert, key: client.key }),
    })
    open.push(() => socket.destroy())
    return (await accepted).connection.peerNames
  }

  it('knows a client by the names in its certificate', async () => {
    expect(await peerNames(server, trusting)).toEqual(['client.example.com', 'example.org'])
  })

  it('demands none, and believes none that it can not verify', async () => {
    expect(await peerNames(server, null)).toEqual([])
    const stranger = createAuthority('Somebody Else').issue('client.example.com')
    expect(await peerNames(server, stranger)).toEqual([])
  })

  it('asks for none without an authority', async () => {
    const { cert, key } = server
    expect(await peerNames({ cert, key }, trusting)).toEqual([])
  })
})

describe('an identity', () => {
  const { cert, key } = server

  it.each([
    ['a key of another certificate', { cert, key: trusting.key }, 'the key does not belong to the certificate'],
    ['no certificate', { cert: 'x', key }, 'the certificate is not a PEM certificate'],
    ['no key', { cert, key: '' }, 'the key is not a PEM private key without a passphrase'],
    ['no authority', { cert, key, ca: 'x' }, 'the authority is not a PEM certificate'],
  ])('%s is refused in words', async (_what, identity, words) => {
    await expect(listen(identity)).rejects.toMatchObject({ code: 'ERR_TLS_IDENTITY', message: words })
    const { listener } = await listen()
    expect(() => listener.renew?.(identity)).toThrow(words)
    await connect(listener.local, 'sip.example.com').connected
  })

  it('can be renewed: new connections get it, open ones go on', async () => {
    const { listener, next } = await listen()
    const accepted = next()
    const before = connect(listener.local, 'sip.example.com')
    const peer = await accepted
    await before.connected
    listener.renew?.({ ...authority.issue('new.example.com'), ca })
    await connect(listener.local, 'new.example.com').connected
    expect(await connect(listener.local, 'sip.example.com').closed).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    before.connection.write('still here')
    expect(await peer.data).toBe('still here')
  })
})

describe('handshakes', () => {
  it('that are never finished are let in up to 100 from one address, and hold up nobody', async () => {
    const { listener, next } = await listen()
    const closed: net.Socket[] = []
    const idle = Array.from({ length: 101 }, () => {
      const socket = net.connect({ ...listener.local, localAddress: '127.0.0.2' })
      open.push(() => socket.destroy())
      socket.on('error', () => {}).once('close', () => closed.push(socket))
      return socket
    })
    await Promise.all(idle.map(socket => new Promise(resolve => socket.once('connect', resolve))))
    await expect.poll(() => closed.length).toBe(1)
    const accepted = next()
    const client = connect(listener.local, 'sip.example.com')
    await client.connected
    await accepted
    // Room is made by those who give up.
    for (const socket of idle) socket.destroy()
    await expect.poll(() => closed.length).toBe(101)
    const socket = net.connect({ ...listener.local, localAddress: '127.0.0.2' })
    const late = tls.connect({ socket, ca, servername: 'sip.example.com' })
    open.push(() => late.destroy())
    await new Promise((resolve, reject) => late.once('secureConnect', resolve).once('error', reject))
  })

  it('in another language are ended', async () => {
    const { listener, accepted } = await listen()
    const plain = net.connect(listener.local)
    open.push(() => plain.destroy())
    plain.on('error', () => {})
    plain.write('OPTIONS sip:a SIP/2.0\r\n\r\n')
    await new Promise(resolve => plain.once('close', resolve))
    expect(accepted).toEqual([])
  })
})
