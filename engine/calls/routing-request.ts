/** What a call asks of agents, from the words of whoever enqueued it to the routing of its visit. */
import type { NamedAgent, RoutingRequest } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import { EngineError, type Problem } from '../errors.ts'
import type { Attributes, CallWishes } from '../events.ts'
import type { RoutingPlans, RoutingWishes } from '../queues/routing-plan.ts'
import { type PreferredAgent, VisitRouting } from '../queues/visit-routing.ts'
import { expressionFault } from '../skills/config-check.ts'
import {
  agentProblems,
  avoidedAttribute,
  defaultScore,
  mostNamed,
  preferredAttribute,
  readAgents,
} from '../skills/named-agents.ts'
import type { NumberWishes } from './call-services.ts'

/** The attribute that replaces what the call required when it was enqueued; empty: nothing. */
export const requirementsAttribute = 'requirements'

/** The attribute that replaces the priority with which the call was enqueued; empty: that one. */
export const priorityAttribute = 'priority'

/** What is asked for a call that is to wait somewhere. */
export interface Asked {
  readonly priority: number
  readonly request: RoutingRequest
}

/** What a number says of its calls. */
export function askedBy({ priority, requirements }: NumberWishes): Asked {
  return { priority, request: requirements === undefined ? {} : { requirements } }
}

const mostSteps = 20
const mostChanges = 20

/** @throws EngineError `request.invalid` with one problem for each fault */
export function checkRouting(request: RoutingRequest): void {
  const problems: Problem[] = []
  const check = (path: string, value: unknown, fault: string | null) => {
    if (fault !== null) problems.push({ path, value, allowed: fault })
  }
  const { requirements = '', steps = [], preferredAgents = [], avoidAgents = [], changes = [] } = request
  if (requirements !== '') check('requirements', requirements, faultOf(requirements))
  check('changes', changes.length, changes.length > mostChanges ? `at most ${mostChanges}` : null)
  changes.forEach(({ addSkills }, i) => {
    if (addSkills !== undefined) check(`changes[${i}].addSkills`, addSkills, faultOf(addSkills))
  })
  check('steps', steps.length, steps.length > mostSteps ? `at most ${mostSteps}` : null)
  steps.forEach(({ expression, afterMs }, i) => {
    check(`steps[${i}].expression`, expression, faultOf(expression))
    const isDuration = Number.isFinite(afterMs) && afterMs >= 1 && afterMs <= 86_400_000
    check(`steps[${i}].afterMs`, afterMs, isDuration ? null : 'milliseconds from 1 to 86400000')
  })
  const named = preferredAgents.length + avoidAgents.length
  check('preferredAgents', named, named > mostNamed ? `at most ${mostNamed} agents, avoided ones included` : null)
  avoidAgents.forEach((agentId, i) => {
    for (const problem of agentProblems({ agentId })) problems.push({ ...problem, path: `avoidAgents[${i}]` })
  })
  preferredAgents.forEach((agent, i) => {
    for (const problem of agentProblems(agent))
      problems.push({ ...problem, path: `preferredAgents[${i}].${problem.path}` })
  })
  if (problems.length > 0) {
    const words = problems.map(({ path, allowed }) => `${path}: ${allowed}`).join('; ')
    throw new EngineError('request.invalid', `The call can't be routed so: ${words}`, { problems })
  }
}

/** @throws EngineError `request.invalid` */
export function checkRoutingAttributes(changed: Attributes): void {
  const { requirements, preferredAgents, avoidAgents } = askedIn(changed)
  if (requirements !== undefined) checkRouting({ requirements })
  if (preferredAgents !== undefined) checkRouting({ preferredAgents })
  if (avoidAgents !== undefined) checkRouting({ avoidAgents })
  const priority = changed[priorityAttribute]
  if (priority === undefined || priority === '' || priorityOf(changed) !== null) return
  const problems = [{ path: priorityAttribute, value: priority, allowed: 'a whole number from 0 to 100' }]
  throw new EngineError('request.invalid', `The priority ${priority} is no whole number from 0 to 100`, { problems })
}

/** What attributes say of the agents that a call asks for; absent: nothing, and what it was enqueued with holds. */
function askedIn(attributes: Attributes): Pick<RoutingRequest, 'requirements' | 'preferredAgents' | 'avoidAgents'> {
  const requirements = attributes[requirementsAttribute]
  const preferred = attributes[preferredAttribute]
  const avoided = attributes[avoidedAttribute]
  return {
    ...(requirements === undefined ? {} : { requirements }),
    ...(preferred === undefined ? {} : { preferredAgents: readAgents(preferred) }),
    ...(avoided === undefined ? {} : { avoidAgents: readAgents(avoided).map(one => one.agentId) }),
  }
}

/** What a call says about its priority; null if it says nothing. */
export function priorityOf(attributes: Attributes): number | null {
  const text = attributes[priorityAttribute]
  return text !== undefined && /^(?:\d|[1-9]\d|100)$/.test(text) ? Number(text) : null
}

function faultOf(text: string): string | null {
  const fault = expressionFault(text)
  return fault === null ? null : `an expression such as "billing >= 5 and not trainee" (${fault})`
}

/** What a visit asks of agents. */
export function wishesOf(request: RoutingRequest, attributes: Attributes): RoutingWishes {
  const { steps, changes } = request
  const requirements = attributes[requirementsAttribute] ?? request.requirements ?? null
  // What most calls ask for is written without a detour.
  if (steps === undefined && changes === undefined) return { requirements }
  return { requirements, ...(steps === undefined ? {} : { steps }), ...(changes === undefined ? {} : { changes }) }
}

/** What a call asks for itself, as it is told: neither what its queue does, nor what recipes have made of it. */
export function wishesTold(request: RoutingRequest, attributes: Attributes): CallWishes {
  const {
    requirements,
    steps,
    preferredAgents = noAgents,
    avoidAgents = noIds,
  } = { ...request, ...askedIn(attributes) }
  return {
    ...(requirements === undefined || requirements === '' ? {} : { requirements }),
    ...(steps === undefined ? {} : { steps: steps.map(step => ({ ...step })) }),
    ...(preferredAgents.length === 0 ? {} : { preferredAgents: preferredAgents.map(agent => ({ ...agent })) }),
    ...(avoidAgents.length === 0 ? {} : { avoidAgents: [...avoidAgents] }),
  }
}

/** The routing of a visit; null for one that asks for nothing, which most do. */
export function routingFor(
  plans: RoutingPlans,
  queue: QueueConfig,
  request: RoutingRequest,
  attributes: Attributes,
): VisitRouting | null {
  const plan = plans.of(queue, wishesOf(request, attributes))
  const { preferred, avoided } = agentsFor(request, attributes)
  const asksNothing = !plan.isStaged && plan.stages[0].expression === null
  if (asksNothing && preferred.length === 0 && avoided.length === 0) return null
  return new VisitRouting(plan, preferred, avoided)
}

/** Whom a visit would rather have, and not have. */
export function agentsFor(
  request: RoutingRequest,
  attributes: Attributes,
): { readonly preferred: readonly PreferredAgent[]; readonly avoided: readonly string[] } {
  const { preferredAgents = noAgents, avoidAgents = noIds } = namesAgents(attributes)
    ? { ...request, ...askedIn(attributes) }
    : request
  const preferred = preferredAgents.map(({ agentId, score = defaultScore, until }) => ({
    agentId,
    score,
    untilMs: until === undefined ? null : Date.parse(until),
  }))
  return { preferred, avoided: avoidAgents }
}

/** Most calls name nobody. */
function namesAgents(attributes: Attributes): boolean {
  return preferredAttribute in attributes || avoidedAttribute in attributes
}

const noAgents: readonly NamedAgent[] = []
const noIds: readonly string[] = []
