import { describe, expect, it } from 'vitest'
import type { QueueConfig } from '../config.ts'
import { isFull, nextOverflow } from './overflow.ts'

const none: ReadonlySet<number> = new Set()

function queue(overflow: QueueConfig['overflow'], maxWaitMs = 600_000) {
  return { overflow, maxWaitMs }
}

const toSales = { queue: 'sales' }
const toNumber = { number: '+4420' }

describe('nextOverflow', () => {
  it('ends the visit at maxWaitMs with 480 when there is no rule', () => {
    expect(nextOverflow(queue([]), 1_000, none)).toEqual({
      deadline: 601_000,
      to: { reject: 480 },
      reason: 'maxWait',
      rule: null,
    })
  })

  it('takes the rules in order of their time, whatever the order of writing', () => {
    const config = queue([
      { afterMs: 60_000, to: toNumber },
      { afterMs: 30_000, to: toSales },
    ])
    expect(nextOverflow(config, 0, none)).toMatchObject({ deadline: 30_000, to: toSales, rule: 1 })
    expect(nextOverflow(config, 0, new Set([1]))).toMatchObject({ deadline: 60_000, to: toNumber, rule: 0 })
    expect(nextOverflow(config, 0, new Set([0, 1]))).toMatchObject({ deadline: 600_000, reason: 'maxWait' })
  })

  it('takes equal times as they are written, and a rule before the end', () => {
    const config = queue(
      [
        { afterMs: 5_000, to: toSales },
        { afterMs: 5_000, to: toNumber },
      ],
      5_000,
    )
    expect(nextOverflow(config, 0, none)).toMatchObject({ rule: 0, deadline: 5_000 })
    expect(nextOverflow(config, 0, new Set([0]))).toMatchObject({ rule: 1, deadline: 5_000 })
    expect(nextOverflow(config, 0, new Set([0, 1]))).toMatchObject({ rule: null, deadline: 5_000 })
  })

  it('never reaches a rule that comes after maxWaitMs', () => {
    expect(nextOverflow(queue([{ afterMs: 6_000, to: toSales }], 5_000), 0, none)).toMatchObject({ rule: null })
  })
})

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
