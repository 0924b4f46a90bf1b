/**
 * Whose turn it is across queues. Calls that are matched at once stand back from the agents on whom one that waits for the
 * end of a window has the better claim, or it would be passed over as long as others come. They go on when the window ends.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { Eligibility } from './eligibility.ts'
import type { Outlook } from './outlook.ts'
import type { Entry, Group, QueueLine } from './queue-line.ts'
import { byAge } from './turn-order.ts'
import type { WaitingVisit } from './waiting-list.ts'

export interface Claim {
  readonly group: Group
  readonly visit: WaitingVisit
  readonly priority: number
  /** Predicted wait against target; 0 where nobody is to be served by it. */
  readonly strain: number
}

export interface ClaimsOptions {
  readonly eligibility: Eligibility
  readonly outlook: Outlook
  readonly entries: Pick<ReadonlyMap<string, Entry>, 'get'>
  /** Groups that may be matched, and those that wait for the end of a window. */
  readonly dirty: Set<Group>
  readonly batched: ReadonlySet<Group>
  /** The visit that a group would have matched next. */
  candidateOf(group: Group, nowMs: number): WaitingVisit | undefined
}

const nobody: readonly Group[] = []

export class Claims {
  /** Groups that have stood back altogether. */
  readonly heldBack = new Set<Group>()
  readonly #options: ClaimsOptions
  #byStrain = false

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /** Strain counts while a queue is concerned that is served by it. */
  weigh(): void {
    this.#byStrain = false
    for (const groups of [this.#options.dirty, this.heldBack])
      for (const { queue } of groups) this.#byStrain ||= queue.config.strategy === 'service-objective'
  }

  of(group: Group, visit: WaitingVisit, nowMs: number): Claim {
    const { queue } = group
    const strain = this.#byStrain ? this.#options.outlook.strainOf(queue, visit, nowMs) : 0
    return { group, visit, priority: queue.waiting.priorityOf(visit, nowMs), strain }
  }

  /** Of a group's next visit; null if there is none, or nobody free who suits it. */
  next(group: Group, nowMs: number): Claim | null {
    const { eligibility, candidateOf } = this.#options
    const visit = eligibility.idleOf(group).size === 0 ? undefined : candidateOf(group, nowMs)
    return visit === undefined ? null : this.of(group, visit, nowMs)
  }

  /** Groups that wait for the end of a window, and whose first visit has the better claim. */
  ahead(group: Group, visit: WaitingVisit, nowMs: number): readonly Group[] {
    const { batched } = this.#options
    if (batched.size === 0 || isBatched(group)) return nobody
    const claim = this.of(group, visit, nowMs)
    return [...batched].filter(other => {
      const first = this.next(other, nowMs)
      return first !== null && compareClaims(first, claim) < 0
    })
  }

  /** Why an agent is left to one of the groups ahead; null if none of them may have him, or his own order of queues is another. */
  leaves(agent: IdleAgent, ahead: readonly Group[]): string | null {
    for (const group of ahead) {
      const member = this.#options.eligibility.memberSuiting(group, agent)
      if (member === null || member.priority > agent.priority) continue
      return `is left to a call of ${group.queue.config.id} that goes first, for a moment`
    }
    return null
  }

  /** A group of another queue with a call for an agent who takes calls of that queue first; null if there is none. */
  firstFor(
    agent: IdleAgent,
    queue: QueueLine,
    nowMs: number,
    isFor: (entry: Entry, member: IdleAgent) => boolean,
  ): Group | null {
    const { eligibility, entries, dirty, batched, candidateOf } = this.#options
    for (const groups of [dirty, batched, this.heldBack]) {
      for (const group of groups) {
        const member = group.queue === queue ? null : eligibility.memberSuiting(group, agent)
        if (member === null || member.priority >= agent.priority) continue
        const visit = candidateOf(group, nowMs)
        const entry = visit === undefined ? undefined : entries.get(visit.visitId)
        if (entry !== undefined && isFor(entry, member)) return group
      }
    }
    return null
  }

  /** Whether nobody is left for a claim, so that its group is not to be looked at before the window ends. */
  standsBack({ group, visit }: Claim, nowMs: number): boolean {
    const ahead = this.ahead(group, visit, nowMs)
    if (ahead.length === 0) return false
    for (const agent of this.#options.eligibility.idleOf(group)) if (this.leaves(agent, ahead) === null) return false
    return true
  }

  /** A window's match is over: who has stood back may be matched. */
  comeForward(): void {
    for (const group of this.heldBack) this.#options.dirty.add(group)
    this.heldBack.clear()
  }

  /** All stand back who are matched at once, because the window is matched again first. */
  standBack(): void {
    const { dirty } = this.#options
    for (const group of dirty) if (!isBatched(group) && dirty.delete(group)) this.heldBack.add(group)
  }

  /** Tells whose claims come before those of all who have stood back; nobody's if nobody has. */
  beforeHeldBack(nowMs: number): (group: Group, visit: WaitingVisit) => boolean {
    this.weigh()
    let best: Claim | null = null
    for (const group of this.heldBack) {
      const claim = this.next(group, nowMs)
      if (claim !== null && (best === null || compareClaims(claim, best) < 0)) best = claim
    }
    const rival = best
    return (group, visit) => rival !== null && compareClaims(this.of(group, visit, nowMs), rival) < 0
  }
}

/** Whether a group's visits are matched together at the end of a window. */
export function isBatched({ queue }: Group): boolean {
  return queue.config.strategy === 'optimal'
}

export function compareClaims(a: Claim, b: Claim): number {
  return b.priority - a.priority || b.strain - a.strain || byAge(a.visit, b.visit)
}
