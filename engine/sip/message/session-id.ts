/**
 * Session-ID (RFC 7989): one name for a call on all its legs, made of a UUID for each end. We stand between the ends, so a leg
 * carries the UUID of the party at its other side as ours, and where a party names none we name one in its place (§7).
 */
import type { Random } from '../../ports/random.ts'
import { detached } from './detached.ts'
import type { Headers } from './headers.ts'

/** §4: an end of which nothing is known yet. */
const nil = '0'.repeat(32)

/** A party of a call, whom several legs may name. Its UUID may change: it may be a B2BUA, too. */
export class SessionEnd {
  uuid: string

  /** @param uuid 32 hex digits in lower case */
  constructor(uuid: string) {
    this.uuid = uuid
  }

  static make(random: Random): SessionEnd {
    return new SessionEnd(randomUuid(random))
  }

  static unknown(): SessionEnd {
    return new SessionEnd(nil)
  }

  get isKnown(): boolean {
    return this.uuid !== nil
  }
}

/** The two ends of a leg: for whom we speak on it, and whom we speak to. */
export class SessionEnds {
  /** Changes when the one at the other side of the call does. */
  self: SessionEnd
  readonly peer: SessionEnd

  constructor(self: SessionEnd, peer: SessionEnd) {
    this.self = self
    this.peer = peer
  }

  /** As a message of ours says it. */
  get value(): string {
    return `${this.self.uuid};remote=${this.peer.uuid}`
  }

  /** A message of the peer: its half comes first (§5). What is malformed is not read. */
  hear(headers: Headers): void {
    const value = headers.get('session-id')
    if (value === undefined || value.startsWith(this.peer.uuid)) return
    const uuid = detached(value.slice(0, 32).toLowerCase())
    // RFC 7329 peers say their half alone.
    if (/^[0-9a-f]{32}$/.test(uuid) && uuid !== nil && !/^[^;\s]/.test(value.slice(32))) this.peer.uuid = uuid
  }

  /** A peer that has answered, or called, and named nothing gets a name (§7). */
  settle(random: Random): void {
    if (!this.peer.isKnown) this.peer.uuid = randomUuid(random)
  }
}

/** RFC 4122 §4.4, without hyphens (RFC 7989 §5). */
function randomUuid(random: Random): string {
  const bytes = Buffer.allocUnsafe(16)
  for (let at = 0; at < 16; at += 4) bytes.writeUInt32BE(random.uint32(), at)
  bytes[6] = 0x40 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return bytes.toString('hex')
}
