/**
 * Longer than a build can wait: mutated messages at the door, as many as asked for, with any seed.
 *
 *     npm run fuzz -- --messages 1000000 --seed 7
 *
 * It fails on a fault, on anything left behind, and if memory grows by 16 MB after the first tenth (SIP.md §2 row 3).
 */
import { parseArgs } from 'node:util'
import { fuzz } from '../../engine/b2bua/testing/fuzz.ts'
import { createCollector } from '../bench/garbage.ts'

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const messages = Number(values.messages)
const seed = Number(values.seed)
if (!Number.isSafeInteger(messages) || messages < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('--messages and --seed are whole numbers\n')
  process.exit(2)
}

const maxGrowthMb = 16
/** Megabytes in use, at each tenth. */
const memoryMb: number[] = []
const collectGarbage = createCollector()
const tenth = 1_000 * Math.max(1, Math.round(messages / 10_000))

let slowestMs = 0
const startedAt = performance.now()
const report = await fuzz({
  messages,
  seed,
  around(send) {
    const before = process.cpuUsage()
    send()
    const { user, system } = process.cpuUsage(before)
    slowestMs = Math.max(slowestMs, (user + system) / 1_000)
  },
  onProgress(sent) {
    if (sent % tenth !== 0) return
    collectGarbage()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    memoryMb.push((heapUsed + arrayBuffers) / 2 ** 20)
    process.stdout.write(`${sent} messages, ${memoryMb.at(-1)?.toFixed(1)} MB\n`)
  },
})
const uneven = report.plateaus.filter(plateau => JSON.stringify(plateau) !== JSON.stringify(report.plateaus[0]))
const grownMb = (memoryMb.at(-1) ?? 0) - (memoryMb[0] ?? 0)
const left = report.plateaus.at(-1)
process.stdout.write(
  [
    `${messages} messages, seed ${seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`,
    `OPTIONS answered: ${report.answered} of ${report.asked}`,
    `calls that began: ${report.calls}; registrations: ${report.registered}`,
    `left behind: ${JSON.stringify(left)}; plateaus that differ: ${uneven.length} of ${report.plateaus.length}`,
    `the most expensive message: ${slowestMs.toFixed(1)} ms of CPU, collections of garbage among them`,
    `memory grew by ${grownMb.toFixed(1)} MB`,
    `faults: ${report.faults.length}; answers that nobody can read: ${report.unreadable.length}`,
    ...report.faults
      .slice(0, 5)
      .map(fault => (fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))),
    ...report.unreadable.slice(0, 5),
    '',
  ].join('\n'),
)
const isSound =
  report.faults.length + report.unreadable.length + uneven.length === 0 &&
  report.answered === report.asked &&
  grownMb < maxGrowthMb &&
  left?.dialogs === 0 &&
  left.transactions === 0
process.exitCode = isSound ? 0 : 1
