/** `strowger simulate FILE`: reads a scenario, simulates it and prints what came of it. Needs neither server nor database. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { EngineError, type Problem } from '../engine/errors.ts'
import {
  chartHtml,
  chartSvg,
  type History,
  parseJournal,
  parseScenario,
  replay,
  replayText,
  reportText,
  type Scenario,
  type SimulationResult,
  simulate,
} from '../engine/simulation/index.ts'
import { journalLines, remoteJournal } from './journal-export.ts'
import type { Invocation } from './settings.ts'

export interface SimulateOptions {
  readonly stdout: { write(text: string): unknown }
  /** Told how fast it was, so that what goes to `stdout` depends on the scenario alone. */
  readonly stderr: { write(text: string): unknown }
}

interface Outcome {
  readonly text: string
  readonly json: unknown
  readonly simulated: SimulationResult
  readonly recorded: SimulationResult | null
}

const yamlFile = 'a readable JSON or YAML file'
/** Runs of a replay if the scenario doesn't say: what is drawn anew each time must not decide. */
const replayRuns = 10

/** @throws EngineError `config.invalid` whose message is for the operator */
export async function simulateCommand(invocation: Invocation, { stdout, stderr }: SimulateOptions): Promise<void> {
  const { operands, flags } = invocation
  const [file = ''] = operands
  const history = flags.replay === null ? null : await readJournal(flags.replay, invocation)
  const given = readScenario(file)
  const scenario = parseScenario(
    {
      ...(history === null ? {} : { replications: replayRuns }),
      ...given,
      ...(flags.through === null ? {} : { through: flags.through }),
    },
    { file, ...(history === null ? {} : { history }) },
  )
  const startedMs = performance.now()
  const outcome = await run(scenario, history)
  const tookMs = performance.now() - startedMs
  stdout.write(flags.json ? `${JSON.stringify(outcome.json, null, 2)}\n` : outcome.text)
  if (flags.plot !== null) plot(flags.plot, outcome)
  const { calls } = outcome.simulated
  const perMinute = Math.round((calls / tookMs) * 60_000).toLocaleString('en')
  stderr.write(`${calls} calls in ${(tookMs / 1_000).toFixed(1)} s: ${perMinute} calls a minute\n`)
}

async function run(scenario: Scenario, history: History | null): Promise<Outcome> {
  if (history === null) {
    const simulated = await simulate(scenario)
    return { text: reportText(simulated), json: simulated, simulated, recorded: null }
  }
  const replayed = await replay(scenario, history)
  return { text: replayText(replayed), json: replayed, ...replayed }
}

function plot(file: string, { simulated, recorded }: Outcome): void {
  const chart = file.endsWith('.html') ? chartHtml(simulated, recorded) : chartSvg(simulated, recorded)
  try {
    writeFileSync(file, chart)
  } catch (error) {
    throw refused({ path: '--plot', value: file, allowed: `a file that can be written (${wordsOf(error)})` })
  }
}

async function readJournal(from: string, { apiKey }: Invocation): Promise<History> {
  if (!/^https?:\/\//.test(from)) return parseJournal(readText(from, '--replay', 'a readable file'), from)
  let text = ''
  const range = { fromMs: null, toMs: null }
  for await (const lines of journalLines(remoteJournal({ url: from, apiKey }), range)) text += lines
  return parseJournal(text, from)
}

/** Its `center` may be the path of a definition, seen from the scenario's own folder. */
function readScenario(file: string): object {
  const scenario = readYaml(file, 'command line')
  if (scenario === null || typeof scenario !== 'object' || Array.isArray(scenario))
    throw refused({ file, path: '(root)', value: scenario, allowed: 'the keys of a scenario' })
  const { center } = scenario as { readonly center?: unknown }
  if (typeof center !== 'string') return scenario
  return { ...scenario, center: readYaml(resolve(dirname(file), center), 'center') }
}

function readYaml(file: string, path: string): unknown {
  const text = readText(file, path, yamlFile)
  try {
    return parseYaml(text)
  } catch (error) {
    throw refused({ path, value: file, allowed: `${yamlFile} (${wordsOf(error)})` })
  }
}

function readText(file: string, path: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw refused({ path, value: file, allowed: `${what} (${wordsOf(error)})` })
  }
}

function wordsOf(error: unknown): string {
  return (error as Error).message.split('\n')[0] ?? ''
}

function refused(problem: Problem): EngineError {
  const { file, path, value, allowed } = problem
  const where = file === undefined ? path : `${file}: ${path}`
  return new EngineError('config.invalid', `${where}: got ${JSON.stringify(value)}; allowed: ${allowed}`, {
    problems: [problem],
  })
}
