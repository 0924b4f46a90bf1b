/**
 * Music of the operator's, from a WAV file to a loop in each codec. Minutes of music take seconds to encode, and the thread that does it
 * carries the callers' audio too: so it is done piece by piece, a few milliseconds at a time.
 */
import { encodePcma, encodePcmu } from './g711.ts'
import { G722Encoder } from './g722.ts'
import type { PlayableEncoding } from './library.ts'
import { doubleRate, halveRate } from './resample.ts'
import type { WavAudio } from './wav.ts'

const wideRateHz = 16_000
const narrowRateHz = 8_000
/** What a filter hears of the neighbouring pieces: more samples than its taps, and an even number. */
const margin = 64
const piecesPerSecond = 4
const shortestSeconds = 1
const longestSeconds = 600

/** Whether a file can be looped: 8 or 16 kHz, and from a second to ten minutes long. */
export function isLoopable({ sampleRateHz, samples }: WavAudio): boolean {
  if (sampleRateHz !== wideRateHz && sampleRateHz !== narrowRateHz) return false
  return samples.length >= shortestSeconds * sampleRateHz && samples.length <= longestSeconds * sampleRateHz
}

/** Encodes one piece at each step; what it returns in the end is the loop. */
export function* encodeLoop(audio: WavAudio, encoding: PlayableEncoding): Generator<undefined, Uint8Array> {
  const { sampleRateHz } = audio
  // Two samples make an octet of G.722, and one of the other codecs when they are halved.
  const samples = audio.samples.subarray(0, audio.samples.length & ~1)
  const step = sampleRateHz / piecesPerSecond
  const encode = encoderOf(encoding)
  // The end of the loop first, so that the decoder meets at the seam the state that it has there.
  encode(resampled(samples, samples.length - step, samples.length, sampleRateHz, encoding))
  const loop = new Uint8Array(Math.floor(samples.length * (narrowRateHz / sampleRateHz)))
  let at = 0
  for (let from = 0; from < samples.length; from += step) {
    yield
    const piece = encode(resampled(samples, from, Math.min(from + step, samples.length), sampleRateHz, encoding))
    loop.set(piece, at)
    at += piece.length
  }
  return loop
}

function encoderOf(encoding: PlayableEncoding): (samples: Int16Array) => Uint8Array {
  if (encoding === 'PCMU') return encodePcmu
  if (encoding === 'PCMA') return encodePcma
  const encoder = new G722Encoder()
  return samples => encoder.encode(samples)
}

/** A part of the loop at the rate of the codec: before the beginning is the end, and the other way round. */
function resampled(
  samples: Int16Array,
  from: number,
  to: number,
  rateHz: number,
  encoding: PlayableEncoding,
): Int16Array {
  const wantedHz = encoding === 'G722' ? wideRateHz : narrowRateHz
  if (rateHz === wantedHz) return samples.subarray(from, to)
  const around = Int16Array.from(
    { length: to - from + 2 * margin },
    (_, index) => samples.at((from - margin + index) % samples.length) ?? 0,
  )
  if (rateHz > wantedHz) return halveRate(around).subarray(margin / 2, (margin + to - from) / 2)
  return doubleRate(around).subarray(2 * margin, 2 * (margin + to - from))
}
