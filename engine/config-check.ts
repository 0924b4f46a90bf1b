/** From what a person wrote to a complete {@link CenterConfig}, or to a list of everything that is wrong with it. */
import { isIP } from 'node:net'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { CenterConfig, type CenterInput, membershipsOf } from './config.ts'
import { agentProblems } from './config-agents-check.ts'
import { conditionProblems } from './config-conditions-check.ts'
import { type SchemaNode, schemaFaults } from './config-faults.ts'
import { intakeProblems } from './config-intake-check.ts'
import { outboundProblems } from './config-outbound-check.ts'
import { recipeProblems } from './config-recipes-check.ts'
import { mailboxProblems } from './config-voicemail-check.ts'
import { describeProblems, EngineError, type Problem } from './errors.ts'
import { skillProblems } from './skills/config-check.ts'

const validator = Compile(CenterConfig)

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
  for (const mailbox of center.mailboxes) if (mailbox.name === '') mailbox.name = mailbox.id
  for (const agent of center.agents) if (agent.name === '') agent.name = agent.id
  for (const device of center.devices) if (device.name === '') device.name = device.id
  return center
}

/** The definition without anything secret: what `export` and REST show. */
export function withoutSecrets(center: CenterConfig): CenterConfig {
  return {
    ...center,
    agents: center.agents.map(({ password: _password, pin: _pin, ...agent }) => agent),
    devices: center.devices.map(({ password: _password, ...device }) => device),
    trunks: center.trunks.map(trunk => ({ ...trunk, password: null })),
  }
}

function schemaProblems(filled: unknown): readonly Problem[] {
  const problems = schemaFaults(CenterConfig as SchemaNode, filled, '')
  if (problems.length > 0) return problems
  const [error] = validator.Errors(filled)
  return [{ path: '(root)', value: undefined, allowed: error?.message ?? 'a definition' }]
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

  center.agents.forEach((agent, i) => {
    const served = membershipsOf(agent)
    served.forEach(({ id }, j) => {
      const path = `agents[${i}].queues[${j}]`
      refer(queues, 'queue', typeof agent.queues[j] === 'string' ? path : `${path}.id`, id)
    })
    if (new Set(served.map(({ id }) => id)).size !== served.length)
      problems.push({ path: `agents[${i}].queues`, value: agent.queues, allowed: 'each queue once' })
  })
  const matches = new Set<string>()
  center.numbers.forEach((number, i) => {
    const path = `numbers[${i}]`
    const leadsTo = [number.queue, number.agent, number.flow].filter(way => way !== undefined).length
    // Beside a flow the queue is where the call goes when the flow ends without a decision.
    if (leadsTo !== 1 && !(leadsTo === 2 && number.agent === undefined))
      problems.push({ path, value: number, allowed: 'exactly one of queue, agent and flow, or a flow with a queue' })
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
  problems.push(...outboundProblems(center, (path, id) => refer(trunks, 'trunk', path, id)))
  problems.push(
    ...skillProblems(center),
    ...agentProblems(center),
    ...intakeProblems(center),
    ...conditionProblems(center),
    ...recipeProblems(center),
    ...mailboxProblems(center),
  )
  const { sessionExpiresSec } = center.sip
  // RFC 4028 §5 allows nothing shorter.
  if (sessionExpiresSec !== 0 && sessionExpiresSec < 90)
    problems.push({ path: 'sip.sessionExpiresSec', value: sessionExpiresSec, allowed: '0, or at least 90' })
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
