/**
 * The solver under `assignment.ts`: a column for each row, at the least sum of costs, after Jonker and Volgenant. Columns are
 * reduced first, which settles most rows; what is dearest to all goes to rows that only fill up; rows that are left over
 * compete for columns; those that still have none find theirs along shortest paths (Dijkstra over reduced costs). Rows of one
 * kind cost the same everywhere, so that each search looks through the columns once for each kind, not once for each row.
 * O(rows × columns × kinds), O(n³) at worst.
 */

export interface SquareCosts {
  /** Rows, and columns. */
  readonly size: number
  /** Rows from here on only fill the square up: they cost nothing, whichever column they get. */
  readonly rows: number
  /** Without that of the rows that fill up. */
  readonly kinds: number
  /** By row that does not fill up; from 0. */
  readonly kindOf: Int32Array
  /** By kind, then by column; integers whose sums are exact, see `assignment.ts`. Infinity: a pair that must not be. */
  readonly costs: Float64Array
  /** By row: what it costs to get a column that must not be. */
  readonly penalties: Float64Array
}

/** @returns the column of each row */
export function leastCostColumns(given: SquareCosts): Int32Array {
  return new Solver(given).solve()
}

/** Below this many rows for each kind a search can't skip enough; then rows compete first. */
const rowsPerKind = 4
/** Wars of bids are ended here. */
const bidsPerRow = 4

class Solver {
  readonly #given: SquareCosts
  readonly #columnOf: Int32Array
  readonly #rowOf: Int32Array
  readonly #prices: Float64Array
  // Of the search under way.
  readonly #distances: Float64Array
  /** The row from which a column is reached. */
  readonly #from: Int32Array
  /** Columns: those whose rows have been looked at, those that are nearest, all others. */
  readonly #order: Int32Array
  /** By kind: the last search that looked at one of its rows. */
  readonly #seenIn: Int32Array
  /** By kind: how cheaply, beside the cost itself, that search reaches what costs the kind's rows all the same … */
  readonly #reach: Float64Array
  /** … and what must not be, which costs them something of their own. */
  readonly #ownReach: Float64Array

  constructor(given: SquareCosts) {
    const { size, kinds } = given
    this.#given = given
    this.#columnOf = new Int32Array(size).fill(-1)
    this.#rowOf = new Int32Array(size).fill(-1)
    this.#prices = new Float64Array(size)
    this.#distances = new Float64Array(size)
    this.#from = new Int32Array(size)
    this.#order = new Int32Array(size)
    this.#seenIn = new Int32Array(kinds + 1).fill(-1)
    this.#reach = new Float64Array(kinds + 1)
    this.#ownReach = new Float64Array(kinds + 1)
  }

  solve(): Int32Array {
    const { size, rows, kinds } = this.#given
    this.#reduceColumns()
    if (rows < size) this.#fillUp()
    this.#takeCheapest()
    let free: number[] = []
    for (let row = 0; row < rows; row += 1) if ((this.#columnOf[row] as number) < 0) free.push(row)
    if (kinds * rowsPerKind > rows) free = this.#compete(free)
    for (const row of free) this.#augment(row)
    return this.#columnOf
  }

  /** Each column's price is its least cost. */
  #reduceColumns(): void {
    const { size, kinds, costs, penalties } = this.#given
    const prices = this.#prices.fill(Number.POSITIVE_INFINITY)
    for (let kind = 0, place = 0; kind < kinds; kind += 1) {
      for (let column = 0; column < size; column += 1, place += 1) {
        const cost = costs[place] as number
        if (cost < (prices[column] as number)) prices[column] = cost
      }
    }
    const least = penalties.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY)
    for (let column = 0; column < size; column += 1) {
      if (prices[column] === Number.POSITIVE_INFINITY) prices[column] = least
    }
  }

  /** Rows that cost nothing get what is dearest to all others, and no price is above theirs: so they are content from the start. */
  #fillUp(): void {
    const { size, rows } = this.#given
    const prices = this.#prices
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
    const { size, rows, kindOf, costs, penalties } = this.#given
    const [prices, rowOf] = [this.#prices, this.#rowOf]
    for (let row = 0; row < rows; row += 1) {
      const base = (kindOf[row] as number) * size
      const penalty = penalties[row] as number
      let least = Number.POSITIVE_INFINITY
      let taken = -1
      for (let column = 0; column < size; column += 1) {
        let cost = costs[base + column] as number
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
    this.#columnOf[row] = column
    this.#rowOf[column] = row
  }

  /** Rows without a column outbid others, and those others in turn. @returns the rows that are left over */
  #compete(free: readonly number[]): number[] {
    const { size, rows, kindOf, costs, penalties } = this.#given
    const [prices, rowOf] = [this.#prices, this.#rowOf]
    const waiting = [...free].reverse()
    const left: number[] = []
    let bids = bidsPerRow * rows
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      const base = (kindOf[row] as number) * size
      const penalty = penalties[row] as number
      let [first, second] = [-1, -1]
      let [least, next] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
      for (let column = 0; column < size; column += 1) {
        let cost = costs[base + column] as number
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
      this.#columnOf[before] = -1
      bids -= 1
      if (gains && bids > 0 && before < rows) waiting.push(before)
      else left.push(before)
    }
    return left
  }

  /** The cheapest chain of exchanges that gives one more row a column. */
  #augment(start: number): void {
    const { size, rows, kinds, kindOf, costs, penalties } = this.#given
    const [prices, rowOf, distances, from, order] = [
      this.#prices,
      this.#rowOf,
      this.#distances,
      this.#from,
      this.#order,
    ]
    for (let column = 0; column < size; column += 1) {
      distances[column] = Number.POSITIVE_INFINITY
      order[column] = column
    }
    const [seenIn, reach, ownReach] = [this.#seenIn, this.#reach, this.#ownReach]
    let [looked, near, settled] = [0, 0, 0]
    let reached = 0
    let [row, offset] = [start, 0]
    let end = -1
    for (;;) {
      const kind = row < rows ? (kindOf[row] as number) : kinds
      const base = kind * size
      const penalty = row < rows ? (penalties[row] as number) : 0
      // Most rows of a kind that was looked at reach nothing sooner.
      if (seenIn[kind] !== start) {
        seenIn[kind] = start
        reach[kind] = Number.POSITIVE_INFINITY
        ownReach[kind] = Number.POSITIVE_INFINITY
      }
      const isNearer = -offset < (reach[kind] as number) || penalty - offset < (ownReach[kind] as number)
      if (isNearer) {
        reach[kind] = Math.min(reach[kind] as number, -offset)
        ownReach[kind] = Math.min(ownReach[kind] as number, penalty - offset)
      }
      for (let place = near; isNearer && place < size; place += 1) {
        const column = order[place] as number
        let through = costs[base + column] as number
        if (through === Number.POSITIVE_INFINITY) through = penalty
        through -= (prices[column] as number) + offset
        if (through >= (distances[column] as number)) continue
        distances[column] = through
        from[column] = row
        if (looked === near || through !== reached) continue
        if ((rowOf[column] as number) < 0) {
          end = column
          break
        }
        order[place] = order[near] as number
        order[near++] = column
      }
      if (end >= 0) break
      if (looked === near) {
        settled = looked
        reached = Number.POSITIVE_INFINITY
        for (let place = looked; place < size; place += 1) {
          const column = order[place] as number
          const distance = distances[column] as number
          if (distance > reached) continue
          if (distance < reached) {
            near = looked
            reached = distance
          }
          order[place] = order[near] as number
          order[near++] = column
        }
        for (let place = looked; place < near; place += 1) {
          if ((rowOf[order[place] as number] as number) < 0) end = order[place] as number
        }
        if (end >= 0) break
      }
      const column = order[looked++] as number
      row = rowOf[column] as number
      const cost = row < rows ? (costs[(kindOf[row] as number) * size + column] as number) : 0
      offset =
        (cost === Number.POSITIVE_INFINITY ? (penalties[row] as number) : cost) - (prices[column] as number) - reached
    }
    for (let place = 0; place < settled; place += 1) {
      const column = order[place] as number
      prices[column] = (prices[column] as number) + (distances[column] as number) - reached
    }
    for (let column = end; ; ) {
      const by = from[column] as number
      const next = this.#columnOf[by] as number
      this.#give(by, column)
      if (by === start) return
      column = next
    }
  }
}
