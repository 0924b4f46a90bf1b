/**
 * Digits out of RFC 4733 events. A press is many packets (updates, and the end three times): it is told once, at its
 * end, or when nothing more of it comes because the ends were lost.
 */
import { readSsrc, readTimestamp, readUint16, timestampDistance } from './packet.ts'

const digits = '0123456789*#ABCD'
const bytesPerEvent = 4
const longestSegment = 0xffff
/** Events are repeated every 50 ms or less (RFC 4733 §2.5.1.2). */
const lostEndMs = 300

/** The event code of a digit (RFC 4733 §3.2); null if it is none. */
export function eventCodeOf(digit: string): number | null {
  const code = digit.length === 1 ? digits.indexOf(digit.toUpperCase()) : -1
  return code < 0 ? null : code
}

export interface Press {
  readonly digit: string
  readonly durationMs: number
}

export class DigitDetector {
  #ssrc = 0
  #timestamp = 0
  #isKnown = false
  #digit: string | null = null
  #duration = 0
  #earlierSegments = 0
  #clockRateHz = 8000
  #lastAt = 0

  /** True while a press has begun but not ended. */
  get isPressed(): boolean {
    return this.#digit !== null
  }

  /** Takes one packet; returns the press that it ends, if it does. An unfinished press before it comes out first. */
  take(bytes: Uint8Array, start: number, end: number, clockRateHz: number, now: number): readonly Press[] {
    if (end - start < bytesPerEvent) return none
    const digit = digits[bytes[start] ?? 0xff]
    if (digit === undefined) return none
    const timestamp = readTimestamp(bytes)
    const ssrc = readSsrc(bytes)
    const duration = readUint16(bytes, start + 2)
    const isEnd = ((bytes[start + 1] ?? 0) & 0x80) !== 0
    const pressed: Press[] = []
    if (!this.#isKnown || ssrc !== this.#ssrc || timestamp !== this.#timestamp) {
      // A packet of an earlier press that was overtaken says nothing new.
      if (this.#isKnown && ssrc === this.#ssrc && timestampDistance(this.#timestamp, timestamp) < 0) return none
      // RFC 4733 §2.5.1.3: a press longer than the field goes on in a new segment.
      const continues = this.#digit === digit && this.#duration === longestSegment
      if (continues) this.#earlierSegments += longestSegment
      else pressed.push(...this.#finish())
      this.#isKnown = true
      this.#ssrc = ssrc
      this.#timestamp = timestamp
      this.#digit = digit
      this.#duration = 0
      this.#clockRateHz = clockRateHz
    } else if (this.#digit === null) {
      return none
    }
    this.#duration = Math.max(this.#duration, duration)
    this.#lastAt = now
    if (isEnd) pressed.push(...this.#finish())
    return pressed
  }

  /** Returns the press whose end seems to be lost. */
  expire(now: number): readonly Press[] {
    return this.#digit !== null && now - this.#lastAt >= lostEndMs ? this.#finish() : none
  }

  /** Drops an unfinished press: from now on its packets go to someone else. */
  forget(): void {
    this.#finish()
  }

  #finish(): readonly Press[] {
    if (this.#digit === null) return none
    const samples = this.#earlierSegments + this.#duration
    const press = { digit: this.#digit, durationMs: Math.round((samples * 1000) / this.#clockRateHz) }
    this.#digit = null
    this.#earlierSegments = 0
    return [press]
  }
}

const none: readonly Press[] = []
