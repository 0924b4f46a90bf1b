/**
 * Whether what a call costs grows with those around it: one series for each kind of others, one place in it for each number
 * of them. "The same queue" is the hard case: each call that is measured has itself waited behind that many.
 */

export interface Surroundings {
  readonly agents: number
  readonly agentsElsewhere: number
  /** Calls that wait in the queue that is measured; each that is answered is followed by a new one at the end of the line. */
  readonly waiting: number
  readonly waitingElsewhere: number
}

export interface Series {
  readonly name: string
  readonly points: readonly { readonly others: number; readonly surroundings: Surroundings }[]
}

const usual: Surroundings = { agents: 200, agentsElsewhere: 0, waiting: 0, waitingElsewhere: 0 }
/** Of the queue that is measured, while the number of others changes. */
const few = 10

export function flatSeries(waiting: readonly number[], agents: readonly number[]): readonly Series[] {
  const series = (name: string, counts: readonly number[], around: (others: number) => Partial<Surroundings>) => ({
    name,
    points: counts.map(others => ({ others, surroundings: { ...usual, ...around(others) } })),
  })
  return [
    series('calls that wait in the same queue', waiting, others => ({ waiting: others })),
    series('calls that wait in another queue', waiting, others => ({ waitingElsewhere: others })),
    series('agents of the same queue', agents, others => ({ agents: others })),
    series('agents, all but 10 of other queues', agents, others => ({ agents: few, agentsElsewhere: others - few })),
  ].filter(({ points }) => points.length > 0)
}

export const numbersOf = (list: string): readonly number[] => list.split(',').filter(Boolean).map(Number)
