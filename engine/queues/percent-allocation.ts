/**
 * Who is furthest behind the share of the queue's work that the weights give: the least work today per weight. Work is talk
 * and wrap-up; a newcomer starts at the median of the others.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Strategy } from './strategy.ts'

export const percentAllocation: Strategy = {
  name: 'percent-allocation',
  takesLongestIdle: false,
  rings: 'one',
  meaning: 'milliseconds of work today ÷ weight, negative',
  score: agent => -workPerWeight(agent),
  describe: agent => `furthest behind: ${Math.round(workPerWeight(agent) / 1000)} s of work per weight`,
}

function workPerWeight({ workMs, weight }: IdleAgent): number {
  return workMs / weight
}
