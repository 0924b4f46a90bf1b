import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { G722Encoder } from './g722.ts'

/** Half a second each of a saw that sweeps, silence, noise at full level, and clipping. */
function hardSignal(): Int16Array {
  let seed = 12_345
  return Int16Array.from({ length: 32_000 }, (_, index) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    const part = Math.floor(index / 8000)
    if (part === 0) return ((((index * index) >> 6) & 0x7fff) - 16_384) >> 1
    if (part === 1) return 0
    if (part === 2) return (seed >>> 16) - 32_768
    return index % 64 < 32 ? 32_767 : -32_768
  })
}

describe('G722Encoder', () => {
  it('makes the octets that another implementation makes', () => {
    // SHA-256 of what FFmpeg 5.1 makes of the same samples: ffmpeg -f s16le -ar 16000 -ac 1 -i - -c:a g722 -f g722 -
    expect(createHash('sha256').update(new G722Encoder().encode(hardSignal())).digest('hex')).toBe(
      '60601603fc5713fae31bee2b353fd78d8b111d4219820dcafa22bb89bf82265f',
    )
  })

  it('carries its state from call to call', () => {
    const samples = hardSignal()
    const encoder = new G722Encoder()
    const parts = [0, 320, 640, 20_000].map((start, index, starts) =>
      encoder.encode(samples.subarray(start, starts[index + 1])),
    )
    expect(Buffer.concat(parts).equals(new G722Encoder().encode(samples))).toBe(true)
  })
})
