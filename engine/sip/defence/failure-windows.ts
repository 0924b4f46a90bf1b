/** Failures of the last minute, by whatever they are counted for: exact, so that no minute has more than allowed. */
import { LruTable } from './lru-table.ts'

const windowMs = 60_000

export class FailureWindows {
  /** By key: when the failures of the last minute happened, oldest first. */
  readonly #times: LruTable<number[]>

  constructor(maxKeys: number) {
    this.#times = new LruTable(maxKeys)
  }

  get keys(): number {
    return this.#times.size
  }

  count(key: string, nowMs: number): number {
    const times = this.#times.get(key)
    if (times === undefined) return 0
    while (times[0] !== undefined && times[0] <= nowMs - windowMs) times.shift()
    return times.length
  }

  /** @returns how many there are now. Who asks stops counting at his limit, so that none of the lists grows. */
  note(key: string, nowMs: number): number {
    const count = this.count(key, nowMs)
    const times = this.#times.get(key)
    if (times === undefined) this.#times.set(key, [nowMs])
    else times.push(nowMs)
    return count + 1
  }

  forget(key: string): void {
    this.#times.delete(key)
  }
}
