/** Confidence intervals: quantiles against the tables, and how often an interval holds the truth. */
import { describe, expect, it } from 'vitest'
import { estimateRatio, studentQuantile } from './confidence.ts'
import { createDraw, unitExponential } from './draws.ts'
import { createSeededRandom } from './seeded-random.ts'

describe('Student’s t', () => {
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 9, 2.262],
    [0.975, 19, 2.093],
    [0.9995, 1, 636.62],
    [0.9995, 19, 3.883],
    [0.9995, 40, 3.551],
    [0.975, 1_000, 1.962],
  ])('stays below with probability %f at %i degrees of freedom: %f', (probability, freedom, value) => {
    expect(studentQuantile(probability, freedom)).toBeCloseTo(value, value > 100 ? 1 : 3)
  })
})

describe('an estimate', () => {
  it('holds the true mean as often as it says', () => {
    const random = createSeededRandom(5)
    let held = 0
    for (let trial = 0; trial < 1_000; trial += 1) {
      const batches = Array.from({ length: 12 }, () => {
        let sum = 0
        for (let call = 0; call < 30; call += 1) sum += unitExponential(random)
        return { sum, count: 30 }
      })
      const estimate = estimateRatio(batches, 0.9)
      if (estimate !== null && estimate.low <= 1 && 1 <= estimate.high) held += 1
    }
    expect(held).toBeGreaterThan(860)
    expect(held).toBeLessThan(940)
  })

  it('weighs batches by what they count', () => {
    const estimate = estimateRatio(
      [
        { sum: 1, count: 1 },
        { sum: 0, count: 3 },
        { sum: 0, count: 0 },
      ],
      0.95,
    )
    expect(estimate?.value).toBe(0.25)
    expect(
      estimateRatio(
        [
          { sum: 1, count: 1 },
          { sum: 0, count: 0 },
        ],
        0.95,
      ),
    ).toBeNull()
  })
})

describe('draws', () => {
  it.each([
    [{ kind: 'exponential', meanSec: 120 }, 120, 120],
    [{ kind: 'lognormal', meanSec: 240, sdSec: 180 }, 240, 180],
    [{ kind: 'fixed', meanSec: 60 }, 60, 0],
  ] as const)('of %j have its mean and spread, in whole milliseconds', (distribution, mean, spread) => {
    const draw = createDraw(distribution, createSeededRandom(3))
    const drawn = Array.from({ length: 100_000 }, draw)
    expect(drawn.every(Number.isInteger)).toBe(true)
    const found = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length / 1_000
    const variance = drawn.reduce((sum, ms) => sum + (ms / 1_000 - found) ** 2, 0) / drawn.length
    expect(Math.abs(found / mean - 1)).toBeLessThan(0.02)
    expect(Math.abs(Math.sqrt(variance) - spread)).toBeLessThanOrEqual(0.04 * spread)
  })
})
