/** The strategies by the name that a center definition uses. */
import type { StrategyName } from '../config.ts'
import { fewestCalls } from './fewest-calls.ts'
import { linear } from './linear.ts'
import { longestIdle } from './longest-idle.ts'
import { random } from './random.ts'
import { ringAll } from './ring-all.ts'
import { roundRobin } from './round-robin.ts'
import type { Strategy } from './strategy.ts'

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  'longest-idle': longestIdle,
  'round-robin': roundRobin,
  'fewest-calls': fewestCalls,
  linear,
  random,
  'ring-all': ringAll,
}
