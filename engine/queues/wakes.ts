/** When to look at which visit, or queue, again: any number of instants, one timer. */
import { OrderedSet } from '../ordered-set.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'

interface Wake {
  readonly atMs: number
  readonly visitId: string
}

export class Wakes {
  readonly #clock: Clock
  readonly #onDue: (visitIds: readonly string[]) => void
  readonly #byVisit = new Map<string, Wake>()
  readonly #inOrder = new OrderedSet<Wake>(
    (a, b) => a.atMs - b.atMs || (a.visitId < b.visitId ? -1 : a.visitId > b.visitId ? 1 : 0),
  )
  #timer: TimerHandle | null = null
  #timerAtMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock, onDue: (visitIds: readonly string[]) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** One instant for each visit, in milliseconds since the epoch; the latest call wins. Null: never. */
  set(visitId: string, atMs: number | null): void {
    const before = this.#byVisit.get(visitId)
    if ((before?.atMs ?? null) === atMs) return
    if (before !== undefined) {
      this.#byVisit.delete(visitId)
      this.#inOrder.delete(before)
    }
    if (atMs !== null) {
      const wake = { atMs, visitId }
      this.#byVisit.set(visitId, wake)
      this.#inOrder.add(wake)
    }
    this.#arm()
  }

  stop(): void {
    this.#byVisit.clear()
    for (let wake = this.#inOrder.first(); wake !== undefined; wake = this.#inOrder.first()) this.#inOrder.delete(wake)
    this.#arm()
  }

  #arm(): void {
    const nextMs = this.#inOrder.first()?.atMs ?? Number.POSITIVE_INFINITY
    if (nextMs === this.#timerAtMs) return
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timerAtMs = nextMs
    this.#timer =
      nextMs === Number.POSITIVE_INFINITY
        ? null
        : this.#clock.setTimeout(() => this.#due(), Math.max(0, nextMs - this.#clock.now()))
  }

  #due(): void {
    this.#timer = null
    this.#timerAtMs = Number.POSITIVE_INFINITY
    const nowMs = this.#clock.now()
    const due: string[] = []
    for (let wake = this.#inOrder.first(); wake !== undefined && wake.atMs <= nowMs; wake = this.#inOrder.first()) {
      this.#inOrder.delete(wake)
      this.#byVisit.delete(wake.visitId)
      due.push(wake.visitId)
    }
    if (due.length > 0) this.#onDue(due)
    this.#arm()
  }
}
