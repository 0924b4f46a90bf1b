/** What a routing strategy is: a way to score free agents. Pure; everything that it may look at is in the arguments. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { StrategyName, StrategyOptions } from '../config.ts'
import type { WantedSkills } from '../skills/expression.ts'

export interface StrategyContext {
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Place, in the center's list of agents, of the one whom this queue offered a call last; null at first. */
  readonly lastOffered: number | null
  /** Drawn anew for every match, so that a match itself is a pure function. */
  readonly seed: number
  readonly options: StrategyOptions
  /** The skills that the call asks for at this moment. */
  readonly wanted: WantedSkills
}

export interface Strategy {
  readonly name: StrategyName
  /** The longest idle is best, so the order in which idle agents come is already the right one. */
  readonly takesLongestIdle: boolean
  /** How many are rung for a call: one, first some and then more, or every candidate at once. */
  readonly rings: 'one' | 'more' | 'all'
  /** Needs a seed. */
  readonly isDrawn?: true
  /** What a score is, e.g. `milliseconds idle`; the highest wins. */
  readonly meaning: string
  /** Higher is better. Among equals the longest idle wins, then the place in the center's list. */
  score(agent: IdleAgent, context: StrategyContext): number
  /** A score in words, e.g. `longest idle: 42 s`. */
  describe(agent: IdleAgent, context: StrategyContext): string
}
