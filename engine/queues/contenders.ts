/**
 * Which rows of an assignment problem can be served at all where columns are few: thousands of calls that wait for five
 * agents are soon a handful of calls.
 */
import type { AssignmentProblem } from './assignment.ts'

/**
 * A row is out if, for each column that it may have, at least as many rows as there are columns are better or as good and
 * earlier: one of those would go without and could take its place.
 * @param costs by kind, then by column
 * @returns the rows left, ascending
 */
export function contenders(problem: AssignmentProblem, costs: Float64Array): readonly number[] {
  const { rows, columns } = problem
  const all = Array.from({ length: rows }, (_, row) => row)
  if (rows <= columns) return all
  const best = bestOfKinds(problem, all)
  return best.length > columns * columns ? bestOfColumns(problem, costs, best) : best
}

function bestOfKinds(problem: AssignmentProblem, rows: readonly number[]): number[] {
  const { kinds, columns, kindOf, exceptionsOf, ownCostOf, bandOf } = problem
  const byKind: number[][] = Array.from({ length: kinds }, () => [])
  // A row with exceptions is neither beaten by those of its kind in every column, nor beats them.
  const others: number[] = []
  for (const row of rows) (exceptionsOf(row).size > 0 ? others : byKind[kindOf(row)])?.push(row)
  const inOrder = (a: number, b: number) => bandOf(a) - bandOf(b) || ownCostOf(a) - ownCostOf(b) || a - b
  const cheapest = (of: number[]) => of.sort(inOrder).slice(0, columns)
  const kept = byKind.map(of => (of.length > columns ? cheapest(of) : of))
  return [...kept, others].flat().sort((a, b) => a - b)
}

interface Offer {
  readonly row: number
  readonly level: number
  readonly band: number
  readonly cost: number
}

function bestOfColumns(problem: AssignmentProblem, costs: Float64Array, rows: readonly number[]): number[] {
  const { columns, kindOf, exceptionsOf, ownCostOf, bandOf, levelsOf } = problem
  const kept = new Set<number>()
  for (let column = 0; column < columns; column += 1) {
    // Ascending; among equals the earlier row stays ahead.
    const best: Offer[] = []
    for (const row of rows) {
      const kind = kindOf(row)
      const common = costs[kind * columns + column] as number
      const cost = (exceptionsOf(row).get(column) ?? common) + ownCostOf(row)
      if (cost === Number.POSITIVE_INFINITY) continue
      const offer = { row, level: levelsOf(kind)[column] as number, band: bandOf(row), cost }
      let place = best.length
      while (place > 0 && isBetter(offer, best[place - 1])) place -= 1
      if (place === columns) continue
      best.splice(place, 0, offer)
      if (best.length > columns) best.pop()
    }
    for (const { row } of best) kept.add(row)
  }
  return [...kept].sort((a, b) => a - b)
}

function isBetter(a: Offer, b: Offer | undefined): boolean {
  if (b === undefined) return false
  if (a.level !== b.level) return a.level < b.level
  return a.band === b.band ? a.cost < b.cost : a.band < b.band
}
