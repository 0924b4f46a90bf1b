/** Runs a scenario as often as it says, and sums up with confidence intervals. */
import { addComplaints, type Complaint } from './complaints.ts'
import { type Estimate, estimateRatio } from './confidence.ts'
import type { History } from './history.ts'
import { type Replication, replicate } from './replication.ts'
import type { Scenario } from './scenario.ts'
import { addVisits, addWork, type VisitSums, type WorkSums } from './tally.ts'

/** Of the visits of one queue, or of all. Shares are from 0 to 1; null: nothing to count. */
export interface VisitFigures {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  /** Overflowed, refused, failed. */
  readonly other: number
  /** Answered within the target ÷ (answered + abandoned). */
  readonly serviceLevel: Estimate | null
  /** Mean wait of the answered ones, ring time included. */
  readonly asaSec: Estimate | null
  /** Of the answered and abandoned ones: not offered to anybody at once. */
  readonly waitProbability: Estimate | null
  /** Abandoned ÷ (answered + abandoned). */
  readonly abandonment: Estimate | null
}

/** One part of the measured time. */
export interface SimulatedInterval {
  readonly fromMin: number
  readonly toMin: number
  readonly offered: number
  readonly serviceLevel: number | null
  readonly asaSec: number | null
  readonly abandonment: number | null
  readonly occupancy: number | null
  /** With their intervals of confidence; null where a single run says nothing of what others would be. */
  readonly bands: {
    readonly serviceLevel: Estimate | null
    readonly asaSec: Estimate | null
    readonly abandonment: Estimate | null
    readonly occupancy: Estimate | null
  }
}

export interface SimulationResult {
  readonly name: string
  readonly seed: number
  readonly replications: number
  readonly intervals: number
  /** What the estimates' intervals hold with. */
  readonly confidence: number
  /** Calls simulated, the warm-up included. */
  readonly calls: number
  readonly all: VisitFigures
  readonly queues: readonly (VisitFigures & { readonly queueId: string })[]
  /** Ring, talk, hold and wrap-up ÷ time signed in. */
  readonly occupancy: Estimate | null
  readonly series: readonly SimulatedInterval[]
  /** What went wrong on the way, over all runs. */
  readonly complaints: readonly Complaint[]
}

const confidence = 0.95

/**
 * @param onProgress is told how many runs are done
 * @param history the recorded day that is replayed
 * @throws EngineError `config.invalid`
 */
export async function simulate(
  scenario: Scenario,
  onProgress?: (runs: number) => void,
  history: History | null = null,
): Promise<SimulationResult> {
  const runs: Replication[] = []
  for (let run = 0; run < scenario.replications; run += 1) {
    runs.push(await replicate(scenario, run, history))
    onProgress?.(run + 1)
  }
  return summarise(scenario, runs)
}

export function summarise(scenario: Scenario, runs: readonly Replication[]): SimulationResult {
  const { name, seed, replications, intervals, warmUpMin, lengthMin } = scenario
  const queueIds = [...(runs[0]?.visits.keys() ?? [])]
  const minutes = lengthMin / intervals
  const everywhere = runs.map(({ visits }) =>
    Array.from({ length: intervals }, (_, index) => addVisits(partsAt([...visits.values()], index))),
  )
  const works = runs.map(({ work }) => work)
  return {
    name,
    seed,
    replications,
    intervals,
    confidence,
    calls: runs.reduce((sum, { arrived }) => sum + arrived, 0),
    all: figuresOf(batchesOf(everywhere, addVisits)),
    queues: queueIds.map(queueId => ({
      queueId,
      ...figuresOf(
        batchesOf(
          runs.map(({ visits }) => visits.get(queueId) ?? []),
          addVisits,
        ),
      ),
    })),
    occupancy: occupancyOf(batchesOf(works, addWork)),
    complaints: addComplaints(runs.map(({ complaints }) => complaints)),
    series: Array.from({ length: intervals }, (_, index) => {
      const visits = addVisits(partsAt(everywhere, index))
      const work = addWork(partsAt(works, index))
      const { offered, answered, answeredInTime, abandoned, answeredWaitMs } = visits
      return {
        fromMin: warmUpMin + index * minutes,
        toMin: warmUpMin + (index + 1) * minutes,
        offered: offered / replications,
        serviceLevel: ratio(answeredInTime, answered + abandoned),
        asaSec: ratio(answeredWaitMs / 1_000, answered),
        abandonment: ratio(abandoned, answered + abandoned),
        occupancy: ratio(work.busyMs, work.presentMs),
        bands: bandsOf(partsAt(everywhere, index), partsAt(works, index)),
      }
    }),
  }
}

/** Runs are independent of each other; within the only one, the intervals nearly are. */
function batchesOf<T>(runs: readonly (readonly T[])[], add: (parts: readonly T[]) => T): readonly T[] {
  const [only] = runs
  return runs.length === 1 && only !== undefined ? only : runs.map(add)
}

function figuresOf(batches: readonly VisitSums[]): VisitFigures {
  const { offered, answered, abandoned, other } = addVisits(batches)
  const share = (sumOf: (batch: VisitSums) => number, countOf: (batch: VisitSums) => number) =>
    estimateRatio(
      batches.map(batch => ({ sum: sumOf(batch), count: countOf(batch) })),
      confidence,
    )
  const decided = (batch: VisitSums) => batch.answered + batch.abandoned
  return {
    offered,
    answered,
    abandoned,
    other,
    serviceLevel: share(({ answeredInTime }) => answeredInTime, decided),
    asaSec: share(
      ({ answeredWaitMs }) => answeredWaitMs / 1_000,
      batch => batch.answered,
    ),
    waitProbability: share(({ waited }) => waited, decided),
    abandonment: share(batch => batch.abandoned, decided),
  }
}

/** Of one part of the time, over the runs. */
function bandsOf(visits: readonly VisitSums[], works: readonly WorkSums[]): SimulatedInterval['bands'] {
  const { serviceLevel, asaSec, abandonment } = figuresOf(visits)
  return { serviceLevel, asaSec, abandonment, occupancy: occupancyOf(works) }
}

function occupancyOf(batches: readonly WorkSums[]): Estimate | null {
  return estimateRatio(
    batches.map(({ busyMs, presentMs }) => ({ sum: busyMs, count: presentMs })),
    confidence,
  )
}

function partsAt<T>(lists: readonly (readonly T[])[], index: number): T[] {
  return lists.flatMap(list => list.slice(index, index + 1))
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
