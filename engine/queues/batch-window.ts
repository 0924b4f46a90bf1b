/** Gathers the groups whose visits are matched together, and when their window ends finds out who goes with whom. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import { type BatchVisit, matchBatch, mostMatchedExactly } from './batch.ts'
import type { Eligibility } from './eligibility.ts'
import type { MatchInput } from './match.ts'
import { type Entry, type Group, type QueueLine, routingOf } from './queue-line.ts'

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

type Fit = BatchVisit['fit']
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
    const { clock, entries, onMatched } = this.#options
    this.#timer = null
    const nowMs = clock.now()
    const agents = this.#agents()
    const visits: Candidate[] = []
    for (const group of this.groups) {
      let fit: Fit | null = null
      for (const visit of group.turns.inTurn(nowMs)) {
        const entry = entries.get(visit.visitId)
        if (entry === undefined) continue
        // Those who hold out for one agent may differ in what they ask for.
        if (fit === null || group.agentId !== null) fit = this.#fitOf(group, entry, nowMs)
        visits.push(this.#candidate(group, entry, fit, agents, nowMs))
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

  /** Who may be needed. All who are free in a queue are soon found; of very many only those whom a group suits. */
  #agents(): ReadonlyMap<string, IdleAgent> {
    const { eligibility } = this.#options
    const agents = new Map<string, IdleAgent>()
    const queues = new Set<QueueLine>()
    for (const group of this.groups) {
      if (queues.has(group.queue)) continue
      const all = eligibility.idleIn(group.queue)
      const isAll = all.size <= mostMatchedExactly
      if (isAll) queues.add(group.queue)
      for (const agent of isAll ? all : eligibility.idleOf(group))
        if (!agents.has(agent.id)) agents.set(agent.id, agent)
    }
    return agents
  }

  /** How well agents fit all visits of a group, each asked for once. */
  #fitOf(group: Group, entry: Entry, nowMs: number): Fit {
    const { eligibility, matchInput } = this.#options
    const { strategy, context } = matchInput(group, entry, nowMs)
    const known = new Map<IdleAgent, number | null>()
    return agent => {
      const before = known.get(agent)
      if (before !== undefined) return before
      const member = eligibility.memberSuiting(group, agent)
      const laterSec = member === null ? 0 : (member.priority - 1) * laterQueueSec
      const fits = member === null ? null : strategy.score(member, context) - laterSec
      known.set(agent, fits)
      return fits
    }
  }

  #candidate(
    group: Group,
    entry: Entry,
    common: Fit,
    agents: ReadonlyMap<string, IdleAgent>,
    nowMs: number,
  ): Candidate {
    const { visit, queue } = entry
    const priority = queue.waiting.priorityOf(visit, nowMs)
    if (isOneOfMany(entry)) return { visit, priority, kind: group, fit: common, entry, group }
    const named = this.#named(entry, agents, nowMs)
    const own: Fit = agent => {
      const fits = common(agent)
      const more = named.get(agent.id)
      if (fits === null || more === undefined) return fits
      return more === null ? null : fits + more
    }
    return { visit, priority, kind: entry, fit: own, entry, group }
  }

  /** What those whom a visit names, and those who have refused it, are worth beside their fit; null: must not be. */
  #named(entry: Entry, agents: ReadonlyMap<string, IdleAgent>, nowMs: number): ReadonlyMap<string, number | null> {
    const { eligibility, barred } = this.#options
    const routing = routingOf(entry)
    const preferred = routing?.preferred.map(({ agentId }) => agentId) ?? []
    const named = new Map<string, number | null>()
    for (const id of [...preferred, ...(routing?.avoided ?? []), ...(entry.refusals?.keys() ?? [])]) {
      const agent = agents.get(id)
      if (agent === undefined) continue
      const penalty = eligibility.refused(entry, id, nowMs) === null ? 0 : refusedSec
      const preference = (routing?.preferenceFor(id, nowMs) ?? 0) * preferenceSec
      named.set(id, barred(entry, agent, nowMs) === null ? preference - penalty : null)
    }
    return named
  }
}

/** Whether all agents who suit its group fit a visit as well as any other visit there. */
function isOneOfMany(entry: Entry): boolean {
  const routing = routingOf(entry)
  const isPersonal = routing !== null && routing.preferred.length + routing.avoided.size > 0
  return entry.refusals === null && !isPersonal
}
