/** The connections that are open: found by where they lead, counted by where they come from. */
import { SourceRoom } from '../../source-room.ts'
import { type Connection, type FlowTarget, flowKey } from './flow.ts'

/** Connections from one source (SIP.md §2 row 4): who has an IPv6 network has more addresses than we have files. */
const maxPerSource = 100

export class ConnectionTable {
  /** By {@link Connection.key}. */
  readonly #all = new Map<string, Connection>()
  /** TLS connections of ours, by where they lead and the name that was verified. */
  readonly #verified = new Map<string, Connection>()
  readonly #room: SourceRoom

  /** @param maxInAll connections of peers and of ours; of peers no more are let in then */
  constructor(maxInAll: number) {
    this.#room = new SourceRoom({ perSource: maxPerSource, inAll: maxInAll })
  }

  /** False: this source, or all of them together, have as many as they may have. */
  hasRoomFor(host: string): boolean {
    return this.#room.hasRoomFor(host)
  }

  /** Null if there is none that may be used for the target. */
  find(target: FlowTarget): Connection | null {
    const found =
      target.transport === 'TLS' ? this.#verified.get(verifiedKey(target)) : this.#all.get(flowKey('TCP', target))
    return found?.alive === true ? found : null
  }

  /** @param target where we opened it to; null for one that a peer opened. */
  add(connection: Connection, target: FlowTarget | null): void {
    this.#all.set(connection.key, connection)
    // One that a TLS peer opened has proved no server's name: only its own requests are answered over it (RFC 5923 §5).
    if (target?.transport === 'TLS') this.#verified.set(verifiedKey(target), connection)
    this.#room.take(connection.remote.host)
  }

  remove(connection: Connection): void {
    if (this.#all.get(connection.key) === connection) this.#all.delete(connection.key)
    for (const [key, verified] of this.#verified) if (verified === connection) this.#verified.delete(key)
    this.#room.leave(connection.remote.host)
  }

  destroy(fits: (connection: Connection) => boolean = () => true): void {
    for (const connection of [...this.#all.values(), ...this.#verified.values()])
      if (fits(connection)) connection.destroy()
  }
}

function verifiedKey({ host, port, serverName }: FlowTarget): string {
  return `${host}|${port}|${serverName ?? host}`
}
