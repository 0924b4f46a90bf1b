/**
 * How long the optimal batch takes: `node test/bench/assignment.ts`. Costs as they come: even chances, few distinct ones, and
 * those of real batches (urgency + idle time + skill). Prints the median and the worst of nine runs in milliseconds.
 */
import { assign } from '../../engine/queues/assignment.ts'
import { createSeededRandom } from '../../engine/simulation/seeded-random.ts'

const random = createSeededRandom(1)
const runs = 9
const kinds: Readonly<Record<string, (size: number) => (row: number, column: number) => number>> = {
  even: () => () => random.float() * 1_000,
  few: () => () => Math.floor(random.float() * 5),
  real(size) {
    const urgency = Array.from({ length: size }, () => random.float() * 600)
    const idle = Array.from({ length: size }, () => random.float() * 300)
    return (row, column) => -((urgency[row] ?? 0) + (idle[column] ?? 0) + Math.floor(random.float() * 10) * 6)
  },
}

for (const size of [50, 100, 250, 500]) {
  for (const [kind, costsOf] of Object.entries(kinds)) {
    const times = Array.from({ length: runs }, () => {
      const cost = costsOf(size)
      const costs = Array.from({ length: size * size }, (_, place) => cost(Math.floor(place / size), place % size))
      const startedMs = performance.now()
      assign(size, size, (row, column) => costs[row * size + column] ?? 0)
      return performance.now() - startedMs
    }).sort((a, b) => a - b)
    const [median = 0, worst = 0] = [times[runs >> 1], times.at(-1)]
    process.stdout.write(`${size} × ${size} ${kind.padEnd(5)} ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms\n`)
  }
}
