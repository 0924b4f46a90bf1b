/** Does to one waiting call what the overflow rules and recipes of its queue say, and tells it. */
import type { RecipeActions, SkillChange } from '../config-recipes.ts'
import type { OverflowStep } from '../queues/overflow.ts'
import type { RecipeVisit } from '../queues/recipe-board.ts'
import type { RecipeProgress } from '../queues/recipe-progress.ts'
import type { WaitRule } from '../queues/wait-rules.ts'
import type { WaitingVisit } from '../queues/waiting-list.ts'
import type { CallCore } from './call-core.ts'
import type { QueueVisit, VisitOwner } from './queue-visit.ts'
import { priorityAttribute } from './routing-request.ts'
import { goalOf } from './visit-goal.ts'

const highestPriority = 100

export interface RecipeHandOptions {
  readonly core: CallCore
  readonly visit: QueueVisit
  readonly progress: RecipeProgress
  readonly sinceMs: number
  readonly owner: VisitOwner
}

/** One thing that a recipe does, in words and in deed. */
interface Deed {
  readonly words: string
  run(): void
}

export class RecipeHand implements RecipeVisit {
  readonly visitId: string
  readonly progress: RecipeProgress
  readonly sinceMs: number
  readonly #options: RecipeHandOptions

  constructor(options: RecipeHandOptions) {
    this.#options = options
    this.visitId = options.visit.visitId
    this.progress = options.progress
    this.sinceMs = options.sinceMs
  }

  get queue() {
    return this.#options.visit.queue
  }

  get place(): WaitingVisit {
    return this.#options.visit.place
  }

  get rungUntilMs(): number | null {
    const { core, visit, owner } = this.#options
    if (!owner.isOffered()) return null
    const since = core.services.dispatcher.ringsSince(visit.visitId)
    // Who is being talked to is not interrupted.
    return since === null ? Number.POSITIVE_INFINITY : since + visit.queue.ringTimeoutMs
  }

  act(index: number, because: string): void {
    const rule = this.progress.rules[index]
    if (rule !== undefined) this.#options.core.guard(() => this.#act(rule, because))
  }

  /** The first overflow rule whose conditions hold, as if its time had come by an instant; it won't act again. Null: there is none. */
  takeRule(
    untilMs: number,
    isTakable: (step: OverflowStep) => boolean = () => true,
    isMeant: (rule: WaitRule) => boolean = () => true,
  ): OverflowStep | null {
    const { recipes, clock } = this.#options.core.services
    for (const [index, rule] of this.progress.rules.entries()) {
      const { kind, when, do: actions } = rule
      if (kind !== 'overflow' || actions.to === undefined || !this.progress.isRipe(index, untilMs)) continue
      if (!isMeant(rule)) continue
      const because = recipes.judge({ when }, this)
      if (because === null) continue
      const step = { to: actions.to, reason: kind, because }
      if (!isTakable(step)) return null
      this.progress.acted(index, clock.now())
      recipes.moved(this.visitId)
      return step
    }
    return null
  }

  /** What would change nothing is neither done nor told. */
  #act({ kind, name, do: actions }: WaitRule, because: string): void {
    const { core, visit, owner } = this.#options
    if (kind === 'overflow') {
      if (actions.to !== undefined) owner.onOverflow(visit, { to: actions.to, reason: kind, because })
      return
    }
    const deeds = this.#deeds(actions, name)
    if (deeds.length === 0) return
    const { visitId, queue } = visit
    core.emit('call.recipe_applied', {
      ...{ callId: core.callId, visitId, queueId: queue.id },
      ...{ recipe: name, because, actions: deeds.map(({ words }) => words) },
    })
    for (const { run } of deeds) run()
  }

  #deeds({ addSkills, removeSkills, priority, raisePriority, announce, to }: RecipeActions, name: string): Deed[] {
    const { core, visit } = this.#options
    const deeds: Deed[] = []
    const change: SkillChange = {
      ...(addSkills === undefined ? {} : { addSkills }),
      ...(removeSkills === undefined ? {} : { removeSkills }),
    }
    const asked = addSkills === undefined && removeSkills === undefined ? null : visit.changedBy(change)
    if (asked !== null) deeds.push({ words: skillWords(change), run: () => visit.ask(asked, name) })
    const wanted = priority ?? Math.min(highestPriority, visit.priority + (raisePriority ?? 0))
    if (wanted !== visit.priority)
      deeds.push({
        words: `priority ${wanted}`,
        run: () => core.setAttributes({ [priorityAttribute]: String(wanted) }, `recipe:${name}`),
      })
    if (announce !== undefined) deeds.push({ words: announcedWords(announce), run: () => visit.announce(announce) })
    if (to !== undefined) deeds.push(this.#departure(to))
    return deeds
  }

  /** What leads nowhere now must not cost the caller his place. */
  #departure(to: NonNullable<RecipeActions['to']>): Deed {
    const { core, visit, owner } = this.#options
    const words = Object.entries(to)
      .map(([kind, where]) => `${kind}:${where}`)
      .join()
    if (!('reject' in to || 'callback' in to) && goalOf(core, to, visit.request) === null)
      return { words: `${words} is not possible now`, run() {} }
    return { words: `to ${words}`, run: () => owner.onOverflow(visit, { to, reason: 'recipe' }) }
  }
}

function skillWords({ addSkills, removeSkills }: SkillChange): string {
  const removed = removeSkills === undefined ? '' : `asks no longer for ${removeSkills.join(', ')}`
  const added = addSkills === undefined ? '' : `asks for ${addSkills} as well`
  return [removed, added].filter(words => words !== '').join('; ')
}

function announcedWords({ say, position, wait }: NonNullable<RecipeActions['announce']>): string {
  const said = [...[say ?? []].flat(), ...(position ? ['the place'] : []), ...(wait ? ['the wait'] : [])]
  return `says ${said.join(', ')}`
}
