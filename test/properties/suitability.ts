/**
 * Whether a call that waits could be given to an agent, worked out anew from what the center says and from what was told of
 * the call. Where it isn't told which stage a call has come to, an agent suits who suits them all.
 */
import type { AgentConfig, QueueConfig } from '../../engine/config.ts'
import type { Attributes, CallWishes } from '../../engine/events.ts'
import type { VisitRecord } from '../../engine/records.ts'
import { meets, without } from '../../engine/skills/expression.ts'
import { readAgents } from '../../engine/skills/named-agents.ts'
import { parseExpression } from '../../engine/skills/parser.ts'

export interface Waiting {
  readonly queue: QueueConfig
  /** When it entered the queue. */
  readonly asked: CallWishes
  readonly attributes: Attributes
  readonly waitedMs: number
}

export function isFor(agent: AgentConfig, visit: VisitRecord, waiting: Waiting): boolean {
  const { queue, asked, attributes, waitedMs } = waiting
  const preferred = attributes.preferredAgents ?? (asked.preferredAgents ?? []).map(({ agentId }) => agentId).join()
  const avoided = readAgents(attributes.avoidAgents ?? (asked.avoidAgents ?? []).join())
  const { busyWaitMs, offlineWaitMs } = queue.preferredAgents
  // It may hold out for those whom it names.
  if (preferred !== '' && waitedMs <= Math.max(busyWaitMs, offlineWaitMs)) return false
  if (avoided.some(({ agentId }) => agentId === agent.id)) return false
  return meetsSkills(agent, visit, waiting)
}

function meetsSkills({ skills }: AgentConfig, { step, requirements }: VisitRecord, waiting: Waiting): boolean {
  const { queue, asked, attributes } = waiting
  // A command takes the call back to its first stage, and makes it forget what recipes have done: neither is told.
  const isCommanded = attributes.requirements !== undefined
  const own = attributes.requirements ?? asked.requirements ?? ''
  const changed = requirements === undefined ? [] : [requirements]
  const base = requirements === undefined || isCommanded ? [...changed, queue.requirements ?? '', own] : changed
  const suits = (text: string) => text === '' || meets(parseExpression(text), skills)
  const steps = (asked.steps ?? queue.steps).map(({ expression }) => expression)
  if (steps.length > 0) {
    const wished = isCommanded ? steps : step === undefined ? steps.slice(0, 1) : step === 'anyone' ? [] : [step]
    return [...base, ...wished].every(suits)
  }
  const ring = isCommanded || step === undefined ? 1 : Number(/^ring (\d)$/.exec(step)?.[1] ?? 1)
  const removed = new Set<string>()
  for (const { removeSkills } of [{ removeSkills: [] }, ...queue.bullseye].slice(0, ring)) {
    for (const skill of removeSkills) removed.add(skill)
    const isSuited = base.every(text => {
      const left = text === '' ? null : without(parseExpression(text), removed)
      return left === null || meets(left, skills)
    })
    if (isSuited) return true
  }
  return false
}
