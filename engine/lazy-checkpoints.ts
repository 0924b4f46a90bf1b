/**
 * What changes with every call and need not be exact to the last one after a process was killed: written a little later, so that many
 * changes are one. Whoever ends in good order writes all of it.
 */
import type { Clock, TimerHandle } from './ports/clock.ts'
import type { Checkpoint } from './ports/store.ts'

const delayMs = 10_000

export interface LazyCheckpointsOptions {
  readonly clock: Clock
  readonly kind: Checkpoint['kind']
  /** What there is to keep of an id now; null: nothing any more. */
  stateOf(id: string): object | null
  checkpoint(checkpoint: Checkpoint): void
}

export class LazyCheckpoints {
  readonly #options: LazyCheckpointsOptions
  readonly #changed = new Set<string>()
  #timer: TimerHandle | null = null

  constructor(options: LazyCheckpointsOptions) {
    this.#options = options
  }

  touch(id: string): void {
    this.#changed.add(id)
    this.#timer ??= this.#options.clock.setTimeout(() => this.flush(), delayMs)
  }

  flush(): void {
    const { clock, kind, stateOf, checkpoint } = this.#options
    if (this.#timer !== null) clock.clearTimeout(this.#timer)
    this.#timer = null
    for (const id of this.#changed) checkpoint({ kind, id, state: stateOf(id) })
    this.#changed.clear()
  }
}
