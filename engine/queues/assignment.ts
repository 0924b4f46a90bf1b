/**
 * The assignment problem: one column for each row so that the sum of costs is least, solved exactly by `least-cost.ts`. Rows
 * come in kinds, such as calls that ask for the same: rows of a kind cost the same in every column, but for few exceptions,
 * and for an amount of their own, which decides who goes without where not all can be served. Levels and bands come before
 * any cost.
 */
import { contenders } from './contenders.ts'
import { Exceptions, noExceptions, type RowExceptions } from './exceptions.ts'
import { leastCostColumns } from './least-cost.ts'

/** A pair that must not be. */
export const forbidden = Number.POSITIVE_INFINITY

export interface AssignmentProblem {
  readonly rows: number
  readonly columns: number
  readonly kinds: number
  /** From 0 to `kinds` - 1. */
  kindOf(row: number): number
  /** Finite, or {@link forbidden}. */
  costOf(kind: number, column: number): number
  /** By column, what the row costs there instead; as {@link costOf}. The fewer, the sooner it is solved. */
  exceptionsOf(row: number): RowExceptions
  /** What it costs beside that to serve the row, in whichever column; negative: it is worth something. */
  ownCostOf(row: number): number
  /** Rows of a lower band are served first, whatever that costs. From 0; few, or costs are told apart more coarsely. */
  bandOf(row: number): number
  /** Pairs of a lower level come first, whatever the bands. From 0, as many as there are; few, as bands. */
  levelOf(kind: number, column: number): number
}

/** Costs are told apart to a thousandth, more coarsely only where their sums would not be exact in doubles. */
const unitsPerCost = 1_000

/**
 * As many pairs as can be; among those the ones whose levels add up to least; of which those that serve the lower bands; of
 * which those whose costs add up to least; among equals earlier rows are served.
 * @returns the column of each row, -1 for rows that go without
 */
export function assign(problem: AssignmentProblem): Int32Array {
  const { rows, columns, kindOf, exceptionsOf, ownCostOf, bandOf } = problem
  const result = new Int32Array(rows).fill(-1)
  if (rows === 0 || columns === 0) return result
  const left = contenders(problem)
  const rowAt = (index: number) => left[index] as number
  const columnOf = assignAll({
    ...problem,
    rows: left.length,
    kindOf: index => kindOf(rowAt(index)),
    exceptionsOf: index => exceptionsOf(rowAt(index)),
    ownCostOf: index => ownCostOf(rowAt(index)),
    bandOf: index => bandOf(rowAt(index)),
  })
  for (const [index, row] of left.entries()) result[row] = columnOf[index] as number
  return result
}

function assignAll(problem: AssignmentProblem): Int32Array {
  const { rows, columns } = problem
  const exact = exactCosts(problem)
  const columnOf = rows > columns ? byColumns(problem, exact) : byRows(problem, exact)
  const { kinds, costs, exceptions } = exact
  for (let row = 0; row < rows; row += 1) {
    const column = columnOf[row] as number
    const common = costs[(kinds[row] as number) * columns + column] as number
    if (column >= 0 && exceptions.costOf(row, column, common) === forbidden) columnOf[row] = -1
  }
  return columnOf
}

/** In units of which every sum is exact. */
interface ExactCosts {
  readonly kinds: Int32Array
  /** By kind, then by column. */
  readonly costs: Float64Array
  readonly exceptions: Exceptions
  /** By row. */
  readonly ownCosts: Float64Array
  readonly penalty: number
}

function exactCosts(problem: AssignmentProblem): ExactCosts {
  const { rows, columns, kindOf, exceptionsOf, ownCostOf, bandOf, levelOf } = problem
  const { costs, most, levels } = table(problem)
  const bands = ranks(Array.from({ length: rows }, (_, row) => bandOf(row)))
  const { units, bandUnit, levelUnit, penalty } = weights(problem, most + mostOwn(problem), bands.size, levels.size)
  // One matching becomes another along chains of exchanges, each of which puts one row at most into the place of another:
  // serving a later row costs a little more, and less than the smallest difference of costs.
  const tieUnit = Math.max(rows, columns)
  const exact = (cost: number, kind: number, column: number) =>
    (Math.round(cost * units) + (levels.get(levelOf(kind, column)) ?? 0) * levelUnit) * tieUnit
  if (levels.size < 2)
    for (let place = 0; place < costs.length; place += 1)
      costs[place] = Math.round((costs[place] as number) * units) * tieUnit
  else
    for (let place = 0; place < costs.length; place += 1)
      costs[place] = exact(costs[place] as number, Math.floor(place / columns), place % columns)
  const ownCost = (row: number) => Math.round(ownCostOf(row) * units) + (bands.get(bandOf(row)) ?? 0) * bandUnit
  return {
    kinds: Int32Array.from({ length: rows }, (_, row) => kindOf(row)),
    costs,
    exceptions: new Exceptions(
      tieUnit,
      row => (row < rows ? exceptionsOf(row) : noExceptions),
      (cost, row, column) => exact(cost, kindOf(row), column),
    ),
    ownCosts: Float64Array.from({ length: rows }, (_, row) => ownCost(row) * tieUnit + row),
    penalty: penalty * tieUnit,
  }
}

interface Weights {
  /** For each 1 of cost. */
  readonly units: number
  readonly bandUnit: number
  readonly levelUnit: number
  readonly penalty: number
}

/**
 * What comes first must outweigh what comes after it along any one chain of exchanges, not in all of them together: a chain
 * that is better by itself can be made alone. It changes the costs and the levels of all its pairs, but the band of one row.
 */
function weights({ rows, columns }: AssignmentProblem, most: number, bands: number, levels: number): Weights {
  const size = Math.max(rows, columns)
  const pairs = Math.min(rows, columns) + 1
  const levelUnits = bands
  const steps = Math.max(0, levels - 1)
  const penaltyUnits = (pairs * steps + 1) * levelUnits + 1
  // So that the penalty of a forbidden pair, and all sums of costs with it, are exact integers.
  const room = Number.MAX_SAFE_INTEGER / 8 / size / penaltyUnits / (2 * pairs) - 4
  const units = Math.min(unitsPerCost, 10 ** Math.floor(Math.log10(room / (most + 1))))
  const bandUnit = 2 * pairs * (Math.ceil(most * units) + 2) + 1
  return { units, bandUnit, levelUnit: levelUnits * bandUnit, penalty: penaltyUnits * bandUnit }
}

/** Each value's place among the different ones, ascending. */
function ranks(values: Iterable<number>): ReadonlyMap<number, number> {
  const different = [...new Set(values)].sort((a, b) => a - b)
  return new Map(different.map((value, rank) => [value, rank]))
}

/** Each row gets a column, and columns are left over. */
function byRows({ rows, columns, kinds }: AssignmentProblem, exact: ExactCosts) {
  const { costs, exceptions, ownCosts, penalty } = exact
  const filled = new Float64Array((kinds + 1) * columns)
  filled.set(costs)
  const kindOf = new Int32Array(columns).fill(kinds)
  kindOf.set(exact.kinds)
  // What a row costs on its own is saved where it goes without.
  const penalties = new Float64Array(columns)
  for (let row = 0; row < rows; row += 1) penalties[row] = penalty - (ownCosts[row] as number)
  return leastCostColumns({ size: columns, rows, kindOf, costs: filled, exceptions, penalties }).slice(0, rows)
}

/** Where rows are left over each column gets a row: the fewer look for the many. */
function byColumns({ rows, columns }: AssignmentProblem, { kinds, costs, exceptions, ownCosts, penalty }: ExactCosts) {
  const turned = new Float64Array((columns + 1) * rows)
  for (let column = 0, place = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1, place += 1)
      turned[place] = (costs[(kinds[row] as number) * columns + column] as number) + (ownCosts[row] as number)
  }
  for (let row = 0; row < rows; row += 1) {
    const end = exceptions.starts[row + 1] as number
    for (let place = exceptions.starts[row] as number; place < end; place += 1) {
      const cost = (exceptions.costs[place] as number) + (ownCosts[row] as number)
      turned[(exceptions.columns[place] as number) * rows + row] = cost
    }
  }
  const rowOf = leastCostColumns({
    ...{ size: rows, rows: columns, costs: turned, exceptions: new Exceptions(rows, () => noExceptions) },
    kindOf: Int32Array.from({ length: rows }, (_, column) => Math.min(column, columns)),
    penalties: new Float64Array(rows).fill(penalty, 0, columns),
  })
  const result = new Int32Array(rows).fill(-1)
  for (let column = 0; column < columns; column += 1) result[rowOf[column] as number] = column
  return result
}

function table(problem: AssignmentProblem) {
  const { rows, kinds, columns, kindOf, costOf, levelOf, exceptionsOf } = problem
  const costs = new Float64Array(kinds * columns)
  const levels = new Set<number>()
  let most = 0
  let last = -1
  // A quarter of a million pairs: nothing is called for each of them but what the problem is made of.
  for (let kind = 0, place = 0; kind < kinds; kind += 1) {
    for (let column = 0; column < columns; column += 1, place += 1) {
      const cost = costOf(kind, column)
      costs[place] = cost
      if (cost === forbidden) continue
      const amount = cost < 0 ? -cost : cost
      if (amount > most) most = amount
      const level = levelOf(kind, column)
      if (level !== last) levels.add(level)
      last = level
    }
  }
  for (let row = 0; row < rows; row += 1)
    for (const [column, cost] of exceptionsOf(row)) {
      if (cost === forbidden) continue
      most = Math.max(most, Math.abs(cost))
      levels.add(levelOf(kindOf(row), column))
    }
  return { costs, most, levels: ranks(levels) }
}

function mostOwn({ rows, ownCostOf }: AssignmentProblem): number {
  let most = 0
  for (let row = 0; row < rows; row += 1) most = Math.max(most, Math.abs(ownCostOf(row)))
  return most
}

/** In the order of the rows, each the column of the lowest level, then the cheapest, that is left: for more than can be solved in time. */
export function assignGreedily({
  rows,
  columns,
  kindOf,
  costOf,
  exceptionsOf,
  levelOf,
}: AssignmentProblem): Int32Array {
  const result = new Int32Array(rows).fill(-1)
  const isTaken = new Uint8Array(columns)
  for (let row = 0; row < rows; row += 1) {
    const kind = kindOf(row)
    const exceptions = exceptionsOf(row)
    let best = -1
    let [lowest, least] = [Number.POSITIVE_INFINITY, forbidden]
    for (let column = 0; column < columns; column += 1) {
      if (isTaken[column] === 1) continue
      const cost = exceptions.get(column) ?? costOf(kind, column)
      if (cost === forbidden) continue
      const level = levelOf(kind, column)
      if (level > lowest || (level === lowest && cost >= least)) continue
      lowest = level
      least = cost
      best = column
    }
    if (best < 0) continue
    isTaken[best] = 1
    result[row] = best
  }
  return result
}
