/** Who has talked the least today, in calls of this queue or of all; a newcomer starts at the median of the others. */
import type { Strategy } from './strategy.ts'

export const leastTalkTime: Strategy = {
  name: 'least-talk-time',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'milliseconds of talk today, negative',
  score: agent => -agent.talkMs,
  describe: agent => `least talk: ${Math.round(agent.talkMs / 1000)} s today`,
}
