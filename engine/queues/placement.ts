/** Where a waiting visit stands: in which groups it is to be found, and when it is to be looked at again. */
import type { Clock } from '../ports/clock.ts'
import { anybody } from '../skills/requirement.ts'
import type { Eligibility } from './eligibility.ts'
import { joined, leaving } from './meanwhile.ts'
import { type Entry, type Group, type QueueLine, routingOf } from './queue-line.ts'
import type { StageChange } from './visit-routing.ts'
import type { WaitingVisit } from './waiting-list.ts'
import type { Wakes } from './wakes.ts'

export interface PlacementOptions {
  readonly clock: Clock
  readonly eligibility: Eligibility
  readonly entries: Pick<ReadonlyMap<string, Entry>, 'get'>
  readonly wakes: Pick<Wakes, 'set'>
  /** Something may have become possible in the group, for this visit. */
  mark(group: Group, visit: WaitingVisit): void
  /** The group is no more. */
  forget(group: Group): void
  onStepChanged(visit: WaitingVisit, change: StageChange): void
}

const nowhere: readonly Group[] = []

export class Placement {
  readonly #options: PlacementOptions

  constructor(options: PlacementOptions) {
    this.#options = options
  }

  /** Brings the visit's groups and its wake in line with the clock, its offers and its wishes; marks its groups. */
  settle(entry: Entry): void {
    const { clock, eligibility, wakes, mark, onStepChanged } = this.#options
    const nowMs = clock.now()
    const { visit } = entry
    const change = routingOf(entry)?.advance(eligibility.around(entry, nowMs)) ?? null
    if (change !== null) onStepChanged(visit, change)
    const isInLine = (visit.callback?.dormant ?? null) === null
    const groups = isInLine && isOpen(entry, nowMs) ? this.#groupsFor(entry, nowMs) : nowhere
    if (groups.length !== entry.groups.length || groups.some((group, index) => group !== entry.groups[index])) {
      this.leave(entry, groups)
      entry.groups = groups
      for (const group of groups) group.turns.add(visit, nowMs)
      joined(entry)
    }
    for (const group of groups) mark(group, visit)
    wakes.set(visit.visitId, this.#nextLook(entry, nowMs))
  }

  settleVisit(visitId: string): void {
    const entry = this.#options.entries.get(visitId)
    if (entry !== undefined) this.settle(entry)
  }

  /** An agent is away or gone: settles those who hold out for him, and those whose ring has nobody left. */
  settleWithout(agentId: string, queue: QueueLine): void {
    const nowMs = this.#options.clock.now()
    const holding = queue.reserved.get(agentId)
    for (const { visitId } of [...(holding?.turns.inTurn(nowMs) ?? [])]) this.settleVisit(visitId)
    const rings = [...queue.shared.values()].filter(({ isRing }) => isRing)
    for (const { turns } of rings) {
      // All who wait in a ring leave it together: if the first stays, so do the others.
      let looked: WaitingVisit | undefined
      for (let first = turns.first(nowMs); first !== undefined && first !== looked; first = turns.first(nowMs)) {
        this.settleVisit(first.visitId)
        looked = first
      }
    }
  }

  /** Out of its groups, for others: a group that it comes back to is kept, though nobody else be in it. */
  leave(entry: Entry, forOthers = nowhere): void {
    leaving(entry)
    for (const group of entry.groups) {
      group.turns.delete(entry.visit)
      if (!forOthers.includes(group) && entry.queue.drop(group)) this.#options.forget(group)
    }
    entry.groups = nowhere
  }

  #groupsFor(entry: Entry, nowMs: number): readonly Group[] {
    const { queue } = entry
    const routing = routingOf(entry)
    if (routing !== null && routing.held !== null) return routing.held.map(agentId => queue.reservedGroup(agentId))
    const requirement = this.#options.eligibility.requirementOf(entry, nowMs)
    return requirement === anybody ? queue.everybody : [queue.sharedGroup(requirement, routing?.plan.skipsEmpty)]
  }

  #nextLook(entry: Entry, nowMs: number): number | null {
    let next = routingOf(entry)?.deadline ?? Number.POSITIVE_INFINITY
    next = Math.min(next, this.#options.eligibility.nextDelay(entry, nowMs) ?? Number.POSITIVE_INFINITY)
    if (entry.queue.strategy.rings === 'more' && entry.offers > 0) {
      const { addEveryMs } = entry.queue.config.strategyOptions
      const rounds = Math.floor((nowMs - entry.ringsSince) / addEveryMs)
      next = Math.min(next, entry.ringsSince + (rounds + 1) * addEveryMs)
    }
    return next === Number.POSITIVE_INFINITY ? null : next
  }
}

/** Whether the visit is to be offered to (further) agents. */
function isOpen(entry: Entry, nowMs: number): boolean {
  const { queue, visit } = entry
  if (queue.strategy.rings === 'all' || !queue.waiting.isOffered(visit.visitId)) return true
  return queue.strategy.rings === 'more' && entry.offers < ringLimit(entry, nowMs)
}

/** How many agents may be rung for a visit at this instant. */
export function ringLimit({ queue, offers, ringsSince }: Entry, nowMs: number): number {
  if (queue.strategy.rings !== 'more') return 1
  const { atOnce, addEveryMs } = queue.config.strategyOptions
  return atOnce + (offers === 0 ? 0 : Math.floor((nowMs - ringsSince) / addEveryMs))
}
