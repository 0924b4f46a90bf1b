import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assign, assignGreedily, forbidden } from './assignment.ts'

type Matrix = readonly (readonly number[])[]

interface Outcome {
  readonly pairs: number
  readonly cost: number
  /** Sum of the rows that were served. */
  readonly served: number
}

function outcomeOf(matrix: Matrix, columnOf: Iterable<number>): Outcome {
  let pairs = 0
  let cost = 0
  let served = 0
  for (const [row, column] of [...columnOf].entries()) {
    if (column < 0) continue
    pairs += 1
    cost += matrix[row]?.[column] ?? Number.NaN
    served += row
  }
  return { pairs, cost, served }
}

function isBetter(a: Outcome, b: Outcome): boolean {
  return a.pairs !== b.pairs ? a.pairs > b.pairs : a.cost !== b.cost ? a.cost < b.cost : a.served < b.served
}

/** Every way there is. */
function bruteForce(matrix: Matrix, columns: number): Outcome {
  let best: Outcome = { pairs: -1, cost: 0, served: 0 }
  const chosen: number[] = []
  const visit = (row: number): void => {
    if (row === matrix.length) {
      const outcome = outcomeOf(matrix, chosen)
      if (isBetter(outcome, best)) best = outcome
      return
    }
    for (let column = -1; column < columns; column += 1) {
      if (column >= 0 && (chosen.slice(0, row).includes(column) || matrix[row]?.[column] === forbidden)) continue
      chosen[row] = column
      visit(row + 1)
    }
    chosen.length = row
  }
  visit(0)
  return best
}

const matrixOf = (cost: fc.Arbitrary<number>) =>
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(cost, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
    )

describe('assign', () => {
  it.each<[string, fc.Arbitrary<number>]>([
    ['many ties', fc.integer({ min: 0, max: 3 })],
    ['wide costs', fc.integer({ min: -100_000, max: 100_000 })],
    ['much that must not be', fc.oneof(fc.constant(forbidden), fc.integer({ min: -9, max: 9 }))],
  ])('is as good as the best of all ways: %s', (_name, cost) => {
    fc.assert(
      fc.property(matrixOf(cost), matrix => {
        const columns = matrix[0]?.length ?? 0
        const result = assign(matrix.length, columns, (row, column) => matrix[row]?.[column] ?? forbidden)
        const used = [...result].filter(column => column >= 0)
        expect(new Set(used).size).toBe(used.length)
        for (const [row, column] of result.entries()) {
          if (column >= 0) expect(matrix[row]?.[column]).not.toBe(forbidden)
        }
        expect(outcomeOf(matrix, result)).toEqual(bruteForce(matrix, columns))
      }),
      { numRuns: 700 },
    )
  })

  it('has nothing to give where there are no columns, or none that may be', () => {
    expect([...assign(2, 0, () => 0)]).toEqual([-1, -1])
    expect([...assign(0, 2, () => 0)]).toEqual([])
    expect([...assign(2, 2, () => forbidden)]).toEqual([-1, -1])
  })

  it('is never worse than greedy', () => {
    const matrix = matrixOf(fc.oneof(fc.constant(forbidden), fc.integer({ min: 0, max: 50 })))
    fc.assert(
      fc.property(matrix, given => {
        const columns = given[0]?.length ?? 0
        const cost = (row: number, column: number) => given[row]?.[column] ?? forbidden
        const best = outcomeOf(given, assign(given.length, columns, cost))
        const greedy = outcomeOf(given, assignGreedily(given.length, columns, cost))
        expect(isBetter(greedy, best)).toBe(false)
      }),
    )
  })
})
