/** The way that a registration at a carrier goes by: kept open, missed when it is gone, and found again. */
import { describe, expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import type { StreamConnection } from '../ports/network.ts'
import type { SipRequest } from '../sip/index.ts'
import { createStage, present } from '../sip/testing/stage.ts'
import { message, responseText } from '../sip/testing/wire.ts'
import { TrunkLines } from './trunk-lines.ts'
import { TrunkRegistrations } from './trunk-registrations.ts'

const host = '10.0.0.8'
const ping = '\r\n\r\n'

/** A registrar that is spoken to over TCP. `behaviour` may be changed as a test goes on. */
async function setUp(transport: 'tcp' | 'udp' = 'tcp') {
  const stage = await createStage()
  const { userAgent, network, clock } = stage
  const behaviour = { grants: true, answersPings: true, hangsUp: false, breaks: 0 }
  const connections: StreamConnection[] = []
  const registers: { readonly request: SipRequest; readonly atMs: number }[] = []
  const pings: number[] = []
  const others: string[] = []
  const hear = (text: string, reply: (text: string) => void, hangUp: () => void) => {
    if (text === ping) {
      pings.push(clock.now())
      if (behaviour.answersPings) reply('\r\n')
      return
    }
    if (!text.startsWith('REGISTER')) {
      others.push(text)
      return
    }
    const request = message(text)
    if (request.kind !== 'request') return
    registers.push({ request, atMs: clock.now() })
    if (behaviour.breaks-- > 0) {
      hangUp()
      return
    }
    if (behaviour.grants) reply(responseText(request, 200, { toTag: 'r' }))
    if (behaviour.hangsUp) hangUp()
  }
  const listen = () =>
    network.host(host).listenStream({ host, port: 5060 }, connection => {
      connections.push(connection)
      connection.attach({
        onData: data =>
          hear(
            new TextDecoder().decode(data),
            text => connection.write(text),
            () => connection.destroy(),
          ),
        onClose: () => {},
      })
    })
  const listener = await listen()
  const socket = await network.host(host).bindDatagram(
    { host, port: 5060 },
    {
      onMessage: (data, from) =>
        hear(
          new TextDecoder().decode(data),
          text => socket.send(text, from),
          () => {},
        ),
      onError: () => {},
    },
  )
  const { logger } = userAgent.options
  const lines = new TrunkLines({ userAgent, logger })
  const events: string[] = []
  const registrations = new TrunkRegistrations({
    userAgent,
    logger,
    lines,
    onEvent: (type, data) => events.push('reason' in data ? `${type} ${data.reason}` : type),
  })
  const center = parseCenter({ trunks: [{ id: 'carrier', host, transport, username: 'me', register: {} }] })
  lines.configure(center.trunks, {}, center.sip)
  registrations.configure()
  clock.advance(0)
  /** Lets time pass, and tells the registrations what the engine would tell them. */
  const run = (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      clock.advance(100)
      for (const flow of stage.closedFlows.splice(0)) registrations.flowClosed(flow)
    }
  }
  run(100)
  return { ...stage, run, registrations, events, behaviour, connections, registers, pings, others, listener, listen }
}

const connectionLost = 'trunk.unregistered connectionLost'

describe('a connection that is gone', () => {
  it('is missed at once, and the registration renewed over another', async () => {
    const { run, registrations, events, connections, registers } = await setUp()
    expect(registrations.states[0]).toMatchObject({ registered: true })
    connections[0]?.destroy()
    run(100)
    expect(registrations.states[0]).toMatchObject({ registered: false, reason: 'connectionLost', sipCode: null })
    run(2_000)
    expect(connections).toHaveLength(2)
    expect(registrations.states[0]).toMatchObject({ registered: true })
    expect(events).toEqual(['trunk.registered', connectionLost, 'trunk.registered'])
    const [first, second] = registers.map(({ request }) => request.headers)
    expect(second?.callId).toBe(first?.callId)
    expect(second?.cseq?.number).toBe(2)
  })

  it('under a refresh is made anew for it, and the new one is kept open and missed like the first', async () => {
    const { run, behaviour, events, connections, registers, pings } = await setUp()
    behaviour.breaks = 1
    run(3_600_000)
    expect([events, connections.length]).toEqual([['trunk.registered'], 2])
    const [, second, third] = registers.map(({ request }) => request.headers)
    expect(third?.via).toEqual(second?.via)
    pings.length = 0
    run(60_000)
    expect(pings.length).toBeGreaterThanOrEqual(2)
    connections[1]?.destroy()
    run(2_100)
    expect(events).toEqual(['trunk.registered', connectionLost, 'trunk.registered'])
  })

  it('is tried anew with growing patience while nobody listens', async () => {
    const { run, registrations, events, connections, listener, listen } = await setUp()
    listener.close()
    connections[0]?.destroy()
    run(60_000)
    expect(events).toEqual(['trunk.registered', connectionLost])
    await listen()
    run(40_000)
    expect(registrations.states[0]).toMatchObject({ registered: true })
  })

  it('makes no storm at a registrar that hangs up after every answer', async () => {
    const { run, behaviour, connections, registers } = await setUp()
    behaviour.hangsUp = true
    connections[0]?.destroy()
    run(3_600_000)
    expect(registers.length).toBeGreaterThan(12)
    expect(registers.length).toBeLessThan(40)
  })

  it('is forgiven once the next one has held', async () => {
    const { run, behaviour, connections, registers } = await setUp()
    behaviour.hangsUp = true
    connections[0]?.destroy()
    run(600_000)
    behaviour.hangsUp = false
    run(400_000)
    const before = registers.length
    connections.at(-1)?.destroy()
    run(2_100)
    expect(registers).toHaveLength(before + 1)
  })

  it('is no news to a registration that has been taken back', async () => {
    const { run, registrations, connections, registers, clock } = await setUp()
    registrations.stop()
    run(100)
    connections[0]?.destroy()
    run(300_000)
    expect(registers.map(({ request }) => request.headers.get('expires'))).toEqual(['3600', '0'])
    expect(clock.pending).toBe(0)
  })
})

describe('the way is kept open', () => {
  it.each(['tcp', 'udp'] as const)('over %s by a double CRLF every 24 to 30 s', async transport => {
    const { run, pings, others, events } = await setUp(transport)
    run(300_000)
    expect(pings.length).toBeGreaterThanOrEqual(10)
    expect(pings.length).toBeLessThanOrEqual(12)
    const gaps = pings.slice(1).map((at, index) => at - (pings[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(24_000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000)
    expect(new Set(gaps).size).toBeGreaterThan(1)
    // Nothing that was said is answered as if it were a ping.
    expect(others).toEqual([])
    expect(events).toEqual(['trunk.registered'])
  })

  it('and a registrar that no longer answers is gone', async () => {
    const { run, behaviour, events, connections, registrations } = await setUp()
    run(60_000)
    behaviour.answersPings = false
    run(70_000)
    expect(events).toEqual(['trunk.registered', connectionLost, 'trunk.registered'])
    expect(connections).toHaveLength(2)
    expect(present(registrations.states[0]).registered).toBe(true)
  })

  it('and one that never answered is none the worse for it', async () => {
    const { run, behaviour, events, pings } = await setUp()
    behaviour.answersPings = false
    run(600_000)
    expect(pings.length).toBeGreaterThanOrEqual(20)
    expect(events).toEqual(['trunk.registered'])
  })
})
