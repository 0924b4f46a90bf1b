/** Who has worked the smallest part of the time signed in today: rung, talking, and wrapping up if that counts. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export const leastOccupied: Strategy = {
  name: 'least-occupied',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'share of the time signed in that was spent working, negative',
  score: (agent, context) => -occupancy(agent, context),
  describe: (agent, context) => `least occupied: ${Math.round(occupancy(agent, context) * 100)} % of the time`,
}

function occupancy({ load }: IdleAgent, { nowMs, options }: StrategyContext): number {
  const signedInMs = load.signedInMs(nowMs)
  const workMs = load.ringMs + load.talkMs + (options.countWrapUp ? load.wrapMs : 0)
  return signedInMs <= 0 ? 0 : Math.min(1, workMs / signedInMs)
}
