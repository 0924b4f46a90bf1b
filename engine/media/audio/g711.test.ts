import { describe, expect, it } from 'vitest'
import { alawToUlaw, convertInPlace, decodeAlaw, decodeUlaw, encodePcma, encodePcmu, ulawToAlaw } from './g711.ts'

const octets = Array.from({ length: 256 }, (_, octet) => octet)
const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768)

describe('G.711', () => {
  // ITU-T G.711 tables 1a, 2a: decision values and character signals at the ends of segments, scaled to 16 bits.
  it.each([
    [0x80, 32_124],
    [0x8f, 16_764],
    [0x9f, 8316],
    [0xaf, 4092],
    [0xbf, 1980],
    [0xcf, 924],
    [0xdf, 396],
    [0xef, 132],
    [0xff, 0],
    [0x00, -32_124],
    [0x7e, -8],
  ])('decodes the µ-law octet %i to %i', (octet, sample) => {
    expect(decodeUlaw(octet)).toBe(sample)
  })

  it.each([
    [0xaa, 32_256],
    [0xa5, 16_896],
    [0xba, 16_128],
    [0xd5, 8],
    [0x55, -8],
    [0x2a, -32_256],
  ])('decodes the A-law octet %i to %i', (octet, sample) => {
    expect(decodeAlaw(octet)).toBe(sample)
  })

  it.each([
    ['µ-law', decodeUlaw, encodePcmu],
    ['A-law', decodeAlaw, encodePcma],
  ] as const)('encodes to a value of %s within half a step and never swaps neighbours', (_name, decode, encode) => {
    const encoded = encode(samples)
    let previous = Number.NEGATIVE_INFINITY
    for (const [index, sample] of samples.entries()) {
      const got = decode(encoded[index] ?? 0)
      // Sixteen steps to each doubling: half a step is 1/32 of the magnitude, and eight at least.
      const isNear = Math.abs(got - sample) <= Math.max(16, (Math.abs(sample) + 132) / 32)
      if (!isNear || got < previous) expect({ sample, got, previous }).toBeNull()
      previous = got
    }
  })

  it('keeps each value when it is encoded again', () => {
    for (const octet of octets) {
      const ulaw = Int16Array.of(decodeUlaw(octet))
      expect(decodeUlaw(encodePcmu(ulaw)[0] ?? 0)).toBe(ulaw[0])
      expect(encodePcma(Int16Array.of(decodeAlaw(octet)))[0]).toBe(octet)
    }
  })

  it('converts between the laws with an error below a step', () => {
    for (const octet of octets) {
      const direct = decodeUlaw(octet)
      const through = decodeAlaw(ulawToAlaw[octet] ?? 0)
      expect(Math.abs(direct - through)).toBeLessThanOrEqual(Math.max(16, Math.abs(direct) / 24))
      const back = decodeUlaw(alawToUlaw[octet] ?? 0)
      expect(Math.abs(decodeAlaw(octet) - back)).toBeLessThanOrEqual(Math.max(16, Math.abs(back) / 24))
    }
    expect(ulawToAlaw[0xff]).toBe(0xd5)
  })

  it('converts only the part it is told to', () => {
    const bytes = Uint8Array.of(0xff, 0xff, 0xff)
    convertInPlace(bytes, 1, 2, ulawToAlaw)
    expect([...bytes]).toEqual([0xff, 0xd5, 0xff])
  })
})
