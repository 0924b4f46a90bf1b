/** The timers of one owner: named, each armed at most once, all gone with `clear()`. */
import type { Clock, TimerHandle } from './ports/clock.ts'

export class TimerBag<Name extends string> {
  readonly #clock: Clock
  /** Null until the first is armed: many a bag of a call never holds one. */
  #handles: Map<Name, TimerHandle> | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  arm(name: Name, delayMs: number, callback: () => void): void {
    this.disarm(name)
    const handle = this.#clock.setTimeout(() => {
      this.#handles?.delete(name)
      callback()
    }, delayMs)
    this.#handles ??= new Map()
    this.#handles.set(name, handle)
  }

  disarm(name: Name): void {
    const handle = this.#handles?.get(name)
    if (handle === undefined) return
    this.#clock.clearTimeout(handle)
    this.#handles?.delete(name)
  }

  armed(name: Name): boolean {
    return this.#handles?.has(name) === true
  }

  clear(): void {
    for (const handle of this.#handles?.values() ?? []) this.#clock.clearTimeout(handle)
    this.#handles = null
  }
}
