/** Who has handled the fewest calls of this queue today; a newcomer starts at the median of the others. */
import type { Strategy } from './strategy.ts'

export const fewestCalls: Strategy = {
  name: 'fewest-calls',
  takesLongestIdle: false,
  ringsAll: false,
  score: agent => -agent.callsHandled,
  describe: agent => `fewest calls: ${agent.callsHandled} today`,
}
