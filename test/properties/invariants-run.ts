/**
 * `npm run invariants`: plays random worlds until so many calls were made, and says of each that breaks an invariant of
 * FEATURES §4 its seed and what was wrong. One seed is one world, so a failure is seen again, event by event, with `--seed`.
 * Ends with exit code 1 if any world was not sound.
 *
 *   npm run invariants -- [--calls 1000000] [--seconds 86400] [--from 1] [--callers 120]
 *   npm run invariants -- --seed 4711 [--callers 120] [--plot]
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import type { Plot } from './plot.ts'
import { faultsOf } from './sound.ts'
import { widePlots } from './wide-plot.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '86400' },
    from: { type: 'string', default: '1' },
    callers: { type: 'string', default: '120' },
    seed: { type: 'string' },
    plot: { type: 'boolean', default: false },
  },
})
const callers = Number(values.callers)
/** More failing seeds are not listed at the end. */
const mostNamed = 20
const print = (text: string) => void process.stdout.write(`${text}\n`)

/** Drawn without fast-check's bias to small values, which make for small worlds. */
function plotOf(seed: number): Plot {
  const [plot] = fc.sample(fc.noBias(widePlots({ callers })), { seed, numRuns: 1 })
  if (plot === undefined) throw new Error(`there is no plot of seed ${seed}`)
  return { ...plot, seed }
}

async function isSound(seed: number): Promise<boolean> {
  const faults = await faultsOf(plotOf(seed)).catch(error => [String((error as Error).stack ?? error)])
  if (faults.length === 0) return true
  print(`seed ${seed}: ${faults.length} faults. Again: npm run invariants -- --seed ${seed} --callers ${callers}`)
  for (const fault of faults.slice(0, 5)) print(`  ${fault}`)
  return false
}

if (values.seed !== undefined) {
  const seed = Number(values.seed)
  if (values.plot) print(JSON.stringify(plotOf(seed), null, 2))
  const sound = await isSound(seed)
  if (sound) print(`seed ${seed}: sound`)
  process.exitCode = sound ? 0 : 1
} else {
  const startedMs = performance.now()
  const failing: number[] = []
  let [calls, worlds] = [0, 0]
  let seed = Number(values.from)
  const seconds = () => (performance.now() - startedMs) / 1_000
  for (; calls < Number(values.calls) && seconds() < Number(values.seconds); seed += 1) {
    if (!(await isSound(seed))) failing.push(seed)
    worlds += 1
    calls += plotOf(seed).callers.length
    if (worlds % 500 === 0)
      print(`${calls} calls in ${worlds} worlds, ${seconds().toFixed(0)} s, next seed ${seed + 1}`)
  }
  print(
    `${calls} calls in ${worlds} worlds in ${seconds().toFixed(0)} s; next seed ${seed}; ${
      failing.length === 0
        ? 'every world is sound'
        : `${failing.length} are not: seeds ${failing.slice(0, mostNamed).join(', ')}${failing.length > mostNamed ? ', …' : ''}`
    }`,
  )
  process.exitCode = failing.length === 0 ? 0 : 1
}
