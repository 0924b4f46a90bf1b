/** Gathers the groups whose visits are matched together, and when their window ends finds out who goes with whom. */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import { type BatchVisit, matchBatch, mostMatchedExactly, type QueuePlaces } from './batch.ts'
import type { Eligibility } from './eligibility.ts'
import type { MatchInput } from './match.ts'
import { type Entry, type Group, type QueueLine, routingOf } from './queue-line.ts'
import { isCalledFirst, type WaitingVisit } from './waiting-list.ts'

export interface BatchWindowOptions {
  readonly clock: Clock
  readonly eligibility: Eligibility
  readonly entries: Pick<ReadonlyMap<string, Entry>, 'get'>
  matchInput(group: Group, entry: Entry, nowMs: number): MatchInput
  /** Why an agent may not have a visit now; null if nothing stands against it. */
  barred(entry: Entry, agent: IdleAgent, nowMs: number): string | null
  /** The window ends: tells which visits come before all who stand back until then. */
  goFirst(nowMs: number): (group: Group, visit: WaitingVisit) => boolean
  /** The window has ended. */
  onMatched(window: MatchedWindow): void
}

export interface MatchedWindow {
  /** In the order in which they are to be made. */
  readonly pairs: readonly MatchedPair[]
  /** Whose visits were matched. */
  readonly groups: ReadonlySet<Group>
  /** Who was free for them, by id. */
  readonly agents: ReadonlyMap<string, IdleAgent>
  readonly nowMs: number
}

export interface MatchedPair {
  readonly entry: Entry
  readonly group: Group
  readonly agentId: string
  /** Agents about whom the visit has something to say, or they about it. */
  readonly named: Iterable<string>
  /** How well an agent of the window fits the visit, whatever it says of single ones; null: does not suit. */
  fit(agent: IdleAgent): number | null
}

type Fit = BatchVisit['fit']
type Candidate = BatchVisit & { readonly entry: Entry }

/** What a point of preference is worth, and what it costs that the agent has refused the call. */
const preferenceSec = 60
const refusedSec = 100_000

const nobody: BatchVisit['own'] = new Map()
/** Those who hold out for agents suit none but whom they name. */
const nobodyElse = { fit: () => null }

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

  /** Customers who are called first have had their turn, and took nobody: who is left is matched without them, at once. */
  matchAgain(groups: Iterable<Group>): void {
    this.#match(new Set(groups), visit => !isCalledFirst(visit))
  }

  #close(): void {
    this.#timer = null
    const groups = new Set(this.groups)
    this.groups.clear()
    this.#match(groups, () => true)
  }

  #match(groups: ReadonlySet<Group>, isMeant: (visit: WaitingVisit) => boolean): void {
    const { clock, eligibility, entries, goFirst, onMatched } = this.#options
    const nowMs = clock.now()
    const agents = this.#agents(groups)
    const candidates = new Map<Entry, Candidate>()
    const fits = new Map<Group, Fit>()
    const fitOf = (group: Group, entry: Entry) => {
      const fit = fits.get(group) ?? this.#fitOf(group, entry, nowMs)
      // Those who hold out for one agent may differ in what they ask for.
      if (group.agentId === null) fits.set(group, fit)
      return fit
    }
    const goesFirst = goFirst(nowMs)
    const places = new Map<QueueLine, QueuePlaces>()
    for (const group of groups) {
      const { queue } = group
      const here = places.get(queue) ?? { of: agent => eligibility.placeOf(queue, agent) }
      places.set(queue, here)
      for (const visit of group.turns.inTurn(nowMs)) {
        const entry = entries.get(visit.visitId)
        if (entry === undefined || !isMeant(visit)) continue
        const priority = queue.waiting.priorityOf(visit, nowMs)
        const placed = { entry, visit, priority, goesFirst: goesFirst(group, visit), places: here }
        const fit = fitOf(group, entry)
        if (group.agentId !== null) {
          const own = this.#holdOut(entry, agents.get(group.agentId), fit, candidates.get(entry)?.own, nowMs)
          if (own !== null) candidates.set(entry, { ...placed, kind: here, ...nobodyElse, own })
          continue
        }
        candidates.set(entry, { ...placed, kind: group, fit, own: this.#own(entry, fit, agents, nowMs) })
      }
    }
    const matched = matchBatch([...candidates.values()], [...agents.values()], nowMs)
    const pairs = matched.flatMap(({ of: { entry, own }, agentId }) => {
      const group = entry.groups.find(one => one.agentId === null || one.agentId === agentId)
      return group === undefined ? [] : [{ entry, group, agentId, named: own.keys(), fit: fitOf(group, entry) }]
    })
    onMatched({ pairs, groups, agents, nowMs })
  }

  /** Who may be needed. All who are free in a queue are soon found; of very many only those whom a group suits. */
  #agents(groups: ReadonlySet<Group>): ReadonlyMap<string, IdleAgent> {
    const { eligibility } = this.#options
    const agents = new Map<string, IdleAgent>()
    const queues = new Set<QueueLine>()
    for (const group of groups) {
      if (queues.has(group.queue)) continue
      const all = eligibility.idleIn(group.queue)
      const isAll = all.size <= mostMatchedExactly
      if (isAll) queues.add(group.queue)
      for (const agent of isAll ? all : eligibility.idleOf(group))
        if (!agents.has(agent.id)) agents.set(agent.id, agent)
    }
    return agents
  }

  /** How well agents fit a visit, and those of its group that ask for the same; each is asked for once. */
  #fitOf(group: Group, entry: Entry, nowMs: number): Fit {
    const { eligibility, matchInput } = this.#options
    const { strategy, context } = matchInput(group, entry, nowMs)
    const known = new Map<IdleAgent, number | null>()
    return agent => {
      const before = known.get(agent)
      if (before !== undefined) return before
      const member = eligibility.memberSuiting(group, agent)
      const fits = member === null ? null : strategy.score(member, context)
      known.set(agent, fits)
      return fits
    }
  }

  /** A visit that holds out for several agents waits in a group for each, and is still to be matched once. */
  #holdOut(
    entry: Entry,
    agent: IdleAgent | undefined,
    fits: Fit,
    before: BatchVisit['own'] | undefined,
    nowMs: number,
  ): BatchVisit['own'] | null {
    return agent === undefined ? null : new Map(before).set(agent.id, this.#worth(entry, agent, fits(agent), nowMs))
  }

  /** How well those fit a visit whom it names, and those who have refused it. */
  #own(entry: Entry, common: Fit, agents: ReadonlyMap<string, IdleAgent>, nowMs: number): BatchVisit['own'] {
    const routing = routingOf(entry)
    if (entry.refusals === null && (routing === null || routing.preferred.length + routing.avoided.size === 0))
      return nobody
    const preferred = routing?.preferred.map(({ agentId }) => agentId) ?? []
    const own = new Map<string, number | null>()
    for (const id of [...preferred, ...(routing?.avoided ?? []), ...(entry.refusals?.keys() ?? [])]) {
      const agent = agents.get(id)
      if (agent !== undefined) own.set(id, this.#worth(entry, agent, common(agent), nowMs))
    }
    return own
  }

  /** How well an agent who fits so well all the same fits this visit; null: must not be. */
  #worth(entry: Entry, agent: IdleAgent, fits: number | null, nowMs: number): number | null {
    const { eligibility, barred } = this.#options
    if (fits === null || barred(entry, agent, nowMs) !== null) return null
    const penalty = eligibility.refused(entry, agent.id, nowMs) === null ? 0 : refusedSec
    return fits + (routingOf(entry)?.preferenceFor(agent.id, nowMs) ?? 0) * preferenceSec - penalty
  }
}
