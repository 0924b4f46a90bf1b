/**
 * RTP ports: random even ports of a range with RTCP on the next one (RFC 3550 §11). A few pairs are bound ahead of
 * need, so that a call needn't wait for the system. A port that something else uses is skipped silently.
 */
import { EngineError } from '../../errors.ts'
import type { DatagramSocket, Network, SocketAddress } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'

const idlePairs = 4

/** Who gets the packets of a pair. */
export interface PacketSink {
  onRtp(bytes: Uint8Array, from: SocketAddress): void
  onRtcp(bytes: Uint8Array, from: SocketAddress): void
}

export interface PortPair {
  /** The RTP port. */
  readonly port: number
  readonly rtp: DatagramSocket
  readonly rtcp: DatagramSocket
  /** Null: packets are dropped. */
  sink: PacketSink | null
  /** Gives the ports back. Idempotent. */
  close(): void
}

export interface PortPairsOptions {
  readonly network: Pick<Network, 'bindDatagram'>
  readonly random: Random
  readonly minPort: number
  readonly maxPort: number
}

interface HostPorts {
  readonly used: Set<number>
  readonly idle: PortPair[]
  filling: Promise<void> | null
}

export class PortPairs {
  readonly #network: Pick<Network, 'bindDatagram'>
  readonly #random: Random
  readonly #firstPort: number
  readonly #pairCount: number
  readonly #hosts = new Map<string, HostPorts>()
  #isClosed = false

  constructor(options: PortPairsOptions) {
    this.#network = options.network
    this.#random = options.random
    this.#firstPort = options.minPort + (options.minPort % 2)
    this.#pairCount = Math.max(0, Math.floor((options.maxPort - this.#firstPort + 1) / 2))
  }

  /** @throws EngineError `media.no_ports`, or `media.unavailable` if the host can't be bound at all. */
  async take(host: string): Promise<PortPair> {
    const ports = this.#portsOf(host)
    let pair = ports.idle.pop() ?? (await this.#bind(host, ports))
    if (pair === null && ports.filling !== null) {
      await ports.filling
      pair = ports.idle.pop() ?? null
    }
    if (pair !== null && this.#isClosed) {
      pair.close()
      throw new EngineError('media.unavailable', 'The media implementation was stopped.')
    }
    if (pair === null) throw new EngineError('media.no_ports', `No free RTP port is left on ${host}.`)
    ports.filling ??= this.#fill(host, ports).finally(() => {
      ports.filling = null
    })
    return pair
  }

  /** Frees the pairs that nobody has taken; pairs that are being bound are freed as they come. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const ports of this.#hosts.values()) {
      await ports.filling
      for (const pair of ports.idle.splice(0)) pair.close()
    }
  }

  #portsOf(host: string): HostPorts {
    let ports = this.#hosts.get(host)
    if (ports === undefined) {
      ports = { used: new Set(), idle: [], filling: null }
      this.#hosts.set(host, ports)
    }
    return ports
  }

  async #fill(host: string, ports: HostPorts): Promise<void> {
    while (ports.idle.length < idlePairs && !this.#isClosed) {
      const pair = await this.#bind(host, ports).catch(() => null)
      if (pair === null) return
      ports.idle.push(pair)
    }
  }

  /** Null: every pair of the range is taken. */
  async #bind(host: string, ports: HostPorts): Promise<PortPair | null> {
    const start = Math.floor(this.#random.float() * this.#pairCount)
    for (let index = 0; index < this.#pairCount; index++) {
      const port = this.#firstPort + 2 * ((start + index) % this.#pairCount)
      if (ports.used.has(port)) continue
      ports.used.add(port)
      const pair = await this.#bindPair(host, port, ports)
      if (pair !== null) return pair
    }
    return null
  }

  async #bindPair(host: string, port: number, ports: HostPorts): Promise<PortPair | null> {
    let sink: PacketSink | null = null
    let rtp: DatagramSocket | null = null
    // Errors of a datagram socket say that one packet could not be sent; the next one may.
    const onError = () => {}
    try {
      const boundRtp = await this.#network.bindDatagram(
        { host, port },
        { onMessage: (bytes, from) => sink?.onRtp(bytes, from), onError },
      )
      rtp = boundRtp
      const rtcp = await this.#network.bindDatagram(
        { host, port: port + 1 },
        { onMessage: (bytes, from) => sink?.onRtcp(bytes, from), onError },
      )
      let isOpen = true
      return {
        port,
        rtp: boundRtp,
        rtcp,
        get sink() {
          return sink
        },
        set sink(value) {
          sink = value
        },
        close() {
          if (!isOpen) return
          isOpen = false
          sink = null
          boundRtp.close()
          rtcp.close()
          ports.used.delete(port)
        },
      }
    } catch (error) {
      rtp?.close()
      ports.used.delete(port)
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EADDRINUSE' || code === 'EACCES') return null
      throw new EngineError('media.unavailable', `RTP can not be received on ${host}.`, { cause: error })
    }
  }
}
