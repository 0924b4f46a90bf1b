import { describe, expect, it } from 'vitest'
import { isFull } from './overflow.ts'

describe('isFull', () => {
  it.each([
    [2, 1, 0, false],
    [2, 2, 0, true],
    [0, 0, 0, true],
    [0, 0, 1, false],
  ])('at most %i, %i waiting, %i agents free: %s', (maxWaiting, waiting, free, full) => {
    expect(isFull({ maxWaiting }, waiting, free)).toBe(full)
  })
})
