/** M/M/c with priorities: waiting calls of a higher class go first, and a call that is being handled is not interrupted. */
import { erlangC } from './erlang-c.ts'

export interface PriorityLoad {
  /** By class, the one that goes first first. */
  readonly arrivalsPerSec: readonly number[]
  /** Mean handling time, the same for all classes. */
  readonly handleSec: number
}

/**
 * The mean wait of each class (Cobham 1954; Kella and Yechiali 1985 for several servers): the wait for the first agent
 * who becomes free, stretched by the load of the classes up to this one and of those above it.
 * @returns seconds by class; null for a class that the agents can't keep up with
 */
export function priorityWaitsSec(
  { arrivalsPerSec, handleSec }: PriorityLoad,
  agents: number,
): readonly (number | null)[] {
  const all = arrivalsPerSec.reduce((sum, rate) => sum + rate, 0)
  const firstFreeSec = (erlangC(agents, all * handleSec) * handleSec) / agents
  let above = 0
  return arrivalsPerSec.map(rate => {
    const upTo = above + (rate * handleSec) / agents
    const waitSec = upTo >= 1 ? null : firstFreeSec / ((1 - above) * (1 - upTo))
    above = upTo
    return waitSec
  })
}
