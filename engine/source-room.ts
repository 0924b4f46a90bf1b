/** How much one source may hold, and all of them together: connections, handshakes. */
import { sourceKey } from './source-key.ts'

export interface SourceRoomLimits {
  /** By {@link sourceKey}: one host by IPv4, one network by IPv6. */
  readonly perSource: number
  readonly inAll: number
}

export class SourceRoom {
  readonly #limits: SourceRoomLimits
  readonly #held = new Map<string, number>()
  #size = 0

  constructor(limits: SourceRoomLimits) {
    this.#limits = limits
  }

  hasRoomFor(host: string): boolean {
    const { perSource, inAll } = this.#limits
    return this.#size < inAll && (this.#held.get(sourceKey(host)) ?? 0) < perSource
  }

  /** Takes a place, also where there is none: what we open ourselves counts but is not refused. */
  take(host: string): void {
    const key = sourceKey(host)
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    this.#size++
  }

  /** Gives back a place that was taken. */
  leave(host: string): void {
    const key = sourceKey(host)
    const held = this.#held.get(key)
    if (held === undefined) return
    if (held === 1) this.#held.delete(key)
    else this.#held.set(key, held - 1)
    this.#size--
  }
}
