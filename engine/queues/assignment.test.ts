import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { assignGreedily, forbidden, assign as solve } from './assignment.ts'
import { noExceptions } from './exceptions.ts'

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

type Cost = (row: number, column: number) => number

/** What kinds cost in columns, and the levels of those pairs, as the solver asks for them. */
function table(kinds: number, columns: number, costOf: Cost, levelOf: Cost = () => 0) {
  const levels = Array.from({ length: kinds }, (_, kind) =>
    Int32Array.from({ length: columns }, (__, column) => levelOf(kind, column)),
  )
  return {
    ...{ kinds, columns },
    fillCosts(kind: number, costs: Float64Array) {
      for (let column = 0; column < columns; column += 1) costs[column] = costOf(kind, column)
    },
    levelsOf: (kind: number) => levels[kind] as Int32Array,
  }
}

const alike = { bandOf: () => 0 }

/** Each row is of a kind of its own. */
const general = (rows: number, columns: number, costOf: Cost) => ({
  ...{ rows, ...table(rows, columns, costOf), ...alike },
  kindOf: (row: number) => row,
  exceptionsOf: () => noExceptions,
  ownCostOf: () => 0,
})
const assign = (rows: number, columns: number, costOf: Cost) => solve(general(rows, columns, costOf))

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

/** The textbook's method in O(n³), row by row, where pairs that must not be cost more than all others together. */
function hungarian(matrix: Matrix, columns: number): { readonly pairs: number; readonly cost: number } {
  const size = Math.max(matrix.length, columns)
  const never = 1e9
  const cost = (row: number, column: number) => {
    const given = row < matrix.length && column < columns ? matrix[row]?.[column] : never
    return given === undefined || given === forbidden ? never : given
  }
  const [u, v] = [new Float64Array(size + 1), new Float64Array(size + 1)]
  const rowOf = new Int32Array(size + 1)
  const way = new Int32Array(size + 1)
  for (let row = 1; row <= size; row += 1) {
    rowOf[0] = row
    const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY)
    const used = new Uint8Array(size + 1)
    let at = 0
    do {
      used[at] = 1
      const by = rowOf[at] ?? 0
      let [delta, next] = [Number.POSITIVE_INFINITY, 0]
      for (let column = 1; column <= size; column += 1) {
        if (used[column] === 1) continue
        const reduced = cost(by - 1, column - 1) - (u[by] ?? 0) - (v[column] ?? 0)
        if (reduced < (least[column] ?? 0)) {
          least[column] = reduced
          way[column] = at
        }
        if ((least[column] ?? 0) < delta) {
          delta = least[column] ?? 0
          next = column
        }
      }
      for (let column = 0; column <= size; column += 1) {
        if (used[column] === 1) {
          u[rowOf[column] ?? 0] = (u[rowOf[column] ?? 0] ?? 0) + delta
          v[column] = (v[column] ?? 0) - delta
        } else least[column] = (least[column] ?? 0) - delta
      }
      at = next
    } while (rowOf[at] !== 0)
    while (at !== 0) {
      const before = way[at] ?? 0
      rowOf[at] = rowOf[before] ?? 0
      at = before
    }
  }
  const chosen = Array.from({ length: size }, (_, index) => [(rowOf[index + 1] ?? 0) - 1, index] as const)
  const real = chosen.filter(([row, column]) => cost(row, column) !== never)
  return { pairs: real.length, cost: real.reduce((sum, [row, column]) => sum + cost(row, column), 0) }
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

  it('is as good where calls of a kind differ by what they are worth alone', () => {
    const cost = fc.oneof(
      { weight: 1, arbitrary: fc.constant(forbidden) },
      { weight: 3, arbitrary: fc.integer({ min: -9, max: 9 }) },
    )
    const kinds = fc.array(fc.array(cost, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 })
    const calls = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: -9, max: 9 })), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(kinds, calls, fc.integer({ min: 1, max: 4 }), (given, rows, columns) => {
        const kindOf = (row: number) => (rows[row]?.[0] ?? 0) % given.length
        const own = (row: number) => rows[row]?.[1] ?? 0
        const matrix = rows.map((_, row) => (given[kindOf(row)] ?? []).slice(0, columns).map(one => one + own(row)))
        const costOf: Cost = (kind, column) => given[kind]?.[column] ?? forbidden
        const exceptionsOf = () => noExceptions
        const problem = {
          rows: rows.length,
          ...table(given.length, columns, costOf),
          kindOf,
          exceptionsOf,
          ownCostOf: own,
          ...alike,
        }
        expect(outcomeOf(matrix, solve(problem))).toEqual(bruteForce(matrix, columns))
      }),
      { numRuns: 1_500 },
    )
  })

  it('is as good where single calls cost something else than their kind', () => {
    const cost = fc.oneof(
      { weight: 1, arbitrary: fc.constant(forbidden) },
      { weight: 3, arbitrary: fc.integer({ min: -9, max: 9 }) },
    )
    const kinds = fc.array(fc.array(cost, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 2 })
    const exceptions = fc.array(fc.tuple(fc.nat(5), cost), { maxLength: 3 })
    const calls = fc.array(fc.tuple(fc.nat(1), fc.integer({ min: -9, max: 9 }), exceptions), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(kinds, calls, fc.integer({ min: 1, max: 6 }), (given, rows, columns) => {
        const kindOf = (row: number) => (rows[row]?.[0] ?? 0) % given.length
        const ownCostOf = (row: number) => rows[row]?.[1] ?? 0
        const named = rows.map(([, , all]) => new Map(all.filter(([column]) => column < columns)))
        const exceptionsOf = (row: number) => named[row] ?? noExceptions
        const costOf: Cost = (kind, column) => given[kind]?.[column] ?? forbidden
        const matrix = rows.map((_, row) =>
          Array.from({ length: columns }, (__, column) => {
            const alone = exceptionsOf(row).get(column) ?? costOf(kindOf(row), column)
            return alone + ownCostOf(row)
          }),
        )
        const problem = {
          rows: rows.length,
          ...table(given.length, columns, costOf),
          kindOf,
          exceptionsOf,
          ownCostOf,
          ...alike,
        }
        expect(outcomeOf(matrix, solve(problem))).toEqual(bruteForce(matrix, columns))
      }),
      { numRuns: 2_000 },
    )
  })

  it('serves lower bands first, and pairs of lower levels before that, whatever it costs', () => {
    const cost = fc.oneof(
      { weight: 1, arbitrary: fc.constant(forbidden) },
      { weight: 3, arbitrary: fc.integer({ min: -900, max: 900 }) },
    )
    const level = fc.constantFrom(0, 1, 1, 4)
    const cells = <T>(of: fc.Arbitrary<T>) =>
      fc.array(fc.array(of, { minLength: 6, maxLength: 6 }), { minLength: 3, maxLength: 3 })
    const calls = fc.array(
      fc.record({
        kind: fc.nat(2),
        band: fc.constantFrom(0, 3, 7),
        own: fc.integer({ min: -900, max: 900 }),
        named: fc.array(fc.tuple(fc.nat(5), cost), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    // What comes first is worth more than all that comes after it; levels stand for their ranks.
    const [levelWorth, bandWorth] = [1e10, 1e5]
    const rankOf = (given: Iterable<number>, value: number) => [...new Set(given)].sort((a, b) => a - b).indexOf(value)
    fc.assert(
      fc.property(cells(cost), cells(level), calls, fc.integer({ min: 1, max: 6 }), (given, levels, rows, columns) => {
        const kindOf = (row: number) => rows[row]?.kind ?? 0
        const named = rows.map(one => new Map(one.named.filter(([column]) => column < columns)))
        const exceptionsOf = (row: number) => named[row] ?? noExceptions
        const costOf: Cost = (kind, column) => given[kind]?.[column] ?? forbidden
        const levelOf: Cost = (kind, column) => levels[kind]?.[column] ?? 0
        const bandOf = (row: number) => rows[row]?.band ?? 0
        const ownCostOf = (row: number) => rows[row]?.own ?? 0
        const all = levels.flatMap(some => some.slice(0, columns))
        const bands = rows.map(({ band }) => band)
        // A chain of exchanges changes one row: it is enough that a band outweighs all costs.
        const matrix = rows.map(({ band, own }, row) =>
          Array.from({ length: columns }, (_, column) => {
            const alone = exceptionsOf(row).get(column) ?? costOf(kindOf(row), column)
            const rank = rankOf(all, levelOf(kindOf(row), column))
            return alone + own + rankOf(bands, band) * bandWorth + rank * levelWorth
          }),
        )
        const problem = {
          rows: rows.length,
          ...table(3, columns, costOf, levelOf),
          kindOf,
          exceptionsOf,
          ownCostOf,
          bandOf,
        }
        expect(outcomeOf(matrix, solve(problem))).toEqual(bruteForce(matrix, columns))
      }),
      { numRuns: 1_500 },
    )
  })

  it('costs as little where calls of few kinds name so many agents that whom one must not have another needs', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 9, max: 16 }), fc.integer({ min: 9, max: 18 }), (seed, rows, columns) => {
        const random = createSeededRandom(seed)
        const below = (most: number) => Math.floor(random.float() * most)
        const cost = () => (below(4) === 0 ? forbidden : below(9))
        const kinds = 1 + below(2)
        const given = Array.from({ length: kinds }, () => Array.from({ length: columns }, cost))
        const own = Array.from({ length: rows }, () => -below(9))
        const named = own.map(() => new Map(Array.from({ length: below(columns) }, () => [below(columns), cost()])))
        const kindOf = (row: number) => row % kinds
        const costOf: Cost = (kind, column) => given[kind]?.[column] ?? forbidden
        const exceptionsOf = (row: number) => named[row] ?? noExceptions
        const ownCostOf = (row: number) => own[row] ?? 0
        const columnOf = solve({ rows, ...table(kinds, columns, costOf), kindOf, exceptionsOf, ownCostOf, ...alike })
        const matrix = own.map((alone, row) =>
          Array.from(
            { length: columns },
            (_, column) => (exceptionsOf(row).get(column) ?? costOf(kindOf(row), column)) + alone,
          ),
        )
        const { pairs, cost: sum } = outcomeOf(matrix, columnOf)
        expect({ pairs, cost: sum }).toEqual(hungarian(matrix, columns))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['one kind', 120, 120, 1],
    ['three kinds', 300, 300, 3],
    ['more calls than agents', 200, 120, 1],
    ['more agents than calls', 120, 200, 2],
  ])('costs as little where calls name agents, for better or worse: %s, %i × %i', (_name, rows, columns, kinds) => {
    const random = createSeededRandom(rows + columns + kinds)
    const below = (most: number) => Math.floor(random.float() * most)
    const idle = Array.from({ length: columns }, () => -below(3_000) / 10)
    const given = Array.from({ length: kinds }, () => idle.map(free => (below(12) === 0 ? forbidden : free - below(9))))
    const own = Array.from({ length: rows }, () => -below(600))
    const named = own.map(() => {
      const costOfOne = () => [forbidden, 100_000, -60 * (1 + below(20)), -60 * (1 + below(20))][below(4)] ?? forbidden
      return new Map(Array.from({ length: below(5) }, () => [below(columns), costOfOne()]))
    })
    const kindOf = (row: number) => row % kinds
    const costOf: Cost = (kind, column) => given[kind]?.[column] ?? forbidden
    const exceptionsOf = (row: number) => named[row] ?? noExceptions
    const ownCostOf = (row: number) => own[row] ?? 0
    const columnOf = solve({ rows, ...table(kinds, columns, costOf), kindOf, exceptionsOf, ownCostOf, ...alike })
    const matrix = own.map((alone, row) =>
      idle.map((_, column) => (exceptionsOf(row).get(column) ?? costOf(kindOf(row), column)) + alone),
    )
    const { pairs, cost } = outcomeOf(matrix, columnOf)
    const least = hungarian(matrix, columns)
    expect(pairs).toBe(least.pairs)
    expect(cost).toBeCloseTo(least.cost, 3)
  })

  it.each([
    ['costs of all sizes', 60, 60, 60],
    ['costs of all sizes', 200, 200, 200],
    ['five kinds', 500, 500, 5],
    ['more calls than agents', 200, 90, 12],
    ['more agents than calls', 90, 200, 12],
    ['each call by itself', 500, 500, 500],
    ['each call by itself, and few agents', 300, 150, 300],
  ])('costs as little as another method finds: %s, %i × %i', (_name, rows, columns, kinds) => {
    const random = createSeededRandom(rows + columns + kinds)
    const below = (most: number) => Math.floor(random.float() * most)
    const own = Array.from({ length: rows }, () => -below(600_000) / 1_000)
    const idle = Array.from({ length: columns }, () => -below(300_000) / 1_000)
    const given = Array.from({ length: kinds }, () =>
      idle.map(free => (below(10) === 0 ? forbidden : free - below(11) * 6)),
    )
    const kindOf = (row: number) => row % kinds
    const costOf: Cost = (kind, column) => given[kind]?.[column] ?? forbidden
    const ownCostOf = (row: number) => own[row] ?? 0
    const columnOf = solve({
      rows,
      ...table(kinds, columns, costOf),
      kindOf,
      exceptionsOf: () => noExceptions,
      ownCostOf,
      ...alike,
    })
    const matrix = own.map((alone, row) => (given[kindOf(row)] ?? []).map(cost => cost + alone))
    const { pairs, cost } = outcomeOf(matrix, columnOf)
    const least = hungarian(matrix, columns)
    expect(pairs).toBe(least.pairs)
    expect(cost).toBeCloseTo(least.cost, 3)
  })

  it('is exact where sums of thousandths would not be', () => {
    // Refused calls cost a hundred thousand; two calls, both refused by one agent.
    const matrix = Array.from({ length: 500 }, (_, row) =>
      Array.from({ length: 500 }, (_, column) => (column === row ? -0.1 : 100_000 - ((row * 7 + column * 13) % 11))),
    )
    const columnOf = assign(500, 500, (row, column) => matrix[row]?.[column] ?? forbidden)
    expect([...columnOf]).toEqual(matrix.map((_, row) => row))
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
        const greedy = outcomeOf(given, assignGreedily(general(given.length, columns, cost)))
        expect(isBetter(greedy, best)).toBe(false)
      }),
    )
  })
})
