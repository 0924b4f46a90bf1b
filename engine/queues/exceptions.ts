/**
 * What single rows of an assignment problem cost in single columns, where that is not what their kind costs there: few, and
 * packed for the solver, which looks a kind through once for all its rows.
 */

/** By column, what a row costs there; most rows have none. */
export type RowExceptions = ReadonlyMap<number, number>

export const noExceptions: RowExceptions = new Map()

export class Exceptions {
  /** By row, and one more: where its exceptions begin in what follows. */
  readonly starts: Int32Array
  readonly columns: Int32Array
  /** Infinity: a pair that must not be. */
  readonly costs: Float64Array

  /** @param costIn as the solver counts, of a cost as given */
  constructor(
    rows: number,
    of: (row: number) => RowExceptions,
    costIn: (cost: number, row: number, column: number) => number = cost => cost,
  ) {
    this.starts = new Int32Array(rows + 1)
    for (let row = 0; row < rows; row += 1) this.starts[row + 1] = (this.starts[row] as number) + of(row).size
    const size = this.starts[rows] as number
    this.columns = new Int32Array(size)
    this.costs = new Float64Array(size)
    if (size === 0) return
    for (let row = 0, place = 0; row < rows; row += 1) {
      for (const [column, cost] of of(row)) {
        this.columns[place] = column
        this.costs[place++] = costIn(cost, row, column)
      }
    }
  }

  /** What a row costs in a column, if its kind costs `common` there. */
  costOf(row: number, column: number, common: number): number {
    const end = this.starts[row + 1] as number
    for (let place = this.starts[row] as number; place < end; place += 1)
      if (this.columns[place] === column) return this.costs[place] as number
    return common
  }
}
