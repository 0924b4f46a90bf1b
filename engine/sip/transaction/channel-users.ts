/**
 * Which transactions go over a connection: when it is gone, they alone are told, however many others there are. Datagrams
 * take a way that can't end, so that nothing is kept for them.
 */
import type { Channel } from './transaction-layer.ts'

export class ChannelUsers<T> {
  readonly #users = new Map<Channel, Set<T>>()

  /** Connections that are in use. */
  get size(): number {
    return this.#users.size
  }

  /** A transaction has another way from now on; null: none. */
  move(user: T, from: Channel | null, to: Channel | null): void {
    if (from?.reliable === true) this.#remove(user, from)
    if (to?.reliable !== true) return
    const users = this.#users.get(to)
    if (users === undefined) this.#users.set(to, new Set([user]))
    else users.add(user)
  }

  /** Those of now: what is done to them may change them. */
  of(channel: Channel): readonly T[] {
    return [...(this.#users.get(channel) ?? [])]
  }

  #remove(user: T, channel: Channel): void {
    const users = this.#users.get(channel)
    users?.delete(user)
    if (users?.size === 0) this.#users.delete(channel)
  }
}
