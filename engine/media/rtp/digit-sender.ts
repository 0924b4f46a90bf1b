/**
 * Digits as RFC 4733 events on one outgoing stream: an update every 20 ms, the end three times (§2.5.1.4), a pause before
 * the next digit. What else would be sent meanwhile waits for nobody: the event takes its place.
 */
import { headerBytes, startPacket, writeUint16, writeUint32 } from './packet.ts'
import { eventCodeOf } from './telephone-event.ts'
import type { TickListener } from './ticker.ts'

const packetMs = 20
const endRepeats = 3
/** What Q.24 asks of a pause between digits, with room. */
const pausePackets = 4
const shortestMs = 60
const longestMs = 5_000
/** Digits that wait; more at once is a flood and not a person. */
const maxWaiting = 64
const volume = 10

/** What a sender needs from its leg. */
export interface PressOutput {
  /** Clock rate of telephone-event towards the peer. */
  readonly eventRateHz: number
  /** Sends a packet with the sender's own sequence number and timestamp. */
  sendPress(packet: Uint8Array, source: DigitSender, now: number): void
  /** Every digit is sent. */
  onPressed(): void
}

interface Press {
  readonly code: number
  readonly packets: number
}

export class DigitSender implements TickListener {
  readonly #output: PressOutput
  readonly #waiting: Press[] = []
  /** Ticks since the present digit began. */
  #tick = 0
  #sequence = 0
  #timestamp = 0

  constructor(output: PressOutput) {
    this.#output = output
  }

  /** Anything but one of the sixteen digits is ignored. */
  press(digit: string, durationMs: number): void {
    const code = eventCodeOf(digit)
    if (code === null || this.#waiting.length >= maxWaiting) return
    const lastsMs = Math.min(longestMs, Math.max(shortestMs, durationMs))
    this.#waiting.push({ code, packets: Math.ceil(lastsMs / packetMs) })
  }

  onTick(now: number): void {
    const press = this.#waiting[0]
    if (press === undefined) {
      this.#output.onPressed()
      return
    }
    const samplesPerPacket = (this.#output.eventRateHz * packetMs) / 1000
    this.#tick++
    const ends = this.#tick > press.packets
    if (this.#tick <= press.packets + endRepeats) this.#send(press, ends, samplesPerPacket, now)
    if (this.#tick < press.packets + endRepeats + pausePackets) return
    this.#timestamp = (this.#timestamp + this.#tick * samplesPerPacket) >>> 0
    this.#tick = 0
    this.#waiting.shift()
  }

  #send({ code, packets }: Press, ends: boolean, samplesPerPacket: number, now: number): void {
    const packet = new Uint8Array(headerBytes + 4)
    startPacket(packet)
    // RFC 4733 §2.5.1.2: the marker is on the first packet of each event; all of them have the timestamp of its start.
    packet[1] = this.#tick === 1 ? 0x80 : 0
    this.#sequence = (this.#sequence + 1) & 0xffff
    writeUint16(packet, 2, this.#sequence)
    writeUint32(packet, 4, this.#timestamp)
    packet[headerBytes] = code
    packet[headerBytes + 1] = (ends ? 0x80 : 0) | volume
    writeUint16(packet, headerBytes + 2, Math.min(0xffff, Math.min(this.#tick, packets) * samplesPerPacket))
    this.#output.sendPress(packet, this, now)
  }
}
