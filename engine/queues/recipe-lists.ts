/** The visits of one queue for which the time of a rule has come: by rule, by what they ask of agents, in their turn. */
import type { Requirement } from '../skills/requirement.ts'
import { type Aging, TurnOrder } from './turn-order.ts'
import type { WaitRule } from './wait-rules.ts'
import type { WaitingVisit } from './waiting-list.ts'

/** Visits that the same agents suit. */
export interface RipeGroup {
  /** Null: the rule does not ask for agents. */
  readonly requirement: Requirement | null
  readonly turns: TurnOrder
}

/** Those of one rule. */
export class RipeList {
  readonly rule: WaitRule
  readonly index: number
  readonly #groups = new Map<string, RipeGroup>()
  readonly #aging: Aging

  constructor(rule: WaitRule, index: number, aging: Aging) {
    this.rule = rule
    this.index = index
    this.#aging = aging
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  groups(): Iterable<RipeGroup> {
    return this.#groups.values()
  }

  add(place: WaitingVisit, requirement: Requirement | null, nowMs: number): RipeGroup {
    const key = keyOf(requirement)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { requirement, turns: new TurnOrder(this.#aging) }
      this.#groups.set(key, group)
    }
    group.turns.add(place, nowMs)
    return group
  }

  delete(place: WaitingVisit, group: RipeGroup): void {
    group.turns.delete(place)
    if (group.turns.size === 0) this.#groups.delete(keyOf(group.requirement))
  }
}

/** A look at all lists of a queue, which may take several turns of the loop: what is found; null: enough for this turn. */
export type Walk<Found> = Generator<Found | null, undefined>

/** One queue's. */
export class RecipeLine<Found> {
  readonly queueId: string
  /** Visits that rules may concern, ripe or not. */
  size = 0
  /** When it is to be looked at next, in milliseconds since the epoch. */
  lookAtMs = Number.POSITIVE_INFINITY
  /** The look under way. */
  walk: Walk<Found> | null = null
  /** Something was counted anew since that look began. */
  isTouched = false
  readonly #lists = new Map<WaitRule, RipeList>()

  constructor(queueId: string) {
    this.queueId = queueId
  }

  /** A center that is applied anew brings rules of its own; who waits keeps the old ones. */
  listOf(rule: WaitRule, index: number, aging: Aging): RipeList {
    let list = this.#lists.get(rule)
    if (list === undefined) {
      list = new RipeList(rule, index, aging)
      this.#lists.set(rule, list)
    }
    return list
  }

  get isRipe(): boolean {
    for (const list of this.#lists.values()) if (!list.isEmpty) return true
    return false
  }

  /** In the order of the rules, without those that nobody is ripe for. */
  lists(): readonly RipeList[] {
    for (const [rule, list] of this.#lists) if (list.isEmpty) this.#lists.delete(rule)
    return [...this.#lists.values()].sort((a, b) => a.index - b.index)
  }
}

function keyOf(requirement: Requirement | null): string {
  return requirement?.key ?? ''
}
