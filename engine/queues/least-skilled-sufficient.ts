/** Who can do least beside what the call asks for, so that the multi-skilled stay free for calls that need them. */
import type { IdleAgent } from '../agents/queue-index.ts'
import { bestLevel } from '../skills/expression.ts'
import type { Strategy } from './strategy.ts'

export const leastSkilledSufficient: Strategy = {
  name: 'least-skilled-sufficient',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'sum of the levels of all skills, negative',
  score: agent => -totalLevel(agent),
  describe: agent => `least skilled who suffices: levels add up to ${totalLevel(agent)}`,
}

export function totalLevel({ skills }: IdleAgent): number {
  let sum = 0
  // For each free agent and call of a batch: without an array of the levels.
  for (const skill in skills) {
    const level = skills[skill] ?? 0
    sum += level === true ? bestLevel : level
  }
  return sum
}
