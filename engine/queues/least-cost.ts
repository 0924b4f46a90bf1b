/**
 * The solver under `assignment.ts`: a column for each row, at the least sum of costs, after Jonker and Volgenant. Columns are
 * reduced first, which settles most rows; what is dearest to all goes to rows that only fill up; rows that are left over
 * compete for columns; those that still have none find theirs along shortest paths. Rows of one kind cost the same everywhere
 * but for few exceptions, so that each search looks through the columns once for each kind, not once for each row.
 * O(rows × columns × kinds), O(n³) at worst.
 */
import { ExchangeSearch, type Market } from './exchange-search.ts'
import { SquareCosts, type SquareCostsInput } from './square-costs.ts'

/** @returns the column of each row */
export function leastCostColumns(given: SquareCostsInput): Int32Array {
  return new Solver(new SquareCosts(given)).solve()
}

/** Below this many rows for each kind a search can't skip enough; then rows compete first. */
const rowsPerKind = 4
/** Wars of bids are ended here. */
const bidsPerRow = 4

class Solver implements Market {
  readonly columnOf: Int32Array
  readonly rowOf: Int32Array
  readonly prices: Float64Array
  readonly #costs: SquareCosts

  constructor(costs: SquareCosts) {
    this.#costs = costs
    this.columnOf = new Int32Array(costs.size).fill(-1)
    this.rowOf = new Int32Array(costs.size).fill(-1)
    this.prices = new Float64Array(costs.size)
  }

  solve(): Int32Array {
    const { size, rows, common } = this.#costs
    this.#reduceColumns()
    if (rows < size) this.#fillUp()
    this.#takeCheapest()
    let free: number[] = []
    for (let row = 0; row < rows; row += 1) if ((this.columnOf[row] as number) < 0) free.push(row)
    if ((common.length - 1) * rowsPerKind > rows) free = this.#compete(free)
    if (free.length === 0) return this.columnOf
    const search = new ExchangeSearch(this.#costs, this)
    for (const row of free) search.serve(row)
    return this.columnOf
  }

  /** Each column's price is its least cost. */
  #reduceColumns(): void {
    const { size, rows, common, exceptions, penalties } = this.#costs
    const prices = this.prices.fill(Number.POSITIVE_INFINITY)
    // Those that fill up cost nothing, and come later.
    for (let kind = 0; kind < common.length - 1; kind += 1) {
      const costs = common[kind] as Float64Array
      for (let column = 0; column < size; column += 1) {
        const cost = costs[column] as number
        if (cost < (prices[column] as number)) prices[column] = cost
      }
    }
    for (const [place, cost] of exceptions.costs.entries()) {
      const column = exceptions.columns[place] as number
      if (cost < (prices[column] as number)) prices[column] = cost
    }
    let least = Number.POSITIVE_INFINITY
    for (let row = 0; row < rows; row += 1) least = Math.min(least, penalties[row] as number)
    for (let column = 0; column < size; column += 1) {
      if (prices[column] === Number.POSITIVE_INFINITY) prices[column] = least
    }
  }

  /** Rows that cost nothing get what is dearest to all others, and no price is above theirs: so they are content from the start. */
  #fillUp(): void {
    const { size, rows } = this.#costs
    const prices = this.prices
    const dearest = Int32Array.from({ length: size }, (_, column) => column).sort(
      (a, b) => (prices[b] as number) - (prices[a] as number) || b - a,
    )
    const most = prices[dearest[size - rows - 1] as number] as number
    for (let row = rows; row < size; row += 1) {
      const column = dearest[row - rows] as number
      prices[column] = most
      this.#give(row, column)
    }
  }

  /** A row takes a column that is cheapest for it, if one of those is left. */
  #takeCheapest(): void {
    const { size, rows, penalties } = this.#costs
    const [prices, rowOf] = [this.prices, this.rowOf]
    for (let row = 0; row < rows; row += 1) {
      const costs = this.#costs.of(row)
      const penalty = penalties[row] as number
      let least = Number.POSITIVE_INFINITY
      let taken = -1
      for (let column = 0; column < size; column += 1) {
        let cost = costs[column] as number
        if (cost === Number.POSITIVE_INFINITY) cost = penalty
        cost -= prices[column] as number
        if (cost > least || (cost === least && taken >= 0)) continue
        least = cost
        taken = (rowOf[column] as number) < 0 ? column : -1
      }
      if (taken >= 0) this.#give(row, taken)
    }
  }

  #give(row: number, column: number): void {
    this.columnOf[row] = column
    this.rowOf[column] = row
  }

  /** Rows without a column outbid others, and those others in turn. @returns the rows that are left over */
  #compete(free: readonly number[]): number[] {
    const { size, rows, penalties } = this.#costs
    const [prices, rowOf] = [this.prices, this.rowOf]
    const waiting = [...free].reverse()
    const left: number[] = []
    let bids = bidsPerRow * rows
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      const costs = this.#costs.of(row)
      const penalty = penalties[row] as number
      let [first, second] = [-1, -1]
      let [least, next] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
      for (let column = 0; column < size; column += 1) {
        let cost = costs[column] as number
        if (cost === Number.POSITIVE_INFINITY) cost = penalty
        cost -= prices[column] as number
        if (cost >= next) continue
        if (cost < least) {
          next = least
          second = first
          least = cost
          first = column
        } else {
          next = cost
          second = column
        }
      }
      const gains = least < next && next !== Number.POSITIVE_INFINITY
      if (gains) prices[first] = (prices[first] as number) - (next - least)
      const taken = !gains && (rowOf[first] as number) >= 0 && second >= 0 ? second : first
      const before = rowOf[taken] as number
      this.#give(row, taken)
      if (before < 0) continue
      this.columnOf[before] = -1
      bids -= 1
      if (gains && bids > 0 && before < rows) waiting.push(before)
      else left.push(before)
    }
    return left
  }
}
