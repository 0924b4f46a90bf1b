/** Who is best at what the call asks for: the highest mean level; among equals the longest idle. */
import type { IdleAgent } from '../agents/queue-index.ts'
import { levelOf } from '../skills/expression.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export const mostSkilled: Strategy = {
  name: 'most-skilled',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'mean level in the skills that the call asks for',
  score: meanLevel,
  describe(agent, context) {
    if (context.wanted.length === 0) return 'the call asks for no skill: longest idle'
    const levels = context.wanted.map(skill => `${skill} ${levelOf(agent.skills, skill)}`)
    return `most skilled: ${levels.join(', ')}`
  },
}

export function meanLevel({ skills }: IdleAgent, { wanted }: StrategyContext): number {
  if (wanted.length === 0) return 0
  return wanted.reduce((sum, skill) => sum + levelOf(skills, skill), 0) / wanted.length
}
