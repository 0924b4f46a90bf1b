/** In turn: the next in the center's order after the one who was offered a call last, whether it was taken or not. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

/** More than there can be agents: turns those before the cursor into those after everybody else. */
const wholeTurn = 2 ** 32

export const roundRobin: Strategy = {
  name: 'round-robin',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'places after the last one who was offered a call, negative',
  score: (agent, context) => -stepsFromCursor(agent, context),
  describe(agent, { lastOffered }) {
    const place = `place ${agent.order + 1}`
    if (lastOffered === null) return `in turn: ${place}, nobody was offered a call before`
    return `in turn: ${place} after place ${lastOffered + 1}`
  },
}

function stepsFromCursor(agent: IdleAgent, { lastOffered }: StrategyContext): number {
  const steps = agent.order - (lastOffered ?? -1)
  return steps > 0 ? steps : steps + wholeTurn
}
