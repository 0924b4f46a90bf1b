/** What the formulas of staffing are asked and what they answer: one kind of call, and agents who are all alike. */

export interface Load {
  /** Calls that arrive in a second, at random (Poisson). Greater than 0. */
  readonly arrivalsPerSec: number
  /** Mean handling time, talk and wrap-up. Greater than 0. */
  readonly handleSec: number
}

/** A steady state. Shares are from 0 to 1. */
export interface StaffingFigures {
  readonly agents: number
  /** Share of the calls that find nobody free. */
  readonly waitProbability: number
  /** Mean wait of the answered calls, those that need not wait included. */
  readonly asaSec: number
  /** Share of all calls that are answered within the target. */
  readonly serviceLevel: number
  /** Share of the calls whose callers give up. */
  readonly abandonment: number
  /** Share of their time that agents handle calls. */
  readonly occupancy: number
  /** Mean number of waiting calls. */
  readonly waiting: number
}

/** Work that arrives, in agents: the mean number who would be busy if nobody ever waited. */
export function offeredErlangs({ arrivalsPerSec, handleSec }: Load): number {
  return arrivalsPerSec * handleSec
}
