/** When to look at which visit, or queue, again: any number of instants, one timer. */
import { OrderedSet } from '../ordered-set.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'

interface Wake {
  readonly atMs: number
  readonly visitId: string
}

export class Wakes {
  readonly #clock: Clock
  readonly #onDue: (visitIds: readonly string[], isLast: boolean) => void
  readonly #mostAtOnce: number
  readonly #byVisit = new Map<string, Wake>()
  readonly #inOrder = new OrderedSet<Wake>(
    (a, b) => a.atMs - b.atMs || (a.visitId < b.visitId ? -1 : a.visitId > b.visitId ? 1 : 0),
  )
  #timer: TimerHandle | null = null
  #timerAtMs = Number.POSITIVE_INFINITY
  /** `onDue` still has to be told that a moment's last ones have come, even if they are awaited no more. */
  #isCut = false

  /**
   * @param onDue those whose time has come; `isLast` if there are no others, which may turn out with an empty list
   * @param mostAtOnce of them in one turn of the loop; the others follow in the next ones
   */
  constructor(
    clock: Clock,
    onDue: (visitIds: readonly string[], isLast: boolean) => void,
    mostAtOnce = Number.POSITIVE_INFINITY,
  ) {
    this.#clock = clock
    this.#onDue = onDue
    this.#mostAtOnce = mostAtOnce
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
    this.#isCut = false
    this.#byVisit.clear()
    for (let wake = this.#inOrder.first(); wake !== undefined; wake = this.#inOrder.first()) this.#inOrder.delete(wake)
    this.#arm()
  }

  #arm(): void {
    const nextMs = this.#isCut ? Number.NEGATIVE_INFINITY : (this.#inOrder.first()?.atMs ?? Number.POSITIVE_INFINITY)
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
    let wake = this.#inOrder.first()
    while (wake !== undefined && wake.atMs <= nowMs && due.length < this.#mostAtOnce) {
      this.#inOrder.delete(wake)
      this.#byVisit.delete(wake.visitId)
      due.push(wake.visitId)
      wake = this.#inOrder.first()
    }
    const isLast = wake === undefined || wake.atMs > nowMs
    const wasCut = this.#isCut
    this.#isCut = !isLast
    if (due.length > 0 || wasCut) this.#onDue(due, isLast)
    this.#arm()
  }
}
