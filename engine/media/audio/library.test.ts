import { describe, expect, it } from 'vitest'
import { decodeAlaw, decodeUlaw } from './g711.ts'
import { G722Decoder } from './g722-decoder.ts'
import { createAudioLibrary, octetsPerMs } from './library.ts'
import { composeMusic, musicDroneHz, musicLoopSeconds } from './music.ts'
import { doubleRate, halveRate } from './resample.ts'
import { readWav } from './wav.ts'

/** The level of one frequency in a piece of audio (Goertzel), as the amplitude of a sine. */
function levelOf(samples: ArrayLike<number>, sampleRateHz: number, frequencyHz: number): number {
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz
  let real = 0
  let imaginary = 0
  for (let index = 0; index < samples.length; index++) {
    const window = 1 - Math.cos((2 * Math.PI * index) / samples.length)
    real += (samples[index] ?? 0) * window * Math.cos(step * index)
    imaginary += (samples[index] ?? 0) * window * Math.sin(step * index)
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length
}

function sine(frequencyHz: number, sampleRateHz: number, level: number): Int16Array {
  return Int16Array.from({ length: sampleRateHz }, (_, index) =>
    Math.round(level * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz)),
  )
}

function wavOf(samples: Int16Array, changes: { rate?: number; channels?: number; bits?: number; size?: number } = {}) {
  const bytes = new Uint8Array(44 + 10 + samples.length * 2)
  const view = new DataView(bytes.buffer)
  const text = (at: number, tag: string) => bytes.set(new TextEncoder().encode(tag), at)
  text(0, 'RIFF')
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, changes.channels ?? 1, true)
  view.setUint32(24, changes.rate ?? 16_000, true)
  view.setUint16(34, changes.bits ?? 16, true)
  text(36, 'LIST')
  view.setUint32(40, 1, true)
  text(46, 'data')
  view.setUint32(50, changes.size ?? samples.length * 2, true)
  for (const [index, sample] of samples.entries()) view.setInt16(54 + index * 2, sample, true)
  return bytes
}

describe('the music', () => {
  it('is quiet, the same each time, and has its drone all through, in every codec', () => {
    const library = createAudioLibrary({ names: [], load: () => new Uint8Array() })
    const loop = composeMusic(16_000)
    expect(composeMusic(16_000)).toEqual(loop)
    expect(loop.length).toBe(musicLoopSeconds * 16_000)
    expect(Math.max(...loop.subarray(0, 50_000).map(Math.abs))).toBeLessThan(6000)
    for (const [encoding, decode] of [
      ['PCMU', decodeUlaw],
      ['PCMA', decodeAlaw],
    ] as const) {
      const heard = Array.from(library.music('default', encoding), decode)
      for (const second of [7.5, musicLoopSeconds - 1]) {
        const piece = heard.slice(second * 8000, (second + 1) * 8000)
        for (const frequencyHz of musicDroneHz) expect(levelOf(piece, 8000, frequencyHz)).toBeGreaterThan(400)
        expect(levelOf(piece, 8000, 2900)).toBeLessThan(40)
      }
    }
    expect(library.music('default', 'G722').length).toBe(musicLoopSeconds * 1000 * octetsPerMs)
  })

  it('has no seam', () => {
    const loop = composeMusic(8000)
    const steepest = loop.reduce((most, sample, at) => Math.max(most, Math.abs(sample - (loop[at - 1] ?? sample))), 0)
    expect(Math.abs((loop[0] ?? 0) - (loop.at(-1) ?? 0))).toBeLessThanOrEqual(steepest)
  })
})

describe("the operator's music", () => {
  const files: Readonly<Record<string, Uint8Array>> = {
    'music/wide': wavOf(sine(1000, 16_000, 8000)),
    'music/narrow': wavOf(sine(440, 8000, 8000), { rate: 8000 }),
    'music/short': wavOf(sine(1000, 16_000, 8000).subarray(1)),
    'music/stereo': wavOf(sine(1000, 16_000, 8000), { channels: 2 }),
    'music/odd': wavOf(sine(1000, 11_025, 8000), { rate: 11_025 }),
    welcome: wavOf(sine(1000, 16_000, 8000)),
  }
  const load = (name: string) => files[name] ?? new Uint8Array()

  it('is what can be looped; the rest is not there', () => {
    const library = createAudioLibrary({ names: Object.keys(files), load })
    expect(library.musicNames).toEqual(['default', 'silence', 'wide', 'narrow'])
  })

  it('loops in every codec, at every rate, without a seam, and is not waited for', () => {
    const library = createAudioLibrary({ names: Object.keys(files), load })
    const composed = library.music('default', 'PCMU')
    expect(library.music('wide', 'PCMU')).toBe(composed)
    expect([...library.prepareMusic()].length).toBeGreaterThan(20)
    for (const [name, frequencyHz] of [
      ['wide', 1000],
      ['narrow', 440],
    ] as const) {
      for (const [encoding, decode] of [
        ['PCMU', decodeUlaw],
        ['PCMA', decodeAlaw],
      ] as const) {
        const loop = Array.from(library.music(name, encoding), decode)
        expect(loop.length).toBe(8000)
        // Twice, from the middle on: pieces and seams that don't fit would be heard beside the tone.
        const heard = [...loop.slice(4000), ...loop.slice(0, 4000)]
        expect(levelOf(heard, 8000, frequencyHz)).toBeGreaterThan(7600)
        const steepest = (2 * Math.PI * frequencyHz * 8000) / 8000
        for (const [at, sample] of heard.entries())
          expect(Math.abs(sample - (heard[at - 1] ?? sample))).toBeLessThan(steepest * 1.1 + 300)
      }
      const decoder = new G722Decoder()
      const loop = [...library.music(name, 'G722')]
      const heard = [...loop, ...loop].map(octet => decoder.decode(octet))
      expect(heard.length).toBe(16_000)
      expect(levelOf(heard.slice(4000, 12_000), 8000, frequencyHz)).toBeGreaterThan(7000)
    }
    expect(library.music('stereo', 'PCMU')).toBe(composed)
    expect(library.music('default', 'PCMU')).toBe(composed)
  })

  it('may take the place of ours', () => {
    const library = createAudioLibrary({ names: ['music/default'], load: () => load('music/wide') })
    expect(library.musicNames).toEqual(['default', 'silence'])
    for (const _step of library.prepareMusic());
    expect(library.music('default', 'PCMA').length).toBe(8000)
  })
})

describe('createAudioLibrary', () => {
  it('encodes a prompt once per codec, eight octets a millisecond', () => {
    let loads = 0
    const library = createAudioLibrary({
      names: ['tone', 'narrow', 'odd'],
      load(name) {
        loads++
        if (name === 'odd') return wavOf(sine(1000, 11_025, 8000), { rate: 11_025 })
        const rate = name === 'tone' ? 16_000 : 8000
        return wavOf(sine(1000, rate, 8000), { rate })
      },
    })
    for (const encoding of ['PCMU', 'PCMA', 'G722', 'PCMU'] as const) {
      expect(library.prompt('tone', encoding)?.length).toBe(8000)
    }
    expect(loads).toBe(3)
    const heard = Array.from(library.prompt('tone', 'PCMU') ?? [], decodeUlaw)
    expect(levelOf(heard, 8000, 1000)).toBeGreaterThan(7600)
    const narrow = Array.from(library.prompt('narrow', 'PCMU') ?? [], decodeUlaw)
    expect(levelOf(narrow, 8000, 1000)).toBeGreaterThan(7600)
    expect(library.prompt('narrow', 'G722')?.length).toBe(8000)
    expect(library.prompt('odd', 'PCMU')).toBeNull()
    expect(library.prompt('nowhere', 'PCMU')).toBeNull()
    expect(library.promptNames).toEqual(['tone', 'narrow', 'odd', 'beep'])
    expect(library.musicNames).toEqual(['default', 'silence'])
  })
})

describe('doubleRate', () => {
  it.each([
    [300, 0.98, 1.01],
    [3000, 0.6, 1],
  ])('keeps %i Hz', (frequencyHz, least, most) => {
    const gain = levelOf(doubleRate(sine(frequencyHz, 8000, 10_000)), 16_000, frequencyHz) / 10_000
    expect(gain).toBeGreaterThanOrEqual(least)
    expect(gain).toBeLessThanOrEqual(most)
  })
})

describe('halveRate', () => {
  it.each([
    [300, 300, 0.98, 1.02],
    [3200, 3200, 0.9, 1.05],
    [5000, 3000, 0, 0.002],
    [7000, 1000, 0, 0.002],
  ])('turns %i Hz into %i Hz with a gain between %d and %d', (from, to, least, most) => {
    const gain = levelOf(halveRate(sine(from, 16_000, 10_000)), 8000, to) / 10_000
    expect(gain).toBeGreaterThanOrEqual(least)
    expect(gain).toBeLessThanOrEqual(most)
  })
})

describe('readWav', () => {
  const samples = Int16Array.of(1, -2, 32_767, -32_768)

  it('reads 16-bit mono PCM, past chunks that it does not know', () => {
    expect(readWav(wavOf(samples))).toEqual({ sampleRateHz: 16_000, samples })
  })

  it('takes the end of the file for the end of the data when the size is impossible', () => {
    expect(readWav(wavOf(samples, { size: 0xffff_ffff }))?.samples).toEqual(samples)
  })

  it('refuses anything else', () => {
    expect(readWav(wavOf(samples, { channels: 2 }))).toBeNull()
    expect(readWav(wavOf(samples, { bits: 8 }))).toBeNull()
    for (let length = 0; length < 54; length++) expect(readWav(wavOf(samples).subarray(0, length))).toBeNull()
  })
})
