/**
 * Visits and agents of one short window, matched together so that the sum is best. What a pair is worth, in seconds: how well
 * the agent fits, and how long the call has waited. That decides among calls of one priority only, and not whose queue comes
 * first for an agent. Pure.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import { type AssignmentProblem, assign, assignGreedily, forbidden } from './assignment.ts'
import { noExceptions, type RowExceptions } from './exceptions.ts'
import { byAge } from './turn-order.ts'
import type { WaitingVisit } from './waiting-list.ts'

/** So many visits, and so many agents, are matched exactly; with more, a batch would hold signalling up. */
export const mostMatchedExactly = 500

/** Which of the queues that an agent serves a queue is for each: the lowest goes first. */
export interface QueuePlaces {
  of(agent: IdleAgent): number
}

export interface BatchVisit {
  readonly visit: WaitingVisit
  /** As it is now. */
  readonly priority: number
  /** Comes before every visit for which this isn't true, whatever the priority. */
  readonly goesFirst: boolean
  /** Visits of one kind are fitted by each agent equally well, but for those whom a visit has something to say about. */
  readonly kind: object
  /** The same for all visits of a queue. */
  readonly places: QueuePlaces
  /** How well an agent fits the kind, in seconds; null: must not be. */
  fit(agent: IdleAgent): number | null
  /** By agent id: how well he fits this visit instead. */
  readonly own: ReadonlyMap<string, number | null>
}

export interface BatchPair<V extends BatchVisit> {
  readonly of: V
  readonly agentId: string
}

/**
 * Beyond {@link mostMatchedExactly} the first visits in their turn and the first agents come first, and who is left takes
 * whom he likes best.
 * @returns the pairs, in the turn of their visits
 */
export function matchBatch<V extends BatchVisit>(
  visits: readonly V[],
  agents: readonly IdleAgent[],
  nowMs: number,
): readonly BatchPair<V>[] {
  const inTurn = [...visits].sort(byTurn)
  const solve = (some: readonly V[], free: readonly IdleAgent[], by: typeof assign) => pairsOf(some, free, nowMs, by)
  const pairs = solve(inTurn.slice(0, mostMatchedExactly), agents.slice(0, mostMatchedExactly), assign)
  if (inTurn.length > mostMatchedExactly || agents.length > mostMatchedExactly) {
    const served = new Set<V>(pairs.map(({ of }) => of))
    const taken = new Set(pairs.map(({ agentId }) => agentId))
    const left = inTurn.filter(of => !served.has(of))
    const free = agents.filter(({ id }) => !taken.has(id))
    pairs.push(...solve(left, free, assignGreedily))
  }
  return pairs.sort((a, b) => byTurn(a.of, b.of))
}

function byTurn(a: BatchVisit, b: BatchVisit): number {
  return byBand(a, b) || byAge(a.visit, b.visit)
}

function byBand(a: BatchVisit, b: BatchVisit): number {
  return Number(b.goesFirst) - Number(a.goesFirst) || b.priority - a.priority
}

/** @param rows in their turn */
function pairsOf<V extends BatchVisit>(
  rows: readonly V[],
  agents: readonly IdleAgent[],
  nowMs: number,
  solve: (problem: AssignmentProblem) => Int32Array,
): BatchPair<V>[] {
  const kinds = new Map<object, number>()
  const samples: V[] = []
  const kindOf = rows.map(of => {
    const known = kinds.get(of.kind)
    if (known !== undefined) return known
    kinds.set(of.kind, samples.length)
    return samples.push(of) - 1
  })
  const columns = new Map(agents.map(({ id }, column) => [id, column]))
  const exceptions = rows.map(of => exceptionsOf(of, columns))
  const bands = bandsOf(rows)
  const levels = levelsOf(samples, agents)
  const columnOf = solve({
    rows: rows.length,
    columns: agents.length,
    kinds: samples.length,
    kindOf: row => kindOf[row] ?? 0,
    fillCosts(kind, costs) {
      const of = samples[kind]
      for (const [column, agent] of agents.entries()) costs[column] = costOf(of?.fit(agent) ?? null)
    },
    exceptionsOf: row => exceptions[row] ?? noExceptions,
    ownCostOf: row => ((rows[row]?.visit.enqueuedAt ?? nowMs) - nowMs) / 1000,
    bandOf: row => bands[row] ?? 0,
    levelsOf: kind => levels[kind] as Int32Array,
  })
  return rows.flatMap((of, row) => {
    const agent = agents[columnOf[row] ?? -1]
    return agent === undefined ? [] : [{ of, agentId: agent.id }]
  })
}

/** By row, ascending. */
function bandsOf(rows: readonly BatchVisit[]): Int32Array {
  const bands = new Int32Array(rows.length)
  for (let row = 1; row < rows.length; row += 1) {
    const [before, of] = [rows[row - 1], rows[row]]
    const isNext = before !== undefined && of !== undefined && byBand(before, of) !== 0
    bands[row] = (bands[row - 1] ?? 0) + (isNext ? 1 : 0)
  }
  return bands
}

/** By kind, then by agent; agents are asked once for each queue. */
function levelsOf(samples: readonly BatchVisit[], agents: readonly IdleAgent[]): readonly Int32Array[] {
  const known = new Map<QueuePlaces, Int32Array>()
  return samples.map(({ places }) => {
    const levels = known.get(places) ?? Int32Array.from(agents, agent => places.of(agent))
    known.set(places, levels)
    return levels
  })
}

function exceptionsOf({ own }: BatchVisit, columns: ReadonlyMap<string, number>): RowExceptions {
  if (own.size === 0) return noExceptions
  const exceptions = new Map<number, number>()
  for (const [agentId, fit] of own) {
    const column = columns.get(agentId)
    if (column !== undefined) exceptions.set(column, costOf(fit))
  }
  return exceptions
}

function costOf(fit: number | null): number {
  return fit === null ? forbidden : -fit
}
