/** Counts rise, expire with their nonces, and are never forgotten to anybody's advantage. */
import { describe, expect, it } from 'vitest'
import { NonceCounts } from './nonce-counts.ts'

const ttlMs = 1_000

describe('a nonce', () => {
  it('is good for each count once, upwards', () => {
    const counts = new NonceCounts({ ttlMs, maxEntries: 10 })
    expect([1, 1, 5, 4, 6].map(count => counts.use('a', 0, count, 0))).toEqual([
      'new',
      'replayed',
      'new',
      'replayed',
      'new',
    ])
    // To its end, though it is in an older generation by then.
    expect([counts.use('a', 0, 7, ttlMs), counts.use('a', 0, 7, ttlMs)]).toEqual(['new', 'replayed'])
  })

  it('that was made late in a generation is remembered to its end', () => {
    const counts = new NonceCounts({ ttlMs, maxEntries: 10 })
    counts.use('early', 0, 1, 0)
    counts.use('late', 999, 1, 999)
    counts.use('other', 1_500, 1, 1_500)
    expect(counts.use('late', 999, 1, 1_999)).toBe('replayed')
  })

  it('whose counts had to go counts as stale, and so do those of its age; newer ones do not', () => {
    const counts = new NonceCounts({ ttlMs, maxEntries: 10 })
    for (let made = 0; made < 20; made++) {
      expect(counts.use(`n${made}`, made, 1, made)).toBe('new')
      expect(counts.size).toBeLessThanOrEqual(10)
    }
    expect(Array.from({ length: 20 }, (_, made) => counts.use(`n${made}`, made, 1, 20))).not.toContain('new')
    expect(counts.use('n0', 0, 2, 20)).toBe('forgotten')
    expect(counts.use('never used', 3, 1, 20)).toBe('forgotten')
    expect(counts.use('n20', 20, 1, 20)).toBe('new')
  })
})

it('lets nothing come back by a longer life', () => {
  const counts = new NonceCounts({ ttlMs, maxEntries: 10 })
  counts.use('a', 0, 1, 0)
  counts.use('b', 1_500, 1, 1_500)
  counts.configure(10 * ttlMs)
  expect(counts.use('a', 0, 1, 2_000)).toBe('forgotten')
})

it('forgets what has expired', () => {
  const counts = new NonceCounts({ ttlMs, maxEntries: 100_000 })
  for (let index = 0; index < 40_000; index++) counts.use(`n${index}`, 0, 1, 0)
  counts.use('next', ttlMs + 1, 1, ttlMs + 1)
  expect(counts.size).toBe(1)
})
