/** Gathers the groups whose visits are matched together, and when their window ends finds out who goes with whom. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import { type BatchVisit, matchBatch } from './batch.ts'
import type { Eligibility } from './eligibility.ts'
import type { MatchInput } from './match.ts'
import { type Entry, type Group, routingOf } from './queue-line.ts'

export interface BatchWindowOptions {
  readonly clock: Clock
  readonly eligibility: Eligibility
  readonly entries: Pick<ReadonlyMap<string, Entry>, 'get'>
  matchInput(group: Group, entry: Entry, nowMs: number): MatchInput
  /** Why an agent may not have a visit now; null if nothing stands against it. */
  barred(entry: Entry, agent: IdleAgent, nowMs: number): string | null
  /** The window has ended: these pairs, in their order, of the visits of these groups. */
  onMatched(pairs: readonly MatchedPair[], groups: ReadonlySet<Group>, nowMs: number): void
}

export interface MatchedPair {
  readonly entry: Entry
  readonly group: Group
  readonly agentId: string
}

type Candidate = BatchVisit & { readonly entry: Entry; readonly group: Group }

/** What a point of preference is worth, and what it costs that the agent has refused the call. */
const preferenceSec = 60
const refusedSec = 100_000
/** What it costs that the agent takes calls of another queue first. */
const laterQueueSec = 1_000

export class BatchWindow {
  /** Groups that wait for the end of the window. */
  readonly groups = new Set<Group>()
  readonly #options: BatchWindowOptions
  #timer: TimerHandle | null = null

  constructor(options: BatchWindowOptions) {
    this.#options = options
  }

  /** The window begins with the first group. */
  collect(group: Group): void {
    this.groups.add(group)
    this.#timer ??= this.#options.clock.setTimeout(() => this.#close(), group.queue.config.strategyOptions.windowMs)
  }

  stop(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.groups.clear()
  }

  #close(): void {
    const { clock, eligibility, entries, onMatched } = this.#options
    this.#timer = null
    const nowMs = clock.now()
    const agents = new Map<string, IdleAgent>()
    const visits: Candidate[] = []
    for (const group of this.groups) {
      for (const agent of eligibility.idleOf(group)) if (!agents.has(agent.id)) agents.set(agent.id, agent)
      for (const visit of group.turns.inTurn(nowMs)) {
        const entry = entries.get(visit.visitId)
        if (entry !== undefined) visits.push(this.#candidate(group, entry, nowMs))
      }
    }
    this.groups.clear()
    const pairs = matchBatch(visits, [...agents.values()], nowMs)
    onMatched(
      pairs.map(({ of: { entry, group }, agentId }) => ({ entry, group, agentId })),
      new Set(visits.map(({ group }) => group)),
      nowMs,
    )
  }

  #candidate(group: Group, entry: Entry, nowMs: number): Candidate {
    const { eligibility, barred } = this.#options
    const input = this.#options.matchInput(group, entry, nowMs)
    const fit = (agent: IdleAgent): number | null => {
      const member = eligibility.memberSuiting(group, agent)
      if (member === null || barred(entry, member, nowMs) !== null) return null
      const preference = input.preference?.(entry.visit, member) ?? 0
      const penalty = eligibility.refused(entry, member.id, nowMs) === null ? 0 : refusedSec
      const laterSec = (member.priority - 1) * laterQueueSec
      return input.strategy.score(member, input.context) + preference * preferenceSec - penalty - laterSec
    }
    const priority = entry.queue.waiting.priorityOf(entry.visit, nowMs)
    return { visit: entry.visit, priority, kind: isOneOfMany(entry) ? group : entry, fit, entry, group }
  }
}

/** Whether all agents who suit its group fit a visit as well as any other visit there. */
function isOneOfMany(entry: Entry): boolean {
  const routing = routingOf(entry)
  const isPersonal = routing !== null && routing.preferred.length + routing.avoided.size > 0
  return entry.refusals === null && !isPersonal
}
