/** One WebSocket as a flow (RFC 7118): a message a frame, keep-alives, bounds. HTTP and its handshake are done elsewhere. */
import type { Clock, TimerHandle } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { SipSocket, SipSocketPeer, SocketAddress } from '../../ports/network.ts'
import { limits } from '../message/parse.ts'
import { ConnectionTimers } from './connection-timers.ts'
import { type Connection, type Flow, flowKey } from './flow.ts'
import { maxBufferedBytes } from './stream-flow.ts'
import { WebSocketFrames } from './web-socket-frames.ts'

export interface WebSocketFlowOptions extends SipSocketPeer {
  readonly clock: Clock
  readonly logger: Logger
  /** Tells two flows of one address apart: behind a proxy ports may repeat. */
  readonly serial: number
  readonly advertised: SocketAddress
  /** False: nothing more of this peer is wanted. */
  onFrame(bytes: Uint8Array, flow: Flow): boolean
  onClosed(flow: WebSocketFlow): void
}

/** Pings keep proxies from closing the connection, and find out that a peer is gone: it has said nothing since the last one. */
const pingMs = 25_000
/** RFC 6455 §7.4.1 */
const closeCodes = { away: 1001, policy: 1008, tooBig: 1009 } as const

export class WebSocketFlow implements Connection {
  readonly transport: 'WS' | 'WSS'
  readonly reliable = true
  readonly key: string
  readonly remote: SocketAddress
  readonly advertised: SocketAddress
  readonly localHost: string
  readonly #options: WebSocketFlowOptions
  readonly #socket: SipSocket
  readonly #timers: ConnectionTimers
  #pingTimer: TimerHandle | null = null
  #heard = true
  #alive = true

  constructor(options: WebSocketFlowOptions, socket: SipSocket) {
    this.#options = options
    this.#socket = socket
    this.transport = options.secure ? 'WSS' : 'WS'
    this.remote = options.remote
    this.advertised = options.advertised
    this.localHost = options.local.host
    this.key = `${flowKey(this.transport, options.remote)}|${options.serial}`
    socket.on('message', data => this.#onFrame(bytesOf(data)))
    socket.on('pong', () => {
      this.#heard = true
    })
    // What follows an error is the end, which is told.
    socket.on('error', error => options.logger.info({ remote: this.remote, reason: error.message }, 'WebSocket broken'))
    socket.on('close', () => this.#onClose())
    this.#timers = new ConnectionTimers(options.clock, reason => this.#cutOff(reason))
    const frames = new WebSocketFrames()
    options.stream?.on('data', bytes => {
      const completed = frames.push(bytes)
      if (this.#alive) this.#timers.received(completed, frames.partial)
    })
    this.#armPing()
  }

  get alive(): boolean {
    return this.#alive
  }

  send(text: string): void {
    if (!this.#alive) return
    if (this.#socket.bufferedAmount > maxBufferedBytes) this.#cutOff('the peer does not read')
    else this.#socket.send(text)
  }

  /** Its own pings keep it open. */
  ping(): void {}

  destroy(): void {
    this.#end(closeCodes.away, 'shutting down')
  }

  #onFrame(bytes: Uint8Array): void {
    if (!this.#alive) return
    this.#heard = true
    if (isLineEnds(bytes)) {
      // RFC 7118 §6 and RFC 5626 §4.4.1: a double CRLF asks for one CRLF.
      if (bytes.length >= 4) this.send('\r\n')
      return
    }
    if (bytes.length > limits.messageBytes) this.#end(closeCodes.tooBig, 'too large')
    else if (!this.#options.onFrame(bytes, this)) this.#end(closeCodes.policy, 'not SIP, or beyond the limits')
  }

  /** The peer gets what was sent before. It may take its time to say good-bye; for us this is over now. */
  #end(code: number, reason: string): void {
    if (!this.#alive) return
    this.#socket.close(code, reason)
    this.#onClose()
  }

  #armPing(): void {
    this.#pingTimer = this.#options.clock.setTimeout(() => {
      if (!this.#heard) {
        this.#cutOff('it does not answer pings')
        return
      }
      this.#heard = false
      this.#socket.ping()
      this.#armPing()
    }, pingMs)
  }

  #cutOff(reason: string): void {
    this.#options.logger.info({ remote: this.remote, reason }, 'SIP connection closed by us')
    this.#socket.terminate()
  }

  #onClose(): void {
    if (!this.#alive) return
    this.#alive = false
    this.#timers.stop()
    this.#options.clock.clearTimeout(this.#pingTimer)
    this.#options.onClosed(this)
  }
}

function isLineEnds(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 13 || byte === 10)
}

/** Text and binary frames carry the same (RFC 7118 §4.2). */
function bytesOf(data: Uint8Array | ArrayBuffer | readonly Uint8Array[]): Uint8Array {
  if (data instanceof Uint8Array) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  const whole = new Uint8Array(data.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of data) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
