/** The random port from a seed: the same seed gives the same sequence, on every machine. */
import type { Random } from '../ports/random.ts'

/** sfc32 (Chris Doty-Humphrey's small fast counting generator), seeded with one integer. Not for secrets. */
export function createSeededRandom(seed: number): Random {
  let a = 0
  let b = Math.floor(seed / 2 ** 32) | 0
  let c = seed | 0
  let counter = 1

  function uint32(): number {
    const result = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + result
    c |= 0
    return result >>> 0
  }

  // Neighbouring seeds give similar states at first; a dozen rounds part them.
  for (let round = 0; round < 12; round += 1) uint32()

  return {
    uint32,
    float: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    bytes: length => Uint8Array.from({ length }, () => uint32() >>> 24),
  }
}
