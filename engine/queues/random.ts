/** Anyone, with equal chances: each free agent draws a number from the seed of the match, the highest wins. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export const random: Strategy = {
  name: 'random',
  takesLongestIdle: false,
  rings: 'one',
  isDrawn: true,
  meaning: 'a number drawn between 0 and 1',
  score: drawn,
  describe: (agent, context) => `drew ${drawn(agent, context).toFixed(3)}`,
}

/** A number in [0, 1) that seed and place decide (the finaliser of MurmurHash3, which spreads every bit). */
export function drawn(agent: IdleAgent, { seed }: StrategyContext): number {
  let bits = (seed ^ Math.imul(agent.order + 1, 0x9e3779b1)) | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
}
