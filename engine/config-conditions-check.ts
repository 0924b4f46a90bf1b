/** What is wrong with the conditions of overflow rules and recipes that no schema can see: bounds that nothing meets. */
import type { CenterConfig } from './config.ts'
import type { WaitConditions } from './config-conditions.ts'
import type { Problem } from './errors.ts'

const counted = ['position', 'waiting', 'ewtMs', 'eligible', 'available'] as const

export function conditionProblems({ queues }: CenterConfig): readonly Problem[] {
  return queues.flatMap(({ overflow, recipes }, i) => [
    ...overflow.flatMap(({ when = {} }, j) => problemsOf(`queues[${i}].overflow[${j}].when`, when)),
    ...recipes.flatMap(({ when }, j) => problemsOf(`queues[${i}].recipes[${j}].when`, when)),
  ])
}

function problemsOf(path: string, when: WaitConditions): readonly Problem[] {
  const problems: Problem[] = []
  for (const name of counted) {
    const { atLeast, atMost } = when[name] ?? { atLeast: 0 }
    if (atLeast === undefined && atMost === undefined)
      problems.push({ path: `${path}.${name}`, value: when[name], allowed: 'atLeast, atMost, or both' })
    if (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
      problems.push({ path: `${path}.${name}.atLeast`, value: atLeast, allowed: `at most atMost (${atMost})` })
  }
  return problems
}
