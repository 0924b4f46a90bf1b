/**
 * The load points at which the simulation is held against the formulas: what is simulated, what theory says, and whether
 * the two agree. Measured are batches: sums over a stretch of calls that is long against the memory of the queue.
 */
import { type Batch, type Estimate, estimateRatio } from '../../engine/simulation/confidence.ts'
import { replicate } from '../../engine/simulation/replication.ts'
import type { Scenario } from '../../engine/simulation/scenario.ts'
import { parseScenario } from '../../engine/simulation/scenario-check.ts'
import { addVisits, type VisitSums } from '../../engine/simulation/tally.ts'
import { erlangAFigures, erlangCFigures, priorityWaitsSec } from '../../engine/staffing/index.ts'

export type Model = 'M/M/c' | 'M/M/c+M' | 'priority'

export interface Point {
  readonly id: string
  readonly model: Model
  readonly agents: number
  /** Offered work for each agent; what the occupancy would be if nobody gave up. */
  readonly load: number
  /** Shares of the arrivals by class, the one that goes first first; one class but for `priority`. */
  readonly classes: readonly number[]
}

/** One measured quantity at a point. */
export interface Comparison {
  readonly what: string
  readonly theory: number
  readonly measured: Estimate | null
  readonly agrees: boolean
}

/** Sums by class; one entry per batch. */
export type Slice = readonly (readonly VisitSums[])[]

export const targetSec = 20
/** Of the interval that theory has to lie in. */
export const confidence = 0.999
/** Where the interval is narrower than this part of the value, the value itself has to be that near. */
const nearness = 0.02

const loads: readonly (readonly [agents: number, load: number])[] = [
  [1, 0.5],
  [1, 0.8],
  [1, 0.95],
  [2, 0.7],
  [5, 0.8],
  [5, 0.95],
  [10, 0.9],
  [20, 0.8],
  [20, 0.98],
  [50, 0.95],
  [100, 0.9],
  [100, 0.98],
]

export const points: readonly Point[] = [
  ...loads.map(([agents, load]) => point('M/M/c', agents, load, [1])),
  ...loads.map(([agents, load]) => point('M/M/c+M', agents, load, [1])),
  point('priority', 1, 0.8, [0.4, 0.6]),
  point('priority', 10, 0.9, [0.2, 0.5, 0.3]),
  point('priority', 50, 0.95, [0.5, 0.5]),
]

function point(model: Model, agents: number, load: number, classes: readonly number[]): Point {
  return { id: `${model}, c = ${agents}, load ${load}`, model, agents, load, classes }
}

/** Short where few agents make time pass quickly, because what an engine does by the clock costs as well. */
const handleSecOf = ({ agents }: Point) => (agents <= 5 ? 60 : 180)
/** Callers wait two thirds of a call. */
const patienceSecOf = (at: Point) => (handleSecOf(at) * 2) / 3
const perSecOf = (at: Point) => (at.agents * at.load) / handleSecOf(at)

/** Calls after which a queue has forgotten how it was: its relaxation time, ρ ÷ (1 − √ρ)². With patience far less. */
function memoryCalls({ model, load }: Point): number {
  return model === 'M/M/c+M' ? 300 : load / (1 - Math.sqrt(load)) ** 2
}

/** Calls in a batch if there are enough of them: five times the memory, at least. */
export function batchCallsOf(at: Point): number {
  return Math.max(2_500, Math.ceil((memoryCalls(at) * 5) / 2_500) * 2_500)
}

/** Simulates so many measured calls, in batches of about the given size. */
export async function runSlice(at: Point, seed: number, calls: number, batchCalls = batchCallsOf(at)): Promise<Slice> {
  const wanted = Math.max(1, Math.round(calls / batchCalls))
  const scenario = scenarioOf(at, seed, calls, Math.max(2, wanted))
  const { visits } = await replicate(scenario, 0)
  const byClass = at.classes.map((_, index) => visits.get(queueOf(index)) ?? [])
  // A scenario has two intervals at least.
  if (wanted === 1) return [byClass.map(addVisits)]
  return Array.from({ length: wanted }, (_, batch) => byClass.map(batches => batches[batch] ?? addVisits([])))
}

const queueOf = (index: number) => `class-${index + 1}`

function scenarioOf(at: Point, seed: number, calls: number, batches: number): Scenario {
  const handleSec = handleSecOf(at)
  const perHour = perSecOf(at) * 3_600
  const queues = at.classes.map((_, index) => queueOf(index))
  return parseScenario({
    seed,
    lengthMin: (calls / perHour) * 60,
    warmUpMin: ((Math.min(30_000, memoryCalls(at) * 3) + 500) / perHour) * 60,
    intervals: batches,
    center: {
      queues: queues.map(id => ({
        id,
        answer: 'with-agent',
        wrapUpMs: 0,
        maxWaiting: 100_000,
        maxWaitMs: 86_400_000,
        serviceLevel: { targetMs: targetSec * 1_000 },
      })),
      numbers: queues.map((id, index) => ({ match: id, queue: id, priority: queues.length - index })),
    },
    arrivals: at.classes.map((part, index) => ({
      number: queueOf(index),
      perHour: perHour * part,
      talk: { meanSec: handleSec },
      patience: at.model === 'M/M/c+M' ? { meanSec: patienceSecOf(at) } : null,
    })),
    staff: [{ id: 'agent', agents: at.agents, queues }],
  })
}

/** Holds what was measured against theory. */
export function compare(at: Point, batches: Slice): readonly Comparison[] {
  const ratio = (index: number, sumOf: (sums: VisitSums) => number, countOf: (sums: VisitSums) => number) =>
    estimateRatio(
      batches.flatMap((byClass): Batch[] => {
        const sums = byClass[index]
        return sums === undefined ? [] : [{ sum: sumOf(sums), count: countOf(sums) }]
      }),
      confidence,
    )
  const decided = (sums: VisitSums) => sums.answered + sums.abandoned
  const asaSec = (index: number) =>
    ratio(
      index,
      ({ answeredWaitMs }) => answeredWaitMs / 1_000,
      sums => sums.answered,
    )
  const load = { arrivalsPerSec: perSecOf(at), handleSec: handleSecOf(at) }
  if (at.model === 'priority') {
    const arrivalsPerSec = at.classes.map(part => part * load.arrivalsPerSec)
    return priorityWaitsSec({ ...load, arrivalsPerSec }, at.agents).map((waitSec, index) =>
      comparison(`ASA of class ${index + 1}, s`, waitSec ?? Number.POSITIVE_INFINITY, asaSec(index)),
    )
  }
  const theory =
    at.model === 'M/M/c'
      ? erlangCFigures(load, at.agents, targetSec)
      : erlangAFigures({ ...load, patienceSec: patienceSecOf(at) }, at.agents, targetSec)
  if (theory === null) return []
  const found = [
    comparison(
      'P(wait)',
      theory.waitProbability,
      ratio(0, sums => sums.waited, decided),
    ),
    comparison('ASA, s', theory.asaSec, asaSec(0)),
    comparison(
      'service level',
      theory.serviceLevel,
      ratio(0, sums => sums.answeredInTime, decided),
    ),
  ]
  if (at.model === 'M/M/c') return found
  return [
    ...found,
    comparison(
      'abandonment',
      theory.abandonment,
      ratio(0, sums => sums.abandoned, decided),
    ),
  ]
}

function comparison(what: string, theory: number, measured: Estimate | null): Comparison {
  return { what, theory, measured, agrees: measured !== null && agrees(theory, measured) }
}

function agrees(theory: number, { value, low, high }: Estimate): boolean {
  const isNarrow = (high - low) / 2 < nearness * theory
  return low <= theory && theory <= high && (!isNarrow || Math.abs(value - theory) <= nearness * theory)
}
