/**
 * Whom a stream talks with (DESIGN §6, SIP.md §2 row 17). Audio is locked to the SDP address. Where that address can't
 * be right it latches once, to the one IP that signalling vouches for, after three consecutive packets of one source.
 * Everyone else is a stranger: nothing is taken from him and nothing sent to him.
 */
import type { SocketAddress } from '../../ports/network.ts'

const packetsToLatch = 3

export class AddressLock {
  #remote: SocketAddress | null = null
  #latchTo: string | null = null
  #locked: SocketAddress | null = null
  #latched = false
  #candidatePort = 0
  #candidateSsrc = 0
  #candidateSequence = 0
  #candidateCount = 0

  /** Where to send; null while that isn't known. */
  get destination(): SocketAddress | null {
    if (this.#locked !== null) return this.#locked
    // The IP is the one that we would latch to anyway, so sending there early can't reach a stranger's machine.
    return this.#remote !== null && this.#remote.host === this.#latchTo ? this.#remote : null
  }

  /** True once the address came from packets rather than from the SDP. */
  get isLatched(): boolean {
    return this.#latched
  }

  /**
   * Takes what an exchange said. The same address again changes nothing, and neither does none (a hold), so a lock or
   * latch outlives re-INVITEs; only another address, which came by signalling, begins anew.
   */
  update(remote: SocketAddress | null, latchTo: string | null): void {
    const isFirst = this.#remote === null && this.#latchTo === null
    if (!isFirst && (remote === null || (sameAddress(remote, this.#remote) && latchTo === this.#latchTo))) return
    if (!isFirst && this.#latched && this.#remote === null && latchTo === this.#latchTo) {
      // First a hold without an address, then the address: still the same peer.
      this.#remote = remote
      return
    }
    this.#remote = remote
    this.#latchTo = latchTo
    this.#locked = latchTo === null ? remote : null
    this.#latched = false
    this.#candidateCount = 0
  }

  /** True if a packet from this source is to be taken. */
  admits(host: string, port: number, ssrc: number, sequence: number): boolean {
    const locked = this.#locked
    if (locked !== null) return port === locked.port && host === locked.host
    if (this.#latchTo === null || host !== this.#latchTo) return false
    const isNext =
      this.#candidateCount > 0 &&
      port === this.#candidatePort &&
      ssrc === this.#candidateSsrc &&
      sequence === ((this.#candidateSequence + 1) & 0xffff)
    this.#candidateCount = isNext ? this.#candidateCount + 1 : 1
    this.#candidatePort = port
    this.#candidateSsrc = ssrc
    this.#candidateSequence = sequence
    if (this.#candidateCount < packetsToLatch) return false
    this.#locked = { host, port }
    this.#latched = true
    return true
  }
}

export function sameAddress(a: SocketAddress | null, b: SocketAddress | null): boolean {
  return a === b || (a !== null && b !== null && a.port === b.port && a.host === b.host)
}
