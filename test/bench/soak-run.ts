/**
 * `npm run soak`: {@link soak} for as long as you like. Ends with exit code 1 if a call is not accounted for or anything is
 * left.
 *
 *   npm run soak -- [--calls 200000] [--plateaus 10]
 */
import { parseArgs } from 'node:util'
import { createCollector } from './garbage.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '200000' }, plateaus: { type: 'string', default: '10' } },
})
const plateaus = Number(values.plateaus)
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`.padStart(10)
let left = 0

console.log('   calls  answered  completed  dialogs  transactions  timers  heap, busy  heap, quiet')
await soak({
  plateaus,
  callsEach: Math.ceil(Number(values.calls) / plateaus),
  collectGarbage: createCollector(),
  onPlateau(plateau) {
    const { calls, answered, completed, dialogs, transactions, activeCalls, timers } = plateau
    left += calls - answered + (calls - completed) + dialogs + transactions + activeCalls
    console.log(
      [
        String(calls).padStart(8),
        String(answered).padStart(9),
        String(completed).padStart(10),
        String(dialogs).padStart(8),
        String(transactions).padStart(13),
        String(timers).padStart(7),
        mib(plateau.heapBusyBytes).padStart(11),
        mib(plateau.heapBytes).padStart(12),
      ].join(' '),
    )
  },
})
console.log(
  left === 0 ? 'every call accounted for, nothing left' : `${left} calls or parts of them are not accounted for`,
)
process.exitCode = left === 0 ? 0 : 1
