/** What the solver of `least-cost.ts` works on: as many rows as columns, and what each row costs in each column. */
import type { Exceptions } from './exceptions.ts'

export interface SquareCostsInput {
  /** Rows, and columns. */
  readonly size: number
  /** Rows from here on only fill the square up: they cost nothing, whichever column they get. */
  readonly rows: number
  /** By row; from 0. Those that fill up are of the last kind. */
  readonly kindOf: Int32Array
  /** By kind, then by column; integers whose sums are exact, see `assignment.ts`. Infinity: a pair that must not be. */
  readonly costs: Float64Array
  /** What single rows cost instead, in the same numbers. */
  readonly exceptions: Exceptions
  /** By row: what it costs to get a column that must not be. */
  readonly penalties: Float64Array
}

export class SquareCosts {
  readonly size: number
  readonly rows: number
  readonly kindOf: Int32Array
  /** By kind, then by column. */
  readonly common: readonly Float64Array[]
  readonly exceptions: Exceptions
  readonly penalties: Float64Array
  readonly #own: Float64Array

  constructor({ size, rows, kindOf, costs, exceptions, penalties }: SquareCostsInput) {
    this.size = size
    this.rows = rows
    this.kindOf = kindOf
    const kinds = costs.length / size
    this.common = Array.from({ length: kinds }, (_, kind) => costs.subarray(kind * size, (kind + 1) * size))
    this.exceptions = exceptions
    this.penalties = penalties
    this.#own = new Float64Array(size)
  }

  /** By column, infinity where the row must not be; good until the next row is asked for. */
  of(row: number): Float64Array {
    const { starts, columns, costs } = this.exceptions
    const common = this.common[this.kindOf[row] as number] as Float64Array
    const [begin, end] = [starts[row] as number, starts[row + 1] as number]
    if (begin === end) return common
    const own = this.#own
    own.set(common)
    for (let place = begin; place < end; place += 1) own[columns[place] as number] = costs[place] as number
    return own
  }

  /** What one row costs in one column. */
  at(row: number, column: number): number {
    const common = this.common[this.kindOf[row] as number] as Float64Array
    const cost = this.exceptions.costOf(row, column, common[column] as number)
    return cost === Number.POSITIVE_INFINITY ? (this.penalties[row] as number) : cost
  }
}
