/**
 * `npm run bench:simulation`: how many calls a minute the simulation gets through, as virtual legs and through the whole SIP
 * stack. What is simulated is docs/scenario.yaml, a working day of 17 agents, as often as it takes; each run has an engine of
 * its own, and the first one starts cold. Ends with exit code 1 if either is below its goal in calls per minute of wall time.
 *
 *   npm run bench:simulation -- [--legs 200000] [--sip 50000] [--legs-calls 100000] [--sip-calls 30000]
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { parseScenario, simulate } from '../../engine/simulation/index.ts'
import { root } from '../house/source.ts'

const { values } = parseArgs({
  options: {
    legs: { type: 'string', default: '200000' },
    sip: { type: 'string', default: '50000' },
    'legs-calls': { type: 'string', default: '100000' },
    'sip-calls': { type: 'string', default: '30000' },
  },
})
const day = parse(readFileSync(join(root, 'docs/scenario.yaml'), 'utf8')) as object
/** Of the scenario: what its streams come to on average. */
const callsPerDay = 1_225
const shown = (count: number) => Math.round(count).toLocaleString('en')

/** @returns whether the goal is reached */
async function measure(through: 'legs' | 'sip', wanted: number, goal: number): Promise<boolean> {
  const replications = Math.max(1, Math.round(wanted / callsPerDay))
  const scenario = parseScenario({ ...day, replications, through })
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
  const { calls, all, complaints } = await simulate(scenario)
  const wallMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(cpu)
  const cpuMs = (user + system) / 1_000
  const perMinute = (calls / wallMs) * 60_000
  process.stdout.write(
    `${through}: ${shown(calls)} calls (${shown(all.answered)} answered) in ${replications} runs, ${(wallMs / 1_000).toFixed(1)} s: ` +
      `${shown(perMinute)} calls a minute (goal ${shown(goal)}), ${shown((calls / cpuMs) * 60_000)} for a minute of CPU\n`,
  )
  for (const { words, count } of complaints) process.stdout.write(`  ${count} × ${words}\n`)
  return perMinute >= goal && complaints.length === 0
}

const legs = await measure('legs', Number(values['legs-calls']), Number(values.legs))
const sip = await measure('sip', Number(values['sip-calls']), Number(values.sip))
process.exitCode = legs && sip ? 0 : 1
