import { describe, expect, it } from 'vitest'
import type { RecordingRequest, RecordingResult, RtpFormat } from '../../ports/media.ts'
import { encodePcma, encodePcmu } from '../audio/g711.ts'
import { G722Encoder } from '../audio/g722.ts'
import { doubleRate } from '../audio/resample.ts'
import { headerBytes, startPacket, writeUint16, writeUint32 } from '../rtp/packet.ts'
import { Recorder } from './recorder.ts'

const pcmu: RtpFormat = { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 }
const pcma: RtpFormat = { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 }
const g722: RtpFormat = { payloadType: 9, encoding: 'G722', clockRateHz: 8000, channels: 1 }
const opus: RtpFormat = { payloadType: 111, encoding: 'OPUS', clockRateHz: 48_000, channels: 2 }
const perPacket = 160
const startedAt = 1_000_000

/** A tone that grows louder, so that every place in it is another one. */
function voice(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, index) => Math.sin(index / 5) * (2000 + index))
}

class Rig {
  readonly recorder: Recorder
  readonly samples: number[] = []
  result: Promise<RecordingResult> | null = null
  discarded = false
  failure: string | null = null
  sequence = 0

  constructor(changes: Partial<RecordingRequest> = {}, formats: readonly RtpFormat[] = [pcmu, pcma, g722, opus]) {
    const rig = this
    this.recorder = new Recorder({
      request: { recordingId: 'r', maxMs: 60_000, silenceMs: 3_000, minSpeechMs: 500, ...changes },
      startedAt,
      sink: {
        append: samples => this.samples.push(...samples),
        get failure() {
          return rig.failure
        },
        finish: async count => {
          this.samples.length = count
          return 44 + 2 * count
        },
        discard: async () => {
          this.discarded = true
        },
      },
      onOver: result => {
        this.result = result
      },
    })
    this.recorder.configure(formats)
  }

  /** A packet that arrives `atMs` into the recording. */
  hear(payload: Uint8Array, atMs: number, timestamp: number, { type = 0, ssrc = 1 } = {}): void {
    const bytes = new Uint8Array(headerBytes + payload.length)
    startPacket(bytes)
    bytes[1] = type
    writeUint16(bytes, 2, ++this.sequence)
    writeUint32(bytes, 4, timestamp)
    writeUint32(bytes, 8, ssrc)
    bytes.set(payload, headerBytes)
    this.recorder.take(bytes, headerBytes, startedAt + atMs)
  }

  /** Octets in packets of 20 ms, in the order that `order` gives; null in it: lost. */
  speak(octets: Uint8Array, order = (indexes: number[]): (number | null)[] => indexes, type = 0): void {
    const packets = Array.from({ length: octets.length / perPacket }, (_, index) => index)
    for (const [place, index] of order(packets).entries())
      if (index !== null)
        this.hear(octets.subarray(index * perPacket, (index + 1) * perPacket), (place + 1) * 20, index * perPacket, {
          type,
        })
  }
}

/** 1: the same. */
function likeness(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0]
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return ab / Math.sqrt(aa * bb)
}

describe('a recording', () => {
  it('holds what was said in each codec, sample for sample in its place', async () => {
    const said = voice(2_000)
    const encoded = [
      [encodePcmu(said), 0, 0],
      [encodePcma(said), 8, 0],
      [new G722Encoder().encode(doubleRate(said)), 9, 5],
    ] as const
    for (const [octets, type, delay] of encoded) {
      const rig = new Rig()
      rig.speak(octets, undefined, type)
      rig.recorder.stop('stopped')
      expect(await rig.result).toMatchObject({ outcome: 'kept', durationMs: 2_000, speechMs: 2_000, bytes: 32_044 })
      // The encoder's filter takes some samples.
      expect(likeness(rig.samples.slice(delay), said)).toBeGreaterThan(0.99)
    }
  })

  it('puts late packets where they belong, and silence where some are lost', async () => {
    const said = voice(4_000)
    const rig = new Rig()
    rig.speak(encodePcmu(said), indexes =>
      indexes.map(index =>
        index === 100 ? null : index % 10 === 3 ? index + 1 : index % 10 === 4 ? index - 1 : index,
      ),
    )
    rig.recorder.stop('stopped')
    await rig.result
    const expected = said.slice()
    expected.fill(0, 100 * perPacket, 101 * perPacket)
    expect(likeness(rig.samples, expected)).toBeGreaterThan(0.9999)
  })

  it('goes on in time after a pause without packets, another source, and a timestamp that makes no sense', async () => {
    const rig = new Rig()
    const octets = encodePcmu(voice(20))
    rig.hear(octets, 20, 0)
    rig.hear(octets, 1_020, 8_000)
    rig.hear(octets, 2_020, 77, { ssrc: 2 })
    rig.hear(octets, 2_520, 900_000, { ssrc: 2 })
    rig.recorder.stop('stopped')
    await rig.result
    const heard = rig.samples.flatMap((sample, index) => (sample === 0 ? [] : [Math.floor(index / 8)]))
    const places = [...new Set(heard.map(ms => Math.floor(ms / 20) * 20))]
    expect(places).toEqual([0, 1_000, 2_000, 2_500])
  })

  it('ends after silence, with half a second of it, and after its longest time', async () => {
    const quiet = new Rig()
    quiet.speak(encodePcmu(Int16Array.of(...voice(1_000), ...new Int16Array(20_000))))
    quiet.recorder.look(startedAt + 3_900)
    expect(quiet.result).toBeNull()
    quiet.recorder.look(startedAt + 4_000)
    expect(await quiet.result).toMatchObject({ endedBy: 'silence', outcome: 'kept', durationMs: 1_500 })

    const long = new Rig({ maxMs: 1_500, silenceMs: 0 })
    long.speak(encodePcmu(voice(2_000)))
    long.recorder.look(startedAt + 1_500)
    expect(await long.result).toMatchObject({ endedBy: 'maxLength', durationMs: 1_500 })
    expect(long.samples.length).toBe(12_000)
    long.recorder.stop('stopped')
  })

  it('keeps nothing of one who hardly spoke, and tells of a disk that fails', async () => {
    const short = new Rig()
    short.speak(encodePcmu(voice(400)))
    short.recorder.stop('closed')
    expect(await short.result).toMatchObject({ outcome: 'tooShort', speechMs: 400, bytes: 0 })
    expect(short.discarded).toBe(true)

    const broken = new Rig()
    broken.speak(encodePcmu(voice(1_000)))
    broken.failure = 'the disk refuses: ENOSPC'
    broken.recorder.look(startedAt + 1_000)
    expect(await broken.result).toMatchObject({
      outcome: 'failed',
      endedBy: 'failed',
      reason: 'the disk refuses: ENOSPC',
    })
  })

  it('does not take for a voice what it cannot decode', async () => {
    const rig = new Rig()
    rig.speak(encodePcmu(voice(1_000)), undefined, 111)
    rig.recorder.stop('stopped')
    expect(await rig.result).toMatchObject({ outcome: 'tooShort', speechMs: 0 })
  })
})
