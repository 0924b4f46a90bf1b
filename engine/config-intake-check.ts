/** What is wrong with hours, flows, the block list and the ways out of a queue: references, times, steps. */
import { isIP } from 'node:net'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import type { CenterConfig } from './config.ts'
import type { WaitConditions } from './config-conditions.ts'
import {
  type CallTarget,
  type FlowConfig,
  type FlowStep,
  Gather,
  type GatherConfig,
  Lookup,
  type LookupConfig,
  type NumberLookup,
  stepActions,
} from './config-intake.ts'
import { NumberTargets } from './config-numbers-check.ts'
import type { RecipeConfig } from './config-recipes.ts'
import type { CallWishes } from './config-routing.ts'
import { EngineError, type Problem } from './errors.ts'
import { expressionFault } from './skills/config-check.ts'

/** What a template may name besides `attributes.…`. */
const callFields = ['callId', 'dnis', 'trunkId', 'ani.e164', 'ani.raw', 'ani.name'] as const

export function intakeProblems(center: CenterConfig): readonly Problem[] {
  return new IntakeCheck(center).run()
}

/** What a definition refers to by id. */
type Kind = 'queue' | 'agent' | 'flow' | 'hours' | 'mailbox'

/** Agents that one call may name. */
const mostNamed = 20

const gatherValidator = Compile(Gather)
const lookupValidator = Compile(Lookup)

/** How an embedder asks for digits, as a step of a flow would. @throws EngineError `request.invalid` */
export function parseGather(request: object): GatherConfig {
  const filled = Value.Default(Gather, { into: 'digits', ...structuredClone(request) })
  if (gatherValidator.Check(filled)) return filled
  throw refused("Digits can't be asked for so", gatherValidator.Errors(filled))
}

/** How an embedder has a caller looked up, as a step of a flow would. @throws EngineError `request.invalid` */
export function parseLookup(request: object): LookupConfig {
  const filled = Value.Default(Lookup, structuredClone(request))
  const title = 'Nobody can be looked up so'
  if (!lookupValidator.Check(filled)) throw refused(title, lookupValidator.Errors(filled))
  if (!asksOne(filled)) throw refused(title, [{ instancePath: '', message: askOne }])
  if (isNeverHeard(filled)) throw refused(title, [{ instancePath: '/lateMs', message: beHeard }])
  return filled
}

function refused(title: string, faults: readonly { readonly instancePath: string; readonly message: string }[]) {
  const problems = faults.map(({ instancePath, message }) => ({
    path: instancePath.slice(1).replaceAll('/', '.'),
    value: undefined,
    allowed: message,
  }))
  const words = problems.map(({ path, allowed }) => (path === '' ? allowed : `${path}: ${allowed}`)).join('; ')
  return new EngineError('request.invalid', `${title}: ${words}`, { problems })
}

const askOne = 'exactly one of url and function'

function asksOne({ url, function: name }: Static<typeof NumberLookup>): boolean {
  return (url === undefined) !== (name === undefined)
}

const beHeard = 'at least 1 without a deadline: else no answer counts'

/** Without a deadline every answer is a late one. */
function isNeverHeard({ deadlineMs = 0, lateMs }: { readonly deadlineMs?: number; readonly lateMs: number }): boolean {
  return deadlineMs === 0 && lateMs === 0
}

class IntakeCheck {
  readonly #center: CenterConfig
  readonly #problems: Problem[] = []
  readonly #ids: Readonly<Record<Kind, ReadonlySet<string>>>
  readonly #numbers: NumberTargets

  constructor(center: CenterConfig) {
    const ids = (items: readonly { readonly id: string }[]) => new Set(items.map(({ id }) => id))
    this.#center = center
    this.#ids = {
      queue: ids(center.queues),
      agent: ids(center.agents),
      flow: ids(center.flows),
      hours: ids(center.hours),
      mailbox: ids(center.mailboxes),
    }
    this.#numbers = new NumberTargets(center)
  }

  run(): readonly Problem[] {
    const { queues, numbers, hours, flows, blocked, lookups } = this.#center
    queues.forEach((queue, i) => {
      const path = `queues[${i}]`
      this.#closing(path, queue)
      if (queue.hoursWhileWaiting !== undefined && queue.hours === undefined)
        this.#wrong(`${path}.hoursWhileWaiting`, queue.hoursWhileWaiting, 'only beside hours')
      if (queue.callback.offer !== null && this.#center.outbound.length === 0)
        this.#wrong(`${path}.callback.offer`, queue.callback.offer, 'only with outbound rules: nobody could be called')
      if (queue.full !== undefined) this.#target(`${path}.full`, queue.full, queue.id)
      queue.overflow.forEach(({ when, to }, j) => {
        this.#conditions(`${path}.overflow[${j}].when`, when)
        this.#target(`${path}.overflow[${j}].to`, to, queue.id)
      })
      queue.recipes.forEach((recipe, j) => {
        this.#recipe(`${path}.recipes[${j}]`, recipe, queue.id)
      })
      if (queue.closed !== undefined) this.#target(`${path}.closed`, queue.closed, queue.id)
      for (const [name, way] of Object.entries(queue.admission))
        if (way !== 'admit') this.#target(`${path}.admission.${name}`, way, queue.id)
    })
    numbers.forEach((number, i) => {
      const path = `numbers[${i}]`
      this.#closing(path, number)
      this.#refer('flow', `${path}.flow`, number.flow)
      if (number.lookup !== undefined) this.#lookup(`${path}.lookup`, number.lookup)
      if (number.closed !== undefined) this.#target(`${path}.closed`, number.closed, null, number.match)
    })
    this.#unique('hours', hours)
    hours.forEach((item, i) => {
      const path = `hours[${i}]`
      if (item.timeZone !== null && !isTimeZone(item.timeZone))
        this.#wrong(`${path}.timeZone`, item.timeZone, 'an IANA time zone such as Europe/London')
      item.exceptions.forEach(({ date, until }, j) => {
        for (const [key, text] of [
          ['date', date],
          ['until', until],
        ] as const)
          if (text !== undefined && !isDate(text))
            this.#wrong(`${path}.exceptions[${j}].${key}`, text, 'a date of the calendar, as 2026-12-25')
        if (until !== undefined && until < date)
          this.#wrong(`${path}.exceptions[${j}].until`, until, `a date from ${date} on`)
      })
    })
    this.#unique('flows', flows)
    flows.forEach((flow, i) => {
      this.#flow(`flows[${i}]`, flow)
    })
    const matches = new Set<string>()
    blocked.forEach(({ match, to }, i) => {
      const path = `blocked[${i}]`
      if (matches.has(match)) this.#wrong(`${path}.match`, match, 'each match once')
      matches.add(match)
      const star = match.indexOf('*')
      if (star !== -1 && star !== match.length - 1) this.#wrong(`${path}.match`, match, '"*" only at the end')
      if (match === '*') this.#wrong(`${path}.match`, match, 'a number, or a beginning of some: not everybody')
      if ('queue' in to) this.#refer('queue', `${path}.to.queue`, to.queue)
    })
    lookups.allow.forEach((block, i) => {
      if (!isBlock(block)) this.#wrong(`lookups.allow[${i}]`, block, 'an IP address or CIDR block')
    })
    return this.#problems
  }

  #wrong(path: string, value: unknown, allowed: string): void {
    this.#problems.push({ path, value, allowed })
  }

  #refer(kind: Kind, path: string, value: string | undefined): void {
    const known = this.#ids[kind]
    if (value === undefined || known.has(value)) return
    const what = kind === 'hours' ? 'the id of opening hours' : `the id of ${kind === 'agent' ? 'an' : 'a'} ${kind}`
    this.#wrong(path, value, `${what}: ${[...known].join(', ') || 'none is defined'}`)
  }

  #unique(path: string, items: readonly { readonly id: string }[]): void {
    const seen = new Set<string>()
    items.forEach(({ id }, i) => {
      if (seen.has(id)) this.#wrong(`${path}[${i}].id`, id, 'each id once')
      seen.add(id)
    })
  }

  #closing(path: string, { hours, closed }: { hours?: string; closed?: CallTarget }): void {
    this.#refer('hours', `${path}.hours`, hours)
    if (closed !== undefined && hours === undefined) this.#wrong(`${path}.closed`, closed, 'only beside hours')
  }

  #target(path: string, to: CallTarget, ownQueue: string | null, ownNumber: string | null = null): void {
    if ('queue' in to) {
      this.#refer('queue', `${path}.queue`, to.queue)
      if (to.queue === ownQueue) this.#wrong(`${path}.queue`, to.queue, 'another queue than this one')
    }
    if ('flow' in to) this.#refer('flow', `${path}.flow`, to.flow)
    if ('voicemail' in to) this.#refer('mailbox', `${path}.voicemail`, to.voicemail)
    if ('callback' in to) this.#refer('queue', `${path}.callback`, to.callback)
    if (!('number' in to)) return
    if (to.number === ownNumber) this.#wrong(`${path}.number`, to.number, 'another number than this one')
    this.#number(`${path}.number`, to.number)
  }

  /** Where somebody is sent must be somewhere. */
  #number(path: string, number: string): void {
    if (!this.#numbers.leads(number)) this.#wrong(path, number, this.#numbers.allowed)
  }

  #conditions(path: string, when: WaitConditions = {}): void {
    this.#refer('hours', `${path}.open`, when.open)
    this.#refer('hours', `${path}.closed`, when.closed)
  }

  #recipe(path: string, { when, do: actions }: RecipeConfig, ownQueue: string): void {
    this.#conditions(`${path}.when`, when)
    if (actions.to !== undefined) this.#target(`${path}.do.to`, actions.to, ownQueue)
  }

  #flow(path: string, { steps }: FlowConfig): void {
    const labels = new Set<string>()
    steps.forEach(({ id }, i) => {
      if (id === undefined) return
      if (labels.has(id)) this.#wrong(`${path}.steps[${i}].id`, id, 'each id once in its flow')
      labels.add(id)
    })
    steps.forEach((step, i) => {
      this.#step(`${path}.steps[${i}]`, step, labels)
    })
  }

  #step(path: string, step: FlowStep, labels: ReadonlySet<string>): void {
    const actions = stepActions.filter(action => step[action] !== undefined)
    if (actions.length !== 1) this.#wrong(path, step, `exactly one of ${stepActions.join(', ')}`)
    const jump = (where: string, label: string | undefined) => {
      if (label === undefined || labels.has(label)) return
      this.#wrong(
        `${path}.${where}`,
        label,
        `the id of a step of this flow: ${[...labels].join(', ') || 'none has one'}`,
      )
    }
    const { gather, branch, hours, lookup, enqueue, transfer, voicemail, callback } = step
    jump('goto', step.goto)
    this.#refer('flow', `${path}.flow`, step.flow)
    if (gather !== undefined) {
      jump('gather.otherwise', gather.otherwise)
      if (gather.min > gather.digits) this.#wrong(`${path}.gather.min`, gather.min, `at most digits (${gather.digits})`)
      gather.accept?.forEach((input, k) => {
        if (input.length > gather.digits)
          this.#wrong(`${path}.gather.accept[${k}]`, input, `no longer than digits (${gather.digits})`)
      })
    }
    if (branch !== undefined) {
      for (const [value, label] of Object.entries(branch.cases)) jump(`branch.cases.${value}`, label)
      jump('branch.else', branch.else)
    }
    if (hours !== undefined) {
      this.#refer('hours', `${path}.hours.check`, hours.check)
      jump('hours.open', hours.open)
      jump('hours.closed', hours.closed)
    }
    if (lookup !== undefined) {
      jump('lookup.otherwise', lookup.otherwise)
      if (lookup.otherwise !== undefined && lookup.deadlineMs === 0)
        this.#wrong(
          `${path}.lookup.otherwise`,
          lookup.otherwise,
          'only with a deadline: without one nothing is waited for',
        )
      this.#lookup(`${path}.lookup`, lookup)
    }
    for (const [name, text] of Object.entries(step.set ?? {})) this.#template(`${path}.set.${name}`, text)
    if (enqueue !== undefined) {
      const { queue, ...wishes } = typeof enqueue === 'string' ? { queue: enqueue } : enqueue
      this.#refer('queue', typeof enqueue === 'string' ? `${path}.enqueue` : `${path}.enqueue.queue`, queue)
      this.#wishes(`${path}.enqueue`, wishes)
    }
    if (typeof voicemail === 'string') this.#refer('mailbox', `${path}.voicemail`, voicemail)
    else {
      this.#refer('mailbox', `${path}.voicemail.mailbox`, voicemail?.mailbox)
      jump('voicemail.otherwise', voicemail?.otherwise)
    }
    if (typeof callback === 'string') this.#refer('queue', `${path}.callback`, callback)
    else if (callback !== undefined) {
      this.#refer('queue', `${path}.callback.queue`, callback.queue)
      jump('callback.otherwise', callback.otherwise)
      this.#wishes(`${path}.callback`, callback)
    }
    if (transfer !== undefined && 'agent' in transfer) this.#refer('agent', `${path}.transfer.agent`, transfer.agent)
    if (transfer !== undefined && 'number' in transfer) this.#number(`${path}.transfer.number`, transfer.number)
  }

  #lookup(path: string, lookup: Static<typeof NumberLookup>): void {
    if (!asksOne(lookup)) this.#wrong(path, lookup, askOne)
    if (isNeverHeard(lookup)) this.#wrong(`${path}.lateMs`, lookup.lateMs, beHeard)
    this.#template(`${path}.url`, lookup.url)
  }

  /** What a step asks of agents. */
  #wishes(path: string, { requirements, steps = [], preferredAgents = [], avoidAgents = [] }: CallWishes): void {
    const expression = (where: string, text: string | undefined) => {
      const fault = text === undefined ? null : expressionFault(text)
      if (fault !== null) this.#wrong(`${path}.${where}`, text, `an expression (${fault})`)
    }
    expression('requirements', requirements)
    steps.forEach((step, k) => {
      expression(`steps[${k}].expression`, step.expression)
    })
    preferredAgents.forEach((one, k) => {
      const where = `${path}.preferredAgents[${k}]`
      if (typeof one === 'string') this.#refer('agent', where, one)
      else {
        const { agentId, until, forMs } = one
        this.#refer('agent', `${where}.agentId`, agentId)
        if (until !== undefined && Number.isNaN(Date.parse(until)))
          this.#wrong(`${where}.until`, until, 'an instant of the calendar, as 2026-12-24T12:00:00Z')
        if (until !== undefined && forMs !== undefined) this.#wrong(`${where}.forMs`, forMs, 'either until or forMs')
      }
    })
    avoidAgents.forEach((agentId, k) => {
      this.#refer('agent', `${path}.avoidAgents[${k}]`, agentId)
    })
    const named = preferredAgents.length + avoidAgents.length
    if (named > mostNamed) this.#wrong(`${path}.preferredAgents`, named, `${mostNamed} agents, avoided ones included`)
  }

  #template(path: string, text: string | undefined): void {
    for (const [, name = ''] of text?.matchAll(/\{([^}]*)\}/g) ?? []) {
      if ((callFields as readonly string[]).includes(name) || /^attributes\.[A-Za-z][A-Za-z0-9._-]*$/.test(name))
        continue
      this.#wrong(path, text, `{…} of ${callFields.join(', ')}, attributes.NAME`)
    }
  }
}

function isDate(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

function isBlock(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
