/**
 * What the roster knows of one queue: its free agents in order of idleness, and how many stand where. Kept up to date
 * change by change, so that nothing here ever walks the agents that are busy.
 */
import type { StrategyName } from '../config.ts'
import type { QueueMetrics } from '../events.ts'
import { OrderedSet } from '../ordered-set.ts'
import type { Standing } from './agent-state.ts'

/** A routable agent as matching sees it. Instants are milliseconds since the epoch. */
export interface IdleAgent {
  readonly id: string
  /** Place in the center's list of agents. */
  readonly order: number
  /** End of the last call routed by a queue, or ready since. */
  readonly idleSince: number
  /** Calls of this queue handled today, or the median of the others if the agent came later. */
  readonly callsHandled: number
  readonly skills: Readonly<Record<string, number>>
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
}

export type AgentCounts = QueueMetrics['agents']

function longestIdleFirst(a: Member, b: Member): number {
  return a.idleSince - b.idleSince || a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

export class QueueIndex {
  /** Only fewest-calls needs newcomers to start at the median, which means to look at every member. */
  readonly #startsAtMedian: boolean
  readonly idle = new OrderedSet<Member>(longestIdleFirst)
  readonly #members = new Map<Member, Standing>()
  readonly #standings = new Map<Standing, number>()

  constructor(strategy: StrategyName) {
    this.#startsAtMedian = strategy === 'fewest-calls'
  }

  /** Puts a member where it stands now; `null` takes it out. */
  place(member: Member, standing: Standing | null): void {
    const before = this.#members.get(member)
    if (before === standing) return
    if (before !== undefined) {
      this.#standings.set(before, this.#count(before) - 1)
      if (before === 'available') this.idle.delete(member)
    }
    if (standing === null) {
      this.#members.delete(member)
      return
    }
    this.#members.set(member, standing)
    this.#standings.set(standing, this.#count(standing) + 1)
    if (standing === 'available') this.idle.add(member)
  }

  /** How many agents are not routable, by what excludes them; without zeros. */
  notFree(): Record<string, number> {
    const result: Record<string, number> = {}
    for (const [standing, count] of this.#standings) {
      if (standing !== 'available' && count > 0) result[standing] = count
    }
    return result
  }

  /**
   * Agents in use by a call that isn't ours are busy. Those who cool down after a missed offer are counted as notReady:
   * nothing is offered to them, and the sum stays the number of agents signed in.
   */
  counts(): AgentCounts {
    return {
      signedIn: this.#members.size - this.#count('offline'),
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
      unreachable: this.#count('unreachable'),
    }
  }

  /** What a newcomer's count begins with: the median of the other members who are signed in. */
  startingCount(newcomer: Member): number {
    if (!this.#startsAtMedian) return 0
    const handled: number[] = []
    for (const [member, standing] of this.#members) {
      if (member !== newcomer && standing !== 'offline') handled.push(member.callsHandled)
    }
    handled.sort((a, b) => a - b)
    return handled[handled.length >>> 1] ?? 0
  }

  #count(standing: Standing): number {
    return this.#standings.get(standing) ?? 0
  }
}
