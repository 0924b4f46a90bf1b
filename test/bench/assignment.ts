/**
 * How long the optimal batch takes: `node test/bench/assignment.ts [--most 20]`. Costs as they come: even chances, few distinct
 * ones, and those of real batches (urgency + idle time + skill; calls that ask for the same are of one kind). What it costs to
 * find out how well each agent fits is in `matching.ts`. Prints the median, the fastest and the worst of nine runs in
 * milliseconds (on a machine that does other things as well, the fastest says most); exit code 1 if a median of 500 × 500 is above `--most`.
 */
import { parseArgs } from 'node:util'
import { type AssignmentProblem, assign, forbidden } from '../../engine/queues/assignment.ts'
import { noExceptions } from '../../engine/queues/exceptions.ts'
import { createSeededRandom } from '../../engine/simulation/seeded-random.ts'

const { values } = parseArgs({ options: { most: { type: 'string', default: '20' } } })
const random = createSeededRandom(1)
const runs = 9
const below = (most: number) => Math.floor(random.float() * most)

type Costs = Omit<AssignmentProblem, 'rows' | 'columns'>

const alike = { bandOf: () => 0 }

/** One array of each kind's costs, and one level for all pairs. */
function table(kinds: number, columns: number, costOf: (kind: number, column: number) => number) {
  const byKind = Array.from({ length: kinds }, (_, kind) =>
    Float64Array.from({ length: columns }, (__, column) => costOf(kind, column)),
  )
  const levels = new Int32Array(columns)
  return {
    kinds,
    fillCosts: (kind: number, costs: Float64Array) => costs.set(byKind[kind] ?? costs),
    levelsOf: () => levels,
  }
}

/** Each call by itself. */
function general(rows: number, columns: number, costOf: (row: number, column: number) => number): Costs {
  return {
    ...table(rows, columns, costOf),
    kindOf: row => row,
    exceptionsOf: () => noExceptions,
    ownCostOf: () => 0,
    ...alike,
  }
}

/** Calls that ask for so many different things, of agents with levels of ten; null: who has none must not have the call. */
function real(rows: number, columns: number, kinds: number, without: number | null): Costs {
  const urgency = Array.from({ length: rows }, () => below(600_000) / 1_000)
  const fits = Array.from({ length: columns }, () => below(300_000) / 1_000).map(idle =>
    Array.from({ length: kinds }, () => {
      const level = below(11)
      return level > 0 ? -(idle + level * 7) : without === null ? forbidden : without - idle
    }),
  )
  return {
    ...table(kinds, columns, (kind, column) => fits[column]?.[kind] ?? forbidden),
    kindOf: row => row % kinds,
    exceptionsOf: () => noExceptions,
    ownCostOf: row => -(urgency[row] ?? 0),
    ...alike,
  }
}

/** Calls that all ask for the same, and each of which would rather have one of three agents. */
function preferring(rows: number, columns: number): Costs {
  const idle = Array.from({ length: columns }, () => below(300_000) / 1_000)
  const named = Array.from({ length: rows }, () => {
    const columnsNamed = Array.from({ length: 3 }, () => below(columns))
    return new Map(columnsNamed.map(column => [column, -(idle[column] ?? 0) - 60 * (1 + below(100))]))
  })
  const urgency = Array.from({ length: rows }, () => below(600_000) / 1_000)
  return {
    ...table(1, columns, (_, column) => -(idle[column] ?? 0)),
    kindOf: () => 0,
    exceptionsOf: row => named[row] ?? noExceptions,
    ownCostOf: row => -(urgency[row] ?? 0),
    ...alike,
  }
}

/** Calls of two queues that ask for five things, of ten priorities; half of the agents take those of one queue first. */
function graded(rows: number, columns: number): Costs {
  const costs = real(rows, columns, 10, 0)
  const bands = Array.from({ length: rows }, () => below(10))
  const levels = Int32Array.from({ length: columns }, () => below(2))
  const even = new Int32Array(columns)
  return { ...costs, bandOf: row => bands[row] ?? 0, levelsOf: kind => (kind < 5 ? levels : even) }
}

/** Waiting raises each call's priority: no two are alike. */
function aging(rows: number, columns: number): Costs {
  return { ...real(rows, columns, 5, 0), bandOf: row => row }
}

const kinds: Readonly<Record<string, (rows: number, columns: number) => Costs>> = {
  'even chances': (rows, columns) => general(rows, columns, () => random.float() * 1_000),
  'few distinct': (rows, columns) => general(rows, columns, () => below(5)),
  'each its own': (rows, columns) => real(rows, columns, rows, 0),
  'who they know': preferring,
  'one kind': (rows, columns) => real(rows, columns, 1, 0),
  'five kinds': (rows, columns) => real(rows, columns, 5, 0),
  'fifty kinds': (rows, columns) => real(rows, columns, 50, 0),
  'ten priorities': graded,
  aging,
  'not everybody': (rows, columns) => real(rows, columns, 20, null),
}

let isSlow = false
for (const [rows, columns] of [
  [100, 100],
  [250, 250],
  [500, 500],
  [500, 250],
  [250, 500],
  [2_000, 5],
  [2_000, 50],
] as const) {
  for (const [kind, costsOf] of Object.entries(kinds)) {
    const times = Array.from({ length: runs }, () => {
      const problem = { rows, columns, ...costsOf(rows, columns) }
      const startedMs = performance.now()
      assign(problem)
      return performance.now() - startedMs
    }).sort((a, b) => a - b)
    const [fastest = 0, median = 0, worst = 0] = [times[0], times[runs >> 1], times.at(-1)]
    if (rows === 500 && columns === 500 && median > Number(values.most)) isSlow = true
    process.stdout.write(
      `${rows} × ${columns} ${kind.padEnd(14)} ${median.toFixed(1)} ms, fastest ${fastest.toFixed(1)} ms, worst ${worst.toFixed(1)} ms\n`,
    )
  }
}
process.exitCode = isSlow ? 1 : 0
