/** Does to one waiting call what the recipes of its queue say, and tells it. */
import { type RecipeActions, type RecipeConfig, recipeName, type SkillChange } from '../config-recipes.ts'
import type { Attributes } from '../events.ts'
import type { OverflowStep } from '../queues/overflow.ts'
import type { RecipeVisit } from '../queues/recipe-board.ts'
import type { RecipeProgress } from '../queues/recipe-progress.ts'
import type { WaitingVisit } from '../queues/waiting-list.ts'
import type { CallCore } from './call-core.ts'
import type { QueueVisit } from './queue-visit.ts'
import { priorityAttribute } from './routing-request.ts'
import { goalOf } from './visit-goal.ts'

const highestPriority = 100

export interface RecipeHandOptions {
  readonly core: CallCore
  readonly visit: QueueVisit
  readonly progress: RecipeProgress
  readonly sinceMs: number
  isOffered(): boolean
  setAttributes(changed: Attributes, origin: string): void
  onOverflow(step: OverflowStep): void
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

  get isOffered(): boolean {
    return this.#options.isOffered()
  }

  act(index: number, because: string): void {
    const recipe = this.progress.recipes[index]
    if (recipe !== undefined) this.#options.core.guard(() => this.#act(recipe, recipeName(recipe, index), because))
  }

  /** What would change nothing is neither done nor told. */
  #act(recipe: RecipeConfig, name: string, because: string): void {
    const { core, visit } = this.#options
    const deeds = this.#deeds(recipe.do, name)
    if (deeds.length === 0) return
    const { visitId, queue } = visit
    const actions = deeds.map(({ words }) => words)
    core.emit('call.recipe_applied', {
      ...{ callId: core.callId, visitId, queueId: queue.id },
      ...{ recipe: name, because, actions },
    })
    for (const { run } of deeds) run()
  }

  #deeds({ addSkills, removeSkills, priority, raisePriority, announce, to }: RecipeActions, name: string): Deed[] {
    const { visit, setAttributes } = this.#options
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
        run: () => setAttributes({ [priorityAttribute]: String(wanted) }, `recipe:${name}`),
      })
    if (announce !== undefined) deeds.push({ words: announcedWords(announce), run: () => visit.announce(announce) })
    if (to !== undefined) deeds.push(this.#departure(to))
    return deeds
  }

  /** What leads nowhere now must not cost the caller his place. */
  #departure(to: NonNullable<RecipeActions['to']>): Deed {
    const { core, visit, onOverflow } = this.#options
    const words = Object.entries(to)
      .map(([kind, where]) => `${kind}:${where}`)
      .join()
    if (!('reject' in to || 'callback' in to) && goalOf(core, to, visit.request) === null)
      return { words: `${words} is not possible now`, run() {} }
    const deadline = core.services.clock.now()
    return { words: `to ${words}`, run: () => onOverflow({ deadline, to, reason: 'recipe', rule: null }) }
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
