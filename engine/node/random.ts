/** The random port on Node's cryptographic generator. */
import { randomBytes, randomFillSync } from 'node:crypto'
import type { Random } from '../ports/random.ts'

const poolWords = 1024

/** Secure randomness. Drawn in blocks of 4 KiB, because each call of the system's generator costs microseconds. */
export function createNodeRandom(): Random {
  const pool = new Uint32Array(poolWords)
  let next = poolWords

  function uint32(): number {
    if (next === poolWords) {
      randomFillSync(pool)
      next = 0
    }
    const word = pool[next] ?? 0
    // What was handed out is a tag, a nonce or a token: it shall not be found in memory later.
    pool[next] = 0
    next += 1
    return word
  }

  return {
    uint32,
    float: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    bytes: length => new Uint8Array(randomBytes(length)),
  }
}
