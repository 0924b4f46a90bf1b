/** Everybody who is free at once, for the call that is first; the first to answer gets it. */
import { idleMs, idleSeconds } from './longest-idle.ts'
import type { Strategy } from './strategy.ts'

export const ringAll: Strategy = {
  name: 'ring-all',
  takesLongestIdle: true,
  rings: 'all',
  meaning: 'milliseconds idle',
  score: idleMs,
  describe: (agent, context) => `everybody free rings; idle for ${idleSeconds(agent, context)} s`,
}
