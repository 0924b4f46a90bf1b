/**
 * The visits that wait in one queue, in their turn. A visit keeps its place while offers for it are pending. Every
 * operation takes O(log n).
 */
import type { CallbackMode } from '../config-callback.ts'
import { OrderedSet } from '../ordered-set.ts'
import { TurnoverMap } from '../turnover-map.ts'
import { type Aging, byAge, noAging, priorityAt, TurnOrder } from './turn-order.ts'
import type { VisitRouting } from './visit-routing.ts'

/** A call's stay in a queue. */
export interface WaitingVisit {
  readonly visitId: string
  readonly callId: string
  readonly queueId: string
  /** At first; higher goes first. */
  readonly priority: number
  /** Milliseconds since the epoch; never changes within a visit. */
  readonly enqueuedAt: number
  /** What it asks of agents; absent: nothing. */
  readonly routing?: VisitRouting
  /** Nobody is on the line: the place is kept for somebody who is called back. */
  readonly callback?: KeptPlace
  /** By agent: who has refused the call where it waited before; absent: nobody. Counts when the visit begins to wait. */
  readonly refusals?: ReadonlyMap<string, Refusal>
}

/** Why an agent had better not be offered a call again, and until when; milliseconds since the epoch. */
export interface Refusal {
  readonly reason: string
  readonly untilMs: number
}

export interface KeptPlace {
  /** Customer-first: when it is its turn nobody is rung, but the customer is called. */
  readonly mode: CallbackMode
  /** Null: it is in line as everybody else. */
  readonly dormant: Dormancy | null
}

/** Why it is not the turn of a place that is kept, whoever is free. */
export interface Dormancy {
  /** `asleep`: its time has not come, and until then it is ahead of nobody; `served`: it is in line, but others are rung first. */
  readonly kind: 'asleep' | 'served'
  /** In a sentence. */
  readonly because: string
}

export class WaitingList {
  readonly #visits = new TurnoverMap<string, WaitingVisit>()
  readonly #offered = new Set<string>()
  readonly #aging: Aging
  readonly #turns: TurnOrder
  /** Of those on the line; only where the turns don't tell the ages. */
  #ages: OrderedSet<WaitingVisit> | null
  #kept = 0
  /** Kept places whose time has not come. Null: there was none yet. */
  #asleep: TurnOrder | null = null

  constructor(aging: Aging = noAging) {
    this.#aging = aging
    this.#turns = new TurnOrder(aging)
    this.#ages = aging.perMinute === 0 ? null : new OrderedSet(byAge)
  }

  /** Visits, with offers pending or not. */
  get size(): number {
    return this.#visits.size
  }

  /** Those of them that are places kept for callbacks. */
  get kept(): number {
    return this.#kept
  }

  /** Visits for which offers are pending. */
  get offered(): number {
    return this.#offered.size
  }

  /** Visits that are to be offered to somebody: neither offered yet nor asleep. */
  get unoffered(): number {
    return this.#visits.size - this.#offered.size - (this.#asleep?.size ?? 0)
  }

  /** A visit that is there already moves to its new place; its pending offers stay, unless it falls asleep. */
  add(visit: WaitingVisit, nowMs: number): void {
    const before = this.#visits.get(visit.visitId)
    if (before !== undefined) this.#take(before)
    this.#visits.set(visit.visitId, visit)
    this.#turns.add(visit, nowMs)
    if (visit.callback === undefined) {
      this.#ages?.add(visit)
      return
    }
    this.#kept += 1
    if (isAsleep(visit)) {
      this.#asleep ??= new TurnOrder(this.#aging)
      this.#asleep.add(visit, nowMs)
      this.#offered.delete(visit.visitId)
    }
    // From now on the first in its turn may be nobody on the line.
    this.#ages ??= this.#agesOfAll()
  }

  /** False if it was not there. */
  remove(visitId: string): boolean {
    const visit = this.#visits.get(visitId)
    if (visit === undefined) return false
    this.#visits.delete(visitId)
    this.#offered.delete(visitId)
    this.#take(visit)
    return true
  }

  has(visitId: string): boolean {
    return this.#visits.has(visitId)
  }

  isOffered(visitId: string): boolean {
    return this.#offered.has(visitId)
  }

  /** Notes whether offers for the visit are pending. False if that changed nothing. */
  setOffered(visitId: string, isOffered: boolean): boolean {
    const visit = this.#visits.get(visitId)
    if (visit === undefined || isAsleep(visit) || this.#offered.has(visitId) === isOffered) return false
    if (isOffered) this.#offered.add(visitId)
    else this.#offered.delete(visitId)
    return true
  }

  /** The visit whose turn it is. */
  first(nowMs: number): WaitingVisit | undefined {
    return this.#turns.first(nowMs)
  }

  priorityOf(visit: WaitingVisit, nowMs: number): number {
    return priorityAt(visit, this.#aging, nowMs)
  }

  /** 1 for the first; null if it is not there. */
  position(visitId: string, nowMs: number): number | null {
    const visit = this.#visits.get(visitId)
    return visit === undefined ? null : this.positionFor(visit, nowMs)
  }

  /** The position that a visit has, or would have if it were added. */
  positionFor(visit: WaitingVisit, nowMs: number): number {
    return this.#turns.rank(visit, nowMs) - (this.#asleep?.rank(visit, nowMs) ?? 0) + 1
  }

  /** When the one who waits longest on the line came; null when nobody does. */
  oldestEnqueuedAt(): number | null {
    if (this.#ages !== null) return this.#ages.first()?.enqueuedAt ?? null
    let oldest: number | null = null
    let visit = this.#turns.first(0)
    while (visit !== undefined) {
      oldest = Math.min(oldest ?? visit.enqueuedAt, visit.enqueuedAt)
      // Within one priority the first is the oldest: go on with the next lower one.
      visit = this.#turns.firstFrom({ ...visit, enqueuedAt: Number.POSITIVE_INFINITY })
    }
    return oldest
  }

  /** In order. */
  inTurn(nowMs: number): Iterable<WaitingVisit> {
    return this.#turns.inTurn(nowMs)
  }

  #take(visit: WaitingVisit): void {
    this.#turns.delete(visit)
    if (visit.callback === undefined) {
      this.#ages?.delete(visit)
      return
    }
    this.#kept -= 1
    if (isAsleep(visit)) this.#asleep?.delete(visit)
  }

  #agesOfAll(): OrderedSet<WaitingVisit> {
    const ages = new OrderedSet(byAge)
    for (const visit of this.#visits.values()) if (visit.callback === undefined) ages.add(visit)
    return ages
  }
}

/** Whether a visit's turn takes nobody: a customer is called, and who is free for him is left to others until he answers. */
export function isCalledFirst({ callback }: WaitingVisit): boolean {
  return callback?.mode === 'customer-first'
}

function isAsleep({ callback }: WaitingVisit): boolean {
  return callback?.dormant?.kind === 'asleep'
}
