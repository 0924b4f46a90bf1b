import { describe, expect, it } from 'vitest'
import { createIds } from './ids.ts'
import { createSeededRandom } from './simulation/seeded-random.ts'
import { createTestClock } from './simulation/test-clock.ts'

const ulidShape = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Reads a ULID's time digit by digit. */
function timeOf(ulid: string): number {
  let ms = 0
  for (const digit of ulid.slice(0, 10)) ms = ms * 32 + '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(digit)
  return ms
}

describe('createIds', () => {
  it('writes the time of creation as the ULID specification does', () => {
    const ids = createIds(createTestClock(1469918176385), createSeededRandom(1))
    expect(ids.ulid().slice(0, 10)).toBe('01ARYZ6S41')
  })

  it('ascends strictly, whether time passes, stands still or steps back', () => {
    let nowMs = 1_800_000_000_000
    const clock = { now: () => nowMs, setTimeout: () => null, clearTimeout: () => {} }
    const ids = createIds(clock, createSeededRandom(2))
    let last = ''
    for (let i = 0; i < 50_000; i += 1) {
      if (i % 100 === 0) nowMs += i % 300 === 0 ? -3 : 2
      const id = ids.ulid()
      if (id <= last || !ulidShape.test(id)) throw new Error(`${id} follows ${last}`)
      last = id
    }
  })

  it('borrows from the next millisecond when one is used up', () => {
    const ids = createIds(createTestClock(1_800_000_000_000), createSeededRandom(3))
    let last = ids.ulid()
    for (let i = 0; i < 2 ** 20; i += 1) {
      const id = ids.ulid()
      if (id <= last) throw new Error(`${id} follows ${last}`)
      last = id
    }
    expect(timeOf(last)).toBe(1_800_000_000_001)
  })

  it('makes tokens of 18 characters that differ', () => {
    const ids = createIds(createTestClock(), createSeededRandom(4))
    const tokens = Array.from({ length: 1000 }, () => ids.token())
    expect(new Set(tokens).size).toBe(1000)
    expect(tokens.every(token => /^[0-9A-HJKMNP-TV-Z]{18}$/.test(token))).toBe(true)
  })

  it('uses every value of every character', () => {
    const ids = createIds(createTestClock(), createSeededRandom(5))
    const seen = Array.from({ length: 18 }, () => new Set<string>())
    for (let i = 0; i < 2000; i += 1) {
      const token = ids.token()
      seen.forEach((characters, place) => void characters.add(token.charAt(place)))
    }
    expect(seen.map(characters => characters.size)).toEqual(Array(18).fill(32))
  })
})
