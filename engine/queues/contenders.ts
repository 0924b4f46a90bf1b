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

function bestOfKinds(problem: AssignmentProblem, rows: readonly number[]): number[] {
  const { kinds, columns, kindOf, exceptionsOf, ownCostOf } = problem
  const byKind: number[][] = Array.from({ length: kinds }, () => [])
  // A row with exceptions is neither beaten by those of its kind in every column, nor beats them.
  const others: number[] = []
  for (const row of rows) (exceptionsOf(row).size > 0 ? others : byKind[kindOf(row)])?.push(row)
  const cheapest = (of: number[]) => of.sort((a, b) => ownCostOf(a) - ownCostOf(b) || a - b).slice(0, columns)
  const kept = byKind.map(of => (of.length > columns ? cheapest(of) : of))
  return [...kept, others].flat().sort((a, b) => a - b)
}

function bestOfColumns(problem: AssignmentProblem, rows: readonly number[]): number[] {
  const { columns, kindOf, costOf, exceptionsOf, ownCostOf } = problem
  const kept = new Set<number>()
  for (let column = 0; column < columns; column += 1) {
    // Ascending; among equals the earlier row stays ahead.
    const best: { readonly row: number; readonly cost: number }[] = []
    for (const row of rows) {
      const cost = (exceptionsOf(row).get(column) ?? costOf(kindOf(row), column)) + ownCostOf(row)
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
