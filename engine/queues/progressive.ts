/** Some of the longest idle at once, and one more after each interval, until somebody answers. */
import { idleMs, idleSeconds } from './longest-idle.ts'
import type { Strategy } from './strategy.ts'

export const progressive: Strategy = {
  name: 'progressive',
  takesLongestIdle: true,
  rings: 'more',
  meaning: 'milliseconds idle',
  score: idleMs,
  describe: (agent, context) => `next to ring along: idle for ${idleSeconds(agent, context)} s`,
}
