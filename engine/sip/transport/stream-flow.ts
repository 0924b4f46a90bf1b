/** One TCP connection as a flow: framing, keep-alives, bounds. */
import type { Clock, TimerHandle } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SocketAddress, StreamConnection } from '../../ports/network.ts'
import { type Flow, flowKey } from './flow.ts'
import { StreamFramer } from './stream-framer.ts'

export interface StreamFlowOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly localHost: string
  readonly advertised: SocketAddress
  onFrame(bytes: Uint8Array, flow: Flow): void
  onClosed(flow: StreamFlow): void
}

/** A message must be complete this long after its first byte (SIP.md §2 row 4). */
const partialMessageMs = 10_000
/** A peer that does not take what we send is cut off here. */
const maxBufferedBytes = 4 * 1024 * 1024

export class StreamFlow implements Flow {
  readonly transport = 'TCP'
  readonly reliable = true
  readonly key: string
  readonly remote: SocketAddress
  readonly #options: StreamFlowOptions
  readonly #connection: StreamConnection
  readonly #framer: StreamFramer
  #partialTimer: TimerHandle | null = null
  #alive = true

  constructor(options: StreamFlowOptions, connection: StreamConnection) {
    this.#options = options
    this.#connection = connection
    this.remote = connection.remote
    this.key = flowKey('TCP', connection.remote)
    this.#framer = new StreamFramer({
      onFrame: bytes => options.onFrame(bytes, this),
      onPing: () => connection.write('\r\n'),
      onBroken: reason => {
        options.logger.info({ remote: this.remote, reason }, 'SIP connection closed: not framed as SIP')
        connection.destroy()
      },
    })
    connection.attach({
      onData: bytes => this.#onData(bytes),
      onClose: () => this.#onClose(),
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  get advertised(): SocketAddress {
    return this.#options.advertised
  }

  get localHost(): string {
    return this.#options.localHost
  }

  send(text: string): void {
    if (!this.#alive) return
    if (this.#connection.bufferedBytes > maxBufferedBytes) {
      this.#options.logger.warn({ remote: this.remote }, 'SIP connection closed: the peer does not read')
      this.#connection.destroy()
      return
    }
    this.#connection.write(text)
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #onData(bytes: Uint8Array): void {
    this.#framer.push(bytes)
    if (this.#framer.partial) {
      this.#partialTimer ??= this.#options.clock.setTimeout(() => this.#connection.destroy(), partialMessageMs)
    } else this.#clearPartialTimer()
  }

  #onClose(): void {
    this.#alive = false
    this.#clearPartialTimer()
    this.#options.onClosed(this)
  }

  #clearPartialTimer(): void {
    if (this.#partialTimer === null) return
    this.#options.clock.clearTimeout(this.#partialTimer)
    this.#partialTimer = null
  }
}
