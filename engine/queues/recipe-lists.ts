/** The visits of one queue for which the time of a recipe has come: by recipe, by what they ask of agents, in their turn. */
import type { RecipeConfig } from '../config-recipes.ts'
import type { Requirement } from '../skills/requirement.ts'
import { type Aging, TurnOrder } from './turn-order.ts'
import type { WaitingVisit } from './waiting-list.ts'

/** Visits that the same agents suit. */
export interface RipeGroup {
  /** Null: the recipe does not ask for agents. */
  readonly requirement: Requirement | null
  readonly turns: TurnOrder
}

/** Those of one recipe. */
export class RipeList {
  readonly recipe: RecipeConfig
  readonly index: number
  readonly #groups = new Map<string, RipeGroup>()
  readonly #aging: Aging

  constructor(recipe: RecipeConfig, index: number, aging: Aging) {
    this.recipe = recipe
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

/** One queue's. */
export class RecipeLine {
  readonly queueId: string
  /** Visits that recipes may concern, ripe or not. */
  size = 0
  /** When it is to be looked at next, in milliseconds since the epoch. */
  lookAtMs = Number.POSITIVE_INFINITY
  readonly #lists = new Map<RecipeConfig, RipeList>()

  constructor(queueId: string) {
    this.queueId = queueId
  }

  /** A center that is applied anew brings recipes of its own; who waits keeps the old ones. */
  listOf(recipe: RecipeConfig, index: number, aging: Aging): RipeList {
    let list = this.#lists.get(recipe)
    if (list === undefined) {
      list = new RipeList(recipe, index, aging)
      this.#lists.set(recipe, list)
    }
    return list
  }

  get isRipe(): boolean {
    for (const list of this.#lists.values()) if (!list.isEmpty) return true
    return false
  }

  /** In the order in which recipes are written, without those that nobody is ripe for. */
  lists(): readonly RipeList[] {
    for (const [recipe, list] of this.#lists) if (list.isEmpty) this.#lists.delete(recipe)
    return [...this.#lists.values()].sort((a, b) => a.index - b.index)
  }
}

function keyOf(requirement: Requirement | null): string {
  return requirement?.key ?? ''
}
