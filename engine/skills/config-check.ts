/** What is wrong with the skills of a center: names, expressions, steps. */
import type { CenterConfig } from '../config.ts'
import type { Problem } from '../errors.ts'
import { ExpressionError, parseExpression } from './parser.ts'

const example = 'billing >= 5 and (lang.en or lang.de >= 3) and not trainee'

export function skillProblems(center: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  const check = (path: string, text: string | null | undefined) => {
    if (text === null || text === undefined) return
    const fault = expressionFault(text)
    if (fault !== null) problems.push({ path, value: text, allowed: `an expression such as "${example}" (${fault})` })
  }
  const checkName = (path: string, name: string) => {
    if (isSkillName(name)) return
    const allowed = 'a skill: a letter, then letters, digits, ".", "_", "-"; not "and", "or", "not"'
    problems.push({ path, value: name, allowed })
  }
  center.queues.forEach((queue, i) => {
    check(`queues[${i}].requirements`, queue.requirements)
    queue.steps.forEach(({ expression }, j) => {
      check(`queues[${i}].steps[${j}].expression`, expression)
    })
    queue.bullseye.forEach(({ removeSkills }, j) => {
      removeSkills.forEach((name, k) => {
        checkName(`queues[${i}].bullseye[${j}].removeSkills[${k}]`, name)
      })
    })
    queue.recipes.forEach(({ do: { addSkills, removeSkills = [] } }, j) => {
      check(`queues[${i}].recipes[${j}].do.addSkills`, addSkills)
      removeSkills.forEach((name, k) => {
        checkName(`queues[${i}].recipes[${j}].do.removeSkills[${k}]`, name)
      })
    })
    if (queue.steps.length > 0 && queue.bullseye.length > 0)
      problems.push({ path: `queues[${i}].bullseye`, value: queue.bullseye, allowed: 'either steps or bullseye' })
  })
  center.agents.forEach((agent, i) => {
    for (const name of Object.keys(agent.skills)) checkName(`agents[${i}].skills.${name}`, name)
  })
  center.numbers.forEach((number, i) => {
    check(`numbers[${i}].requirements`, number.requirements)
    if (number.queue !== undefined || number.flow !== undefined) return
    for (const wish of ['requirements', 'priority'] as const) {
      const value = number[wish]
      if (value !== undefined)
        problems.push({ path: `numbers[${i}].${wish}`, value, allowed: 'only beside queue or flow' })
    }
  })
  return problems
}

/** What keeps a text from being an expression; null if it is one. */
export function expressionFault(text: string): string | null {
  try {
    parseExpression(text)
    return null
  } catch (error) {
    if (error instanceof ExpressionError) return error.message
    throw error
  }
}

function isSkillName(name: string): boolean {
  try {
    const { kind } = parseExpression(name)
    return kind === 'skill' && name.trim() === name && !/[^A-Za-z0-9._-]/.test(name)
  } catch {
    return false
  }
}
