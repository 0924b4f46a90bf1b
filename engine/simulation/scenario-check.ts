/** From what a person wrote to a complete {@link Scenario}, or to a list of everything that is wrong with it. */
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import type { CenterConfig } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { describeProblems, EngineError, type Problem } from '../errors.ts'
import { NumberTable } from '../routing/numbers.ts'
import type { History } from './history.ts'
import { replayProblems } from './replay-check.ts'
import { Scenario } from './scenario.ts'

const validator = Compile(Scenario)

/**
 * Fills defaults and checks types, keys and references.
 * @param options.history the recorded day that is replayed: it has the calls, the time, and who was there
 * @throws EngineError `config.invalid` with one {@link Problem} per fault
 */
export function parseScenario(input: unknown, options: { file?: string; history?: History } = {}): Scenario {
  const { history } = options
  const given = { ...(history === undefined ? {} : timesOf(history)), ...structuredClone(input ?? {}) }
  const filled = Value.Default(Scenario, given)
  const problems = validator.Check(filled) ? referenceProblems(filled as Scenario, history) : schemaProblems(filled)
  if (problems.length > 0) {
    const { file } = options
    const located = file === undefined ? problems : problems.map(problem => ({ file, ...problem }))
    throw new EngineError('config.invalid', describeProblems(located), { problems: located })
  }
  return filled as Scenario
}

function schemaProblems(filled: unknown): Problem[] {
  const byPath = new Map<string, Problem>()
  for (const error of validator.Errors(filled)) {
    const { instancePath, keyword, message } = error
    const children =
      keyword === 'additionalProperties'
        ? error.params.additionalProperties.map(key => [key, 'not a key of a scenario'] as const)
        : keyword === 'required'
          ? error.params.requiredProperties.map(key => [key, 'a value: this key is required'] as const)
          : []
    for (const [key, allowed] of children) {
      const path = `${instancePath}/${key}`
      byPath.set(path, { path: dotted(path), value: valueAt(filled, path), allowed })
    }
    if (children.length > 0 || keyword === 'boolean' || byPath.has(instancePath)) continue
    const allowed = keyword === 'enum' ? error.params.allowedValues.join(' | ') : message
    byPath.set(instancePath, { path: dotted(instancePath), value: valueAt(filled, instancePath), allowed })
  }
  return [...byPath.values()]
}

function valueAt(root: unknown, path: string): unknown {
  let node = root
  for (const key of path.split('/').slice(1)) node = (node as Record<string, unknown> | undefined)?.[key]
  return node
}

/** `/staff/0/agents` → `staff[0].agents` */
function dotted(path: string): string {
  const text = path.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.')
  return text === '' ? '(root)' : text.replace(/^\./, '')
}

function timesOf({ fromMs, toMs }: History) {
  return { startsAt: new Date(fromMs).toISOString(), lengthMin: Math.max(1, (toMs - fromMs) / 60_000) }
}

function referenceProblems(scenario: Scenario, history: History | undefined): Problem[] {
  const problems: Problem[] = []
  const { startsAt, arrivals, staff } = scenario
  if (history === undefined && arrivals.length === 0)
    problems.push({ path: 'arrivals', value: [], allowed: 'at least one stream of calls' })
  if (Number.isNaN(Date.parse(startsAt)))
    problems.push({ path: 'startsAt', value: startsAt, allowed: 'an RFC 3339 instant such as 2026-01-05T09:00:00Z' })
  const center = centerOf(scenario, problems)
  if (center === null) return problems
  if (history !== undefined) problems.push(...replayProblems(scenario, center, history))
  const numbers = new NumberTable(center.numbers)
  const queues = new Set(center.queues.map(({ id }) => id))
  const known = [...queues].join(', ') || 'none is defined'
  arrivals.forEach((stream, index) => {
    const path = `arrivals[${index}]`
    if (numbers.find(stream.number) === null)
      problems.push({ path: `${path}.number`, value: stream.number, allowed: 'a number of center.numbers' })
    if ((stream.perHour === undefined) === (stream.atSec === undefined))
      problems.push({ path, value: undefined, allowed: 'one of perHour and atSec' })
  })
  const taken = new Set(center.agents.map(({ id }) => id))
  staff.forEach((group, index) => {
    const path = `staff[${index}]`
    for (const queue of group.queues) {
      const id = typeof queue === 'string' ? queue : queue.id
      if (!queues.has(id)) problems.push({ path: `${path}.queues`, value: id, allowed: `the id of a queue: ${known}` })
    }
    group.present.forEach(({ fromMin, toMin }, shift) => {
      if (toMin > fromMin) return
      problems.push({ path: `${path}.present[${shift}].toMin`, value: toMin, allowed: `more than ${fromMin}` })
    })
    const clash = taken.has(`${group.id}-1`)
    if (clash) problems.push({ path: `${path}.id`, value: group.id, allowed: 'an id that no other agents have' })
    taken.add(`${group.id}-1`)
  })
  return problems
}

function centerOf(scenario: Scenario, problems: Problem[]): CenterConfig | null {
  try {
    return parseCenter(scenario.center)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    for (const problem of error.problems)
      problems.push({ ...problem, path: problem.path === '(root)' ? 'center' : `center.${problem.path}` })
    return null
  }
}
