/**
 * What can be played, encoded once per codec and kept. All playable codecs make 8 octets a millisecond, so a place in
 * one encoding is the same place in the others.
 */
import { beepName, composeBeep } from './beep.ts'
import { alawSilence, encodePcma, encodePcmu, ulawSilence } from './g711.ts'
import { G722Encoder } from './g722.ts'
import { composeMusic } from './music.ts'
import { encodeLoop, isLoopable } from './music-loop.ts'
import { doubleRate, halveRate } from './resample.ts'
import { readWav, type WavAudio } from './wav.ts'

export const playableEncodings = ['PCMU', 'PCMA', 'G722'] as const
export type PlayableEncoding = (typeof playableEncodings)[number]

export const octetsPerMs = 8

/** An octet that sounds like nothing: G.722's is the code of the smallest difference in both bands. */
export const silenceOf: Readonly<Record<PlayableEncoding, number>> = {
  PCMU: ulawSilence,
  PCMA: alawSilence,
  G722: 0xfa,
}

export const defaultMusic = 'default'
/** Music for whoever is to hear nothing, but whose stream must not stop: a phone holds the last packets back, a NAT forgets. */
export const silentMusic = 'silence'
/** Where music lies among the prompts: `music/jazz`. */
const musicFolder = 'music/'
const promptRateHz = 16_000
const narrowbandRateHz = 8000
const loopPrerollSamples = promptRateHz / 5

export function isPlayable(encoding: string): encoding is PlayableEncoding {
  return (playableEncodings as readonly string[]).includes(encoding)
}

/** Where prompts come from: their names, and the WAV file (8 or 16 kHz, 16-bit, mono) of each. */
export interface PromptSource {
  readonly names: readonly string[]
  load(name: string): Uint8Array
}

export interface AudioLibrary {
  readonly promptNames: readonly string[]
  /** The composed music, silence, and the files `music/NAME` among the prompts that can be looped. */
  readonly musicNames: readonly string[]
  /** The octets of a prompt; null if there is no such prompt or its file is unreadable. */
  prompt(name: string, encoding: PlayableEncoding): Uint8Array | null
  /** The octets of a loop; an unknown name, or one that is not encoded yet, gives the composed music. */
  music(name: string, encoding: PlayableEncoding): Uint8Array
  /** Encodes the music, a few milliseconds of work at each step. */
  prepareMusic(): Generator<undefined, void>
}

export function createAudioLibrary(prompts: PromptSource): AudioLibrary {
  const known = new Set(prompts.names)
  const encoded = new Map<string, Uint8Array | null>()
  const loops = new Map<string, Uint8Array>()
  /** Not encoded yet. */
  const ownMusic = new Map(loopableFiles(prompts))
  const musicNames = [...new Set([defaultMusic, silentMusic, ...ownMusic.keys()])]

  function encodePrompt(name: string, encoding: PlayableEncoding): Uint8Array | null {
    const wav = known.has(name)
      ? readWav(prompts.load(name))
      : { sampleRateHz: promptRateHz, samples: composeBeep(promptRateHz) }
    if (wav === null || (wav.sampleRateHz !== promptRateHz && wav.sampleRateHz !== narrowbandRateHz)) return null
    const isWide = wav.sampleRateHz === promptRateHz
    if (encoding === 'G722') return new G722Encoder().encode(isWide ? wav.samples : doubleRate(wav.samples))
    const narrowband = isWide ? halveRate(wav.samples) : wav.samples
    return encoding === 'PCMU' ? encodePcmu(narrowband) : encodePcma(narrowband)
  }

  function remember(key: string, make: () => Uint8Array | null): Uint8Array | null {
    let octets = encoded.get(key)
    if (octets === undefined) {
      octets = make()
      encoded.set(key, octets)
    }
    return octets
  }

  function composedMusic(encoding: PlayableEncoding): Uint8Array {
    return remember(encoding, () => encodeMusic(encoding)) ?? new Uint8Array(octetsPerMs)
  }

  return {
    promptNames: [...prompts.names, beepName],
    musicNames,
    prompt: (name, encoding) =>
      known.has(name) || name === beepName ? remember(`${encoding} ${name}`, () => encodePrompt(name, encoding)) : null,
    music(name, encoding) {
      if (name === silentMusic) return silences[encoding]
      return loops.get(`${encoding} ${name}`) ?? composedMusic(encoding)
    },
    *prepareMusic() {
      for (const encoding of playableEncodings) {
        composedMusic(encoding)
        yield
      }
      for (const [name, audio] of ownMusic) {
        for (const encoding of playableEncodings) loops.set(`${encoding} ${name}`, yield* encodeLoop(audio, encoding))
        ownMusic.delete(name)
      }
    },
  }
}

/** Music of the prompts folder by its name; what can't be looped is none. */
function* loopableFiles({ names, load }: PromptSource): Generator<[string, WavAudio]> {
  for (const name of names) {
    const audio = name.startsWith(musicFolder) ? readWav(load(name)) : null
    if (audio !== null && isLoopable(audio)) yield [name.slice(musicFolder.length), audio]
  }
}

const silentSecond = (encoding: PlayableEncoding) => new Uint8Array(1000 * octetsPerMs).fill(silenceOf[encoding])
const silences: Readonly<Record<PlayableEncoding, Uint8Array>> = {
  PCMU: silentSecond('PCMU'),
  PCMA: silentSecond('PCMA'),
  G722: silentSecond('G722'),
}

/** The music has nothing above 2 kHz, so it is composed at the rate of the codec. */
function encodeMusic(encoding: PlayableEncoding): Uint8Array {
  if (encoding === 'PCMU') return encodePcmu(composeMusic(narrowbandRateHz))
  if (encoding === 'PCMA') return encodePcma(composeMusic(narrowbandRateHz))
  const samples = composeMusic(promptRateHz)
  const encoder = new G722Encoder()
  // The end of the loop first, so that the decoder meets at the seam the state that it has there.
  encoder.encode(samples.subarray(samples.length - loopPrerollSamples))
  return encoder.encode(samples)
}
