/**
 * Visits and agents of one short window, matched together so that the sum is best. What a pair is worth, in seconds: how well
 * the agent fits, and how urgent the call is (a point of priority is a minute of waiting). Pure.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import { assign, assignGreedily, forbidden } from './assignment.ts'
import { byAge } from './turn-order.ts'
import type { WaitingVisit } from './waiting-list.ts'

/** Beyond this many pairs, a batch would hold signalling up; then whoever is first takes whom he likes best. */
export const mostPairs = 40_000

export interface BatchVisit {
  readonly visit: WaitingVisit
  /** As it is now. */
  readonly priority: number
  /** How well an agent fits, in seconds; null: must not be. */
  fit(agent: IdleAgent): number | null
}

export interface BatchPair<V extends BatchVisit> {
  readonly of: V
  readonly agentId: string
}

/** @returns the pairs, in the order of priority, then age */
export function matchBatch<V extends BatchVisit>(
  visits: readonly V[],
  agents: readonly IdleAgent[],
  nowMs: number,
): readonly BatchPair<V>[] {
  const rows = [...visits].sort((a, b) => byAge(a.visit, b.visit))
  const urgencies = rows.map(({ priority, visit }) => priority * 60 + (nowMs - visit.enqueuedAt) / 1000)
  const costOf = (row: number, column: number): number => {
    const agent = agents[column]
    const fit = agent === undefined ? null : (rows[row]?.fit(agent) ?? null)
    return fit === null ? forbidden : -(fit + (urgencies[row] ?? 0))
  }
  const isLarge = rows.length * agents.length > mostPairs
  const columns = (isLarge ? assignGreedily : assign)(rows.length, agents.length, costOf)
  return rows
    .flatMap((of, row) => {
      const agent = agents[columns[row] ?? -1]
      return agent === undefined ? [] : [{ of, agentId: agent.id }]
    })
    .sort((a, b) => b.of.priority - a.of.priority || byAge(a.of.visit, b.of.visit))
}
