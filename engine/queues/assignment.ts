/**
 * The assignment problem: one column for each row so that the sum of costs is least, solved exactly by `least-cost.ts`. Rows
 * come in kinds, such as calls that ask for the same: rows of a kind cost the same in every column, but for an amount of
 * their own, which decides who goes without where not all can be served.
 */
import { contenders } from './contenders.ts'
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
  /** What it costs beside that to serve the row, in whichever column; negative: it is worth something. */
  ownCostOf(row: number): number
}

/** Costs are told apart to a thousandth, more coarsely only where their sums would not be exact in doubles. */
const unitsPerCost = 1_000

/**
 * As many pairs as can be, and among those the ones whose costs add up to least; among equals earlier rows are served.
 * @returns the column of each row, -1 for rows that go without
 */
export function assign(problem: AssignmentProblem): Int32Array {
  const { rows, columns, kindOf, ownCostOf } = problem
  const result = new Int32Array(rows).fill(-1)
  if (rows === 0 || columns === 0) return result
  const left = contenders(problem)
  const rowAt = (index: number) => left[index] as number
  const columnOf = assignAll({
    ...problem,
    rows: left.length,
    kindOf: index => kindOf(rowAt(index)),
    ownCostOf: index => ownCostOf(rowAt(index)),
  })
  for (const [index, row] of left.entries()) result[row] = columnOf[index] as number
  return result
}

function assignAll(problem: AssignmentProblem): Int32Array {
  const { rows, columns, kindOf, ownCostOf } = problem
  const given = table(problem)
  const size = Math.max(rows, columns)
  // Serving a later row costs a little more, and less altogether than the smallest difference of costs.
  const tieUnit = (size * (size + 1)) / 2 + 1
  const most = given.most + mostOwn(problem)
  const units = exactUnits(most, size, tieUnit)
  const exact = {
    kinds: Int32Array.from({ length: rows }, (_, row) => kindOf(row)),
    costs: given.costs.map(cost => Math.round(cost * units) * tieUnit),
    ownCosts: Float64Array.from({ length: rows }, (_, row) => Math.round(ownCostOf(row) * units) * tieUnit + row),
    // One forbidden pair less is worth any sum of costs.
    penalty: 4 * Math.ceil(most * units + 2) * tieUnit * (Math.min(rows, columns) + 1),
  }
  const columnOf = rows > columns ? byColumns(problem, exact) : byRows(problem, exact)
  return columnOf.map((column, row) =>
    column >= 0 && given.costs[kindOf(row) * columns + column] !== forbidden ? column : -1,
  )
}

/** In units of which every sum is exact. */
interface ExactCosts {
  readonly kinds: Int32Array
  /** By kind, then by column. */
  readonly costs: Float64Array
  /** By row. */
  readonly ownCosts: Float64Array
  readonly penalty: number
}

/** Each row gets a column, and columns are left over. */
function byRows({ rows, columns, kinds }: AssignmentProblem, { kinds: kindOf, costs, ownCosts, penalty }: ExactCosts) {
  const filled = new Float64Array((kinds + 1) * columns)
  filled.set(costs)
  // What a row costs on its own is saved where it goes without.
  const penalties = ownCosts.map(own => penalty - own)
  return leastCostColumns({ size: columns, rows, kinds, kindOf, costs: filled, penalties }).subarray(0, rows)
}

/** Where rows are left over each column gets a row: the fewer look for the many. */
function byColumns({ rows, columns }: AssignmentProblem, { kinds, costs, ownCosts, penalty }: ExactCosts) {
  const turned = new Float64Array((columns + 1) * rows)
  for (let column = 0, place = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1, place += 1)
      turned[place] = (costs[(kinds[row] as number) * columns + column] as number) + (ownCosts[row] as number)
  }
  const rowOf = leastCostColumns({
    ...{ size: rows, rows: columns, kinds: columns, costs: turned },
    kindOf: Int32Array.from({ length: columns }, (_, column) => column),
    penalties: new Float64Array(columns).fill(penalty),
  })
  const result = new Int32Array(rows).fill(-1)
  for (let column = 0; column < columns; column += 1) result[rowOf[column] as number] = column
  return result
}

function table({ kinds, columns, costOf }: AssignmentProblem) {
  const costs = new Float64Array(kinds * columns)
  let most = 0
  for (let kind = 0, place = 0; kind < kinds; kind += 1) {
    for (let column = 0; column < columns; column += 1, place += 1) {
      const cost = costOf(kind, column)
      costs[place] = cost
      if (cost !== forbidden) most = Math.max(most, Math.abs(cost))
    }
  }
  return { costs, most }
}

function mostOwn({ rows, ownCostOf }: AssignmentProblem): number {
  let most = 0
  for (let row = 0; row < rows; row += 1) most = Math.max(most, Math.abs(ownCostOf(row)))
  return most
}

/** Units for each 1 of cost, so that the penalty of a forbidden pair and all sums of costs with it are exact integers. */
function exactUnits(most: number, size: number, tieUnit: number): number {
  const room = Number.MAX_SAFE_INTEGER / 16 / (size + 1) / tieUnit / (most + 1)
  return Math.min(unitsPerCost, 10 ** Math.floor(Math.log10(room)))
}

/** In the order of the rows, each the cheapest column that is left: for more than can be solved in time. */
export function assignGreedily({ rows, columns, kindOf, costOf }: AssignmentProblem): Int32Array {
  const result = new Int32Array(rows).fill(-1)
  const isTaken = new Uint8Array(columns)
  for (let row = 0; row < rows; row += 1) {
    const kind = kindOf(row)
    let best = -1
    let least = forbidden
    for (let column = 0; column < columns; column += 1) {
      if (isTaken[column] === 1) continue
      const cost = costOf(kind, column)
      if (cost < least) {
        least = cost
        best = column
      }
    }
    if (best < 0) continue
    isTaken[best] = 1
    result[row] = best
  }
  return result
}
