/**
 * Who is best at what the call asks for: the highest mean level, of alternatives in the best one; among equals the longest
 * idle.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import { levelOf, meanLevel } from '../skills/expression.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export const mostSkilled: Strategy = {
  name: 'most-skilled',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'mean level in the skills that the call asks for',
  score: levelAsked,
  describe(agent, context) {
    const wanted = context.wanted(agent.skills)
    if (wanted.length === 0) return 'the call asks for no skill: longest idle'
    const levels = wanted.map(skill => `${skill} ${levelOf(agent.skills, skill)}`)
    return `most skilled: ${levels.join(', ')}`
  },
}

function levelAsked({ skills }: IdleAgent, { wanted }: StrategyContext): number {
  return meanLevel(skills, wanted(skills))
}
