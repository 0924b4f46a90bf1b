/**
 * Writes down what the peer of one session says: puts packets where their time says, fills what is lost with silence, and
 * knows when enough was said. What is late by less than a second still finds its place.
 */
import type { RecordingEnd, RecordingRequest, RecordingResult, RtpFormat } from '../../ports/media.ts'
import { payloadEnd, readPayloadType, readSsrc, readTimestamp, timestampDistance } from '../rtp/packet.ts'
import type { RecordingSink } from './recording-sink.ts'
import { type OctetReader, octetReaderOf } from './sample-reader.ts'

const samplesPerMs = 8
/** Samples in memory, of which the last ones stay open for packets that are late. */
const bufferSamples = 16_000
const openSamples = 8_000
/** A timestamp that is so far from the time of its packet's arrival says nothing. */
const mostDriftSamples = 16_000
/** About -44 dBFS: what is weaker over a whole packet is a line's noise, not a voice. */
const voiceLevel = 200
/** Silence that is kept after the last word. */
const tailSamples = 500 * samplesPerMs

export interface RecorderOptions {
  readonly request: RecordingRequest
  readonly sink: RecordingSink
  readonly startedAt: number
  /** It is over by itself, or by {@link Recorder.stop}; the result follows. */
  onOver(result: Promise<RecordingResult>): void
}

export class Recorder {
  readonly #options: RecorderOptions
  readonly #readers: (OctetReader | null)[] = new Array<OctetReader | null>(128).fill(null)
  #buffer = new Int16Array(bufferSamples)
  /** Samples before the buffer: they are with the sink. */
  #base = 0
  /** Behind the last sample that was heard. */
  #head = 0
  #ssrc: number | null = null
  #anchorTimestamp = 0
  #anchorAt = 0
  #voiceEnd = 0
  #speech = 0
  #lastVoiceMs: number
  #isOver = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#lastVoiceMs = options.startedAt
  }

  /** How the peer's payload numbers are to be understood from now on. */
  configure(formats: readonly RtpFormat[]): void {
    this.#readers.fill(null)
    for (const format of formats) this.#readers[format.payloadType & 0x7f] = octetReaderOf(format)
  }

  /** Takes a packet of the peer's. @param start of its payload @param now milliseconds */
  take(bytes: Uint8Array, start: number, now: number): void {
    const read = this.#readers[readPayloadType(bytes)] ?? null
    const count = payloadEnd(bytes) - start
    if (this.#isOver || read === null || count <= 0 || count > openSamples) return
    const at = this.#placeOf(readSsrc(bytes), readTimestamp(bytes), count, now)
    const room = this.#mostSamples - at
    // Too late for what the sink already has, or past the end.
    if (at < this.#base || room <= 0) return
    if (at + count > this.#base + bufferSamples) this.#pass(at + count - openSamples)
    this.#write(bytes, start, Math.min(count, room), at, read, now)
  }

  /** Looks whether it is time to end. */
  look(now: number): void {
    const { request, startedAt, sink } = this.#options
    if (sink.failure !== null) this.stop('failed')
    else if (now - startedAt >= request.maxMs) this.stop('maxLength')
    else if (request.silenceMs > 0 && now - this.#lastVoiceMs >= request.silenceMs) this.stop('silence')
  }

  stop(endedBy: RecordingEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#pass(this.#head)
    this.#options.onOver(this.#close(endedBy))
  }

  async #close(endedBy: RecordingEnd): Promise<RecordingResult> {
    const { request, sink } = this.#options
    const samples = Math.min(this.#head, this.#voiceEnd + tailSamples)
    const durationMs = Math.round(samples / samplesPerMs)
    const speechMs = Math.round(this.#speech / samplesPerMs)
    const facts = { recordingId: request.recordingId, endedBy, durationMs, speechMs }
    try {
      if (sink.failure !== null) throw new Error(sink.failure)
      if (speechMs >= request.minSpeechMs)
        return { ...facts, outcome: 'kept', bytes: await sink.finish(samples), reason: null }
      await sink.discard()
      return { ...facts, outcome: 'tooShort', bytes: 0, reason: null }
    } catch (error) {
      await sink.discard().catch(() => {})
      return { ...facts, outcome: 'failed', bytes: 0, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  get #mostSamples(): number {
    return this.#options.request.maxMs * samplesPerMs
  }

  /** Where a packet belongs: by its timestamp, or by its arrival where that is nonsense or the stream is a new one. */
  #placeOf(ssrc: number, timestamp: number, count: number, now: number): number {
    const arrival = Math.max(0, Math.round((now - this.#options.startedAt) * samplesPerMs) - count)
    const at = this.#anchorAt + timestampDistance(this.#anchorTimestamp, timestamp)
    if (this.#ssrc === ssrc && Math.abs(at - arrival) <= mostDriftSamples) return at
    this.#ssrc = ssrc
    this.#anchorTimestamp = timestamp
    this.#anchorAt = Math.max(this.#head, arrival)
    return this.#anchorAt
  }

  #write(bytes: Uint8Array, start: number, count: number, at: number, read: OctetReader, now: number): void {
    const from = at - this.#base
    let energy = 0
    for (let index = 0; index < count; index++) {
      const sample = read(bytes[start + index] ?? 0)
      this.#buffer[from + index] = sample
      energy += sample * sample
    }
    this.#head = Math.max(this.#head, at + count)
    if (energy < voiceLevel * voiceLevel * count) return
    this.#speech += count
    this.#voiceEnd = Math.max(this.#voiceEnd, at + count)
    this.#lastVoiceMs = now
  }

  /** Hands the samples before `to` over. */
  #pass(to: number): void {
    while (this.#base < to) {
      const count = Math.min(bufferSamples, to - this.#base)
      this.#options.sink.append(this.#buffer.slice(0, count))
      this.#buffer.copyWithin(0, count)
      this.#buffer.fill(0, bufferSamples - count)
      this.#base += count
    }
  }
}
