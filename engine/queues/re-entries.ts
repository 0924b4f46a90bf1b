/**
 * Callers who have just left a line that lets them come back into it: by accident, as it seems, if they call again at once.
 * Kept by queue and number, as many as {@link mostRemembered} at most, the oldest forgotten first; and in the store, so that a
 * process that was killed costs nobody his place.
 */
import type { Checkpoint } from '../ports/store.ts'

export const mostRemembered = 10_000

export interface LeftPlace {
  /** When the wait began that was broken off. */
  readonly enqueuedAt: number
  /** What it was worth then, recipes included. */
  readonly priority: number
  /** No longer than until then. Milliseconds, as all of these. */
  readonly untilMs: number
}

/** A caller may be called anything; what no number looks like is not worth a row of a database. */
const storable = /^[!-~]{1,64}$/

export class ReEntries {
  readonly #checkpoint: (checkpoint: Checkpoint) => void
  readonly #left = new Map<string, LeftPlace>()

  constructor(checkpoint: (checkpoint: Checkpoint) => void) {
    this.#checkpoint = checkpoint
  }

  /** What the last process knew; whose time is over is forgotten. */
  restore(checkpoints: readonly Checkpoint[], now: number): void {
    const kept = checkpoints.filter(({ kind, state }) => kind === 'reEntry' && state !== null)
    for (const { id, state } of kept) this.#left.set(id, state as LeftPlace)
    for (const [key, { untilMs }] of this.#left) if (now > untilMs) this.#forget(key)
  }

  remember(queueId: string, number: string, place: LeftPlace, now: number): void {
    const key = keyOf(queueId, number)
    this.#left.delete(key)
    this.#left.set(key, place)
    if (storable.test(number)) this.#checkpoint({ kind: 'reEntry', id: key, state: place })
    for (const [oldest, { untilMs }] of this.#left) {
      if (this.#left.size <= mostRemembered && now <= untilMs) break
      this.#forget(oldest)
    }
  }

  /** The caller's place, once, if he is back in time; null if not. */
  take(queueId: string, number: string, now: number): LeftPlace | null {
    const key = keyOf(queueId, number)
    const left = this.#left.get(key)
    if (left === undefined) return null
    this.#forget(key)
    return now > left.untilMs ? null : left
  }

  #forget(key: string): void {
    this.#left.delete(key)
    if (storable.test(key.slice(key.indexOf(' ') + 1))) this.#checkpoint({ kind: 'reEntry', id: key, state: null })
  }
}

/** No id of a queue has a space in it. */
function keyOf(queueId: string, number: string): string {
  return `${queueId} ${number}`
}
