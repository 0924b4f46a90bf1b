/**
 * How long messages wait in our sockets until this thread reads them, which the system does not tell: while there is always
 * something left to do, each socket is sent a datagram by itself now and then, and what came before one that is back has
 * been read. A thread that had nothing to do has read everything. Connections are read in the same turns as a socket of our
 * own, which waits for nobody else.
 */
import { randomBytes } from 'node:crypto'
import dgram from 'node:dgram'
import { performance } from 'node:perf_hooks'

const everyMs = 25
/** Nobody wants to know any more: a thread at rest is not woken for it. */
const unaskedMs = 10_000
/** Nobody else can know it. With the time behind it, it is shorter than any SIP message: to whoever else gets it a keep-alive. */
const token = randomBytes(8)
const length = token.length + 8

interface Watched {
  readonly socket: dgram.Socket
  /** What came before that has been read. */
  readUpTo: number
}

export class SocketWait {
  readonly #watched = new Map<dgram.Socket, Watched>()
  #own: dgram.Socket | null = null
  #timer: NodeJS.Timeout | null = null
  #wantedAt = 0
  #lookedAt = 0
  #idleMs = 0

  watch(socket: dgram.Socket): void {
    this.#watched.set(socket, { socket, readUpTo: performance.now() })
  }

  forget(socket: dgram.Socket): void {
    this.#watched.delete(socket)
    const isLast = [...this.#watched.keys()].every(other => other === this.#own)
    if (isLast) this.#rest()
  }

  /** Whether a datagram is one that the socket has sent to itself. */
  takes(socket: dgram.Socket, bytes: Buffer): boolean {
    if (bytes.length !== length || !bytes.subarray(0, token.length).equals(token)) return false
    const watched = this.#watched.get(socket)
    if (watched !== undefined) watched.readUpTo = Math.max(watched.readUpTo, bytes.readDoubleLE(token.length))
    return true
  }

  /** How long what is read now has waited at most, in milliseconds. It is watched from the first time on that this is asked, while it is. */
  get ms(): number {
    const now = this.#look()
    if (this.#timer === null) this.#begin(now)
    this.#wantedAt = now
    let oldest = now
    for (const { readUpTo } of this.#watched.values()) oldest = Math.min(oldest, readUpTo)
    return now - oldest
  }

  #begin(now: number): void {
    for (const watched of this.#watched.values()) watched.readUpTo = now
    this.#timer = setInterval(() => this.#ask(), everyMs).unref()
    const own = dgram.createSocket('udp4').unref()
    this.#own = own
    // Without it nothing is known of connections, and timers that are late tell of them alone.
    own.on('error', () => {})
    own.on('message', bytes => this.takes(own, bytes))
    own.bind({ address: '127.0.0.1', exclusive: true }, () => {
      if (this.#own === own) this.watch(own)
    })
  }

  #rest(): void {
    if (this.#timer === null || this.#own === null) return
    clearInterval(this.#timer)
    this.#timer = null
    this.#watched.delete(this.#own)
    this.#own.close()
    this.#own = null
  }

  #ask(): void {
    const now = this.#look()
    if (now - this.#wantedAt > unaskedMs) this.#rest()
    for (const { socket, readUpTo } of this.#watched.values()) if (now - readUpTo >= everyMs) askOver(socket, now)
  }

  /** @returns the time */
  #look(): number {
    const now = performance.now()
    // It rises when the loop has asked for events and had to wait for one: then nothing was left in any socket.
    const idleMs = performance.nodeTiming.idleTime
    if (idleMs > this.#idleMs)
      for (const watched of this.#watched.values()) watched.readUpTo = Math.max(watched.readUpTo, this.#lookedAt)
    this.#idleMs = idleMs
    this.#lookedAt = now
    return now
  }
}

function askOver(socket: dgram.Socket, now: number): void {
  const bytes = Buffer.alloc(length)
  token.copy(bytes)
  bytes.writeDoubleLE(now, token.length)
  const { address, port } = socket.address()
  const self = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  // One that is lost, as when the buffer is full, is followed by others.
  socket.send(bytes, port, self, () => {})
}
