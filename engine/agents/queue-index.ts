/**
 * What the roster knows of one queue: its free agents in order of idleness, altogether and by what calls require of
 * them, and how many stand where. Kept up to date change by change, so that nothing here ever walks the agents that are
 * busy.
 */
import type { StrategyName, StrategyOptions } from '../config.ts'
import type { QueueMetrics } from '../events.ts'
import { OrderedSet } from '../ordered-set.ts'
import type { Skills } from '../skills/expression.ts'
import type { Requirement } from '../skills/requirement.ts'
import type { AgentLoad } from './agent-load.ts'
import type { Standing } from './agent-state.ts'
import { type Held, longestIdleFirst, MemberPools } from './member-pools.ts'

/** A routable agent as matching sees it. Instants are milliseconds since the epoch. */
export interface IdleAgent {
  readonly id: string
  /** Place in the center's list of agents. */
  readonly order: number
  /** By the queue's `idleSince`: ready since, end of the last call, or last offered. */
  readonly idleSince: number
  /** Calls handled today, by the queue's `count` in this queue or in all; as all three, at least the median at sign-in. */
  readonly callsHandled: number
  /** Of those calls, hold included. */
  readonly talkMs: number
  /** As talkMs, with wrap-up. */
  readonly workMs: number
  readonly skills: Skills
  /** Of the queues that the agent serves, the lowest goes first. */
  readonly priority: number
  /** True if another of the agent's queues goes before this one. */
  readonly yields: boolean
  /** Takes only calls that have waited longer. */
  readonly delayMs: number
  readonly weight: number
  readonly load: AgentLoad
}

/** Routable agents of a queue, the longest idle first. A live view: not to be walked while agents change. */
export interface IdleAgents extends Iterable<IdleAgent> {
  readonly size: number
}

/** One agent in one queue. While the agent is idle, what orders it must not change. */
export interface Member extends IdleAgent {
  readonly index: QueueIndex
  order: number
  idleSince: number
  callsHandled: number
  talkMs: number
  workMs: number
}

/** The agents of a queue who suit a requirement. */
export interface Pool {
  readonly idle: IdleAgents
  /** How many are signed in, free or not. */
  readonly staffed: number
}

export type AgentCounts = QueueMetrics['agents']

/** Strategies that even out a sum: to them a newcomer with nothing done would be given everything. */
const evening: ReadonlySet<string> = new Set(['fewest-calls', 'least-talk-time', 'percent-allocation'])

interface IndexConfig {
  readonly strategy: StrategyName
  readonly strategyOptions: Pick<StrategyOptions, 'idleSince' | 'count' | 'countSince'>
}

export class QueueIndex {
  readonly idleSince: StrategyOptions['idleSince']
  /** Calls of every queue count, not those of this one only. */
  readonly countsAll: boolean
  /** What was counted is forgotten when somebody signs in. */
  readonly #countsSession: boolean
  /** Only strategies that even out need newcomers to start at the median, which means to look at every member. */
  readonly #startsAtMedian: boolean
  readonly idle = new OrderedSet<Member>(longestIdleFirst)
  readonly #members = new Map<Member, Standing>()
  readonly #standings = new Map<Standing, number>()
  readonly #pools: MemberPools
  readonly #delays: number[] = []
  #yields: boolean | null = null

  /** @param held keys of the requirements that calls of the queue wait with; changes are told by {@link heldOtherwise} */
  constructor({ strategy, strategyOptions }: IndexConfig, held: Held = new Set()) {
    this.#pools = new MemberPools(this.#members, held)
    this.#startsAtMedian = evening.has(strategy)
    this.idleSince = strategyOptions.idleSince
    this.countsAll = strategyOptions.count === 'center'
    this.#countsSession = strategyOptions.countSince === 'signIn'
  }

  /**
   * Tells of an agent who serves the queue, whether he has joined it now or not: who waits is grouped by the delays, and
   * must not have to be grouped anew when somebody joins or leaves.
   */
  enlist({ delayMs }: Member): void {
    if (delayMs === 0 || this.#delays.includes(delayMs)) return
    this.#delays.push(delayMs)
    this.#delays.sort((a, b) => a - b)
  }

  /** Puts a member where it stands now; `null` takes it out. */
  place(member: Member, standing: Standing | null): void {
    const before = this.#members.get(member)
    if (before === standing) return
    if (before !== undefined) {
      this.#standings.set(before, this.#count(before) - 1)
      if (before === 'available') this.idle.delete(member)
    }
    if (before === undefined || standing === null) this.#yields = null
    if (before === undefined) this.enlist(member)
    if (standing === null) {
      if (before !== undefined) this.#pools.leave(member, before)
      this.#members.delete(member)
      return
    }
    if (before === undefined) this.#pools.join(member, standing)
    else this.#pools.move(member, before, standing)
    this.#members.set(member, standing)
    this.#standings.set(standing, this.#count(standing) + 1)
    if (standing === 'available') this.idle.add(member)
  }

  /** Looks at those who may suit the first time that a requirement is asked for; afterwards it is kept up to date. */
  pool(requirement: Requirement): Pool {
    const longest = this.delays.at(-1) ?? 0
    if (requirement.expression === null && requirement.maxDelayMs >= longest) return this
    return this.#pools.pool(requirement)
  }

  /** Calls have begun to wait with a requirement, or have ceased to: so long its pool is kept, how many there may be. */
  heldOtherwise(requirement: Requirement): void {
    this.#pools.heldOtherwise(requirement)
  }

  get staffed(): number {
    return this.#members.size - this.#count('offline')
  }

  /** Who takes calls: now, or when done with the present one, or when a cooldown is over. */
  get active(): number {
    return this.staffed - this.paused - this.#count('unreachable')
  }

  /** Signed in, and not ready, with a phone or without one. */
  get paused(): number {
    return this.#count('notReady') + this.#count('pausedAway')
  }

  /** The delays after which further agents take part, ascending, each once; without 0. */
  get delays(): readonly number[] {
    return this.#delays
  }

  /** Whether some agent takes calls of another queue before those of this one. */
  get yields(): boolean {
    this.#yields ??= [...this.#members.keys()].some(({ yields }) => yields)
    return this.#yields
  }

  /** How many agents are not routable, by what excludes them; without zeros. */
  notFree(): Record<string, number> {
    const result: Record<string, number> = {}
    for (const [standing, count] of this.#standings) {
      if (standing === 'available' || count === 0) continue
      const excludes = standing === 'pausedAway' ? 'unreachable' : standing
      result[excludes] = (result[excludes] ?? 0) + count
    }
    return result
  }

  /**
   * Agents in use by a call that isn't ours are busy. Those who cool down after a missed offer are counted as notReady:
   * nothing is offered to them, and the sum stays the number of agents signed in.
   */
  counts(): AgentCounts {
    return {
      signedIn: this.staffed,
      available: this.#count('available'),
      ringing: this.#count('reserved') + this.#count('ringing'),
      busy:
        this.#count('talking') +
        this.#count('held') +
        this.#count('consulting') +
        this.#count('conferencing') +
        this.#count('inUse'),
      wrapUp: this.#count('wrapUp'),
      notReady: this.#count('notReady') + this.#count('cooldown'),
      unreachable: this.#count('unreachable') + this.#count('pausedAway'),
    }
  }

  /** Somebody signs in: what counts from there begins anew. */
  beginSession(member: Member): void {
    if (this.#countsSession) Object.assign(member, { callsHandled: 0, talkMs: 0, workMs: 0 })
    this.startAtMedian(member)
  }

  /** Lifts a newcomer's sums to the median of the other members who are signed in. */
  startAtMedian(newcomer: Member): void {
    if (!this.#startsAtMedian) return
    const others: Member[] = []
    for (const [member, standing] of this.#members) {
      if (member !== newcomer && standing !== 'offline') others.push(member)
    }
    const median = (sum: (member: Member) => number) => medianOf(others.map(sum))
    newcomer.callsHandled = Math.max(
      newcomer.callsHandled,
      median(member => member.callsHandled),
    )
    newcomer.talkMs = Math.max(
      newcomer.talkMs,
      median(member => member.talkMs),
    )
    newcomer.workMs = Math.max(newcomer.workMs, median(member => member.workMs / member.weight) * newcomer.weight)
  }

  #count(standing: Standing): number {
    return this.#standings.get(standing) ?? 0
  }
}

/** Of an even number the mean of the two in the middle; 0 of none. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >>> 1] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? 0)) / 2
}
