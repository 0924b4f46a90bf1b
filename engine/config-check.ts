/** From what a person wrote to a complete {@link CenterConfig}, or to a list of everything that is wrong with it. */
import { isIP } from 'node:net'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { CenterConfig, type CenterInput } from './config.ts'
import { describeProblems, EngineError, type Problem } from './errors.ts'

const validator = Compile(CenterConfig)
const secretKeys: ReadonlySet<string> = new Set(['password'])

/**
 * Fills defaults and checks types, keys and references.
 * @throws EngineError `config.invalid` with one {@link Problem} per fault; nothing is applied then.
 */
export function parseCenter(input: CenterInput | unknown, options: { file?: string } = {}): CenterConfig {
  const filled = Value.Default(CenterConfig, structuredClone(input ?? {}))
  const problems = validator.Check(filled) ? referenceProblems(filled) : schemaProblems(filled)
  if (problems.length > 0) {
    const located = options.file === undefined ? problems : problems.map(p => ({ file: options.file as string, ...p }))
    throw new EngineError('config.invalid', describeProblems(located), { problems: located })
  }
  const center = filled as CenterConfig
  for (const queue of center.queues) if (queue.name === '') queue.name = queue.id
  for (const agent of center.agents) if (agent.name === '') agent.name = agent.id
  return center
}

/** The definition without anything secret: what `export` and REST show. */
export function withoutSecrets(center: CenterConfig): CenterConfig {
  return {
    ...center,
    agents: center.agents.map(({ password: _password, ...agent }) => agent),
    trunks: center.trunks.map(trunk => ({ ...trunk, password: null })),
  }
}

function schemaProblems(filled: unknown): Problem[] {
  const byPath = new Map<string, Problem>()
  for (const error of validator.Errors(filled)) {
    if (error.keyword === 'boolean') continue
    if (error.keyword === 'additionalProperties') {
      const allowed = allowedKeys(error.schemaPath)
      for (const key of error.params.additionalProperties) {
        const path = dotted(`${error.instancePath}/${key}`)
        byPath.set(path, { path, value: valueAt(filled, path, error.instancePath, key), allowed })
      }
      continue
    }
    if (error.keyword === 'required') {
      for (const key of error.params.requiredProperties) {
        const path = dotted(`${error.instancePath}/${key}`)
        byPath.set(path, { path, value: undefined, allowed: 'a value: this key is required' })
      }
      continue
    }
    const path = dotted(error.instancePath)
    const problem = {
      path,
      value: show(error.instancePath, pointer(filled, error.instancePath)),
      allowed: allowedBy(error),
    }
    const earlier = byPath.get(path)
    byPath.set(path, earlier === undefined ? problem : { ...problem, allowed: merge(earlier.allowed, problem.allowed) })
  }
  return [...byPath.values()]
}

type SchemaError = ReturnType<typeof validator.Errors>[number]

function allowedBy(error: SchemaError): string {
  switch (error.keyword) {
    case 'enum':
      return error.params.allowedValues.map(String).join(' | ')
    case 'const':
      return String(error.params.allowedValue)
    case 'type':
      return `of type ${[error.params.type].flat().join(' or ')}`
    case 'minimum':
    case 'maximum':
      return `${error.params.comparison} ${error.params.limit}`
    case 'anyOf':
      return ''
    case 'pattern':
      return `text that matches ${error.params.pattern}`
    default:
      return error.message
  }
}

function merge(a: string, b: string): string {
  const parts = [...new Set([...a.split(' or '), ...b.split(' or ')])].filter(part => part !== '')
  return parts.join(' or ')
}

/** The keys that the object schema at `schemaPath` knows. */
function allowedKeys(schemaPath: string): string {
  const node = pointer(CenterConfig, schemaPath.replace(/^#/, '')) as { properties?: object } | undefined
  return node?.properties === undefined ? 'no further keys' : `the keys ${Object.keys(node.properties).join(', ')}`
}

function pointer(root: unknown, path: string): unknown {
  let node = root
  for (const part of path.split('/').slice(1)) {
    if (node === null || typeof node !== 'object') return undefined
    node = (node as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return node
}

function valueAt(root: unknown, path: string, parent: string, key: string): unknown {
  const node = pointer(root, parent) as Record<string, unknown> | undefined
  return show(path, node?.[key])
}

function show(path: string, value: unknown): unknown {
  const last = path.split(/[./]/).at(-1) ?? ''
  return secretKeys.has(last) ? '(secret)' : value
}

/** `/queues/0/strategy` → `queues[0].strategy`; the root is `(root)`. */
function dotted(path: string): string {
  const text = path
    .split('/')
    .slice(1)
    .map(part => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
  return text === '' ? '(root)' : text.replace(/^\./, '')
}

function referenceProblems(center: CenterConfig): Problem[] {
  const problems: Problem[] = []
  const queues = unique(center.queues, 'queues', problems)
  const agents = unique(center.agents, 'agents', problems)
  const trunks = unique(center.trunks, 'trunks', problems)
  const refer = (known: ReadonlySet<string>, kind: string, path: string, value: string | undefined) => {
    if (value === undefined || known.has(value)) return
    problems.push({ path, value, allowed: `the id of a ${kind}: ${[...known].join(', ') || 'none is defined'}` })
  }

  center.queues.forEach((queue, i) => {
    queue.overflow.forEach((rule, j) => {
      const path = `queues[${i}].overflow[${j}].to`
      if ('queue' in rule.to) {
        refer(queues, 'queue', `${path}.queue`, rule.to.queue)
        if (rule.to.queue === queue.id)
          problems.push({ path: `${path}.queue`, value: rule.to.queue, allowed: 'another queue than this one' })
      }
    })
  })
  center.agents.forEach((agent, i) => {
    agent.queues.forEach((id, j) => {
      refer(queues, 'queue', `agents[${i}].queues[${j}]`, id)
    })
    if (new Set(agent.queues).size !== agent.queues.length)
      problems.push({ path: `agents[${i}].queues`, value: agent.queues, allowed: 'each queue once' })
  })
  const matches = new Set<string>()
  center.numbers.forEach((number, i) => {
    const path = `numbers[${i}]`
    if ((number.queue === undefined) === (number.agent === undefined))
      problems.push({ path, value: number, allowed: 'exactly one of queue and agent' })
    refer(queues, 'queue', `${path}.queue`, number.queue)
    refer(agents, 'agent', `${path}.agent`, number.agent)
    if (matches.has(number.match))
      problems.push({ path: `${path}.match`, value: number.match, allowed: 'each match once' })
    matches.add(number.match)
    const star = number.match.indexOf('*')
    if (star !== -1 && star !== number.match.length - 1 && number.match.startsWith('+'))
      problems.push({ path: `${path}.match`, value: number.match, allowed: '"*" only at the end' })
  })
  center.trunks.forEach((trunk, i) => {
    trunk.addresses.forEach((address, j) => {
      if (!isCidr(address))
        problems.push({ path: `trunks[${i}].addresses[${j}]`, value: address, allowed: 'an IP address or CIDR block' })
    })
  })
  center.outbound.forEach((rule, i) => {
    refer(trunks, 'trunk', `outbound[${i}].trunk`, rule.trunk)
  })
  if (!isTimeZone(center.timeZone))
    problems.push({ path: 'timeZone', value: center.timeZone, allowed: 'an IANA time zone such as Europe/London' })
  return problems
}

function unique(items: readonly { readonly id: string }[], path: string, problems: Problem[]): Set<string> {
  const seen = new Set<string>()
  items.forEach(({ id }, i) => {
    if (seen.has(id)) problems.push({ path: `${path}[${i}].id`, value: id, allowed: 'each id once' })
    seen.add(id)
  })
  return seen
}

function isCidr(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
