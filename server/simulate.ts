/** `strowger simulate FILE`: reads a scenario, simulates it and prints what came of it. Needs neither server nor database. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { EngineError, type Problem } from '../engine/errors.ts'
import { parseScenario, reportText, simulate } from '../engine/simulation/index.ts'
import type { Invocation } from './settings.ts'

export interface SimulateOptions {
  readonly stdout: { write(text: string): unknown }
  /** Told how fast it was, so that what goes to `stdout` depends on the scenario alone. */
  readonly stderr: { write(text: string): unknown }
}

/** @throws EngineError `config.invalid` whose message is for the operator */
export async function simulateCommand({ operands, json }: Invocation, options: SimulateOptions): Promise<void> {
  const [file = ''] = operands
  const scenario = parseScenario(readScenario(file), { file })
  const startedMs = performance.now()
  const result = await simulate(scenario)
  const tookMs = performance.now() - startedMs
  options.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : reportText(result))
  const perMinute = Math.round((result.calls / tookMs) * 60_000).toLocaleString('en')
  options.stderr.write(`${result.calls} calls in ${(tookMs / 1_000).toFixed(1)} s: ${perMinute} calls a minute\n`)
}

/** Its `center` may be the path of a definition, seen from the scenario's own folder. */
function readScenario(file: string): unknown {
  const scenario = readYaml(file, 'command line')
  if (scenario === null || typeof scenario !== 'object' || Array.isArray(scenario))
    throw refused({ file, path: '(root)', value: scenario, allowed: 'the keys of a scenario' })
  const { center } = scenario as { readonly center?: unknown }
  if (typeof center !== 'string') return scenario
  return { ...scenario, center: readYaml(resolve(dirname(file), center), 'center') }
}

function readYaml(file: string, path: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8'))
  } catch (error) {
    const words = (error as Error).message.split('\n')[0] ?? ''
    throw refused({ path, value: file, allowed: `a readable JSON or YAML file (${words})` })
  }
}

function refused(problem: Problem): EngineError {
  const { file, path, value, allowed } = problem
  const where = file === undefined ? path : `${file}: ${path}`
  return new EngineError('config.invalid', `${where}: got ${JSON.stringify(value)}; allowed: ${allowed}`, {
    problems: [problem],
  })
}
