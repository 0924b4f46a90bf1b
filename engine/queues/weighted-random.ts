/** Anyone, with chances in proportion to the weight that the agent has in the queue. */
import type { IdleAgent } from '../agents/queue-index.ts'
import { drawn } from './random.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export const weightedRandom: Strategy = {
  name: 'weighted-random',
  takesLongestIdle: false,
  rings: 'one',
  isDrawn: true,
  meaning: 'a number drawn between 0 and 1, to the power of 1 ÷ weight',
  score: weighted,
  describe: (agent, context) => `drew ${weighted(agent, context).toFixed(3)} with weight ${agent.weight}`,
}

/** The highest u^(1/w) of uniform u is agent i's with probability wᵢ ÷ Σw (Efraimidis and Spirakis). */
function weighted(agent: IdleAgent, context: StrategyContext): number {
  return drawn(agent, context) ** (1 / agent.weight)
}
