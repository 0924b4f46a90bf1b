/** One end of an audio stream over dgram, for peers whose own audio is silent: sends PCMU and digits, counts what comes. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { onTestFinished } from 'vitest'
import { until } from './deadline.ts'

const headerBytes = 12
const packetMs = 20
const samplesPerPacket = 160
const pcmu = 0
const telephoneEvent = 101
const digits = '0123456789*#'
/** RFC 4733 §2.5.1.4: the last packet of an event is sent three times. */
const endRepeats = 3
const pressPackets = 5

interface Remote {
  readonly host: string
  readonly port: number
}

export interface RtpPeer {
  readonly port: number
  /** Voice packets that have come. */
  readonly received: number
  /** Digits that have come, each once. */
  readonly pressed: string
  /** The voice that has come, payload after payload. */
  readonly recording: Buffer
  /** Sends silence to whoever sends to us, or to `to`, until {@link stop}. */
  talk(to?: Remote): void
  /** Says PCMU octets; resolves when they are sent. */
  say(octets: Uint8Array): Promise<void>
  /** Presses digits one after the other (RFC 4733); resolves when they are sent. */
  press(keys: string): Promise<void>
  /** Resolves when `count` voice packets have come in all. */
  hears(count: number): Promise<void>
  /** Resolves when `count` more voice packets have come. */
  hearsMore(count: number): Promise<void>
  stop(): void
}

/** Opens a stream end on a free port; it closes with the test. */
export async function openRtp(host: string): Promise<RtpPeer> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  const peer = new Peer(socket)
  onTestFinished(() => peer.close())
  return peer
}

class Peer implements RtpPeer {
  readonly #socket: Socket
  readonly #ssrc = Math.floor(Math.random() * 2 ** 32)
  #remote: Remote | null = null
  #timer: NodeJS.Timeout | null = null
  #sequence = 0
  #timestamp = 0
  #received = 0
  #pressed = ''
  readonly #recorded: Buffer[] = []
  #lastEventAt = -1
  #speech: Buffer = Buffer.alloc(0)
  readonly #toSend: { readonly payload: Buffer; readonly isFirst: boolean; readonly lasts: number }[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes, from) => this.#receive(bytes, { host: from.address, port: from.port }))
  }

  get port(): number {
    return this.#socket.address().port
  }

  get received(): number {
    return this.#received
  }

  get recording(): Buffer {
    return Buffer.concat(this.#recorded)
  }

  get pressed(): string {
    return this.#pressed
  }

  talk(to: Remote | null = null): void {
    this.#remote ??= to
    this.#timer ??= setInterval(() => this.#tick(), packetMs)
  }

  async say(octets: Uint8Array): Promise<void> {
    this.#speech = Buffer.concat([this.#speech, octets])
    this.talk()
    const all = octets.length / samplesPerPacket
    await until('all to be said', () => (this.#speech.length === 0 ? true : null), all * packetMs * 2 + 5_000)
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) {
      const code = digits.indexOf(key)
      for (let index = 1; index <= pressPackets + endRepeats; index++) {
        const isEnd = index > pressPackets
        const duration = Math.min(index, pressPackets) * samplesPerPacket
        const payload = Buffer.from([code, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 0xff])
        const lasts = index === pressPackets + endRepeats ? index * samplesPerPacket : 0
        this.#toSend.push({ payload, isFirst: index === 1, lasts })
      }
    }
    this.talk()
    await until(`the digits ${keys} to be sent`, () => (this.#toSend.length === 0 ? true : null))
  }

  async hears(count: number): Promise<void> {
    await until(`${count} packets of audio`, () => (this.#received >= count ? true : null))
  }

  hearsMore(count: number): Promise<void> {
    return this.hears(this.#received + count)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  close(): void {
    this.stop()
    this.#socket.close()
  }

  #tick(): void {
    if (this.#remote === null) return
    const event = this.#toSend.shift()
    if (event === undefined) {
      const payload = Buffer.alloc(samplesPerPacket, 0xff)
      this.#speech.copy(payload, 0, 0, samplesPerPacket)
      this.#speech = this.#speech.subarray(Math.min(samplesPerPacket, this.#speech.length))
      this.#send(pcmu, payload, false)
      this.#timestamp += samplesPerPacket
      return
    }
    this.#send(telephoneEvent, event.payload, event.isFirst)
    this.#timestamp += event.lasts
  }

  #send(payloadType: number, payload: Buffer, marked: boolean): void {
    const header = Buffer.alloc(headerBytes)
    header[0] = 0x80
    header[1] = payloadType | (marked ? 0x80 : 0)
    header.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    header.writeUInt32BE(this.#timestamp >>> 0, 4)
    header.writeUInt32BE(this.#ssrc, 8)
    this.#socket.send([header, payload], this.#remote?.port, this.#remote?.host)
  }

  #receive(bytes: Buffer, from: Remote): void {
    this.#remote = from
    if ((bytes[1] ?? 0) % 128 !== telephoneEvent) {
      this.#received++
      this.#recorded.push(bytes.subarray(headerBytes))
      return
    }
    // Every packet of one press has the timestamp of its beginning (RFC 4733 §2.2.3).
    const at = bytes.readUInt32BE(4)
    if (at === this.#lastEventAt) return
    this.#lastEventAt = at
    this.#pressed += digits[bytes[headerBytes] ?? 0] ?? '?'
  }
}
