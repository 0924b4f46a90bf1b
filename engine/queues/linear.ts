/** Always the first free one in the center's order. */
import type { Strategy } from './strategy.ts'

export const linear: Strategy = {
  name: 'linear',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'place in the order of the center, negative',
  score: agent => -agent.order,
  describe: agent => `first in order: place ${agent.order + 1}`,
}
