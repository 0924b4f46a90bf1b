/** Which agents a waiting visit may be offered to now, and why not others: the rules around a match. */
import type { IdleAgent, IdleAgents } from '../agents/queue-index.ts'
import { anybody, type Requirement, requirement, suits } from '../skills/requirement.ts'
import type { DispatcherRoster } from './dispatcher-types.ts'
import { type Entry, type Group, routingOf } from './queue-line.ts'
import type { Stage } from './routing-plan.ts'
import type { Presence, Surroundings } from './visit-routing.ts'

const nobody: IdleAgents = { size: 0, *[Symbol.iterator]() {} }
/** Stands for the stage of a visit that asks for nothing. */
const noStage = {}

export class Eligibility {
  readonly #roster: DispatcherRoster
  readonly #requirements = new WeakMap<object, Map<number, Requirement>>()

  constructor(roster: DispatcherRoster) {
    this.#roster = roster
  }

  /** What a visit asks for at an instant. */
  requirementOf({ queue, visit }: Pick<Entry, 'queue' | 'visit'>, nowMs: number): Requirement {
    const delays = this.#roster.delays(queue.config.id)
    const stage = visit.routing?.stage ?? null
    if (delays.length === 0) return this.#requirement(stage, Number.POSITIVE_INFINITY)
    const waitedMs = nowMs - visit.enqueuedAt
    if (waitedMs >= (delays.at(-1) ?? 0)) return this.#requirement(stage, Number.POSITIVE_INFINITY)
    return this.#requirement(stage, delays.findLast(delayMs => delayMs <= waitedMs) ?? 0)
  }

  /** What a stage asks for of agents, however long they let calls wait. Null: of a visit that asks for nothing. */
  asked(stage: Stage | null): Requirement {
    return this.#requirement(stage, Number.POSITIVE_INFINITY)
  }

  /** How many who suit a visit are free. */
  free(entry: Pick<Entry, 'queue' | 'visit'>, nowMs: number): number {
    return this.#roster.pool(entry.queue.config.id, this.requirementOf(entry, nowMs)).idle.size
  }

  /** When further agents take part because the visit has waited longer; null: never. */
  nextDelay({ queue, visit }: Entry, nowMs: number): number | null {
    const delays = this.#roster.delays(queue.config.id)
    if (delays.length === 0) return null
    const next = delays.find(delayMs => visit.enqueuedAt + delayMs > nowMs)
    return next === undefined ? null : visit.enqueuedAt + next
  }

  /** Free agents who suit a group. */
  idleOf({ queue, requirement: asked, agentId }: Group): IdleAgents {
    const queueId = queue.config.id
    if (agentId !== null) {
      const member = this.#roster.standingOf(agentId) === 'available' ? this.#roster.member(queueId, agentId) : null
      return member === null ? nobody : { size: 1, [Symbol.iterator]: () => [member].values() }
    }
    return asked === anybody ? this.#roster.idle(queueId) : this.#roster.pool(queueId, asked).idle
  }

  /** Free agents of a queue, whatever they suit. */
  idleIn({ config }: Group['queue']): IdleAgents {
    return this.#roster.idle(config.id)
  }

  /** Whether an agent, free or not, suits a group of another queue that the agent serves. Null: does not. */
  memberSuiting({ queue, requirement: asked, agentId }: Group, agent: IdleAgent): IdleAgent | null {
    if (agentId !== null && agentId !== agent.id) return null
    const member = this.#roster.member(queue.config.id, agent.id)
    return member === null || !suits(asked, member) ? null : member
  }

  /** Which of the queues that an agent serves this one is for him: the lowest goes first. */
  placeOf({ config }: Group['queue'], agent: IdleAgent): number {
    return this.#roster.member(config.id, agent.id)?.priority ?? 0
  }

  /** Why the visit is kept from an agent, even if nobody else is free; null if nothing stands against it. */
  barred(entry: Entry, agent: IdleAgent, nowMs: number): string | null {
    // While somebody else is rung for it, who has refused it isn't the last candidate.
    const refused = entry.offers === 0 ? null : this.refused(entry, agent.id, nowMs)
    return refused ?? this.#avoided(entry, agent, nowMs)
  }

  /** Why an agent had better not be offered the visit again; null if nothing stands against it. */
  refused({ refusals }: Entry, agentId: string, nowMs: number): string | null {
    const refusal = refusals?.get(agentId)
    return refusal === undefined || refusal.untilMs <= nowMs ? null : refusal.reason
  }

  /** Null once nobody else who suits is signed in. */
  #avoided(entry: Entry, agent: IdleAgent, nowMs: number): string | null {
    const routing = routingOf(entry)
    if (routing === null || !routing.avoided.has(agent.id)) return null
    const queueId = entry.queue.config.id
    const asked = this.requirementOf(entry, nowMs)
    let others = this.#roster.pool(queueId, asked).staffed
    for (const agentId of routing.avoided) {
      const member = this.#roster.member(queueId, agentId)
      if (member !== null && this.#roster.standingOf(agentId) !== 'offline' && suits(asked, member)) others -= 1
    }
    return others > 0 ? 'the call is to avoid this agent' : null
  }

  /** What the progress of a visit is judged by. */
  around({ queue, visit, refusals }: Entry, nowMs: number): Surroundings {
    const queueId = queue.config.id
    return {
      nowMs,
      enqueuedAt: visit.enqueuedAt,
      waits: queue.config.preferredAgents,
      presence: agentId => (refusals?.has(agentId) === true ? null : this.#presence(queueId, agentId)),
      staffed: stage => this.#roster.pool(queueId, this.asked(stage)).staffed,
    }
  }

  #presence(queueId: string, agentId: string): Presence | null {
    const standing = this.#roster.standingOf(agentId)
    if (standing === null || this.#roster.member(queueId, agentId) === null) return null
    if (standing === 'available') return 'free'
    return this.#roster.absenceOf(agentId) === 0 ? 'busy' : 'away'
  }

  #requirement(stage: Stage | null, maxDelayMs: number): Requirement {
    const expression = stage?.expression ?? null
    if (expression === null && maxDelayMs === Number.POSITIVE_INFINITY) return anybody
    const key = stage ?? noStage
    let byDelay = this.#requirements.get(key)
    if (byDelay === undefined) {
      byDelay = new Map()
      this.#requirements.set(key, byDelay)
    }
    let known = byDelay.get(maxDelayMs)
    if (known === undefined) {
      known = requirement(expression, maxDelayMs)
      byDelay.set(maxDelayMs, known)
    }
    return known
  }
}
