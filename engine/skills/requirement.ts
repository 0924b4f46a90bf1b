/** Which agents of a queue may be given a call: by their skills, and by how long the call has waited. */
import type { Expression, Skills } from './expression.ts'
import { accessSkills, expressionText, meets, unmet, unmetWords } from './expression.ts'

export interface Requirement {
  /** Equal keys, equal requirements. */
  readonly key: string
  /** Null: no skill is asked for. */
  readonly expression: Expression | null
  /** Agents whose delay in the queue is longer do not take part yet. */
  readonly maxDelayMs: number
}

/** What a requirement looks at. */
export interface Judged {
  readonly skills: Skills
  readonly delayMs: number
}

export const anybody: Requirement = requirement(null, Number.POSITIVE_INFINITY)

export function requirement(expression: Expression | null, maxDelayMs: number): Requirement {
  const text = expression === null ? '' : expressionText(expression)
  return { key: `${maxDelayMs}|${text}`, expression, maxDelayMs }
}

export function suits({ expression, maxDelayMs }: Requirement, agent: Judged): boolean {
  return agent.delayMs <= maxDelayMs && (expression === null || meets(expression, agent.skills))
}

/** Skills of which an agent must have one to suit; null: who has none may suit as well. */
export function neededSkills({ expression }: Requirement): readonly string[] | null {
  return expression === null ? null : accessSkills(expression)
}

/** Why an agent does not suit, in words; null if it does. */
export function unsuitableBecause({ expression, maxDelayMs }: Requirement, agent: Judged): string | null {
  if (expression !== null) {
    const missing = unmet(expression, agent.skills)
    if (missing.length > 0) return unmetWords(missing)
  }
  return agent.delayMs > maxDelayMs ? `takes calls of this queue after ${Math.round(agent.delayMs / 1000)} s` : null
}
