/** What is wrong with recipes that no schema can see: nothing to do, two words on one thing. */
import type { CenterConfig } from './config.ts'
import { type RecipeConfig, recipeActions, recipeName } from './config-recipes.ts'
import type { Problem } from './errors.ts'

/** As the queue's own announcements. */
const shortestBetweenPrompts = 5_000

export function recipeProblems({ queues }: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  queues.forEach(({ recipes }, i) => {
    const names = new Set<string>()
    recipes.forEach((recipe, j) => {
      const path = `queues[${i}].recipes[${j}]`
      problems.push(...problemsOf(path, recipe))
      const name = recipeName(recipe, j)
      if (names.has(name)) problems.push({ path: `${path}.name`, value: name, allowed: 'each name once in its queue' })
      names.add(name)
    })
  })
  return problems
}

function problemsOf(path: string, { do: actions, everyMs }: RecipeConfig): readonly Problem[] {
  const problems: Problem[] = []
  const wrong = (where: string, value: unknown, allowed: string) => {
    problems.push({ path: `${path}.${where}`, value, allowed })
  }
  if (recipeActions.every(action => actions[action] === undefined))
    wrong('do', actions, `at least one of ${recipeActions.join(', ')}`)
  const { priority, raisePriority, announce, to } = actions
  if (to !== undefined && Object.keys(actions).length > 1) wrong('do.to', to, 'alone: the call leaves the queue')
  if (priority !== undefined && raisePriority !== undefined)
    wrong('do.raisePriority', raisePriority, 'either priority or raisePriority')
  if (announce !== undefined && announce.say === undefined && !announce.position && !announce.wait)
    wrong('do.announce', announce, 'at least one of say, position, wait')
  if (announce !== undefined && everyMs !== undefined && everyMs < shortestBetweenPrompts)
    wrong('everyMs', everyMs, `at least ${shortestBetweenPrompts} with announce`)
  return problems
}
