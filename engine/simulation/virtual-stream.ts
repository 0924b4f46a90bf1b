/** Streams of the virtual network: two endpoints and a pipe each way that keeps order whatever the delays. */
import type { Clock } from '../ports/clock.ts'
import type { SocketAddress, StreamConnection, StreamHandlers, TlsIdentity, TlsTarget } from '../ports/network.ts'
import type { Random } from '../ports/random.ts'

export type StreamAcceptor = (connection: StreamConnection) => void

export interface VirtualListener {
  readonly accept: StreamAcceptor
  /** Null: no TLS. */
  identity: TlsIdentity | null
}

/** What streams need of the network around them. */
export interface StreamLink {
  readonly clock: Clock
  readonly random: Random
  splitRate(): number
  drawDelayMs(): number
  isCut(from: string, to: string): boolean
  /** Asks for {@link VirtualPipe.resume} when a partition heals. */
  stall(pipe: VirtualPipe): void
  listenerAt(at: SocketAddress): VirtualListener | undefined
}

type Segment =
  | { readonly kind: 'data'; bytes: Uint8Array }
  | { readonly kind: 'open' | 'accepted' | 'finish' }
  | { readonly kind: 'refused'; readonly code: string }

/** One direction of a stream. Every segment arrives, in order. */
export interface VirtualPipe {
  /** Bytes under way. */
  readonly queuedBytes: number
  push(segment: Segment): void
  /** Delivers what arrived while nothing could be delivered. */
  resume(): void
}

interface Receiver {
  /** False while there is nobody to hand a segment to yet. */
  ready(): boolean
  receive(segment: Segment): void
}

function createPipe(link: StreamLink, from: string, to: string, receiver: () => Receiver): VirtualPipe {
  const queue: Segment[] = []
  let queuedBytes = 0
  let lastArrivalMs = 0
  let arrived = 0

  function schedule(segment: Segment): void {
    queue.push(segment)
    const now = link.clock.now()
    lastArrivalMs = Math.max(lastArrivalMs, now + link.drawDelayMs())
    link.clock.setTimeout(() => {
      arrived += 1
      deliver()
    }, lastArrivalMs - now)
  }

  function deliver(): void {
    while (arrived > 0) {
      if (link.isCut(from, to)) {
        link.stall(pipe)
        return
      }
      if (!receiver().ready()) return
      const segment = queue.shift()
      arrived -= 1
      if (segment === undefined) return
      if (segment.kind === 'data') queuedBytes -= segment.bytes.length
      receiver().receive(segment)
    }
  }

  function pushData(bytes: Uint8Array): void {
    queuedBytes += bytes.length
    const rate = link.splitRate()
    if (rate === 0 || link.random.float() >= rate) {
      schedule({ kind: 'data', bytes })
      return
    }
    const last = queue.at(-1)
    if (last?.kind === 'data' && link.random.float() < 0.5) {
      last.bytes = concatenate(last.bytes, bytes)
      return
    }
    for (let start = 0; start < bytes.length; ) {
      const end = start + 1 + Math.floor(link.random.float() * (bytes.length - start))
      schedule({ kind: 'data', bytes: bytes.slice(start, end) })
      start = end
    }
  }

  const pipe: VirtualPipe = {
    get queuedBytes() {
      return queuedBytes
    },
    push(segment) {
      if (segment.kind === 'data') pushData(segment.bytes)
      else schedule(segment)
    },
    resume() {
      link.clock.setTimeout(deliver, 0)
    },
  }
  return pipe
}

/** One side of a stream. */
class Endpoint implements StreamConnection, Receiver {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  readonly peerNames: readonly string[]
  readonly #clock: Clock
  readonly #outgoing: VirtualPipe
  /** Resumes what arrived before somebody attached. */
  readonly #resumeIncoming: () => void
  #handlers: StreamHandlers | null = null
  #state: 'connecting' | 'open' | 'ended' | 'closed'
  #early: Segment[] = []
  #told = false
  #failure: Error | null = null

  constructor(options: {
    readonly clock: Clock
    readonly local: SocketAddress
    readonly remote: SocketAddress
    readonly outgoing: VirtualPipe
    readonly resumeIncoming: () => void
    readonly state: 'connecting' | 'open'
    readonly peerNames: readonly string[]
  }) {
    this.#clock = options.clock
    this.local = options.local
    this.remote = options.remote
    this.peerNames = options.peerNames
    this.#outgoing = options.outgoing
    this.#resumeIncoming = options.resumeIncoming
    this.#state = options.state
  }

  get bufferedBytes(): number {
    let bytes = this.#outgoing.queuedBytes
    for (const segment of this.#early) if (segment.kind === 'data') bytes += segment.bytes.length
    return bytes
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  attach(handlers: StreamHandlers): void {
    this.#handlers = handlers
    if (this.closed) this.#clock.setTimeout(() => this.#tellClosed(), 0)
    else this.#resumeIncoming()
  }

  write(data: Uint8Array | string): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : Uint8Array.from(data)
    if (bytes.length > 0) this.#send({ kind: 'data', bytes })
  }

  end(): void {
    this.#send({ kind: 'finish' })
    if (this.#state === 'open') this.#state = 'ended'
  }

  destroy(): void {
    if (this.closed) return
    // Before the handshake there is no peer that could be told.
    if (this.#state === 'open') this.#outgoing.push({ kind: 'finish' })
    this.#close()
    this.#clock.setTimeout(() => this.#tellClosed(), 0)
  }

  ready(): boolean {
    return this.#handlers !== null || this.closed
  }

  receive(segment: Segment): void {
    if (this.closed) {
      // The handshake met a side that had given up meanwhile.
      if (segment.kind === 'accepted') this.#outgoing.push({ kind: 'finish' })
      return
    }
    if (segment.kind === 'data') this.#handlers?.onData(segment.bytes)
    else if (segment.kind === 'accepted') this.#opened()
    else if (segment.kind === 'finish') this.#finished()
    else if (segment.kind === 'refused') {
      const { host, port } = this.remote
      this.#failure = Object.assign(new Error(`connect ${segment.code} ${host}:${port}`), { code: segment.code })
      this.#close()
      this.#tellClosed()
    }
  }

  #send(segment: Segment): void {
    if (this.#state === 'connecting') {
      if (this.#early.at(-1)?.kind !== 'finish') this.#early.push(segment)
    } else if (this.#state === 'open') this.#outgoing.push(segment)
  }

  #opened(): void {
    this.#state = 'open'
    const early = this.#early
    this.#early = []
    for (const segment of early) this.#outgoing.push(segment)
    if (early.some(segment => segment.kind === 'finish')) this.#state = 'ended'
    this.#handlers?.onConnected?.()
  }

  /** The peer closed its half; ours follows, as Node does by default. */
  #finished(): void {
    if (this.#state === 'open') this.#outgoing.push({ kind: 'finish' })
    this.#close()
    this.#tellClosed()
  }

  #close(): void {
    this.#state = 'closed'
    this.#early = []
  }

  #tellClosed(): void {
    if (this.#told || this.#handlers === null) return
    this.#told = true
    this.#handlers.onClose(this.#failure)
  }
}

/** Starts connecting: `open` travels to `to`, the answer travels back. */
export function connectVirtualStream(
  link: StreamLink,
  from: SocketAddress,
  to: SocketAddress,
  tls: TlsTarget | null = null,
): StreamConnection {
  let server: Receiver = { ready: () => true, receive: accept }
  const toServer = createPipe(link, from.host, to.host, () => server)
  const toClient: VirtualPipe = createPipe(link, to.host, from.host, () => client)
  const client = new Endpoint({
    clock: link.clock,
    local: from,
    remote: to,
    outgoing: toServer,
    resumeIncoming: () => toClient.resume(),
    state: 'connecting',
    peerNames: tls === null ? [] : [tls.serverName],
  })

  function accept(): void {
    if (client.closed) return
    const listener = link.listenerAt(to)
    const code = listener === undefined ? 'ECONNREFUSED' : handshakeFault(listener.identity, tls)
    if (listener === undefined || code !== null) {
      toClient.push({ kind: 'refused', code: code ?? 'ECONNREFUSED' })
      return
    }
    const accepted = new Endpoint({
      clock: link.clock,
      local: to,
      remote: from,
      outgoing: toClient,
      resumeIncoming: () => toServer.resume(),
      state: 'open',
      peerNames: listener.identity?.ca === undefined ? [] : namesIn(tls?.identity ?? null),
    })
    server = accepted
    toClient.push({ kind: 'accepted' })
    listener.accept(accepted)
  }

  toServer.push({ kind: 'open' })
  return client
}

/** The code that a handshake fails with; null when both sides speak alike and the server has the name asked for. */
function handshakeFault(identity: TlsIdentity | null, tls: TlsTarget | null): string | null {
  if ((identity === null) !== (tls === null)) return 'EPROTO'
  return tls === null || namesIn(identity).includes(tls.serverName) ? null : 'ERR_TLS_CERT_ALTNAME_INVALID'
}

function namesIn(identity: TlsIdentity | null): readonly string[] {
  return identity === null ? [] : identity.cert.split(',').map(name => name.trim())
}

function concatenate(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length)
  joined.set(left)
  joined.set(right, left.length)
  return joined
}
