/**
 * What a running process leaves in the store about itself, in one row that is written rarely and rides in the group of
 * some events: up to which cursor it may have told events, and when it was last alive. A process that stops in good
 * order takes its mark back. A successor that finds the mark knows that its predecessor was killed, goes on after
 * everything that it may have told, and keeps the range in between as void: nothing in it was ever written.
 */
import type { Checkpoint, StoreHead } from './ports/store.ts'

/** Both ends belong to it. */
export interface CursorRange {
  readonly first: number
  readonly last: number
}

/**
 * Cursors set aside at once. They have to last for the longest outage of the store: past the last one nothing may be
 * told any more before it is written. This is days at any rate that one process can reach, and 2^53 has room for
 * millions of such ranges.
 */
const blockSize = 1_000_000_000
/** Ranges that are remembered, the latest ones. */
const maxVoids = 100

const key = { kind: 'journal', id: 'cursors' } as const

interface MarkState {
  /** Null: stopped in good order. */
  readonly reservedTo: number | null
  /** RFC 3339. */
  readonly aliveAt: string
  readonly voids: readonly CursorRange[]
}

export class ProcessMark {
  #voids: readonly CursorRange[]
  #reservedTo = 0
  #written: MarkState | null = null

  private constructor(voids: readonly CursorRange[]) {
    this.#voids = voids
  }

  /** @returns what goes on after the last process; the range that was lost with it; when it last gave a sign of life. */
  static after(head: StoreHead): { mark: ProcessMark; lost: CursorRange | null; aliveAtMs: number | null } {
    const found = head.checkpoints.find(({ kind, id }) => kind === key.kind && id === key.id)?.state as
      | MarkState
      | undefined
    const voids = found?.voids ?? []
    const reservedTo = found?.reservedTo ?? 0
    const lost = reservedTo > head.cursor ? { first: head.cursor + 1, last: reservedTo } : null
    return {
      mark: new ProcessMark(lost === null ? voids : [...voids, lost].slice(-maxVoids)),
      lost,
      aliveAtMs: found === undefined ? null : Date.parse(found.aliveAt),
    }
  }

  /** Events up to here may be told before they are written. */
  get reservedTo(): number {
    return this.#reservedTo
  }

  /** Whether so few cursors are left that more have to be set aside. */
  isShort(cursor: number): boolean {
    return this.#reservedTo - cursor < blockSize / 2
  }

  /** The mark as it has to be written now; in force once {@link wrote} was told of it. */
  at(cursor: number, nowMs: number): Checkpoint {
    const reservedTo = this.isShort(cursor) ? cursor + blockSize : this.#reservedTo
    this.#written = { reservedTo, aliveAt: new Date(nowMs).toISOString(), voids: this.#voids }
    return { ...key, state: this.#written }
  }

  wrote(): void {
    this.#reservedTo = this.#written?.reservedTo ?? this.#reservedTo
  }

  /** The mark of a process that ends in good order. From now on nothing is told that isn't written. */
  release(nowMs: number): Checkpoint {
    this.#reservedTo = 0
    if (this.#voids.length === 0) return { ...key, state: null }
    const state: MarkState = { reservedTo: null, aliveAt: new Date(nowMs).toISOString(), voids: this.#voids }
    return { ...key, state }
  }

  /** How many events there are from `after` to `cursor`; null if a killed process told `after` and never wrote it. */
  count(after: number, cursor: number): number | null {
    let count = cursor - after
    for (const { first, last } of this.#voids) {
      if (after >= first && after <= last) return null
      if (first > after) count -= last - first + 1
    }
    return count
  }
}
