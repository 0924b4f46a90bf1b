/** How many agents a goal needs. */
import { erlangAFigures, type ImpatientLoad } from './erlang-a.ts'
import { erlangCFigures } from './erlang-c.ts'
import type { Load, StaffingFigures } from './staffing.ts'

export interface StaffingGoal {
  /** Share of the calls that is answered within `targetSec`, from 0 to 1. */
  readonly serviceLevel: number
  readonly targetSec: number
  /** More agents, if they would be busier than this. Default 1. */
  readonly maxOccupancy?: number
}

/** More agents than this are not looked for. */
export const mostAgents = 20_000

/**
 * The fewest agents that meet a goal, by Erlang A if the load says how patient the callers are, else by Erlang C.
 * @returns null if `mostAgents` don't
 */
export function agentsNeeded(load: Load | ImpatientLoad, goal: StaffingGoal): StaffingFigures | null {
  const { serviceLevel, targetSec, maxOccupancy = 1 } = goal
  const figuresOf = (agents: number) =>
    'patienceSec' in load ? erlangAFigures(load, agents, targetSec) : erlangCFigures(load, agents, targetSec)
  const suffices = (figures: StaffingFigures | null): figures is StaffingFigures =>
    figures !== null && figures.serviceLevel >= serviceLevel && figures.occupancy <= maxOccupancy
  let tooFew = 0
  let enough = 1
  // Each further agent improves both: doubling finds a bound, halving the least.
  while (!suffices(figuresOf(enough))) {
    if (enough >= mostAgents) return null
    tooFew = enough
    enough = Math.min(mostAgents, enough * 2)
  }
  while (enough - tooFew > 1) {
    const middle = (tooFew + enough) >> 1
    if (suffices(figuresOf(middle))) enough = middle
    else tooFew = middle
  }
  return figuresOf(enough)
}
