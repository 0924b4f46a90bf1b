/**
 * What a queue does with the calls that wait there, in the order in which it is looked at: its overflow rules by their time,
 * those of one time as they are written, then its recipes. A rule is a recipe that can only send a call away.
 */
import type { QueueConfig } from '../config.ts'
import type { WaitConditions } from '../config-conditions.ts'
import { type RecipeActions, recipeName } from '../config-recipes.ts'

export interface WaitRule {
  readonly kind: 'overflow' | 'recipe'
  readonly name: string
  readonly when: WaitConditions
  readonly do: RecipeActions
  /** Absent: once for each call. */
  readonly everyMs?: number
}

type Ruling = Pick<QueueConfig, 'overflow' | 'recipes' | 'maxWaitMs'>

export class WaitRules {
  readonly #known = new WeakMap<object, readonly WaitRule[]>()

  /** The same ones for as long as the queue is defined so. */
  of(queue: Ruling): readonly WaitRule[] {
    let rules = this.#known.get(queue)
    if (rules === undefined) {
      rules = rulesOf(queue)
      this.#known.set(queue, rules)
    }
    return rules
  }
}

/** Whether a rule may send a call away as soon as it comes; it leaves it to an agent who suits it and is free, however long that takes. */
export function leavesAtOnce({ when, do: { to } }: WaitRule): boolean {
  return to !== undefined && (when.waitedMs ?? 0) === 0
}

function rulesOf({ overflow, recipes, maxWaitMs }: Ruling): readonly WaitRule[] {
  const inTime = overflow
    .map((rule, index) => ({ ...rule, name: `overflow #${index + 1}` }))
    // Nobody waits for what comes after the end.
    .filter(({ afterMs }) => afterMs <= maxWaitMs)
    .sort((a, b) => a.afterMs - b.afterMs)
  return [
    ...inTime.map(
      ({ name, afterMs, when, to }): WaitRule => ({
        kind: 'overflow',
        name,
        when: { ...(afterMs === 0 ? {} : { waitedMs: afterMs }), ...when },
        do: { to },
      }),
    ),
    ...recipes.map((recipe, index): WaitRule => ({ ...recipe, kind: 'recipe', name: recipeName(recipe, index) })),
  ]
}
