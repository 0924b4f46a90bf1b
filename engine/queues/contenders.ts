/**
 * Which rows of an assignment problem can be served at all where columns are few: thousands of calls that wait for five
 * agents are soon a handful of calls.
 */
import type { AssignmentProblem } from './assignment.ts'

/**
 * A row is out if, for each column that it may have, at least as many rows as there are columns are better or as good and
 * earlier: one of those would go without and could take its place.
 * @returns the rows left, ascending
 */
export function contenders(problem: AssignmentProblem): readonly number[] {
  const { rows, columns } = problem
  const all = Array.from({ length: rows }, (_, row) => row)
  if (rows <= columns) return all
  const best = bestOfKinds(problem, all)
  return best.length > columns * columns ? bestOfColumns(problem, best) : best
}

function bestOfKinds({ kinds, columns, kindOf, ownCostOf }: AssignmentProblem, rows: readonly number[]): number[] {
  const byKind: number[][] = Array.from({ length: kinds }, () => [])
  for (const row of rows) byKind[kindOf(row)]?.push(row)
  const cheapest = (of: number[]) => of.sort((a, b) => ownCostOf(a) - ownCostOf(b) || a - b).slice(0, columns)
  return byKind.flatMap(of => (of.length > columns ? cheapest(of) : of)).sort((a, b) => a - b)
}

function bestOfColumns({ columns, kindOf, costOf, ownCostOf }: AssignmentProblem, rows: readonly number[]): number[] {
  const kept = new Set<number>()
  for (let column = 0; column < columns; column += 1) {
    // Ascending; among equals the earlier row stays ahead.
    const best: { readonly row: number; readonly cost: number }[] = []
    for (const row of rows) {
      const cost = costOf(kindOf(row), column) + ownCostOf(row)
      if (cost === Number.POSITIVE_INFINITY) continue
      if (best.length === columns && cost >= (best[columns - 1]?.cost ?? 0)) continue
      let place = best.length
      while (place > 0 && (best[place - 1]?.cost ?? 0) > cost) place -= 1
      best.splice(place, 0, { row, cost })
      if (best.length > columns) best.pop()
    }
    for (const { row } of best) kept.add(row)
  }
  return [...kept].sort((a, b) => a - b)
}
