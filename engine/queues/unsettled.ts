/**
 * Groups in which somebody free was passed over: they are looked at again after a moment, as what stood against it may be
 * over by the clock alone. In one run only so many visits of a group are looked at in vain, because thousands may wait who
 * all may not have the one who is free; the next run goes on behind them, and from the first one again when somebody new
 * may be had.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Group } from './queue-line.ts'
import type { WaitingVisit } from './waiting-list.ts'

/** An agent who was passed over in a run although free is tried again after this long, at the latest. */
const retryMs = 250
/** Visits of one group that a run looks at in vain. */
const mostInVain = 64

export interface UnsettledOptions {
  readonly clock: Clock
  /** Nobody waits in the group, or nobody is free for it. */
  isOver(group: Group): boolean
  /** These may be looked at again. */
  onRetry(groups: Iterable<Group>): void
}

export class Unsettled {
  readonly #options: UnsettledOptions
  readonly #groups = new Set<Group>()
  /** Of this run. */
  readonly #inVain = new Map<Group, number>()
  /** Behind whom the next run goes on. */
  readonly #after = new Map<Group, WaitingVisit>()
  #timer: TimerHandle | null = null

  constructor(options: UnsettledOptions) {
    this.#options = options
  }

  add(group: Group): void {
    this.#groups.add(group)
  }

  /** Nobody may have this visit of a group now. @returns whether that is enough of the group for this run */
  addInVain(group: Group, visit: WaitingVisit): boolean {
    this.#groups.add(group)
    const inVain = (this.#inVain.get(group) ?? 0) + 1
    this.#inVain.set(group, inVain)
    if (inVain < mostInVain) return false
    this.#after.set(group, visit)
    return true
  }

  /** The visit of a group that comes next among those that are not in `passedOver`. */
  next(group: Group, passedOver: ReadonlySet<string>, nowMs: number): WaitingVisit | undefined {
    const after = this.#after.get(group)
    if (after === undefined) return group.turns.firstBut(passedOver, nowMs)
    for (const visit of group.turns.inTurnAfter(after, nowMs)) if (!passedOver.has(visit.visitId)) return visit
    return undefined
  }

  /** The next run begins with the first one again: its end was reached, or somebody may be had who was not before. */
  fromFirst(group: Group): void {
    this.#after.delete(group)
  }

  /** Something has changed about a visit; if the next run would go on behind it, it begins with the first one again. */
  changed(group: Group, visit: WaitingVisit, nowMs: number): void {
    const after = this.#after.get(group)
    if (after !== undefined && group.turns.rank(visit, nowMs) < group.turns.rank(after, nowMs))
      this.#after.delete(group)
  }

  forget(group: Group): void {
    this.#groups.delete(group)
    this.#inVain.delete(group)
    this.#after.delete(group)
  }

  /** A run is over. */
  endRun(): void {
    this.#inVain.clear()
    for (const group of this.#groups) if (this.#options.isOver(group)) this.#groups.delete(group)
    if (this.#groups.size > 0) this.#timer ??= this.#options.clock.setTimeout(() => this.#retry(), retryMs)
  }

  stop(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#groups.clear()
  }

  #retry(): void {
    this.#timer = null
    const groups = [...this.#groups]
    this.#groups.clear()
    this.#options.onRetry(groups)
  }
}
