/** Who has been free for longest. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export const longestIdle: Strategy = {
  name: 'longest-idle',
  takesLongestIdle: true,
  rings: 'one',
  meaning: 'milliseconds idle',
  score: idleMs,
  describe: (agent, context) => `longest idle: ${idleSeconds(agent, context)} s`,
}

export function idleMs(agent: IdleAgent, context: StrategyContext): number {
  return Math.max(0, context.nowMs - agent.idleSince)
}

export function idleSeconds(agent: IdleAgent, context: StrategyContext): number {
  return Math.round(idleMs(agent, context) / 1000)
}
