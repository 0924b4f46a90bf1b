/**
 * The assignment problem: one column for each row so that the sum of costs is least. Solved exactly after Jonker and
 * Volgenant: columns are reduced first, which settles most rows, then rows that are left over compete for columns, and those
 * that still have none find theirs along shortest paths. O(n³) at worst.
 */

/** A pair that must not be. */
export const forbidden = Number.POSITIVE_INFINITY

/** Costs beyond this, in units of the smallest difference, would lose the exactness of integers in doubles. */
const mostCost = 1e6
/** Costs are told apart to a thousandth. */
const unitsPerCost = 1_000

/**
 * As many pairs as can be, and among those the ones whose costs add up to least; among equals earlier rows are served.
 * @param costOf finite and within ±1,000,000, told apart to a thousandth; or {@link forbidden}
 * @returns the column of each row, -1 for rows that go without
 */
export function assign(rows: number, columns: number, costOf: (row: number, column: number) => number): Int32Array {
  const size = Math.max(rows, columns)
  if (rows === 0 || columns === 0) return new Int32Array(rows).fill(-1)
  const tieUnit = (size * (size + 1)) / 2 + 1
  const costs = new Float64Array(size * size)
  let most = 0
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const cost = costOf(row, column)
      if (cost === forbidden) {
        costs[row * size + column] = forbidden
        continue
      }
      const bounded = Math.max(-mostCost, Math.min(mostCost, cost))
      // Serving a later row costs a little more, and less altogether than the smallest difference of costs.
      const exact = Math.round(bounded * unitsPerCost) * tieUnit + row
      costs[row * size + column] = exact
      most = Math.max(most, Math.abs(exact))
    }
  }
  // One forbidden pair less is worth any sum of costs.
  const penalty = 2 * (most + 1) * (Math.min(rows, columns) + 1)
  for (let place = 0; place < costs.length; place += 1) if (costs[place] === forbidden) costs[place] = penalty
  const chosen = solve(size, costs)
  return Int32Array.from({ length: rows }, (_, row) => {
    const column = chosen[row] ?? -1
    return column < columns && costOf(row, column) !== forbidden ? column : -1
  })
}

/** @param costs a square of integers, row by row */
function solve(size: number, costs: Float64Array): Int32Array {
  const columnOf = new Int32Array(size).fill(-1)
  const rowOf = new Int32Array(size).fill(-1)
  const prices = new Float64Array(size)
  const cost = (row: number, column: number) => (costs[row * size + column] as number) - (prices[column] as number)
  reduceRows(size, costs)
  reduceColumns(size, costs, prices, columnOf, rowOf)
  let free: number[] = []
  for (let row = 0; row < size; row += 1) if ((columnOf[row] as number) < 0) free.push(row)
  free = compete(size, cost, prices, columnOf, rowOf, compete(size, cost, prices, columnOf, rowOf, free))
  for (const row of free) augment(size, cost, prices, columnOf, rowOf, row)
  return columnOf
}

/** What a row pays wherever it goes decides nothing. */
function reduceRows(size: number, costs: Float64Array): void {
  for (let start = 0; start < costs.length; start += size) {
    let least = Number.POSITIVE_INFINITY
    for (let place = start; place < start + size; place += 1) least = Math.min(least, costs[place] as number)
    for (let place = start; place < start + size; place += 1) costs[place] = (costs[place] as number) - least
  }
}

/** Each column's price is its least cost; the row that has it takes the column if it has none yet. */
function reduceColumns(
  size: number,
  costs: Float64Array,
  prices: Float64Array,
  columnOf: Int32Array,
  rowOf: Int32Array,
): void {
  const wins = new Int32Array(size)
  for (let column = size - 1; column >= 0; column -= 1) {
    let best = 0
    for (let row = 1; row < size; row += 1) {
      if ((costs[row * size + column] as number) < (costs[best * size + column] as number)) best = row
    }
    prices[column] = costs[best * size + column] as number
    wins[best] = (wins[best] as number) + 1
    if (wins[best] === 1) {
      columnOf[best] = column
      rowOf[column] = best
    }
  }
  // A row with one column only can lower its price to the point where the next best one is as good.
  for (let row = 0; row < size; row += 1) {
    if (wins[row] !== 1) continue
    const own = columnOf[row] as number
    let next = Number.POSITIVE_INFINITY
    for (let column = 0; column < size; column += 1) {
      if (column === own) continue
      next = Math.min(next, (costs[row * size + column] as number) - (prices[column] as number))
    }
    if (next !== Number.POSITIVE_INFINITY) prices[own] = (prices[own] as number) - next
  }
}

/** Rows without a column outbid each other once through. @returns those that are left over */
function compete(
  size: number,
  cost: (row: number, column: number) => number,
  prices: Float64Array,
  columnOf: Int32Array,
  rowOf: Int32Array,
  free: readonly number[],
): number[] {
  const waiting = [...free].reverse()
  const left: number[] = []
  // Bidding wars are ended here; whoever is left finds a column along a shortest path.
  let bids = 4 * size
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    let first = -1
    let least = Number.POSITIVE_INFINITY
    let second = -1
    let next = Number.POSITIVE_INFINITY
    for (let column = 0; column < size; column += 1) {
      const reduced = cost(row, column)
      if (reduced < least) {
        next = least
        second = first
        least = reduced
        first = column
      } else if (reduced < next) {
        next = reduced
        second = column
      }
    }
    const gains = least < next && next !== Number.POSITIVE_INFINITY
    if (gains) prices[first] = (prices[first] as number) - (next - least)
    const taken = !gains && (rowOf[first] as number) >= 0 && second >= 0 ? second : first
    const before = rowOf[taken] as number
    columnOf[row] = taken
    rowOf[taken] = row
    if (before < 0) continue
    columnOf[before] = -1
    bids -= 1
    if (gains && bids > 0) waiting.push(before)
    else left.push(before)
  }
  return left
}

/** The cheapest chain of exchanges that gives one more row a column (Dijkstra over reduced costs). */
function augment(
  size: number,
  cost: (row: number, column: number) => number,
  prices: Float64Array,
  columnOf: Int32Array,
  rowOf: Int32Array,
  start: number,
): void {
  const distances = new Float64Array(size)
  const from = new Int32Array(size).fill(start)
  const isDone = new Uint8Array(size)
  const done: number[] = []
  for (let column = 0; column < size; column += 1) distances[column] = cost(start, column)
  let end = -1
  let reached = 0
  while (end < 0) {
    let nearest = -1
    for (let column = 0; column < size; column += 1) {
      if (isDone[column] === 1) continue
      const order = nearest < 0 ? -1 : (distances[column] as number) - (distances[nearest] as number)
      // Of equals, a column that nobody has ends the search.
      if (order < 0 || (order === 0 && (rowOf[column] as number) < 0)) nearest = column
    }
    reached = distances[nearest] as number
    const row = rowOf[nearest] as number
    if (row < 0) {
      end = nearest
      break
    }
    isDone[nearest] = 1
    done.push(nearest)
    const base = cost(row, nearest) - reached
    for (let column = 0; column < size; column += 1) {
      if (isDone[column] === 1) continue
      const through = cost(row, column) - base
      if (through < (distances[column] as number)) {
        distances[column] = through
        from[column] = row
      }
    }
  }
  for (const column of done) prices[column] = (prices[column] as number) + (distances[column] as number) - reached
  let column = end
  for (;;) {
    const row = from[column] as number
    const next = columnOf[row] as number
    columnOf[row] = column
    rowOf[column] = row
    if (row === start) return
    column = next
  }
}

/** In the order of the rows, each the cheapest column that is left: for more than can be solved in time. */
export function assignGreedily(
  rows: number,
  columns: number,
  costOf: (row: number, column: number) => number,
): Int32Array {
  const result = new Int32Array(rows).fill(-1)
  const isTaken = new Uint8Array(columns)
  for (let row = 0; row < rows; row += 1) {
    let best = -1
    let least = forbidden
    for (let column = 0; column < columns; column += 1) {
      if (isTaken[column] === 1) continue
      const cost = costOf(row, column)
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
