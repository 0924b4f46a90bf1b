import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MediaEvent, MediaPort, MediaSession, MediaStream, RtpFormat } from '../../ports/media.ts'
import type { DatagramSocket, SocketAddress } from '../../ports/network.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock, type TestClock } from '../../simulation/test-clock.ts'
import { createVirtualNetwork, type VirtualNetwork } from '../../simulation/virtual-network.ts'
import { ulawToAlaw } from '../audio/g711.ts'
import { type AudioLibrary, createAudioLibrary } from '../audio/library.ts'
import { createEmbeddedMedia } from './embedded-media.ts'
import { readUint16, readUint32, writeUint16, writeUint32 } from './packet.ts'

const ourHost = '192.0.2.10'
const pcmu: RtpFormat = { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 }
const pcma: RtpFormat = { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 }
const g722: RtpFormat = { payloadType: 9, encoding: 'G722', clockRateHz: 8000, channels: 1 }
const opus: RtpFormat = { payloadType: 111, encoding: 'OPUS', clockRateHz: 48_000, channels: 2 }
const event: RtpFormat = { payloadType: 101, encoding: 'TELEPHONE-EVENT', clockRateHz: 8000, channels: 1 }
const numbered = (format: RtpFormat, payloadType: number): RtpFormat => ({ ...format, payloadType })

/** A 16 kHz WAV file with as many milliseconds of silence. */
function wavOf(ms: number): Uint8Array {
  const data = ms * 32
  const bytes = new Uint8Array(44 + data)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('RIFF----WAVEfmt '))
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, 16_000, true)
  view.setUint16(34, 16, true)
  bytes.set(new TextEncoder().encode('data'), 36)
  view.setUint32(40, data, true)
  return bytes
}

interface Packet {
  readonly atMs: number
  readonly type: number
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly payload: Uint8Array
}

interface Sent {
  type?: number
  sequence?: number
  timestamp?: number
  ssrc?: number
  marker?: boolean
  payload?: readonly number[]
}

let clock: TestClock
let network: VirtualNetwork
let media: MediaPort
const library: AudioLibrary = createAudioLibrary({
  names: ['short', 'longer', 'broken'],
  load: name => (name === 'broken' ? new Uint8Array(9) : wavOf(name === 'short' ? 100 : 300)),
})

beforeEach(async () => {
  clock = createTestClock()
  network = createVirtualNetwork({ clock, random: createSeededRandom(7) })
  media = createEmbeddedMedia({
    clock,
    random: createSeededRandom(11),
    network: network.host(ourHost),
    library,
    minPort: 20_000,
    maxPort: 20_099,
  })
  await media.start()
})

/** A phone: one address, RTP and RTCP, and all that it hears. */
class Phone {
  readonly heard: Packet[] = []
  readonly heardRtcp: Uint8Array[] = []
  readonly events: MediaEvent[] = []
  readonly address: SocketAddress
  session: MediaSession | null = null
  #rtp: DatagramSocket | null = null
  #rtcp: DatagramSocket | null = null
  #sequence = 100
  #timestamp = 5000

  constructor(host: string, port = 4000) {
    this.address = { host, port }
  }

  async bind(): Promise<this> {
    const onError = (error: Error) => {
      throw error
    }
    const onMessage = (bytes: Uint8Array) => this.heard.push(readPacket(bytes))
    this.#rtp = await network.bindDatagram(this.address, { onMessage, onError })
    const rtcpAddress = { host: this.address.host, port: this.address.port + 1 }
    this.#rtcp = await network.bindDatagram(rtcpAddress, { onMessage: bytes => this.heardRtcp.push(bytes), onError })
    return this
  }

  async connect(changes: Partial<MediaStream> = {}): Promise<this> {
    await this.bind()
    this.session = await media.open({ host: ourHost, onEvent: found => this.events.push(found) })
    this.session.update(this.stream(changes))
    return this
  }

  stream(changes: Partial<MediaStream> = {}): MediaStream {
    return {
      remote: this.address,
      remoteRtcp: { host: this.address.host, port: this.address.port + 1 },
      latchTo: null,
      sends: true,
      receives: true,
      sendFormats: [pcmu, event],
      receiveFormats: [pcmu, event],
      ptimeMs: 20,
      ...changes,
    }
  }

  get line(): MediaSession {
    if (this.session === null) throw new Error('not connected')
    return this.session
  }

  say(packet: Sent = {}, to: MediaSession = this.line): void {
    this.#sequence = packet.sequence ?? this.#sequence + 1
    this.#timestamp = packet.timestamp ?? this.#timestamp + 160
    const payload = packet.payload ?? [1, 2, 3, 4]
    const bytes = new Uint8Array(12 + payload.length)
    bytes[0] = 0x80
    bytes[1] = (packet.marker === true ? 0x80 : 0) | (packet.type ?? 0)
    writeUint16(bytes, 2, this.#sequence)
    writeUint32(bytes, 4, this.#timestamp)
    writeUint32(bytes, 8, packet.ssrc ?? 0xabcd)
    bytes.set(payload, 12)
    this.raw(bytes, to.port)
  }

  raw(bytes: Uint8Array, port = this.line.port): void {
    this.#rtp?.send(bytes, { host: ourHost, port })
    clock.advance(0)
  }

  rtcp(bytes: Uint8Array): void {
    this.#rtcp?.send(bytes, { host: ourHost, port: this.line.port + 1 })
    clock.advance(0)
  }
}

function readPacket(bytes: Uint8Array): Packet {
  return {
    atMs: clock.now(),
    type: (bytes[1] ?? 0) & 0x7f,
    marker: (bytes[1] ?? 0) >> 7 === 1,
    sequence: readUint16(bytes, 2),
    timestamp: readUint32(bytes, 4),
    ssrc: readUint32(bytes, 8),
    payload: bytes.slice(12),
  }
}

/** Differences between neighbours, modulo 2^bits. */
const steps = (values: readonly number[], bits: number) =>
  values.slice(1).map((value, index) => {
    const difference = value - (values[index] ?? 0)
    return difference < 0 ? difference + 2 ** bits : difference
  })

async function pair(a: Partial<MediaStream> = {}, b: Partial<MediaStream> = {}, timeoutMs = 0) {
  const caller = await new Phone('198.51.100.1').connect(a)
  const agent = await new Phone('198.51.100.2').connect(b)
  caller.line.join(agent.line, timeoutMs)
  return { caller, agent }
}

describe('relay', () => {
  it('carries audio both ways with the numbers that each side expects', async () => {
    const { caller, agent } = await pair(
      { sendFormats: [opus, event], receiveFormats: [numbered(opus, 96), event] },
      { sendFormats: [numbered(opus, 107), numbered(event, 110)], receiveFormats: [opus, event] },
    )
    caller.say({ type: 96, payload: [9, 8, 7] })
    agent.say({ type: 111, payload: [5, 5] })
    expect(agent.heard).toMatchObject([{ type: 107, payload: Uint8Array.of(9, 8, 7) }])
    expect(caller.heard).toMatchObject([{ type: 111, payload: Uint8Array.of(5, 5) }])
  })

  it('converts between the companding laws and leaves everything else to those who know it', async () => {
    const { caller, agent } = await pair({}, { sendFormats: [pcma], receiveFormats: [pcma, g722] })
    const payload = [0, 1, 127, 128, 200, 255]
    caller.say({ type: 0, payload })
    expect(agent.heard).toMatchObject([
      { type: 8, payload: Uint8Array.from(payload, octet => ulawToAlaw[octet] ?? -1) },
    ])
    agent.say({ type: 8, payload: [...(agent.heard[0]?.payload ?? [])] })
    expect(caller.heard[0]?.type).toBe(0)
    for (const type of [9, 101, 3, 127]) agent.say({ type })
    expect(caller.heard).toHaveLength(1)
  })

  it('keeps padding, extension and contributing sources out of the conversion', async () => {
    const { caller, agent } = await pair({}, { sendFormats: [pcma], receiveFormats: [pcma] })
    const bytes = new Uint8Array(12 + 4 + 8 + 2 + 4).fill(0x11)
    bytes[0] = 0x80 | 0x20 | 0x10 | 1
    bytes[1] = 0
    writeUint16(bytes, 18, 1)
    bytes[bytes.length - 1] = 4
    caller.raw(bytes)
    const alaw = ulawToAlaw[0x11] ?? -1
    const tail = agent.heard[0]?.payload
    expect([...(tail ?? [])]).toEqual([...bytes.subarray(12, 24), alaw, alaw, 0x11, 0x11, 0x11, 4])
  })

  it('hands loss and reordering on as they are, and marks only where a source begins', async () => {
    const { caller, agent } = await pair()
    for (const sequence of [65_533, 65_535, 65_534, 2, 1]) caller.say({ sequence, timestamp: sequence * 160 })
    const [first = 0] = agent.heard.map(packet => packet.sequence)
    expect(agent.heard.map(packet => (packet.sequence - first + 65_536) % 65_536)).toEqual([0, 2, 1, 5, 4])
    expect(agent.heard.map(packet => packet.marker)).toEqual([true, false, false, false, false])
  })

  it('goes on when a source restarts its numbers or changes its SSRC', async () => {
    const { caller, agent } = await pair()
    for (const [sequence, ssrc] of [
      [10, 1],
      [11, 1],
      [40_000, 1],
      [40_001, 1],
      [7, 2],
      [8, 2],
    ] as const) {
      clock.advance(20)
      caller.say({ sequence, timestamp: sequence * 777, ssrc })
    }
    expect(new Set(agent.heard.map(packet => packet.ssrc)).size).toBe(1)
    expect(agent.heard[0]?.ssrc).not.toBe(1)
    expect(
      steps(
        agent.heard.map(packet => packet.sequence),
        16,
      ),
    ).toEqual([1, 1, 1, 1, 1])
    expect(
      steps(
        agent.heard.map(packet => packet.timestamp),
        32,
      ),
    ).toEqual([777, 160, 777, 160, 777])
  })

  it('lets through a hundred thousand packets of one source', async () => {
    const { caller, agent } = await pair()
    for (let index = 0; index < 100_000; index++) caller.say({ sequence: (60_000 + index) & 0xffff })
    expect(agent.heard).toHaveLength(100_000)
  })

  it('sends nothing to a peer that wants nothing and takes nothing from one that may not send', async () => {
    const { caller, agent } = await pair()
    agent.line.update(agent.stream({ sends: false }))
    caller.say()
    expect(agent.heard).toHaveLength(0)
    agent.line.update(agent.stream({ receives: false }))
    agent.say()
    caller.say()
    expect(caller.heard).toHaveLength(0)
    expect(agent.heard).toHaveLength(1)
  })

  it('follows a later exchange: codec, address', async () => {
    const { caller, agent } = await pair()
    const moved = await new Phone('203.0.113.9', 7000).bind()
    caller.say()
    agent.line.update(agent.stream({ remote: moved.address, sendFormats: [pcma] }))
    caller.say()
    expect(agent.heard).toHaveLength(1)
    expect(moved.heard).toMatchObject([{ type: 8 }])
    agent.say()
    moved.say({ type: 0 }, agent.line)
    expect(caller.heard).toHaveLength(1)
  })

  it('ends with unjoin, with a new join and with close', async () => {
    const { caller, agent } = await pair()
    const third = await new Phone('198.51.100.3').connect()
    third.line.join(caller.line, 0)
    agent.say()
    caller.say()
    third.say()
    expect([caller.heard.length, agent.heard.length, third.heard.length]).toEqual([1, 0, 1])
    third.line.unjoin()
    caller.say()
    third.line.join(agent.line, 0)
    agent.line.close()
    third.say()
    expect([caller.heard.length, agent.heard.length, third.heard.length]).toEqual([1, 0, 1])
  })
})

describe('strangers', () => {
  it('get nothing and are not heard, be they ten thousand', async () => {
    const { caller, agent } = await pair()
    const stranger = await new Phone('203.0.113.66').bind()
    const neighbour = await new Phone('198.51.100.1', 4002).bind()
    for (let index = 0; index < 5000; index++) {
      stranger.say({}, agent.line)
      neighbour.say({}, caller.line)
    }
    agent.say()
    caller.line.unjoin()
    caller.line.play({ kind: 'music', name: 'default' })
    clock.advance(200)
    expect(agent.heard).toHaveLength(0)
    expect([...stranger.heard, ...neighbour.heard]).toHaveLength(0)
    expect(caller.heard.length).toBeGreaterThan(9)
    expect(caller.events).toEqual([])
  })

  it('may not even press a digit or keep a call alive', async () => {
    const { caller, agent } = await pair({}, {}, 1000)
    const stranger = await new Phone('203.0.113.66').bind()
    for (let index = 0; index < 20; index++) {
      stranger.say({}, caller.line)
      clock.advance(100)
    }
    expect(caller.events).toMatchObject([{ type: 'silent' }, { type: 'mediaLost' }])
    caller.line.unjoin()
    stranger.say({ type: 101, payload: [5, 0x80, 0, 160] }, caller.line)
    expect(caller.events).toHaveLength(2)
    expect(agent.events).toHaveLength(2)
  })
})

describe('latching', () => {
  const privately: Partial<MediaStream> = {
    remote: { host: '10.0.0.5', port: 4000 },
    remoteRtcp: { host: '10.0.0.5', port: 4001 },
    latchTo: '198.51.100.1',
  }

  it('locks to the signalled IP after three consecutive packets of one source, and never again', async () => {
    const { caller, agent } = await pair(privately)
    const inside = await new Phone('10.0.0.5').bind()
    const stranger = await new Phone('203.0.113.66').bind()
    const late = await new Phone('198.51.100.1', 4444).bind()
    for (let index = 0; index < 5; index++) stranger.say({ sequence: 7 + index }, caller.line)
    agent.say()
    expect([...inside.heard, ...stranger.heard, ...caller.heard]).toHaveLength(0)

    for (const sequence of [1, 2, 4, 5]) caller.say({ sequence })
    caller.say({ sequence: 6, ssrc: 1 })
    caller.say({ sequence: 7, ssrc: 2 })
    caller.say({ sequence: 8, ssrc: 2 })
    agent.say()
    expect(agent.heard).toHaveLength(0)
    expect(caller.heard).toHaveLength(0)

    caller.say({ sequence: 9, ssrc: 2 })
    agent.say()
    expect(agent.heard).toHaveLength(1)
    expect(caller.heard).toHaveLength(1)

    for (let index = 0; index < 10; index++) late.say({ sequence: 20 + index }, caller.line)
    caller.line.update(caller.stream({ ...privately, remote: null, remoteRtcp: null, sends: false }))
    for (let index = 0; index < 10; index++) late.say({ sequence: 40 + index }, caller.line)
    caller.line.update(caller.stream(privately))
    for (let index = 0; index < 10; index++) late.say({ sequence: 60 + index }, caller.line)
    expect(agent.heard).toHaveLength(1)
    agent.say()
    expect(caller.heard).toHaveLength(2)
    expect(late.heard).toHaveLength(0)
  })

  it('begins anew only when signalling names another address', async () => {
    const { caller, agent } = await pair(privately)
    for (const sequence of [1, 2, 3]) caller.say({ sequence })
    const moved = await new Phone('203.0.113.50', 6000).bind()
    caller.line.update(
      caller.stream({ ...privately, remote: { host: '10.0.0.6', port: 1 }, latchTo: moved.address.host }),
    )
    caller.say({ sequence: 4 })
    expect(agent.heard).toHaveLength(1)
    for (const sequence of [1, 2, 3]) moved.say({ sequence }, caller.line)
    agent.say()
    expect(moved.heard).toHaveLength(1)
  })

  it('sends at once where the SDP has the IP that it would latch to', async () => {
    const { caller, agent } = await pair({ latchTo: '198.51.100.1' })
    agent.say()
    expect(caller.heard).toHaveLength(1)
    for (const sequence of [1, 2, 3]) caller.say({ sequence })
    expect(agent.heard).toHaveLength(1)
  })

  it('learns the RTCP port from the latched host', async () => {
    const { caller, agent } = await pair(privately)
    const report = rtcpOf(201, [0xabcd])
    caller.rtcp(report)
    for (const sequence of [1, 2, 3]) caller.say({ sequence })
    caller.rtcp(rtcpOf(201, [0x9999]))
    expect(agent.heardRtcp).toHaveLength(0)
    caller.rtcp(report)
    agent.rtcp(rtcpOf(201, [0x1]))
    expect(agent.heardRtcp).toHaveLength(1)
    expect(caller.heardRtcp).toHaveLength(1)
  })
})

/** One RTCP packet of 32-bit words after the first. */
function rtcpOf(type: number, words: readonly number[], count = 0): Uint8Array {
  const bytes = new Uint8Array(4 + words.length * 4)
  bytes[0] = 0x80 | count
  bytes[1] = type
  writeUint16(bytes, 2, words.length)
  for (const [index, word] of words.entries()) writeUint32(bytes, 4 + index * 4, word)
  return bytes
}

describe('RTCP', () => {
  it('speaks of the streams as each side knows them', async () => {
    const { caller, agent } = await pair()
    caller.say({ sequence: 500, timestamp: 90_000, ssrc: 0xca11e4 })
    agent.say({ sequence: 900, timestamp: 70_000, ssrc: 0xa6e47 })
    const [toAgent] = agent.heard
    const [toCaller] = caller.heard
    if (toAgent === undefined || toCaller === undefined) throw new Error('nothing was relayed')
    const block = [toCaller.ssrc, 0, toCaller.sequence, 44, 55, 66]
    const foreign = [12_345, 0, 1, 2, 3, 4]
    const name = rtcpOf(202, [0xca11e4, 0x01024142, 0], 1)
    const sender = rtcpOf(200, [0xca11e4, 11, 22, 90_160, 7, 8, ...foreign, ...block], 2)
    caller.rtcp(new Uint8Array([...sender, ...name, ...rtcpOf(203, [0xca11e4], 1)]))
    expect(agent.heardRtcp).toHaveLength(1)
    expect(agent.heardRtcp[0]).toEqual(
      new Uint8Array([
        ...rtcpOf(200, [toAgent.ssrc, 11, 22, (toAgent.timestamp + 160) >>> 0, 7, 8, 0xa6e47, 0, 900, 44, 55, 66], 1),
        ...rtcpOf(202, [toAgent.ssrc, 0x01024142, 0], 1),
      ]),
    )
    caller.rtcp(rtcpOf(203, [0xca11e4], 1))
    expect(agent.heardRtcp).toHaveLength(1)
  })
})

describe('one stream for the peer', () => {
  it('has one SSRC, no gap in its numbers, and timestamps that follow the clock, whoever speaks', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    const agent = await new Phone('198.51.100.2').connect()
    caller.line.play({ kind: 'music', name: 'default' })
    clock.advance(1000)
    caller.line.join(agent.line, 0)
    clock.advance(500)
    for (let index = 0; index < 50; index++) {
      clock.advance(20)
      agent.say({ ssrc: 77, sequence: 65_500 + index > 65_535 ? index - 36 : 65_500 + index, timestamp: index * 160 })
    }
    agent.say({ ssrc: 77, sequence: 65_499 })
    caller.line.unjoin()
    clock.advance(300)
    caller.line.play({ kind: 'music', name: 'default' })
    clock.advance(1000)
    const { heard } = caller
    expect(heard).toHaveLength(150)
    expect(new Set(heard.map(packet => packet.ssrc)).size).toBe(1)
    expect(
      new Set(
        steps(
          heard.map(packet => packet.sequence),
          16,
        ),
      ),
    ).toEqual(new Set([1]))
    const timeSteps = steps(
      heard.map(packet => packet.timestamp),
      32,
    )
    const clockSteps = steps(
      heard.map(packet => packet.atMs),
      52,
    ).map(ms => ms * 8)
    expect(timeSteps).toEqual(clockSteps)
    expect(heard.flatMap((packet, index) => (packet.marker ? [index] : []))).toEqual([0, 50, 100])
  })

  it('has no gap for what its source went on sending while they were not joined', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    const agent = await new Phone('198.51.100.2').connect()
    caller.line.join(agent.line, 0)
    agent.say({ ssrc: 77, sequence: 10, timestamp: 1600 })
    clock.advance(20)
    caller.line.unjoin()
    agent.say({ ssrc: 77, sequence: 11, timestamp: 1760 })
    clock.advance(20)
    caller.line.join(agent.line, 0)
    agent.say({ ssrc: 77, sequence: 12, timestamp: 1920 })
    clock.advance(20)
    const [before, after] = caller.heard
    expect(((after?.sequence ?? 0) - (before?.sequence ?? 0)) & 0xffff).toBe(1)
    expect(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0).toBe(320)
    expect(caller.heard).toHaveLength(2)
  })
})

describe('player', () => {
  it('sends the music in the codec of the peer, paced without drift', async () => {
    const caller = await new Phone('198.51.100.1').connect({ sendFormats: [opus, numbered(g722, 9)] })
    caller.line.play({ kind: 'music', name: 'default' })
    clock.advance(30_000)
    expect(caller.heard).toHaveLength(1500)
    expect(
      new Set(
        steps(
          caller.heard.map(packet => packet.atMs),
          52,
        ),
      ),
    ).toEqual(new Set([20]))
    const expected = library.music('default', 'G722')
    const sent = caller.heard.flatMap(packet => [...packet.payload])
    expect(sent.slice(0, expected.length)).toEqual([...expected])
    expect(sent.slice(expected.length)).toEqual([...expected.subarray(0, sent.length - expected.length)])
  })

  it.each([10, 30, 40, 60])('makes packets of %i ms', async ptimeMs => {
    const caller = await new Phone('198.51.100.1').connect({ ptimeMs })
    caller.line.play({ kind: 'music', name: 'default' })
    clock.advance(6000)
    // The first one leaves at the first tick.
    expect(caller.heard.length).toBe(1 + Math.floor((6000 - 20) / ptimeMs))
    expect(new Set(caller.heard.map(packet => packet.payload.length))).toEqual(new Set([ptimeMs * 8]))
  })

  it('catches up after a late tick and skips what is too late', async () => {
    let lateMs = 0
    const lateClock = { ...clock, now: () => clock.now() + lateMs }
    const late = createEmbeddedMedia({
      clock: { ...lateClock, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout },
      random: createSeededRandom(1),
      network: network.host(ourHost),
      library,
      minPort: 30_000,
      maxPort: 30_001,
    })
    await late.start()
    const caller = await new Phone('198.51.100.1').bind()
    const session = await late.open({ host: ourHost, onEvent() {} })
    session.update(caller.stream())
    session.play({ kind: 'music', name: 'default' })
    clock.advance(100)
    expect(caller.heard).toHaveLength(5)
    lateMs = 100
    clock.advance(20)
    expect(caller.heard).toHaveLength(11)
    lateMs = 1100
    clock.advance(20)
    expect(caller.heard.length).toBeLessThan(14)
    clock.advance(200)
    expect(
      steps(
        caller.heard.map(packet => packet.sequence),
        16,
      ).every(step => step === 1),
    ).toBe(true)
    const spanMs =
      steps(
        caller.heard.map(packet => packet.timestamp),
        32,
      ).reduce((sum, step) => sum + step, 0) / 8
    expect(Math.abs(spanMs - (clock.now() + lateMs - (caller.heard[0]?.atMs ?? 0)))).toBeLessThanOrEqual(20)
    await late.stop()
  })

  it('drives all players with one timer, and none when nobody plays', async () => {
    const phones = await Promise.all(
      Array.from({ length: 10 }, (_, index) => new Phone(`198.51.100.${index + 1}`).connect()),
    )
    for (const phone of phones) phone.line.play({ kind: 'music', name: 'default' })
    expect(clock.pending).toBe(1)
    clock.advance(1000)
    expect(phones.map(phone => phone.heard.length)).toEqual(phones.map(() => 50))
    for (const phone of phones) phone.line.stopPlaying()
    expect(clock.pending).toBe(0)
  })

  it('interrupts music with prompts, tells their end when it is heard, and goes on where the music was', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    caller.line.play({ kind: 'music', name: 'default' })
    clock.advance(200)
    const startedAt = clock.now()
    let endedAt = 0
    caller.line.play({ kind: 'prompts', names: ['short', 'nowhere', 'broken', 'longer'], playId: 'p1' })
    while (caller.events.length === 0 && clock.now() - startedAt < 2000) {
      clock.advance(20)
      endedAt = clock.now()
    }
    expect(caller.events).toEqual([{ type: 'playEnded', playId: 'p1' }])
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(400)
    expect(endedAt - startedAt).toBeLessThanOrEqual(440)
    clock.advance(400)
    const music = library.music('default', 'PCMU')
    const heard = caller.heard.filter(packet => packet.payload.some(octet => octet !== 0xff))
    expect(heard.flatMap(packet => [...packet.payload])).toEqual([...music.subarray(0, heard.length * 160)])
    expect(caller.heard.length - heard.length).toBe(20)
    expect(caller.events).toHaveLength(1)
  })

  it('ends replaced or stopped prompts without a word, and prompts that it has not at once', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    caller.line.play({ kind: 'prompts', names: ['longer'], playId: 'a' })
    clock.advance(100)
    caller.line.play({ kind: 'prompts', names: [], playId: 'b' })
    clock.advance(20)
    expect(caller.events).toEqual([{ type: 'playEnded', playId: 'b' }])
    caller.line.play({ kind: 'prompts', names: ['longer'], playId: 'c' })
    caller.line.stopPlaying()
    clock.advance(1000)
    expect(caller.events).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('lets prompts pass in silence for a peer whose codec it can not make', async () => {
    const caller = await new Phone('198.51.100.1').connect({ sendFormats: [opus], receiveFormats: [opus] })
    caller.line.play({ kind: 'prompts', names: ['short'], playId: 'p' })
    clock.advance(90)
    expect(caller.events).toEqual([])
    clock.advance(60)
    expect(caller.events).toEqual([{ type: 'playEnded', playId: 'p' }])
    expect(caller.heard).toEqual([])
  })

  it('is silenced by a join, and silences the relay while it plays to a joined leg', async () => {
    const { caller, agent } = await pair()
    caller.line.play({ kind: 'prompts', names: ['short'], playId: 'p' })
    clock.advance(60)
    agent.say()
    expect(caller.heard).toHaveLength(3)
    clock.advance(100)
    agent.say()
    expect(caller.heard).toHaveLength(6)
    caller.line.play({ kind: 'music', name: 'default' })
    caller.line.join(agent.line, 0)
    clock.advance(100)
    expect(caller.heard).toHaveLength(6)
  })
})

describe('digits', () => {
  const press = (phone: Phone, digit: number, timestamp: number, options: { ends?: number; type?: number } = {}) => {
    const { ends = 3, type = 101 } = options
    const durations = [160, 320, 480, ...Array.from({ length: ends }, () => 640)]
    for (const [index, duration] of durations.entries()) {
      const flags = index >= 3 ? 0x8a : 0x0a
      phone.say({ type, timestamp, marker: index === 0, payload: [digit, flags, duration >> 8, duration & 255] })
      clock.advance(20)
    }
  }

  it('are told once per press', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    for (const [index, digit] of [1, 1, 10, 11, 15].entries()) press(caller, digit, 4_294_960_000 + index * 2000)
    expect(caller.events).toEqual(['1', '1', '*', '#', 'D'].map(digit => ({ type: 'dtmf', digit, durationMs: 80 })))
    expect(clock.pending).toBe(0)
  })

  it('are told though the end is lost', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    press(caller, 1, 1000, { ends: 0 })
    press(caller, 2, 3000, { ends: 0 })
    expect(caller.events).toEqual([{ type: 'dtmf', digit: '1', durationMs: 60 }])
    clock.advance(600)
    expect(caller.events).toEqual(['1', '2'].map(digit => ({ type: 'dtmf', digit, durationMs: 60 })))
    expect(clock.pending).toBe(0)
  })

  it('are not told twice by overtaken packets, nor for what is no digit', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    press(caller, 1, 1000)
    press(caller, 2, 3000)
    press(caller, 1, 1000)
    press(caller, 16, 5000)
    caller.say({ type: 101, payload: [1, 2] })
    expect(caller.events).toHaveLength(2)
  })

  it('count a very long press once', async () => {
    const caller = await new Phone('198.51.100.1').connect()
    caller.say({ type: 101, timestamp: 1000, payload: [4, 0, 0xff, 0xff] })
    caller.say({ type: 101, timestamp: 1000 + 65_535, payload: [4, 0x80, 0x1f, 0x40] })
    expect(caller.events).toEqual([{ type: 'dtmf', digit: '4', durationMs: 9192 }])
  })

  it('pass untold, under the number of the other side, while joined', async () => {
    const { caller, agent } = await pair({}, { sendFormats: [pcmu, numbered(event, 96)] })
    press(caller, 7, 1000)
    expect(agent.heard.map(packet => packet.type)).toEqual([96, 96, 96, 96, 96, 96])
    expect(new Set(agent.heard.map(packet => packet.timestamp)).size).toBe(1)
    expect([...caller.events, ...agent.events]).toEqual([])
    caller.line.unjoin()
    press(caller, 8, 9000)
    expect(caller.events).toMatchObject([{ digit: '8' }])
  })
})

describe('lost media', () => {
  it('is told once to both when neither side has sent for the time given', async () => {
    const { caller, agent } = await pair({}, {}, 5000)
    const lost = ({ events }: Phone) => events.filter(({ type }) => type === 'mediaLost')
    clock.advance(4000)
    agent.say()
    clock.advance(4900)
    expect(lost(caller)).toEqual([])
    clock.advance(600)
    expect(lost(caller)).toMatchObject([{ type: 'mediaLost' }])
    expect(lost(agent)).toEqual(lost(caller))
    const [told] = lost(caller)
    expect(told?.type === 'mediaLost' ? told.silentMs : 0).toBeGreaterThanOrEqual(5000)
    clock.advance(60_000)
    expect(lost(caller)).toHaveLength(1)
    expect(clock.pending).toBe(0)
    caller.line.join(agent.line, 5000)
    clock.advance(5500)
    expect(lost(caller)).toHaveLength(2)
  })

  it('counts RTCP as life, and can be switched off', async () => {
    const { caller } = await pair({}, {}, 1000)
    for (let index = 0; index < 10; index++) {
      clock.advance(400)
      caller.rtcp(rtcpOf(201, [0xabcd]))
    }
    expect(caller.events).toEqual([])
    caller.line.unjoin()
    clock.advance(10_000)
    expect(clock.pending).toBe(0)
    const third = await new Phone('198.51.100.3').connect()
    third.line.join(caller.line, 0)
    clock.advance(100_000)
    expect(third.events).toEqual([])
  })
})

describe('a silent side', () => {
  /** One side says something every 20 ms, for as long. */
  function talk(phone: Phone, forMs: number): void {
    for (let passed = 0; passed < forMs; passed += 20) {
      phone.say()
      clock.advance(20)
    }
  }

  it('is told of alone after half the time, and when it is heard again, each once', async () => {
    const { caller, agent } = await pair({}, {}, 4000)
    talk(caller, 1900)
    expect([caller.events, agent.events]).toEqual([[], []])
    talk(caller, 6000)
    expect([caller.events, agent.events]).toMatchObject([[], [{ type: 'silent' }]])
    const [silent] = agent.events
    expect(silent?.type === 'silent' ? silent.silentMs : 0).toBeGreaterThanOrEqual(2000)
    agent.say()
    talk(caller, 500)
    expect(agent.events).toMatchObject([{ type: 'silent' }, { type: 'heard' }])
    talk(caller, 3000)
    expect(agent.events.map(({ type }) => type)).toEqual(['silent', 'heard', 'silent'])
  })

  it('that sends only RTCP, as one who suppresses silence does, is heard', async () => {
    const { caller, agent } = await pair({}, {}, 4000)
    for (let index = 0; index < 10; index++) {
      talk(caller, 1500)
      agent.rtcp(rtcpOf(201, [0xabcd]))
    }
    expect(agent.events).toEqual([])
  })

  it('is not told of when it has left the other, or when nobody asked', async () => {
    const { caller, agent } = await pair({}, {}, 4000)
    caller.line.unjoin()
    talk(caller, 5000)
    caller.line.join(agent.line, 0)
    talk(caller, 5000)
    expect([...caller.events, ...agent.events]).toEqual([])
  })
})

describe('digits that we send', () => {
  const digitsOf = (heard: readonly Packet[]) => heard.map(({ payload }) => [payload[0], (payload[1] ?? 0) >> 7])

  it("are RFC 4733 events in the peer's number: one time, growing duration, the end three times", async () => {
    const { agent } = await pair({}, { sendFormats: [pcmu, numbered(event, 96)] })
    agent.line.press('5', 100)
    clock.advance(1000)
    const { heard } = agent
    expect(new Set(heard.map(({ type }) => type))).toEqual(new Set([96]))
    expect(digitsOf(heard)).toEqual([...Array(5).fill([5, 0]), ...Array(3).fill([5, 1])])
    expect(heard.map(({ payload }) => readUint16(payload, 2))).toEqual([160, 320, 480, 640, 800, 800, 800, 800])
    expect(new Set(heard.map(({ timestamp }) => timestamp)).size).toBe(1)
    expect(heard.map(({ marker }) => marker)).toEqual([true, ...Array(7).fill(false)])
    expect(
      new Set(
        steps(
          heard.map(({ sequence }) => sequence),
          16,
        ),
      ),
    ).toEqual(new Set([1]))
    expect(clock.pending).toBe(0)
  })

  it('follow each other, each at a later time, and are read by our own ear', async () => {
    const { caller, agent } = await pair()
    for (const digit of '1*d#x') agent.line.press(digit, 60)
    clock.advance(2000)
    caller.line.unjoin()
    const ear = await new Phone('198.51.100.9').connect()
    for (const { payload, timestamp, sequence } of agent.heard)
      ear.say({ type: 101, payload: [...payload], timestamp, sequence })
    expect(ear.events.map(found => (found.type === 'dtmf' ? found.digit : ''))).toEqual(['1', '*', 'D', '#'])
  })

  it('take the place of the voice, which goes on after them in order', async () => {
    const { caller, agent } = await pair()
    const talk = (packets: number) => {
      for (let index = 0; index < packets; index++) {
        caller.say()
        clock.advance(20)
      }
    }
    talk(5)
    agent.line.press('9', 100)
    talk(30)
    const types = agent.heard.map(({ type }) => type).join(' ')
    expect(types).toMatch(/^(0 )+(101 ){8}0( 0)+$/)
    expect(
      new Set(
        steps(
          agent.heard.map(({ sequence }) => sequence),
          16,
        ),
      ),
    ).toEqual(new Set([1]))
    expect(
      Math.max(
        ...steps(
          agent.heard.map(({ timestamp }) => timestamp),
          32,
        ),
      ),
    ).toBeLessThan(16_000)
  })

  it('go nowhere when the peer knows none, and end with the session', async () => {
    const { caller, agent } = await pair({}, { sendFormats: [pcmu], receiveFormats: [pcmu] })
    agent.line.press('1', 100)
    expect(clock.pending).toBe(0)
    caller.line.press('1', 100)
    caller.line.close()
    clock.advance(1000)
    expect([agent.heard.length, clock.pending]).toEqual([0, 0])
  })

  it('that a joined peer presses are told when the other side knows none', async () => {
    const { caller, agent } = await pair({}, { sendFormats: [pcmu], receiveFormats: [pcmu] })
    for (const end of [0, 0x80, 0x80]) caller.say({ type: 101, timestamp: 1000, payload: [7, end, 3, 0x20] })
    expect(caller.events).toEqual([{ type: 'dtmf', digit: '7', durationMs: 100 }])
    expect(agent.heard).toEqual([])
  })
})

describe('ends', () => {
  it('tells nothing and holds nothing after close', async () => {
    const { caller, agent } = await pair({}, {}, 1000)
    caller.line.play({ kind: 'prompts', names: ['short'], playId: 'p' })
    const before = clock.pending
    expect(before).toBeGreaterThan(0)
    for (const phone of [caller, agent]) {
      phone.line.close()
      phone.line.close()
      phone.line.play({ kind: 'music', name: 'default' })
      phone.line.update(phone.stream())
      phone.line.join(agent.line, 10)
    }
    clock.advance(5000)
    expect([...caller.events, ...agent.events]).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('stops with everything', async () => {
    const { caller } = await pair({}, {}, 1000)
    caller.line.play({ kind: 'music', name: 'default' })
    await media.stop()
    expect(clock.pending).toBe(0)
    await expect(media.open({ host: ourHost, onEvent() {} })).rejects.toMatchObject({ code: 'media.unavailable' })
    const again = await network.bindDatagram(
      { host: ourHost, port: caller.line.port },
      { onMessage() {}, onError() {} },
    )
    again.close()
  })
})

it('survives any bytes on both ports', async () => {
  const { caller, agent } = await pair({}, { sendFormats: [pcma, event], receiveFormats: [pcma, event] })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), fc.boolean(), (noise, looksRight, joined) => {
      if (looksRight && noise.length > 1) {
        noise[0] = 0x80 | ((noise[0] ?? 0) & 0x3f)
        noise[1] = (noise[1] ?? 0) % 2 === 0 ? 101 : 200 + ((noise[1] ?? 0) % 8)
      }
      if (joined) caller.line.join(agent.line, 0)
      else caller.line.unjoin()
      caller.raw(noise)
      caller.rtcp(noise)
    }),
    { seed: 42, numRuns: 5000 },
  )
  caller.line.join(agent.line, 0)
  const before = agent.heard.length
  caller.say({ ssrc: 0x12345, type: 0 })
  expect(agent.heard.length).toBe(before + 1)
})
