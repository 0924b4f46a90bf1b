/** Erlang C (M/M/c): random arrivals, exponential handling times, callers who wait for ever. */
import { erlangB } from './erlang-b.ts'
import { type Load, offeredErlangs, type StaffingFigures } from './staffing.ts'

/** The share of calls that have to wait; 1 when the agents can't keep up. */
export function erlangC(agents: number, erlangs: number): number {
  if (erlangs >= agents) return 1
  const blocking = erlangB(agents, erlangs)
  return (agents * blocking) / (agents - erlangs * (1 - blocking))
}

/**
 * @param targetSec of the service level
 * @returns null when more work arrives than the agents can do: the queue grows for ever, and there is no steady state
 */
export function erlangCFigures(load: Load, agents: number, targetSec: number): StaffingFigures | null {
  const erlangs = offeredErlangs(load)
  if (erlangs >= agents) return null
  const waitProbability = erlangC(agents, erlangs)
  const spare = agents - erlangs
  const asaSec = (waitProbability * load.handleSec) / spare
  return {
    agents,
    waitProbability,
    asaSec,
    serviceLevel: 1 - waitProbability * Math.exp((-spare * targetSec) / load.handleSec),
    abandonment: 0,
    occupancy: erlangs / agents,
    waiting: asaSec * load.arrivalsPerSec,
  }
}
