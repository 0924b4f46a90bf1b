/** The strategies by the name that a center definition uses. */
import type { StrategyName } from '../config.ts'
import { fewestCalls } from './fewest-calls.ts'
import { leastOccupied } from './least-occupied.ts'
import { leastSkilledSufficient } from './least-skilled-sufficient.ts'
import { leastTalkTime } from './least-talk-time.ts'
import { linear } from './linear.ts'
import { longestIdle } from './longest-idle.ts'
import { mostSkilled } from './most-skilled.ts'
import { optimal } from './optimal.ts'
import { percentAllocation } from './percent-allocation.ts'
import { progressive } from './progressive.ts'
import { random } from './random.ts'
import { ringAll } from './ring-all.ts'
import { roundRobin } from './round-robin.ts'
import { serviceObjective } from './service-objective.ts'
import type { Strategy } from './strategy.ts'
import { weightedRandom } from './weighted-random.ts'

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  'longest-idle': longestIdle,
  'round-robin': roundRobin,
  'fewest-calls': fewestCalls,
  linear,
  random,
  'ring-all': ringAll,
  'least-occupied': leastOccupied,
  'least-talk-time': leastTalkTime,
  'weighted-random': weightedRandom,
  progressive,
  'most-skilled': mostSkilled,
  'least-skilled-sufficient': leastSkilledSufficient,
  'percent-allocation': percentAllocation,
  'service-objective': serviceObjective,
  optimal,
}
