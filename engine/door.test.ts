/** What an embedder sees of the defence: events, counters, and settings that an older version did not store. */
import { describe, expect, it } from 'vitest'
import { digestText, nonceOf } from './b2bua/testing/digest.ts'
import { createEngine } from './engine.ts'
import type { AnyEvent } from './events.ts'
import { createSeededRandom, createSilentMedia, createTestClock, createVirtualNetwork } from './simulation/index.ts'
import { requestText } from './sip/testing/wire.ts'
import { createMemoryStore } from './store/memory-store.ts'

const uri = 'sip:10.0.0.1'

async function startEngine(options: { store?: ReturnType<typeof createMemoryStore>; maxCalls?: number } = {}) {
  const clock = createTestClock()
  const random = createSeededRandom(1)
  const network = createVirtualNetwork({ clock, random: createSeededRandom(2) })
  const events: AnyEvent[] = []
  const center = {
    queues: [{ id: 'support' }],
    agents: [{ id: 'ada', password: 'secret', queues: ['support'] }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [{ id: 'carrier', addresses: ['10.1.0.1'] }],
    sip: { overload: { maxCalls: options.maxCalls ?? 100 } },
  }
  const engine = createEngine({
    clock,
    random,
    network: network.host('10.0.0.1'),
    media: createSilentMedia(),
    sip: { listen: ['udp://10.0.0.1:5060'] },
    ...(options.store === undefined ? { center } : { store: options.store }),
  })
  engine.onAny(event => events.push(event))
  await engine.start()
  const heard: string[] = []
  const open = async (host: string) => {
    const socket = await network
      .host(host)
      .bindDatagram(
        { host, port: 5060 },
        { onMessage: bytes => heard.push(Buffer.from(bytes).toString()), onError: error => heard.push(String(error)) },
      )
    return async (text: string) => {
      heard.length = 0
      socket.send(text, { host: '10.0.0.1', port: 5060 })
      for (let turn = 0; turn < 5; turn++) {
        clock.advance(20)
        await new Promise<void>(resolve => setImmediate(resolve))
      }
      return heard[0] ?? ''
    }
  }
  const stop = async () => {
    const stopped = engine.stop()
    for (let turn = 0; turn < 100; turn++) {
      clock.advance(100)
      await new Promise<void>(resolve => setImmediate(resolve))
    }
    await stopped
    expect(clock.pending).toBe(0)
  }
  return { engine, events, open, stop }
}

describe('the door of an engine', () => {
  it('tells of a ban in the journal, and counts it', async () => {
    const { engine, events, open, stop } = await startEngine()
    const send = await open('192.0.2.66')
    const register = (n: number, headers: readonly string[]) =>
      requestText({ method: 'REGISTER', uri, branch: `z9hG4bK${n}`, callId: `${n}`, headers })
    for (let n = 0; n < 24; n += 2) {
      const challenge = await send(register(n, []))
      if (challenge === '') break
      const nonce = nonceOf(challenge)
      const guess = digestText({ username: 'ada', password: `${n}`, method: 'REGISTER', uri, nonce })
      await send(register(n + 1, [`Authorization: ${guess}`]))
    }
    const [banned] = events.filter(({ type }) => type.startsWith('security.'))
    expect(banned).toMatchObject({
      type: 'security.source_banned',
      subject: expect.stringMatching(/^security\//),
      cursor: expect.any(String),
      sequence: '1',
      data: { source: '192.0.2.66', failures: 10 },
    })
    expect(engine.counters().door).toMatchObject({ authFailures: 10, sourcesBanned: 1, sourcesBannedNow: 1 })
    await stop()
  })

  it('sends calls beyond maxCalls away, and says when it began and ended', async () => {
    const { engine, events, open, stop } = await startEngine({ maxCalls: 2 })
    const send = await open('10.1.0.1')
    const call = (n: number) =>
      requestText({
        method: 'INVITE',
        uri: 'sip:support@10.0.0.1',
        branch: `z9hG4bK${n}`,
        callId: `${n}`,
        fromTag: `${n}`,
      })
    expect(await send(call(1))).toMatch(/^SIP\/2\.0 200 /)
    expect(await send(call(2))).toMatch(/^SIP\/2\.0 200 /)
    const refused = await send(call(3))
    expect(refused).toMatch(/^SIP\/2\.0 503 /)
    expect(refused).toMatch(/\r\nRetry-After: \d+\r\n/i)
    expect(engine.counters()).toMatchObject({
      callsArrived: 2,
      callsActive: 2,
      door: { callsShed: 1, overloaded: true },
    })
    expect(events.filter(({ type }) => type.startsWith('security.')).map(({ type, data }) => [type, data])).toEqual([
      ['security.overload_started', { reason: 'calls', callsActive: 2 }],
    ])
    await stop()
  })

  it('starts with a center that was stored before these settings were known', async () => {
    const { engine: old, stop: stopOld } = await startEngine()
    const { sip, ...center } = old.center()
    await stopOld()
    const { defence: _defence, overload: _overload, ...oldSip } = sip
    const store = createMemoryStore()
    await store.open()
    await store.saveCenter({
      center: { ...center, sip: oldSip } as ReturnType<typeof old.center>,
      secrets: { agents: {}, trunks: {} },
    } as unknown as Parameters<typeof store.saveCenter>[0])
    const { engine, stop } = await startEngine({ store })
    expect(engine.center().sip.defence.maxFailuresPerMin).toBe(10)
    await stop()
  })
})
