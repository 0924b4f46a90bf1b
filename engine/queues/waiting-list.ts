/**
 * The visits that wait in one queue: priority first, then who came first. A visit keeps its place while offers for it
 * are pending. Every operation takes O(log n).
 */
import { OrderedSet } from '../ordered-set.ts'

/** A call's stay in a queue. */
export interface WaitingVisit {
  readonly visitId: string
  readonly callId: string
  readonly queueId: string
  /** Higher goes first. */
  readonly priority: number
  /** Milliseconds since the epoch; never changes within a visit. */
  readonly enqueuedAt: number
}

/** Strict priority, then the oldest, then by id, so that the order is total. */
export function byTurn(a: WaitingVisit, b: WaitingVisit): number {
  return (
    b.priority - a.priority ||
    a.enqueuedAt - b.enqueuedAt ||
    (a.visitId < b.visitId ? -1 : a.visitId > b.visitId ? 1 : 0)
  )
}

export class WaitingList implements Iterable<WaitingVisit> {
  readonly #visits = new Map<string, WaitingVisit>()
  readonly #all = new OrderedSet<WaitingVisit>(byTurn)
  readonly #unoffered = new OrderedSet<WaitingVisit>(byTurn)

  /** Visits, with offers pending or not. */
  get size(): number {
    return this.#all.size
  }

  /** Visits for which no offer is pending. */
  get unoffered(): number {
    return this.#unoffered.size
  }

  /** A visit that is there already moves to its new place; its pending offers stay. */
  add(visit: WaitingVisit): void {
    const before = this.#visits.get(visit.visitId)
    const isOffered = before !== undefined && !this.#unoffered.delete(before)
    if (before !== undefined) this.#all.delete(before)
    this.#visits.set(visit.visitId, visit)
    this.#all.add(visit)
    if (!isOffered) this.#unoffered.add(visit)
  }

  /** False if it was not there. */
  remove(visitId: string): boolean {
    const visit = this.#visits.get(visitId)
    if (visit === undefined) return false
    this.#visits.delete(visitId)
    this.#all.delete(visit)
    this.#unoffered.delete(visit)
    return true
  }

  has(visitId: string): boolean {
    return this.#visits.has(visitId)
  }

  /** Notes whether offers for the visit are pending. False if that changed nothing. */
  setOffered(visitId: string, isOffered: boolean): boolean {
    const visit = this.#visits.get(visitId)
    if (visit === undefined) return false
    return isOffered ? this.#unoffered.delete(visit) : this.#unoffered.add(visit)
  }

  /** The visit whose turn it is. */
  first(): WaitingVisit | undefined {
    return this.#all.first()
  }

  /** The visit whose turn it is among those without a pending offer that are not in `passedOver`. */
  firstUnoffered(passedOver: ReadonlySet<string>): WaitingVisit | undefined {
    if (passedOver.size === 0) return this.#unoffered.first()
    for (const visit of this.#unoffered) if (!passedOver.has(visit.visitId)) return visit
    return undefined
  }

  /** 1 for the first; null if it is not there. */
  position(visitId: string): number | null {
    const visit = this.#visits.get(visitId)
    return visit === undefined ? null : this.#all.rank(visit) + 1
  }

  /** The position that a visit would have if it were added. */
  positionFor(visit: WaitingVisit): number {
    return this.#all.rank(visit) + 1
  }

  /** When the longest waiting visit came; null when nobody waits. */
  oldestEnqueuedAt(): number | null {
    let oldest: number | null = null
    let visit = this.#all.first()
    while (visit !== undefined) {
      oldest = Math.min(oldest ?? visit.enqueuedAt, visit.enqueuedAt)
      // Within one priority the first is the oldest: go on with the next lower one.
      visit = this.#all.firstFrom({ ...visit, enqueuedAt: Number.POSITIVE_INFINITY })
    }
    return oldest
  }

  /** In order. */
  [Symbol.iterator](): Iterator<WaitingVisit> {
    return this.#all[Symbol.iterator]()
  }
}
