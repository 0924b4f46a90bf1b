/** Who has handled the fewest calls today, of this queue or of all; a newcomer starts at the median of the others. */
import type { Strategy } from './strategy.ts'

export const fewestCalls: Strategy = {
  name: 'fewest-calls',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'calls today, negative',
  score: agent => -agent.callsHandled,
  describe: agent => `fewest calls: ${agent.callsHandled} today`,
}
