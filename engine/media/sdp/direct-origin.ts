/**
 * Direct mode: descriptions of others pass through us, and only their `o=` line may need surgery. A peer that has once
 * seen an origin must go on seeing it, with a rising version, even after it was given another partner (RFC 3264 §8).
 */

export interface DirectOrigin {
  /** What the peer was shown before anything passed here: a description of ours. Of no effect later. */
  begin(sdp: string): void
  /**
   * The description as the peer of this leg shall see it: verbatim, or with the `o=` line of this leg's first
   * description and the next version once a partner with another origin has spoken.
   */
  pass(sdp: string): string
  /** What was passed last, as its maker wrote it; null: nothing yet. */
  last(): string | null
  /** The peer has refused what was passed, as it was passed: what came before stays in force, unless more has come since. */
  refused(passed: string): void
}

interface OriginLine {
  readonly start: number
  readonly end: number
  readonly username: string
  readonly sessionId: string
  readonly version: bigint
  /** Network type, address type and address. */
  readonly rest: string
}

function findOrigin(sdp: string): OriginLine | null {
  const start = sdp.startsWith('o=') ? 0 : sdp.indexOf('\no=') + 1
  if (start === 0 && !sdp.startsWith('o=')) return null
  let end = start
  while (end < sdp.length && sdp[end] !== '\r' && sdp[end] !== '\n') end++
  const [username = '', sessionId = '', version = '', ...rest] = sdp.slice(start + 2, end).split(' ')
  // Versions are NTP timestamps often enough (RFC 8866 §5.2) to be too long for a double.
  if (!/^[0-9]{1,20}$/.test(version) || rest.length === 0) return null
  return { start, end, username, sessionId, version: BigInt(version), rest: rest.join(' ') }
}

function sameSession(a: OriginLine, b: OriginLine): boolean {
  return a.username === b.username && a.sessionId === b.sessionId && a.rest === b.rest
}

export function createDirectOrigin(): DirectOrigin {
  /** The first description: most legs never see another one, so it is not looked into before they do. */
  let unread: string | null = null
  let first: OriginLine | null = null
  let version = 0n
  let lastIn: string | null = null
  let lastOut = ''
  /** What was in force before the last one. */
  let beforeIn: string | null = null
  let beforeOut = ''

  function remember(origin: OriginLine | null): void {
    first = origin
    version = origin?.version ?? 0n
  }

  return {
    begin(sdp) {
      if (lastIn !== null || sdp === '') return
      lastIn = sdp
      lastOut = sdp
      unread = sdp
    },
    last: () => lastIn,
    refused(passed) {
      if (passed !== lastOut) return
      lastIn = beforeIn
      lastOut = beforeOut
    },
    pass(sdp) {
      beforeIn = lastIn
      beforeOut = lastOut
      if (sdp === lastIn) return lastOut
      const isFirst = lastIn === null
      lastIn = sdp
      lastOut = sdp
      if (isFirst) {
        unread = sdp
        return sdp
      }
      if (unread !== null) remember(findOrigin(unread))
      unread = null
      const origin = findOrigin(sdp)
      if (origin === null) return sdp
      if (first === null) {
        remember(origin)
        return sdp
      }
      if (sameSession(origin, first) && origin.version > version) {
        version = origin.version
        return sdp
      }
      version += 1n
      const line = `o=${first.username} ${first.sessionId} ${version} ${first.rest}`
      lastOut = sdp.slice(0, origin.start) + line + sdp.slice(origin.end)
      return lastOut
    },
  }
}
