import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { decodeUlaw } from '../media/audio/g711.ts'
import type { MediaEvent, MediaPort, MediaSession, MediaStream, RtpFormat } from '../ports/media.ts'
import { createWorkerMedia } from './media-port.ts'

const pcmu: RtpFormat = { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 }
const pcma: RtpFormat = { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 }
const event: RtpFormat = { payloadType: 101, encoding: 'TELEPHONE-EVENT', clockRateHz: 8000, channels: 1 }
const host = '127.0.0.1'
const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** A range of its own per test, away from the ephemeral ports and those of the scenarios, so that tests at the same time don't meet. */
function portRange(count: number): { minPort: number; maxPort: number } {
  const minPort = 14_000 + 2 * Math.floor(Math.random() * 3500)
  return { minPort, maxPort: minPort + count - 1 }
}

async function start(range = portRange(200)): Promise<MediaPort> {
  const media = createWorkerMedia(range)
  cleanUps.push(() => media.stop())
  await media.start()
  return media
}

class Phone {
  readonly heard: Buffer[] = []
  readonly events: MediaEvent[] = []
  readonly session: MediaSession
  readonly #socket: Socket
  #sequence = 0

  constructor(socket: Socket, session: MediaSession, events: MediaEvent[]) {
    this.#socket = socket
    this.session = session
    this.events = events
    socket.on('message', bytes => this.heard.push(bytes))
  }

  static async connect(media: MediaPort, changes: Partial<MediaStream> = {}): Promise<Phone> {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    cleanUps.push(() => socket.close())
    const events: MediaEvent[] = []
    const session = await media.open({ host, onEvent: found => events.push(found) })
    session.update({
      remote: { host, port: socket.address().port },
      remoteRtcp: null,
      latchTo: null,
      sends: true,
      receives: true,
      sendFormats: [pcmu, event],
      receiveFormats: [pcmu, event],
      ptimeMs: 20,
      ...changes,
    })
    return new Phone(socket, session, events)
  }

  /** Resolves with the number of packets that have come, once what was on its way has. */
  async drained(): Promise<number> {
    const last = Buffer.from('last')
    const { port } = this.#socket.address()
    this.#socket.send(last, port, host)
    await until(() => this.heard.at(-1)?.equals(last) === true, 'a packet of its own')
    return this.heard.length
  }

  say(type = 0, payload: readonly number[] = [1, 2, 3]): void {
    const bytes = Buffer.alloc(12 + payload.length)
    bytes[0] = 0x80
    bytes[1] = type
    bytes.writeUInt16BE(++this.#sequence & 0xffff, 2)
    bytes.writeUInt32BE(this.#sequence * 160, 4)
    bytes.writeUInt32BE(4711, 8)
    bytes.set(payload, 12)
    this.#socket.send(bytes, this.session.port, host)
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`)
    await sleep(5)
  }
}

const openHandles = () => process.getActiveResourcesInfo().filter(kind => kind === 'MessagePort' || kind === 'Worker')

describe('the media thread', () => {
  it('relays and converts between two phones on real sockets', async () => {
    const media = await start()
    const caller = await Phone.connect(media)
    const agent = await Phone.connect(media, { sendFormats: [pcma], receiveFormats: [pcma] })
    expect(caller.session.port % 2).toBe(0)
    caller.session.join(agent.session, 0)
    await until(() => {
      caller.say(0, [0xff])
      return agent.heard.length > 0
    }, 'audio to the agent')
    expect([...(agent.heard[0] ?? [])].slice(12)).toEqual([0xd5])
    await until(() => {
      agent.say(8, [0xd5])
      return caller.heard.length > 0
    }, 'audio to the caller')
  })

  it('plays at the pace of the clock, tells the end of prompts and digits', async () => {
    const media = await start()
    expect(media.hasPrompt('en/you-are-number')).toBe(true)
    expect(media.hasPrompt('nowhere')).toBe(false)
    expect(media.hasMusic('default')).toBe(true)
    expect(media.hasMusic('nowhere')).toBe(false)
    const caller = await Phone.connect(media)
    const startedAt = performance.now()
    caller.session.play({ kind: 'prompts', names: ['en/number-1'], playId: 'one' })
    await until(() => caller.events.length > 0, 'the end of the prompt')
    expect(caller.events).toEqual([{ type: 'playEnded', playId: 'one' }])
    // The audio comes on another way than the word of its end.
    await until(() => caller.heard.length >= 20, 'all of the prompt')
    const playedMs = caller.heard.length * 20
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(playedMs - 40)
    expect(Math.max(...caller.heard.flatMap(packet => [...packet.subarray(12)].map(decodeUlaw)))).toBeGreaterThan(3000)
    for (let index = 0; index < 3; index++) caller.say(101, [5, 0x80, 3, 0x20])
    await until(() => caller.events.length > 1, 'a digit')
    expect(caller.events[1]).toEqual({ type: 'dtmf', digit: '5', durationMs: 100 })
  })

  it('tells lost media to both', async () => {
    const media = await start()
    const [caller, agent] = [await Phone.connect(media), await Phone.connect(media)]
    caller.session.join(agent.session, 300)
    await until(() => caller.events.length > 1 && agent.events.length > 1, 'silence and lost media')
    for (const { events } of [caller, agent]) expect(events).toMatchObject([{ type: 'silent' }, { type: 'mediaLost' }])
  })

  it('says when its ports are used up, and gives them again', async () => {
    const range = portRange(6)
    const media = await start(range)
    const options = { host, onEvent() {} }
    const opened: MediaSession[] = []
    let refusal: unknown = null
    while (refusal === null && opened.length < 4) {
      await media.open(options).then(
        session => opened.push(session),
        error => {
          refusal = error
        },
      )
    }
    expect(refusal).toMatchObject({ code: 'media.no_ports' })
    expect(opened.length).toBeGreaterThan(0)
    opened[0]?.close()
    await expect(media.open(options)).resolves.toMatchObject({ port: opened[0]?.port })
  })

  it('refuses a host that is not ours', async () => {
    const media = await start()
    await expect(media.open({ host: '203.0.113.1', onEvent() {} })).rejects.toMatchObject({ code: 'media.unavailable' })
  })

  it('does not run before start and leaves nothing behind after stop', async () => {
    const before = openHandles()
    const media = createWorkerMedia(portRange(100))
    expect(openHandles()).toEqual(before)
    await expect(media.open({ host, onEvent() {} })).rejects.toMatchObject({ code: 'media.unavailable' })
    await media.start()
    expect(openHandles().length).toBeGreaterThan(before.length)
    const phone = await Phone.connect(media)
    phone.session.play({ kind: 'music', name: 'default' })
    await until(() => phone.heard.length > 3, 'music')
    const pending = media.open({ host, onEvent() {} })
    const stopping = media.stop()
    await expect(pending).rejects.toMatchObject({ code: 'media.unavailable' })
    await stopping
    expect(openHandles()).toEqual(before)
    const heard = await phone.drained()
    phone.session.play({ kind: 'music', name: 'default' })
    phone.session.close()
    await sleep(60)
    expect(phone.heard.length).toBe(heard)
    await media.start()
    await expect(media.open({ host, onEvent() {} })).resolves.toBeDefined()
  })

  it('reports a thread that dies, ends what nobody would hear of, and can be started again', async () => {
    const errors: object[] = []
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (fields: object) => errors.push(fields),
      child: () => logger,
    }
    const media = createWorkerMedia({ ...portRange(100), logger })
    cleanUps.push(() => media.stop())
    await media.start()
    const [caller, agent] = [await Phone.connect(media), await Phone.connect(media)]
    const third = await Phone.connect(media)
    caller.session.join(agent.session, 60_000)
    third.session.play({ kind: 'prompts', names: ['en/thank-you-for-waiting'], playId: 't' })
    // A stream that is no stream: nothing checks what the engine itself says, so the thread dies of it.
    third.session.update({ remote: null, sendFormats: null } as unknown as MediaStream)
    await until(() => errors.length > 0, 'an error in the log')
    expect([...caller.events, ...agent.events]).toMatchObject([{ type: 'mediaLost' }, { type: 'mediaLost' }])
    expect(third.events).toMatchObject([{ type: 'playEnded', playId: 't' }])
    await expect(media.open({ host, onEvent() {} })).rejects.toMatchObject({ code: 'media.unavailable' })
    caller.session.close()
    await media.start()
    await expect(media.open({ host, onEvent() {} })).resolves.toBeDefined()
  })
})
