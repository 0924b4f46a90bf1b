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
  /** Puts into `costs`, by column, what rows of the kind cost there: finite, or {@link forbidden}. */
  fillCosts(kind: number, costs: Float64Array): void
  /** By column, what the row costs there instead; as those of {@link fillCosts}. The fewer, the sooner it is solved. */
  exceptionsOf(row: number): RowExceptions
  /** What it costs beside that to serve the row, in whichever column; negative: it is worth something. */
  ownCostOf(row: number): number
  /** Rows of a lower band are served first, whatever that costs. From 0; few, or costs are told apart more coarsely. */
  bandOf(row: number): number
  /** By column. Pairs of a lower level come first, whatever the bands. From 0; few different ones, as bands. */
  levelsOf(kind: number): Int32Array
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
  const costs = costTable(problem)
  const left = contenders(problem, costs)
  const rowAt = (index: number) => left[index] as number
  const some = {
    ...problem,
    rows: left.length,
    kindOf: (index: number) => kindOf(rowAt(index)),
    exceptionsOf: (index: number) => exceptionsOf(rowAt(index)),
    ownCostOf: (index: number) => ownCostOf(rowAt(index)),
    bandOf: (index: number) => bandOf(rowAt(index)),
  }
  const columnOf = assignAll(left.length < rows ? some : problem, costs)
  for (const [index, row] of left.entries()) result[row] = columnOf[index] as number
  return result
}

/** By kind, then by column; and one kind more, which costs nothing: that of rows that only fill up. */
function costTable({ kinds, columns, fillCosts }: AssignmentProblem): Float64Array {
  const costs = new Float64Array((kinds + 1) * columns)
  for (let kind = 0; kind < kinds; kind += 1) fillCosts(kind, costs.subarray(kind * columns, (kind + 1) * columns))
  return costs
}

/** @param costs as given; they are made exact where they are */
function assignAll(problem: AssignmentProblem, costs: Float64Array): Int32Array {
  const { rows, columns } = problem
  const exact = exactCosts(problem, costs)
  const columnOf = rows > columns ? byColumns(problem, exact) : byRows(problem, exact)
  const { kinds, exceptions } = exact
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
  /** By kind, then by column; the last kind costs nothing. */
  readonly costs: Float64Array
  readonly exceptions: Exceptions
  /** By row. */
  readonly ownCosts: Float64Array
  readonly penalty: number
}

function exactCosts(problem: AssignmentProblem, costs: Float64Array): ExactCosts {
  const { rows, columns, kindOf, exceptionsOf, ownCostOf, bandOf, levelsOf } = problem
  const bands = ranks(Array.from({ length: rows }, (_, row) => bandOf(row)))
  const levels = new Levels(problem)
  const most = mostOf(problem, costs) + mostOwn(problem)
  const { units, bandUnit, levelUnit, penalty } = weights(problem, most, bands.size, levels.count)
  // One matching becomes another along chains of exchanges, each of which puts one row at most into the place of another:
  // serving a later row costs a little more, and less than the smallest difference of costs.
  const tieUnit = Math.max(rows, columns)
  for (let kind = 0, place = 0; kind < problem.kinds; kind += 1) {
    const before = levels.of(levelsOf(kind))
    // A quarter of a million pairs: nothing is called for each of them.
    for (let column = 0; column < columns; column += 1, place += 1)
      costs[place] = (Math.round((costs[place] as number) * units) + (before[column] as number) * levelUnit) * tieUnit
  }
  const exact = (cost: number, row: number, column: number) =>
    (Math.round(cost * units) + (levels.of(levelsOf(kindOf(row)))[column] as number) * levelUnit) * tieUnit
  const ownCost = (row: number) => Math.round(ownCostOf(row) * units) + (bands.get(bandOf(row)) ?? 0) * bandUnit
  return {
    kinds: Int32Array.from({ length: rows }, (_, row) => kindOf(row)),
    costs,
    exceptions: new Exceptions(tieUnit, row => (row < rows ? exceptionsOf(row) : noExceptions), exact),
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
  const kindOf = new Int32Array(columns).fill(kinds)
  kindOf.set(exact.kinds)
  // What a row costs on its own is saved where it goes without.
  const penalties = new Float64Array(columns)
  for (let row = 0; row < rows; row += 1) penalties[row] = penalty - (ownCosts[row] as number)
  return leastCostColumns({ size: columns, rows, kindOf, costs, exceptions, penalties }).slice(0, rows)
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

/** The greatest amount, of what may be. */
function mostOf({ rows, kinds, columns, exceptionsOf }: AssignmentProblem, costs: Float64Array): number {
  let most = 0
  for (let place = 0; place < kinds * columns; place += 1) {
    const cost = Math.abs(costs[place] as number)
    if (cost > most && cost !== forbidden) most = cost
  }
  for (let row = 0; row < rows; row += 1)
    for (const cost of exceptionsOf(row).values()) if (cost !== forbidden) most = Math.max(most, Math.abs(cost))
  return most
}

/** The levels of all pairs, by their ranks. Most kinds share theirs. */
class Levels {
  readonly #ranks = new Map<Int32Array, Int32Array>()
  /** How many different ones there are. */
  readonly count: number

  constructor({ kinds, levelsOf }: AssignmentProblem) {
    const given = new Set(Array.from({ length: kinds }, (_, kind) => levelsOf(kind)))
    const rankOf = ranks([...given].flatMap(levels => [...new Set(levels)]))
    for (const levels of given)
      this.#ranks.set(
        levels,
        levels.map(level => rankOf.get(level) as number),
      )
    this.count = rankOf.size
  }

  /** By column, how many lower ones there are. */
  of(levels: Int32Array): Int32Array {
    return this.#ranks.get(levels) as Int32Array
  }
}

function mostOwn({ rows, ownCostOf }: AssignmentProblem): number {
  let most = 0
  for (let row = 0; row < rows; row += 1) most = Math.max(most, Math.abs(ownCostOf(row)))
  return most
}

/** In the order of the rows, each the column of the lowest level, then the cheapest, that is left: for more than can be solved in time. */
export function assignGreedily(problem: AssignmentProblem): Int32Array {
  const { rows, columns, kindOf, exceptionsOf, levelsOf } = problem
  const result = new Int32Array(rows).fill(-1)
  const isTaken = new Uint8Array(columns)
  const table = costTable(problem)
  for (let row = 0; row < rows; row += 1) {
    const kind = kindOf(row)
    const costs = table.subarray(kind * columns, (kind + 1) * columns)
    const levels = levelsOf(kind)
    const exceptions = exceptionsOf(row)
    let best = -1
    let [lowest, least] = [Number.POSITIVE_INFINITY, forbidden]
    for (let column = 0; column < columns; column += 1) {
      if (isTaken[column] === 1) continue
      const cost = exceptions.get(column) ?? (costs[column] as number)
      if (cost === forbidden) continue
      const level = levels[column] as number
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
