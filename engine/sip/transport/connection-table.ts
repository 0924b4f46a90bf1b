/** The connections that are open: found by where they lead, counted by where they come from. */
import { type Connection, type FlowTarget, flowKey } from './flow.ts'

/** Connections from one address (SIP.md §2 row 4). */
const maxPerHost = 100

export class ConnectionTable {
  /** By {@link Connection.key}. */
  readonly #all = new Map<string, Connection>()
  /** TLS connections of ours, by where they lead and the name that was verified. */
  readonly #verified = new Map<string, Connection>()
  readonly #perHost = new Map<string, number>()

  /** False: this address has as many as it may have. */
  hasRoomFor(host: string): boolean {
    return (this.#perHost.get(host) ?? 0) < maxPerHost
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
    const { host } = connection.remote
    this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1)
  }

  remove(connection: Connection): void {
    if (this.#all.get(connection.key) === connection) this.#all.delete(connection.key)
    for (const [key, verified] of this.#verified) if (verified === connection) this.#verified.delete(key)
    const { host } = connection.remote
    const left = (this.#perHost.get(host) ?? 1) - 1
    if (left <= 0) this.#perHost.delete(host)
    else this.#perHost.set(host, left)
  }

  destroy(fits: (connection: Connection) => boolean = () => true): void {
    for (const connection of [...this.#all.values(), ...this.#verified.values()])
      if (fits(connection)) connection.destroy()
  }
}

function verifiedKey({ host, port, serverName }: FlowTarget): string {
  return `${host}|${port}|${serverName ?? host}`
}
