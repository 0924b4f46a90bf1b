/**
 * What a call asks of agents, stage by stage. A requirement always holds. Steps are asked for beside it, one after the
 * other, until they are exhausted; the rings of a bullseye widen the requirement itself. Pure.
 */
import type { BullseyeRing, QueueConfig, RoutingStep } from '../config.ts'
import type { SkillChange } from '../config-recipes.ts'
import { ExpressionCache } from '../skills/cache.ts'
import {
  type Expression,
  expressionText,
  join,
  nothingWanted,
  type WantedSkills,
  wantedSkills,
  without,
} from '../skills/expression.ts'

export interface Stage {
  /** For people: the expression of a step, `ring 2`, `anyone`. */
  readonly name: string
  /** Null: everybody suits. */
  readonly expression: Expression | null
  /** Until the next stage; null: for good. */
  readonly lastsMs: number | null
  /** Of a bullseye: what each ring so far asks for, the innermost first. Empty for other stages. */
  readonly rings: readonly (Expression | null)[]
  readonly wanted: WantedSkills
}

export interface RoutingPlan {
  /** At least one; the last one lasts. */
  readonly stages: readonly [Stage, ...Stage[]]
  /** A stage that adds nobody to the one before is skipped. */
  readonly skipsEmpty: boolean
  /** False where there is but one stage, which nobody needs to be told of. */
  readonly isStaged: boolean
  /** What always holds; null: nothing is required. */
  readonly base: Expression | null
}

/** What one call asks for beside what its queue does. */
export interface RoutingWishes {
  readonly requirements?: string | null
  /** In place of the queue's steps. */
  readonly steps?: readonly RoutingStep[]
  /** Made in this order to what is required by either. */
  readonly changes?: readonly SkillChange[]
}

type Asking = Pick<QueueConfig, 'requirements' | 'steps' | 'bullseye'>

/** @throws ExpressionError */
export function planOf(queue: Asking, wishes: RoutingWishes, cache: ExpressionCache): RoutingPlan {
  const base = baseOf(queue, wishes, cache)
  const steps = wishes.steps ?? queue.steps
  if (steps.length > 0) return stepped(base, steps, cache)
  if (queue.bullseye.length > 0 && base !== null) return ringed(base, queue.bullseye)
  return {
    stages: [stage(base === null ? 'anyone' : expressionText(base), base, null)],
    skipsEmpty: false,
    isStaged: false,
    base,
  }
}

/** What always holds. Steps are wishes, and lapse in their own time. */
function baseOf({ requirements }: Asking, wishes: RoutingWishes, cache: ExpressionCache): Expression | null {
  const texts = [requirements, wishes.requirements ?? null].filter(text => text !== null && text !== '')
  const base = all(texts.map(text => cache.get(text as string)))
  return wishes.changes === undefined ? base : wishes.changes.reduce((left, next) => changed(left, next, cache), base)
}

function changed(
  base: Expression | null,
  { addSkills, removeSkills }: SkillChange,
  cache: ExpressionCache,
): Expression | null {
  const left = base === null ? null : without(base, new Set(removeSkills))
  const added = addSkills === undefined ? null : cache.get(addSkills)
  const parts = new Map<string, Expression>()
  for (const whole of [left, added]) {
    // Asking twice for the same asks for no more.
    for (const part of whole?.kind === 'and' ? whole.of : [whole])
      if (part !== null) parts.set(expressionText(part), part)
  }
  return all([...parts.values()])
}

/** The same wishes with one more change; one that was made before counts from now on, so that there are never more than recipes. */
export function withChange(changes: readonly SkillChange[], next: SkillChange): readonly SkillChange[] {
  const text = JSON.stringify(next)
  return [...changes.filter(one => JSON.stringify(one) !== text), next]
}

/** What a plan requires beside steps, in words; empty: nothing. */
export function requiredBy({ base }: RoutingPlan): string {
  return base === null ? '' : expressionText(base)
}

/** All of them, without parentheses that say nothing. */
function all(parts: readonly Expression[]): Expression | null {
  return join(
    'and',
    parts.flatMap(part => (part.kind === 'and' ? part.of : [part])),
  )
}

function stage(name: string, expression: Expression | null, lastsMs: number | null, rings: Stage['rings'] = []): Stage {
  return { name, expression, lastsMs, rings, wanted: expression === null ? nothingWanted : wantedSkills(expression) }
}

function stepped(base: Expression | null, steps: readonly RoutingStep[], cache: ExpressionCache): RoutingPlan {
  const asked = steps.map(({ expression, afterMs }) => {
    const wish = cache.get(expression)
    return stage(expressionText(wish), all(base === null ? [wish] : [base, wish]), afterMs)
  })
  const [first, ...others] = [...asked, stage('anyone', base, null)]
  return { stages: [first as Stage, ...others], skipsEmpty: false, isStaged: true, base }
}

function ringed(base: Expression, rings: readonly BullseyeRing[]): RoutingPlan {
  const removed = new Set<string>()
  const asked: (Expression | null)[] = []
  const stages: Stage[] = []
  const widen = (lastsMs: number | null) => {
    asked.push(without(base, removed))
    stages.push(stage(`ring ${stages.length + 1}`, union(asked), lastsMs, [...asked]))
  }
  for (const ring of rings) {
    widen(ring.timeoutMs)
    for (const skill of ring.removeSkills) removed.add(skill)
  }
  widen(null)
  return { stages: stages as [Stage, ...Stage[]], skipsEmpty: true, isStaged: true, base }
}

/** The pool accumulates: whoever suited a ring suits all that come after it. */
function union(asked: readonly (Expression | null)[]): Expression | null {
  const distinct = new Map<string, Expression>()
  for (const expression of asked) {
    if (expression === null) return null
    distinct.set(expressionText(expression), expression)
  }
  return join('or', [...distinct.values()])
}

/** Plans by queue and text, so that a thousand calls that ask for the same share one. */
export class RoutingPlans {
  readonly #cache = new ExpressionCache()
  readonly #plans = new WeakMap<object, Map<string, RoutingPlan>>()

  /** @throws ExpressionError */
  of(queue: QueueConfig, wishes: RoutingWishes): RoutingPlan {
    // Steps of its own, none included, are no other call's.
    if (wishes.steps !== undefined) return planOf(queue, wishes, this.#cache)
    const { requirements, changes } = wishes
    // No expression goes on so.
    const text = changes === undefined ? (requirements ?? '') : `${requirements ?? ''}\n${JSON.stringify(changes)}`
    let plans = this.#plans.get(queue)
    if (plans === undefined) {
      plans = new Map()
      this.#plans.set(queue, plans)
    }
    let plan = plans.get(text)
    if (plan === undefined) {
      plan = planOf(queue, wishes, this.#cache)
      if (plans.size >= mostPlans) plans.clear()
      plans.set(text, plan)
    }
    return plan
  }
}

/** Distinct requirements of a queue's calls that are remembered. */
const mostPlans = 1_000
