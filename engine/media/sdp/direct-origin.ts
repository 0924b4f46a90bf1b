/**
 * Direct mode: descriptions of others pass through us, and only their `o=` line and their end may need surgery. A peer that has
 * once seen an origin must go on seeing it, with a rising version, even after it was given another partner (RFC 3264 §8); and
 * as many m-lines.
 */
import { answerTo, withLinesOf } from './direct-lines.ts'

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

export class DirectOrigin {
  /** The first description: most legs never see another one, so it is not looked into before they do. */
  #unread: string | null = null
  #first: OriginLine | null = null
  #version = 0n
  #lastIn: string | null = null
  #lastOut = ''
  /** What was in force before the last one. */
  #beforeIn: string | null = null
  #beforeOut = ''

  /** What was passed last, as its maker wrote it; null: nothing yet. */
  get last(): string | null {
    return this.#lastIn
  }

  /** What the peer was shown before anything passed here: a description of ours. Of no effect later. */
  begin(sdp: string): void {
    if (this.#lastIn !== null || sdp === '') return
    this.#lastIn = sdp
    this.#lastOut = sdp
    this.#unread = sdp
  }

  /** The peer has refused what was passed, as it was passed: what came before stays in force, unless more has come since. */
  refused(passed: string): void {
    if (passed !== this.#lastOut) return
    this.#lastIn = this.#beforeIn
    this.#lastOut = this.#beforeOut
  }

  /**
   * The description as the peer of this leg shall see it: verbatim, or with the `o=` line of this leg's first
   * description and the next version once a partner with another origin has spoken.
   * @param asked the offer of the peer that it answers; null: it is an offer
   */
  pass(sdp: string, asked: string | null = null): string {
    this.#beforeIn = this.#lastIn
    this.#beforeOut = this.#lastOut
    if (sdp === this.#lastIn) return asked === null ? this.#lastOut : answerTo(asked, this.#lastOut)
    const isFirst = this.#lastIn === null
    const whole = asked === null ? withLinesOf(this.#lastOut, sdp) : answerTo(asked, sdp)
    this.#lastIn = sdp
    this.#lastOut = whole
    if (isFirst) {
      this.#unread = whole
      return whole
    }
    if (this.#unread !== null) this.#remember(findOrigin(this.#unread))
    this.#unread = null
    const origin = findOrigin(whole)
    if (origin === null) return whole
    const first = this.#first
    if (first === null) {
      this.#remember(origin)
      return whole
    }
    if (sameSession(origin, first) && origin.version > this.#version) {
      this.#version = origin.version
      return whole
    }
    this.#version += 1n
    const line = `o=${first.username} ${first.sessionId} ${this.#version} ${first.rest}`
    this.#lastOut = whole.slice(0, origin.start) + line + whole.slice(origin.end)
    return this.#lastOut
  }

  #remember(origin: OriginLine | null): void {
    this.#first = origin
    this.#version = origin?.version ?? 0n
  }
}
