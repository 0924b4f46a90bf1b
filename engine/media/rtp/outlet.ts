/**
 * One outgoing RTP stream: one SSRC for the life of the leg, sequence numbers without gaps of our making, timestamps
 * that keep pace with the clock, whatever feeds it (RFC 3550 §5.1). Its source may change from player to relay and back.
 */
import { readSequence, readSsrc, readTimestamp, rewriteHeader, sequenceDistance, timestampDistance } from './packet.ts'

/** Beyond this a source has started anew with its numbers (RFC 3550 appendix A.1, MAX_DROPOUT). */
const maxSequenceJump = 3000

/** Who may feed an outlet; compared by identity. */
export type OutletSource = object

export interface OutletStart {
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
}

export class Outlet {
  readonly ssrc: number
  #sequence: number
  #timestamp: number
  #lastAt = 0
  #started = false
  #source: OutletSource | null = null
  #sourceSsrc = 0
  #sourceSequence = 0
  #sequenceOffset = 0
  #timestampOffset = 0
  /** Sequence numbers up to here belong to a former source. */
  #floor = 0

  constructor(start: OutletStart) {
    this.ssrc = start.ssrc
    this.#sequence = start.sequence
    this.#timestamp = start.timestamp
  }

  /** The SSRC of the packets now passing if they come from `source`; null otherwise. */
  ssrcFrom(source: OutletSource): number | null {
    return this.#source === source ? this.#sourceSsrc : null
  }

  get sequenceOffset(): number {
    return this.#sequenceOffset
  }

  get timestampOffset(): number {
    return this.#timestampOffset
  }

  /** What the source sends from here on is not for this stream: its next packet counts as a new beginning. */
  interrupt(): void {
    this.#source = null
  }

  /**
   * Rewrites the header of a packet so that it continues this stream. False: too old, it must not be sent.
   * `clockRateHz` is that of the packet's format; `now` in milliseconds.
   */
  adopt(bytes: Uint8Array, source: OutletSource, payloadType: number, clockRateHz: number, now: number): boolean {
    const ssrc = readSsrc(bytes)
    const sequenceIn = readSequence(bytes)
    const timestampIn = readTimestamp(bytes)
    const jump = sequenceDistance(this.#sourceSequence, sequenceIn)
    const isNew =
      source !== this.#source || ssrc !== this.#sourceSsrc || jump > maxSequenceJump || jump < -maxSequenceJump
    if (isNew) {
      const elapsed = this.#started ? Math.max(1, Math.round(((now - this.#lastAt) * clockRateHz) / 1000)) : 0
      this.#source = source
      this.#sourceSsrc = ssrc
      this.#floor = this.#sequence
      this.#sequenceOffset = (this.#sequence + 1 - sequenceIn) & 0xffff
      this.#timestampOffset = (this.#timestamp + elapsed - timestampIn) >>> 0
    }
    const sequence = (sequenceIn + this.#sequenceOffset) & 0xffff
    const timestamp = (timestampIn + this.#timestampOffset) >>> 0
    if (!isNew && sequenceDistance(this.#floor, sequence) <= 0) return false
    if (isNew || jump > 0) {
      this.#sourceSequence = sequenceIn
      this.#sequence = sequence
      // The packets of one RFC 4733 event repeat the timestamp of its start; a later source must not fall behind them.
      if (isNew || timestampDistance(this.#timestamp, timestamp) > 0) this.#timestamp = timestamp
      this.#lastAt = now
      this.#started = true
      // The floor follows at a distance, or the wrap of the numbers would turn it into a ceiling.
      if (sequenceDistance(this.#floor, sequence) > 2 * maxSequenceJump) {
        this.#floor = (sequence - maxSequenceJump) & 0xffff
      }
    }
    rewriteHeader(bytes, payloadType, sequence, timestamp, this.ssrc, isNew)
    return true
  }
}
