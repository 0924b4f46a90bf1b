/** The timers of one owner: named, each armed at most once, all gone with `clear()`. */
import type { Clock, TimerHandle } from './ports/clock.ts'

/** A link of the bag's list: there are a few at most, and a map is several times as large. */
interface Armed<Name> {
  readonly name: Name
  readonly handle: TimerHandle
  next: Armed<Name> | null
}

export class TimerBag<Name extends string> {
  readonly #clock: Clock
  #first: Armed<Name> | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  arm(name: Name, delayMs: number, callback: () => void): void {
    this.disarm(name)
    const handle = this.#clock.setTimeout(() => {
      this.#take(name)
      callback()
    }, delayMs)
    this.#first = { name, handle, next: this.#first }
  }

  disarm(name: Name): void {
    const armed = this.#take(name)
    if (armed !== null) this.#clock.clearTimeout(armed.handle)
  }

  armed(name: Name): boolean {
    let it = this.#first
    while (it !== null && it.name !== name) it = it.next
    return it !== null
  }

  clear(): void {
    for (let it = this.#first; it !== null; it = it.next) this.#clock.clearTimeout(it.handle)
    this.#first = null
  }

  /** Out of the list; null: it is not armed. */
  #take(name: Name): Armed<Name> | null {
    let before: Armed<Name> | null = null
    let it = this.#first
    while (it !== null && it.name !== name) {
      before = it
      it = it.next
    }
    if (it === null) return null
    if (before === null) this.#first = it.next
    else before.next = it.next
    return it
  }
}
