/**
 * One queue as its dispatcher sees it: who waits, in groups of visits that the same agents suit. A group is tried as a whole:
 * if nobody who is free suits it, none of its visits is looked at, however many they are.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { QueueConfig } from '../config.ts'
import { anybody, neededSkills, type Requirement, suits } from '../skills/requirement.ts'
import type { DispatcherRoster } from './dispatcher-types.ts'
import { Given, type Seen } from './meanwhile.ts'
import { strategies } from './strategies.ts'
import { type Aging, TurnOrder } from './turn-order.ts'
import type { VisitRouting } from './visit-routing.ts'
import { type Refusal, WaitingList, type WaitingVisit } from './waiting-list.ts'

/** Visits that the same agents suit, and that are to be offered to somebody. */
export interface Group {
  readonly queue: QueueLine
  /** What they ask for; for those who hold out for one agent, nothing. */
  readonly requirement: Requirement
  /** They wait in one and the same ring, which is left when nobody is in it any more. */
  readonly isRing: boolean
  /** The one agent that they hold out for; null: all who suit will do. */
  readonly agentId: string | null
  readonly turns: TurnOrder
  /** Agents who suit it and were given to others. */
  readonly given: Given
}

/** A visit in the line. */
export interface Entry {
  queue: QueueLine
  visit: WaitingVisit
  /** Where it is to be found while it is to be offered; several while it holds out for several agents. */
  groups: readonly Group[]
  /** Offers without an end, as far as told. */
  offers: number
  /** Since when it is being offered, for strategies that ring more and more. */
  ringsSince: number
  /** Who had better not be offered it again, why, and until when; most visits have none. */
  refusals: Map<string, Refusal> | null
  /** Who was served while it waited; null: nobody yet. */
  seen: Seen | null
}

/** A visit that begins to wait. What it brings of the call's earlier ones are the refusals; most bring nothing. */
export function entryOf(queue: QueueLine, visit: WaitingVisit): Entry {
  const refusals = visit.refusals === undefined ? null : new Map(visit.refusals)
  return { queue, visit, groups: [], offers: 0, ringsSince: 0, refusals, seen: null }
}

export class QueueLine {
  config: QueueConfig
  waiting: WaitingList
  /** By what is required, in words; of a ring, which another one may resemble, by the requirement itself. */
  readonly shared = new Map<string | Requirement, Group>()
  /** By the agent held out for. */
  readonly reserved = new Map<string, Group>()
  /** Who was offered a visit of this queue last, and the place in the center's list at that time. */
  lastOffered: { readonly agentId: string; readonly order: number } | null = null
  isListed = true
  readonly #roster: Pick<DispatcherRoster, 'holdPool'>
  /** The shared ones, by a skill without which nobody suits; null: who has none may suit. */
  readonly #bySkill = new Map<string | null, Set<Group>>()

  /** The group of those who ask for nothing, for reading. */
  everybody: readonly Group[]

  constructor(config: QueueConfig, roster: Pick<DispatcherRoster, 'holdPool'>) {
    this.config = config
    this.#roster = roster
    this.waiting = new WaitingList(config.aging)
    this.everybody = [this.sharedGroup(anybody)]
  }

  /** Empty, under the configuration in force. @returns the groups that are no more */
  startAnew(): readonly Group[] {
    const before = this.groups()
    this.waiting = new WaitingList(this.config.aging)
    for (const group of this.shared.values()) this.#dropShared(group)
    this.reserved.clear()
    this.everybody = [this.sharedGroup(anybody)]
    return before
  }

  get strategy() {
    return strategies[this.config.strategy]
  }

  /** True if its order must be made anew under a configuration. */
  ordersOtherwise({ aging }: { aging: Aging }): boolean {
    return aging.perMinute !== this.config.aging.perMinute || aging.max !== this.config.aging.max
  }

  /** Where a visit stands whom agents with this requirement suit. */
  sharedGroup(requirement: Requirement, isRing = false): Group {
    let group = this.shared.get(isRing ? requirement : requirement.key)
    if (group === undefined) {
      const turns = new TurnOrder(this.config.aging)
      group = { queue: this, requirement, isRing, agentId: null, turns, given: new Given() }
      this.#addShared(group)
    }
    return group
  }

  /** The groups of those whom an agent suits, whoever they hold out for; one may come twice. */
  *suitedBy(agent: IdleAgent): Iterable<Group> {
    yield* this.#suitedBy(agent, null)
    for (const skill in agent.skills) yield* this.#suitedBy(agent, skill)
  }

  *#suitedBy(agent: IdleAgent, skill: string | null): Iterable<Group> {
    for (const group of this.#bySkill.get(skill) ?? []) if (suits(group.requirement, agent)) yield group
  }

  reservedGroup(agentId: string): Group {
    let group = this.reserved.get(agentId)
    if (group === undefined) {
      const turns = new TurnOrder(this.config.aging)
      group = { queue: this, requirement: anybody, isRing: false, agentId, turns, given: new Given() }
      this.reserved.set(agentId, group)
    }
    return group
  }

  /** Lets a group go that is empty; the one for calls that ask for nothing stays, because most do. */
  drop(group: Group): boolean {
    if (group.turns.size > 0 || (group.agentId === null && group.requirement === anybody)) return false
    if (group.agentId !== null) this.reserved.delete(group.agentId)
    else this.#dropShared(group)
    return true
  }

  #addShared(group: Group): void {
    const { requirement } = group
    this.shared.set(keyOf(group), group)
    for (const skill of neededSkills(requirement) ?? [null]) {
      const those = this.#bySkill.get(skill)
      if (those === undefined) this.#bySkill.set(skill, new Set([group]))
      else those.add(group)
    }
    if (requirement !== anybody) this.#roster.holdPool(this.config.id, requirement, true)
  }

  #dropShared(group: Group): void {
    const { requirement } = group
    this.shared.delete(keyOf(group))
    for (const skill of neededSkills(requirement) ?? [null]) {
      const those = this.#bySkill.get(skill)
      those?.delete(group)
      if (those?.size === 0) this.#bySkill.delete(skill)
    }
    if (requirement !== anybody) this.#roster.holdPool(this.config.id, requirement, false)
  }

  groups(): readonly Group[] {
    return [...this.shared.values(), ...this.reserved.values()]
  }
}

/** Rings that ask for the same are a plan's own: each is left on its own. */
function keyOf({ isRing, requirement }: Group): string | Requirement {
  return isRing ? requirement : requirement.key
}

/** The visit's routing, or null for one that asks for nothing. */
export function routingOf({ visit }: Entry): VisitRouting | null {
  return visit.routing ?? null
}
