/**
 * Visits in their turn: priority first, then who came first. Where waiting raises the priority, up to a maximum, the order
 * changes by the clock alone, and no visit is touched for it until it reaches the maximum: among those who still rise, who
 * reaches it first is ahead; those who have reached it come before them all. Every operation takes O(log n).
 */
import { OrderedSet } from '../ordered-set.ts'
import type { WaitingVisit } from './waiting-list.ts'

export interface Aging {
  /** Priority gained in a minute of waiting; 0: none. */
  readonly perMinute: number
  /** Waiting raises no priority above this. */
  readonly max: number
}

export const noAging: Aging = { perMinute: 0, max: 0 }

/** Strict priority, then the oldest, then by id, so that the order is total. */
export function byTurn(a: WaitingVisit, b: WaitingVisit): number {
  return b.priority - a.priority || byAge(a, b)
}

export function byAge(a: WaitingVisit, b: WaitingVisit): number {
  return a.enqueuedAt - b.enqueuedAt || (a.visitId < b.visitId ? -1 : a.visitId > b.visitId ? 1 : 0)
}

/** A visit's priority at an instant. */
export function priorityAt({ priority, enqueuedAt }: WaitingVisit, { perMinute, max }: Aging, nowMs: number): number {
  if (perMinute === 0 || priority >= max) return priority
  return Math.min(max, priority + (perMinute * Math.max(0, nowMs - enqueuedAt)) / 60_000)
}

/** When a visit's priority stops to rise. */
function settledAt({ priority, enqueuedAt }: WaitingVisit, { perMinute, max }: Aging): number {
  if (perMinute === 0 || priority >= max) return Number.NEGATIVE_INFINITY
  return enqueuedAt + ((max - priority) * 60_000) / perMinute
}

export class TurnOrder {
  readonly #aging: Aging
  readonly #settled: OrderedSet<WaitingVisit>
  readonly #rising: OrderedSet<WaitingVisit>

  constructor(aging: Aging) {
    this.#aging = aging
    const top = (visit: WaitingVisit) => Math.max(visit.priority, aging.max)
    this.#settled = new OrderedSet(aging.perMinute === 0 ? byTurn : (a, b) => top(b) - top(a) || byAge(a, b))
    this.#rising = new OrderedSet((a, b) => settledAt(a, aging) - settledAt(b, aging) || byAge(a, b))
  }

  get size(): number {
    return this.#settled.size + this.#rising.size
  }

  /** False if it was there already. */
  add(visit: WaitingVisit, nowMs: number): boolean {
    this.#settle(nowMs)
    return this.#setOf(visit, nowMs).add(visit)
  }

  /** False if it was not there. */
  delete(visit: WaitingVisit): boolean {
    return this.#settled.delete(visit) || (this.#rising.size > 0 && this.#rising.delete(visit))
  }

  has(visit: WaitingVisit, nowMs: number): boolean {
    this.#settle(nowMs)
    return this.#setOf(visit, nowMs).firstFrom(visit)?.visitId === visit.visitId
  }

  /** Whose turn it is. */
  first(nowMs: number): WaitingVisit | undefined {
    this.#settle(nowMs)
    return this.#settled.first() ?? this.#rising.first()
  }

  /** Whose turn it is among those that are not in `passedOver`. */
  firstBut(passedOver: ReadonlySet<string>, nowMs: number): WaitingVisit | undefined {
    if (passedOver.size === 0) return this.first(nowMs)
    for (const visit of this.inTurn(nowMs)) if (!passedOver.has(visit.visitId)) return visit
    return undefined
  }

  /** How many come before a visit, whether it is there or not. */
  rank(visit: WaitingVisit, nowMs: number): number {
    this.#settle(nowMs)
    const set = this.#setOf(visit, nowMs)
    return set.rank(visit) + (set === this.#rising ? this.#settled.size : 0)
  }

  /** For orders without aging: the first visit that does not come before `probe`. */
  firstFrom(probe: WaitingVisit): WaitingVisit | undefined {
    return this.#settled.firstFrom(probe)
  }

  /** The order must not be changed during the walk. */
  *inTurn(nowMs: number): Generator<WaitingVisit, undefined> {
    this.#settle(nowMs)
    yield* this.#settled
    yield* this.#rising
  }

  /** Those who come after a visit, whether it is there or not. The order must not be changed during the walk. */
  *inTurnAfter(visit: WaitingVisit, nowMs: number): Generator<WaitingVisit, undefined> {
    this.#settle(nowMs)
    const set = this.#setOf(visit, nowMs)
    yield* set.after(visit)
    if (set === this.#settled) yield* this.#rising
  }

  #setOf(visit: WaitingVisit, nowMs: number): OrderedSet<WaitingVisit> {
    return this.#aging.perMinute === 0 || settledAt(visit, this.#aging) <= nowMs ? this.#settled : this.#rising
  }

  #settle(nowMs: number): void {
    if (this.#rising.size === 0) return
    for (let next = this.#rising.first(); next !== undefined; next = this.#rising.first()) {
      if (settledAt(next, this.#aging) > nowMs) return
      this.#rising.delete(next)
      this.#settled.add(next)
    }
  }
}
