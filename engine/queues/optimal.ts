/**
 * Who goes with which call is decided for all that came within a short window, so that the sum is best. A score says how
 * well an agent fits a call, in seconds of idle time: a level is worth six, an unneeded one costs one.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import { meanLevel } from '../skills/expression.ts'
import { totalLevel } from './least-skilled-sufficient.ts'
import { idleMs } from './longest-idle.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

const levelSec = 6
const spareLevelSec = 1

export const optimal: Strategy = {
  name: 'optimal',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'fit in seconds: idle time + 6 × mean level asked for − sum of the other levels',
  score: fitSec,
  describe: (agent, context) =>
    `fits by ${fitSec(agent, context).toFixed(1)}, idle for ${Math.round(idleMs(agent, context) / 1000)} s`,
}

function fitSec(agent: IdleAgent, context: StrategyContext): number {
  const wanted = context.wanted(agent.skills)
  const level = meanLevel(agent.skills, wanted)
  const spare = totalLevel(agent) - level * wanted.length
  return idleMs(agent, context) / 1000 + level * levelSec - spare * spareLevelSec
}
