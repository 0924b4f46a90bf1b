/**
 * Visits and agents of one short window, matched together so that the sum is best. What a pair is worth, in seconds: how well
 * the agent fits, and how urgent the call is (a point of priority is a minute of waiting). Pure.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import { type AssignmentProblem, assign, assignGreedily, forbidden } from './assignment.ts'
import { noExceptions, type RowExceptions } from './exceptions.ts'
import { byAge } from './turn-order.ts'
import type { WaitingVisit } from './waiting-list.ts'

/** So many visits, and so many agents, are matched exactly; with more, a batch would hold signalling up. */
export const mostMatchedExactly = 500

export interface BatchVisit {
  readonly visit: WaitingVisit
  /** As it is now. */
  readonly priority: number
  /** Visits of one kind are fitted by each agent equally well, but for those whom a visit has something to say about. */
  readonly kind: object
  /** How well an agent fits the kind, in seconds; null: must not be. */
  fit(agent: IdleAgent): number | null
  /** By agent id: how well he fits this visit instead. */
  readonly own: ReadonlyMap<string, number | null>
}

export interface BatchPair<V extends BatchVisit> {
  readonly of: V
  readonly agentId: string
}

interface Row<V extends BatchVisit> {
  readonly of: V
  readonly urgency: number
}

/**
 * Beyond {@link mostMatchedExactly} the most urgent visits and the first agents come first, and who is left takes whom he
 * likes best.
 * @returns the pairs, in the order of priority, then age
 */
export function matchBatch<V extends BatchVisit>(
  visits: readonly V[],
  agents: readonly IdleAgent[],
  nowMs: number,
): readonly BatchPair<V>[] {
  const rows = visits.map(of => ({ of, urgency: of.priority * 60 + (nowMs - of.visit.enqueuedAt) / 1000 }))
  if (rows.length > mostMatchedExactly) rows.sort((a, b) => b.urgency - a.urgency || byAge(a.of.visit, b.of.visit))
  const pairs = pairsOf(rows.slice(0, mostMatchedExactly), agents.slice(0, mostMatchedExactly), assign)
  if (rows.length > mostMatchedExactly || agents.length > mostMatchedExactly) {
    const served = new Set<V>(pairs.map(({ of }) => of))
    const taken = new Set(pairs.map(({ agentId }) => agentId))
    const left = rows.filter(({ of }) => !served.has(of))
    pairs.push(
      ...pairsOf(
        left,
        agents.filter(({ id }) => !taken.has(id)),
        assignGreedily,
      ),
    )
  }
  return pairs.sort((a, b) => b.of.priority - a.of.priority || byAge(a.of.visit, b.of.visit))
}

function pairsOf<V extends BatchVisit>(
  given: readonly Row<V>[],
  agents: readonly IdleAgent[],
  solve: (problem: AssignmentProblem) => Int32Array,
): BatchPair<V>[] {
  const rows = [...given].sort((a, b) => byAge(a.of.visit, b.of.visit))
  const kinds = new Map<object, number>()
  const samples: V[] = []
  const kindOf = rows.map(({ of }) => {
    const known = kinds.get(of.kind)
    if (known !== undefined) return known
    kinds.set(of.kind, samples.length)
    return samples.push(of) - 1
  })
  const columns = new Map(agents.map(({ id }, column) => [id, column]))
  const exceptions = rows.map(({ of }) => exceptionsOf(of, columns))
  const columnOf = solve({
    rows: rows.length,
    columns: agents.length,
    kinds: samples.length,
    kindOf: row => kindOf[row] ?? 0,
    costOf(kind, column) {
      const agent = agents[column]
      return agent === undefined ? forbidden : costOf(samples[kind]?.fit(agent) ?? null)
    },
    exceptionsOf: row => exceptions[row] ?? noExceptions,
    ownCostOf: row => -(rows[row]?.urgency ?? 0),
  })
  return rows.flatMap(({ of }, row) => {
    const agent = agents[columnOf[row] ?? -1]
    return agent === undefined ? [] : [{ of, agentId: agent.id }]
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
