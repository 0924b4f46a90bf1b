/**
 * The longest idle, as for who takes a call. What it is about is which call: an agent who serves this queue takes, of all
 * that wait, the one whose predicted wait is longest against its queue's target. The dispatcher sees to that.
 */
import { idleMs, idleSeconds } from './longest-idle.ts'
import type { Strategy } from './strategy.ts'

export const serviceObjective: Strategy = {
  name: 'service-objective',
  takesLongestIdle: true,
  rings: 'one',
  meaning: 'milliseconds idle',
  score: idleMs,
  describe: (agent, context) =>
    `the call is closest to its target or furthest beyond; longest idle: ${idleSeconds(agent, context)} s`,
}
