/** One TCP or TLS connection as a flow: framing, keep-alives, bounds. */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SocketAddress, StreamConnection } from '../../ports/network.ts'
import { ConnectionTimers } from './connection-timers.ts'
import { type Connection, type Flow, flowKey, pingText } from './flow.ts'
import { StreamFramer } from './stream-framer.ts'

export interface StreamFlowOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly transport: 'TCP' | 'TLS'
  /** How long a connection of ours may take to be there; null: the peer opened it. */
  readonly connectMs: number | null
  readonly localHost: string
  readonly advertised: SocketAddress
  /** False: nothing more of this peer is wanted. */
  onFrame(bytes: Uint8Array, flow: Flow): boolean
  /** `wasThere`: false if a connection of ours never came about. */
  onClosed(flow: StreamFlow, wasThere: boolean): void
}

/** A peer that does not take what we send is cut off here. */
export const maxBufferedBytes = 4 * 1024 * 1024

export class StreamFlow implements Connection {
  readonly transport: 'TCP' | 'TLS'
  readonly reliable = true
  readonly key: string
  readonly remote: SocketAddress
  readonly #options: StreamFlowOptions
  readonly #connection: StreamConnection
  readonly #framer: StreamFramer
  readonly #timers: ConnectionTimers
  #wasThere: boolean
  #completed = false
  #pinged = false
  /** A ping of ours waits for its answer. */
  #asked = false
  /** Something was heard since our last ping. */
  #heard = true
  /** The peer knows pings. */
  #answers = false
  #refused = false
  #alive = true

  constructor(options: StreamFlowOptions, connection: StreamConnection) {
    this.#options = options
    this.#connection = connection
    this.#wasThere = options.connectMs === null
    this.transport = options.transport
    this.remote = connection.remote
    this.key = flowKey(options.transport, connection.remote)
    this.#timers = new ConnectionTimers(options.clock, what => this.#cutOff(what))
    this.#framer = new StreamFramer({
      onFrame: bytes => this.#onFrame(bytes),
      onPing: () => {
        this.#pinged = true
      },
      onBroken: reason => this.#cutOff(reason),
    })
    if (options.connectMs === null) this.#timers.accepted()
    else this.#timers.connecting(options.connectMs)
    connection.attach({
      onConnected: () => {
        this.#wasThere = true
        this.#timers.connected()
      },
      onData: bytes => this.#onData(bytes),
      onClose: error => this.#onClose(error),
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  get isOurs(): boolean {
    return this.#options.connectMs !== null
  }

  get peerNames(): readonly string[] {
    return this.#connection.peerNames ?? []
  }

  get advertised(): SocketAddress {
    return this.#options.advertised
  }

  get localHost(): string {
    return this.#options.localHost
  }

  send(text: string): void {
    if (!this.#alive) return
    if (this.#connection.bufferedBytes > maxBufferedBytes) this.#cutOff('the peer does not read')
    else this.#connection.write(text)
  }

  ping(): void {
    if (this.#answers && !this.#heard) {
      this.#cutOff('the peer does not answer any more')
      return
    }
    this.#heard = false
    this.#asked = true
    this.send(pingText)
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #onFrame(bytes: Uint8Array): void {
    if (this.#refused) return
    this.#completed = true
    if (this.#options.onFrame(bytes, this)) return
    this.#refused = true
    // Not at once: the answer is still to be sent.
    this.#connection.end()
  }

  #onData(bytes: Uint8Array): void {
    this.#heard = true
    // Two answers in a row would read as a ping.
    if (this.#asked && !this.#framer.begun && isPong(bytes)) {
      this.#asked = false
      this.#answers = true
      return
    }
    this.#completed = false
    this.#framer.push(bytes)
    if (this.#pinged) {
      this.#pinged = false
      // RFC 5626 §4.4.1. One for all that came at once: a flood of line ends is not worth a flood of writes.
      this.send('\r\n')
    }
    if (this.#alive) this.#timers.received(this.#completed, this.#framer.partial)
  }

  #cutOff(reason: string): void {
    this.#options.logger.info({ remote: this.remote, reason }, 'SIP connection closed by us')
    this.#connection.destroy()
  }

  #onClose(error: Error | null): void {
    this.#alive = false
    this.#timers.stop()
    if (error !== null)
      this.#options.logger.info(
        { remote: this.remote, transport: this.transport, reason: error.message },
        this.#options.connectMs === null ? 'SIP connection broken' : 'SIP connection failed',
      )
    this.#options.onClosed(this, this.#wasThere)
  }
}

function isPong(bytes: Uint8Array): boolean {
  return bytes.length === 2 && bytes[0] === 13 && bytes[1] === 10
}
