/**
 * Longer than a build can wait: mutated messages at the door, as many as asked for, with any seed.
 *
 *     npm run fuzz -- --messages 1000000 --seed 7
 */
import { parseArgs } from 'node:util'
import { fuzz } from '../../engine/b2bua/testing/fuzz.ts'

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const messages = Number(values.messages)
const seed = Number(values.seed)
if (!Number.isSafeInteger(messages) || messages < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('--messages and --seed are whole numbers\n')
  process.exit(2)
}

const startedAt = performance.now()
const report = await fuzz({
  messages,
  seed,
  onProgress(sent) {
    if (sent % 50_000 === 0) process.stdout.write(`${sent} messages\n`)
  },
})
const uneven = report.plateaus.filter(plateau => JSON.stringify(plateau) !== JSON.stringify(report.plateaus[0]))
const left = report.plateaus.at(-1)
process.stdout.write(
  [
    `${messages} messages, seed ${seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`,
    `OPTIONS answered: ${report.answered} of ${report.asked}`,
    `calls that began: ${report.calls}; registrations: ${report.registered}`,
    `left behind: ${JSON.stringify(left)}; plateaus that differ: ${uneven.length} of ${report.plateaus.length}`,
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
  left?.dialogs === 0 &&
  left.transactions === 0
process.exitCode = isSound ? 0 : 1
