import { describe, expect, it } from 'vitest'
import type { Random } from '../ports/random.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createNodeRandom } from './random.ts'

const implementations: ReadonlyArray<readonly [string, () => Random]> = [
  ['node', createNodeRandom],
  ['seeded', () => createSeededRandom(7)],
]

describe.each(implementations)('%s random', (_name, create) => {
  it('draws unsigned 32-bit integers over the whole range, beyond one block', () => {
    const random = create()
    const words = Array.from({ length: 5_000 }, () => random.uint32())
    expect(words.every(word => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true)
    expect(new Set(words).size).toBeGreaterThan(4_990)
    for (let bit = 0; bit < 32; bit += 1) {
      const ones = words.filter(word => (word >>> bit) & 1).length
      expect(Math.abs(ones - 2_500)).toBeLessThan(300)
    }
  })

  it('draws floats in [0, 1), evenly', () => {
    const random = create()
    const floats = Array.from({ length: 10_000 }, () => random.float())
    expect(floats.every(float => float >= 0 && float < 1)).toBe(true)
    expect(Math.abs(floats.reduce((sum, float) => sum + float, 0) / 10_000 - 0.5)).toBeLessThan(0.03)
  })

  it('draws as many bytes as asked for', () => {
    const random = create()
    expect(random.bytes(0)).toHaveLength(0)
    expect(random.bytes(33)).toHaveLength(33)
    expect(new Set(random.bytes(4_096)).size).toBeGreaterThan(240)
  })
})

describe('createSeededRandom', () => {
  it('repeats itself for a seed and differs between neighbours', () => {
    const draw = (seed: number) => {
      const random = createSeededRandom(seed)
      return Array.from({ length: 20 }, () => random.uint32())
    }
    expect(draw(42)).toEqual(draw(42))
    const first = new Set([0, 1, 2, 3, -1, 2 ** 32, 2 ** 40].map(seed => draw(seed)[0]))
    expect(first.size).toBe(7)
  })
})
