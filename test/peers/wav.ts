/** What is to be heard in a recording: how strong a tone is in it, moment by moment. */
import { readFileSync } from 'node:fs'

export interface Recording {
  readonly sampleRateHz: number
  /** Of the first channel. */
  readonly samples: Int16Array
}

export const silence: Recording = { sampleRateHz: 8000, samples: new Int16Array() }

const headerBytes = 44
const windowMs = 250

/** Reads a WAV file of 16-bit PCM with the plain 44-byte header, as libsndfile writes it; it may be still growing. */
export function readRecording(path: string): Recording {
  const bytes = readFileSync(path)
  if (bytes.length < headerBytes || bytes.toString('latin1', 36, 40) !== 'data')
    throw new Error(`No plain WAV: ${path}`)
  const channels = bytes.readUInt16LE(22)
  const count = Math.floor((bytes.length - headerBytes) / (2 * channels))
  const samples = Int16Array.from({ length: count }, (_, index) =>
    bytes.readInt16LE(headerBytes + 2 * channels * index),
  )
  return { sampleRateHz: bytes.readUInt32LE(24), samples }
}

/** Amplitude of a tone in 16-bit steps, for each 250 ms of a recording (Goertzel's algorithm). */
export function amplitudesOf({ sampleRateHz, samples }: Recording, frequencyHz: number): readonly number[] {
  const length = Math.round((windowMs * sampleRateHz) / 1000)
  const windows = Math.floor(samples.length / length)
  return Array.from({ length: windows }, (_, index) =>
    goertzel(samples.subarray(index * length, (index + 1) * length), frequencyHz / sampleRateHz),
  )
}

/** Milliseconds of a recording in which a tone stands out. */
export function heardMs(recording: Recording, frequencyHz: number, amplitude: number): number {
  return windowMs * amplitudesOf(recording, frequencyHz).filter(strength => strength >= amplitude).length
}

/** How alike two pieces of sound are at best, the first one moved over the second: 1 is the same. */
export function likeness(
  piece: ArrayLike<number>,
  whole: ArrayLike<number>,
  mostShift = whole.length - piece.length,
): number {
  // Of one type, and without an array for each sample: it is a billion multiplications in a minute of sound.
  const [sought, sound] = [Float64Array.from(piece), Float64Array.from(whole)]
  const power = sought.reduce((sum, sample) => sum + sample * sample, 0)
  let best = -1
  for (let shift = 0; shift <= mostShift; shift++) {
    let product = 0
    let soundPower = 0
    for (let index = 0; index < sought.length; index++) {
      const sample = sound[index + shift] ?? 0
      product += (sought[index] ?? 0) * sample
      soundPower += sample * sample
    }
    // Silence is like nothing.
    if (soundPower > 0) best = Math.max(best, product / Math.sqrt(power * soundPower))
  }
  return best
}

function goertzel(samples: Int16Array, cyclesPerSample: number): number {
  const turn = 2 * Math.PI * cyclesPerSample
  const coefficient = 2 * Math.cos(turn)
  let last = 0
  let beforeLast = 0
  for (const sample of samples) {
    const next = sample + coefficient * last - beforeLast
    beforeLast = last
    last = next
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length
}
