/** What connections may do to the others: slow ones, half-open ones, and ones from IPv6. Sockets only, no programs. */
import { createSocket } from 'node:dgram'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine } from '../../engine/index.ts'
import { createAuthority } from '../../engine/node/testing/certificates.ts'
import { expectIdle, startEngine } from '../peers/engine.ts'

const authority = createAuthority()
const identity = authority.issue('127.0.0.1', '::1')

type Transport = 'UDP' | 'TCP' | 'TLS'
let branches = 0

function options(transport: Transport): string {
  branches++
  return [
    'OPTIONS sip:support@strowger.invalid SIP/2.0',
    `Via: SIP/2.0/${transport} client.invalid;branch=z9hG4bK${branches};rport`,
    'Max-Forwards: 70',
    'From: <sip:a@client.invalid>;tag=1',
    'To: <sip:support@strowger.invalid>',
    `Call-ID: options-${branches}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39000 RTP/AVP 0\r\n'

function inviteFrom(host: string, port: number): string {
  const type = `Contact: <sip:c@${host}:${port}>\r\nContent-Type: application/sdp\r\n`
  const head = options('UDP').replaceAll('OPTIONS', 'INVITE')
  return head.replace('Content-Length: 0\r\n', `${type}Content-Length: ${sdp.length}\r\n`) + sdp
}

/** Resolves when OPTIONS over a new socket is answered. */
async function answered(transport: Transport, host: string, port: number): Promise<void> {
  const answer = await new Promise<string>((resolve, reject) => {
    if (transport === 'UDP') {
      const socket = createSocket(net.isIPv6(host) ? 'udp6' : 'udp4')
      onTestFinished(() => void socket.close())
      socket.once('message', bytes => resolve(String(bytes))).once('error', reject)
      socket.send(options('UDP'), port, host)
      return
    }
    const socket = transport === 'TCP' ? net.connect({ host, port }) : tls.connect({ host, port, ca: authority.ca })
    onTestFinished(() => void socket.destroy())
    socket.once('data', bytes => resolve(String(bytes))).once('error', reject)
    socket.write(options(transport))
  })
  expect(answer).toMatch(/^SIP\/2\.0 200 OK\r\n/)
}

/** A raw connection from an address of its own; it says nothing by itself. */
function hold(port: number, localAddress: string) {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress })
  let closed = false
  socket
    .on('error', () => {})
    .once('close', () => {
      closed = true
    })
  onTestFinished(() => void socket.destroy())
  const ready = new Promise<void>(resolve => socket.once('connect', () => resolve()))
  return { socket, ready, closed: () => closed }
}

it('200 slow TCP and 100 half-open TLS connections keep nobody waiting, and are closed', async () => {
  const { host, port } = await startEngine({}, identity)
  const slow = Array.from({ length: 200 }, (_, i) => hold(port, i % 2 === 0 ? '127.0.0.6' : '127.0.0.7'))
  const halfOpen = Array.from({ length: 100 }, () => hold(port + 1, '127.0.0.8'))
  await Promise.all([...slow, ...halfOpen].map(({ ready }) => ready))
  const text = options('TCP')
  let sent = 0
  const drip = setInterval(() => {
    for (const { socket } of slow) socket.write(text.charAt(sent))
    sent++
  }, 200)
  onTestFinished(() => clearInterval(drip))
  // The first bytes of a ClientHello, and no more.
  for (const { socket } of halfOpen) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02]))
  for (const transport of ['UDP', 'TCP', 'TLS', 'UDP', 'TCP', 'TLS'] as const)
    await answered(transport, host, port + (transport === 'TLS' ? 1 : 0))
  // Nobody had to wait for one of them to go.
  const open = () => [...slow, ...halfOpen].filter(({ closed }) => !closed()).length
  expect(open()).toBe(300)
  await expect.poll(open, { timeout: 60_000, interval: 250 }).toBe(0)
})

it('a peer that never reads is cut off, and takes nobody with it', async () => {
  // A trunk: a stranger who asks that often is not answered at all.
  const { host, port } = await startEngine({ trunks: [{ id: 'carrier', addresses: ['127.0.0.6'] }] })
  const greedy = hold(port, '127.0.0.6')
  await greedy.ready
  greedy.socket.pause()
  // Each is answered; none of the answers is read.
  const burst = Array.from({ length: 500 }, () => options('TCP')).join('')
  const pump = setInterval(() => {
    if (!greedy.closed() && greedy.socket.writableLength < 2 ** 20) greedy.socket.write(burst)
  }, 10)
  onTestFinished(() => clearInterval(pump))
  await expect.poll(greedy.closed, { timeout: 60_000, interval: 100 }).toBe(true)
  await answered('TCP', host, port)
})

describe('a caller whose connection ends while he waits', () => {
  const caller = '127.0.0.6'
  const center = {
    queues: [{ id: 'support', answer: 'with-agent' as const }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'carrier', addresses: [caller] }],
  }

  /** Calls over TCP from an address whose Via has `port`, and hangs the connection up once he rings. */
  async function vanish(to: number, port: number): Promise<void> {
    const { socket, ready } = hold(to, caller)
    await ready
    const rings = new Promise<void>(resolve =>
      socket.on('data', bytes => {
        if (String(bytes).includes('SIP/2.0 180')) resolve()
      }),
    )
    const invite = inviteFrom(caller, port).replaceAll('SIP/2.0/UDP client.invalid', `SIP/2.0/TCP ${caller}:${port}`)
    socket.write(invite)
    await rings
    socket.destroy()
  }

  it('and who takes no other has abandoned', async () => {
    const { port, log, engine } = await startEngine(center)
    await vanish(port, 9)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'abandoned', endedBy: 'customer' })
    await expectIdle(engine)
  })

  it('and who takes another waits on: he is told over it that it rings', async () => {
    const { port, log, engine } = await startEngine(center)
    const heard = Promise.withResolvers<string>()
    const server = net.createServer(socket =>
      socket.on('error', () => {}).once('data', bytes => heard.resolve(String(bytes))),
    )
    onTestFinished(() => void server.close())
    await new Promise<void>(resolve => server.listen(0, caller, resolve))
    await vanish(port, (server.address() as net.AddressInfo).port)
    expect(await heard.promise).toMatch(/^SIP\/2\.0 180 Ringing\r\n/)
    expect([engine.counters().callsWaiting, log.all('call.ended')]).toEqual([1, []])
  })
})

describe('IPv6', () => {
  it('is listened on and answered from, over every transport', async () => {
    const engine = createEngine({
      sip: { listen: ['udp://[::1]:0', 'tcp://[::1]:0', 'tls://[::1]:0'], tls: identity },
      rtp: { minPort: 40_000, maxPort: 49_998 },
    })
    onTestFinished(() => engine.stop())
    await engine.start()
    for (const address of engine.listening()) {
      const [, scheme = '', port = ''] = /^(\w+):\/\/\[::1\]:(\d+)$/.exec(address) ?? []
      await answered(scheme.toUpperCase() as Transport, '::1', Number(port))
    }
    expect(engine.listening()).toHaveLength(3)
  })

  it('is sent to: an agent at [::1] is rung for a caller at 127.0.0.1', async () => {
    const phone = createSocket('udp6')
    onTestFinished(() => void phone.close())
    await new Promise<void>(resolve => phone.bind(0, '::1', resolve))
    const rung = new Promise<string>(resolve => phone.once('message', bytes => resolve(String(bytes))))
    const contact = `sip:a1@[::1]:${phone.address().port}`
    const engine = createEngine({
      sip: { listen: ['udp://[::1]:0', 'udp://127.0.0.1:0'] },
      rtp: { minPort: 40_000, maxPort: 49_998 },
      center: {
        queues: [{ id: 'support' }],
        agents: [{ id: 'a1', contact, queues: ['support'], alwaysAvailable: true }],
        numbers: [{ match: 'support', queue: 'support' }],
        trunks: [{ id: 'local', addresses: ['127.0.0.1'] }],
      },
    })
    onTestFinished(() => engine.stop())
    await engine.start()
    const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(engine.listening().join()) ?? []
    const caller = createSocket('udp4')
    onTestFinished(() => void caller.close())
    await new Promise<void>(resolve => caller.bind(0, '127.0.0.1', resolve))
    caller.send(inviteFrom('127.0.0.1', caller.address().port), Number(port), '127.0.0.1')
    const text = await rung
    expect(text).toMatch(/^INVITE sip:a1@\[::1\]:\d+ SIP\/2\.0\r\nVia: SIP\/2\.0\/UDP \[::1\]:\d+;/)
    expect(text).toMatch(/\r\nContact: <sip:\[::1\]:\d+>/)
    expect(text).toContain('c=IN IP6 ::1')
  })
})

describe('a fixed phone by TLS', () => {
  /** Rings a phone whose certificate is for `name`; what it heard, or null if the offer failed. */
  async function ring(scheme: 'sip' | 'sips', name: string): Promise<string | null> {
    const heard = Promise.withResolvers<string | null>()
    const phone = tls.createServer(authority.issue(name), socket =>
      socket.on('error', () => {}).once('data', bytes => heard.resolve(String(bytes))),
    )
    onTestFinished(() => void phone.close())
    await new Promise<void>(resolve => phone.listen(0, '127.0.0.1', resolve))
    const { port } = phone.address() as net.AddressInfo
    const contact = `${scheme}:a1@127.0.0.1:${port}${scheme === 'sip' ? ';transport=tls' : ''}`
    const under = await startEngine(
      {
        queues: [{ id: 'support', answer: 'with-agent' }],
        agents: [{ id: 'a1', contact, queues: ['support'], alwaysAvailable: true }],
        numbers: [{ match: 'support', queue: 'support' }],
        trunks: [{ id: 'local', addresses: ['127.0.0.2'] }],
      },
      { ...identity, ca: authority.ca },
    )
    under.engine.on('offer.failed', () => heard.resolve(null))
    const caller = createSocket('udp4')
    onTestFinished(() => void caller.close())
    await new Promise<void>(resolve => caller.bind(0, '127.0.0.2', resolve))
    caller.send(inviteFrom('127.0.0.2', caller.address().port), under.port, under.host)
    return heard.promise
  }

  it('that proves its name is rung, and told that we are there by TLS', async () => {
    const text = await ring('sip', '127.0.0.1')
    expect(text).toMatch(
      /^INVITE sip:a1@127\.0\.0\.1:\d+;transport=tls SIP\/2\.0\r\nVia: SIP\/2\.0\/TLS 127\.0\.0\.1:\d+;/,
    )
    expect(text).toMatch(/\r\nContact: <sip:127\.0\.0\.1:\d+;transport=tls>/)
  })

  it('at a sips: URI is told of one', async () => {
    expect(await ring('sips', '127.0.0.1')).toMatch(/\r\nContact: <sips:127\.0\.0\.1:\d+>/)
  })

  it('that does not is told nothing', async () => {
    expect(await ring('sip', 'somebody.else.example')).toBeNull()
  })
})
