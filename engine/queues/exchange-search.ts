/**
 * The cheapest chain of exchanges that gives one more row a column (Dijkstra over reduced costs). Rows of a kind cost the same
 * but for their exceptions: of those that are met, most reach nothing sooner than one before them did, and then only the
 * columns are looked at in which either of the two is an exception.
 */
import type { SquareCosts } from './square-costs.ts'

/** Who has which column, and at what prices everybody who has one is content. */
export interface Market {
  /** By row; -1: none. */
  readonly columnOf: Int32Array
  /** By column; -1: none. */
  readonly rowOf: Int32Array
  /** By column. */
  readonly prices: Float64Array
}

export class ExchangeSearch {
  readonly #costs: SquareCosts
  readonly #market: Market
  readonly #distances: Float64Array
  /** The row from which a column is reached. */
  readonly #from: Int32Array
  /** Columns: those whose rows have been looked at, those that are nearest, all others. */
  readonly #order: Int32Array
  /** By column: its place in that order. */
  readonly #placeOf: Int32Array
  /** How many of the order have been looked at, and how many are as near as the nearest or nearer. */
  #looked = 0
  #near = 0
  /** The distance of the nearest. */
  #reached = 0
  /** The column that nobody has; -1 until it is found. */
  #end = -1
  /** By kind: the last search that met one of its rows. */
  readonly #metIn: Int32Array
  /** By kind: how cheaply, beside the cost itself, that search reaches what costs the kind's rows all the same … */
  readonly #reach: Float64Array
  /** … from which row … */
  readonly #reachedBy: Int32Array
  /** … and what must not be, which costs each row something of its own. */
  readonly #barredReach: Float64Array
  /** By column: the row met last that is an exception there. */
  readonly #exceptedBy: Int32Array

  constructor(costs: SquareCosts, market: Market) {
    const { size, common } = costs
    this.#costs = costs
    this.#market = market
    this.#distances = new Float64Array(size)
    this.#from = new Int32Array(size)
    this.#order = new Int32Array(size)
    this.#placeOf = new Int32Array(size)
    this.#metIn = new Int32Array(common.length).fill(-1)
    this.#reach = new Float64Array(common.length)
    this.#reachedBy = new Int32Array(common.length)
    this.#barredReach = new Float64Array(common.length)
    this.#exceptedBy = new Int32Array(size).fill(-1)
  }

  /** Gives a row without a column one. */
  serve(start: number): void {
    const { rowOf, prices } = this.#market
    this.#begin()
    let [row, offset] = [start, 0]
    let settled = 0
    for (;;) {
      this.#meet(row, offset, start)
      if (this.#end < 0 && this.#looked === this.#near) {
        settled = this.#looked
        this.#goOn()
      }
      if (this.#end >= 0) break
      const column = this.#order[this.#looked++] as number
      row = rowOf[column] as number
      offset = this.#costs.at(row, column) - (prices[column] as number) - this.#reached
    }
    for (let place = 0; place < settled; place += 1) {
      const column = this.#order[place] as number
      prices[column] = (prices[column] as number) + (this.#distances[column] as number) - this.#reached
    }
    this.#exchange(start)
  }

  #begin(): void {
    const [distances, order, placeOf] = [this.#distances, this.#order, this.#placeOf]
    for (let column = 0; column < order.length; column += 1) {
      distances[column] = Number.POSITIVE_INFINITY
      order[column] = column
      placeOf[column] = column
    }
    this.#looked = 0
    this.#near = 0
    this.#reached = 0
    this.#end = -1
  }

  #meet(row: number, offset: number, search: number): void {
    const { kindOf, penalties, exceptions } = this.#costs
    const kind = kindOf[row] as number
    const barred = (penalties[row] as number) - offset
    const isFirst = this.#metIn[kind] !== search
    this.#metIn[kind] = search
    const isNearer = isFirst || -offset < (this.#reach[kind] as number)
    const isBarredNearer = isFirst || barred < (this.#barredReach[kind] as number)
    if (isBarredNearer) this.#barredReach[kind] = barred
    if (isNearer) {
      this.#reach[kind] = -offset
      this.#reachedBy[kind] = row
    }
    if (isNearer || isBarredNearer) {
      this.#lookThrough(row, offset)
      return
    }
    const { starts, columns, costs } = exceptions
    if (costs.length === 0) return
    for (let place = starts[row] as number; place < (starts[row + 1] as number); place += 1) {
      const column = columns[place] as number
      this.#exceptedBy[column] = row
      this.#lookAt(column, costs[place] as number, row, offset)
    }
    this.#lookBeside(this.#reachedBy[kind] as number, row, offset)
  }

  /** All columns that are not settled. */
  #lookThrough(row: number, offset: number): void {
    const { rowOf, prices } = this.#market
    const [distances, from, order, reached] = [this.#distances, this.#from, this.#order, this.#reached]
    const costs = this.#costs.of(row)
    const penalty = this.#costs.penalties[row] as number
    const isUnderWay = this.#looked < this.#near
    for (let place = this.#near; place < order.length; place += 1) {
      const column = order[place] as number
      let through = costs[column] as number
      if (through === Number.POSITIVE_INFINITY) through = penalty
      through -= (prices[column] as number) + offset
      if (through >= (distances[column] as number)) continue
      distances[column] = through
      from[column] = row
      if (!isUnderWay || through !== reached) continue
      if ((rowOf[column] as number) < 0) {
        this.#end = column
        return
      }
      this.#comeNear(place)
    }
  }

  /** Where one row of the kind is an exception another may reach sooner; not what must not be, which no exception is dearer than. */
  #lookBeside(other: number, row: number, offset: number): void {
    const { kindOf, common, exceptions } = this.#costs
    const { starts, columns } = exceptions
    const costs = common[kindOf[row] as number] as Float64Array
    for (let place = starts[other] as number; place < (starts[other + 1] as number); place += 1) {
      const column = columns[place] as number
      if (this.#exceptedBy[column] !== row) this.#lookAt(column, costs[column] as number, row, offset)
    }
  }

  #lookAt(column: number, cost: number, row: number, offset: number): void {
    const { rowOf, prices } = this.#market
    const given = cost === Number.POSITIVE_INFINITY ? (this.#costs.penalties[row] as number) : cost
    const through = given - ((prices[column] as number) + offset)
    if (through >= (this.#distances[column] as number)) return
    this.#distances[column] = through
    this.#from[column] = row
    if (this.#looked === this.#near || through !== this.#reached) return
    if ((rowOf[column] as number) < 0) this.#end = column
    else this.#comeNear(this.#placeOf[column] as number)
  }

  /** All that were nearest have been looked at: those are that come next. */
  #goOn(): void {
    const { rowOf } = this.#market
    const [distances, order] = [this.#distances, this.#order]
    let reached = Number.POSITIVE_INFINITY
    for (let place = this.#looked; place < order.length; place += 1) {
      const distance = distances[order[place] as number] as number
      if (distance > reached) continue
      if (distance < reached) {
        this.#near = this.#looked
        reached = distance
      }
      this.#comeNear(place)
    }
    this.#reached = reached
    for (let place = this.#looked; place < this.#near; place += 1) {
      const column = order[place] as number
      if ((rowOf[column] as number) < 0) this.#end = column
    }
  }

  #comeNear(place: number): void {
    const [order, placeOf, to] = [this.#order, this.#placeOf, this.#near++]
    const [column, other] = [order[place] as number, order[to] as number]
    order[place] = other
    order[to] = column
    placeOf[other] = place
    placeOf[column] = to
  }

  #exchange(start: number): void {
    const { columnOf, rowOf } = this.#market
    for (let column = this.#end; ; ) {
      const by = this.#from[column] as number
      const next = columnOf[by] as number
      columnOf[by] = column
      rowOf[column] = by
      if (by === start) return
      column = next
    }
  }
}
