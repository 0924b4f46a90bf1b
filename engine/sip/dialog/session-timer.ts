/**
 * Session timers (RFC 4028), as far as they can be decided from headers alone: what an interval is asked for with, what is
 * answered, who refreshes, and when. Pure; who runs the timer is `user-agent/session-keeper.ts`.
 */
import { type Headers, parseInteger } from '../message/headers.ts'
import type { SipResponse } from '../message/message.ts'
import { parseParams } from '../message/params.ts'

/** What an operator chooses; the keys are those of the center's `sip`. */
export interface SessionSettings {
  /** Interval that we ask for, in seconds; 0: we ask for none, but keep to one that the peer wants. */
  readonly sessionExpiresSec: number
  /** The shortest interval that we take, in seconds. */
  readonly minSessionExpiresSec: number
}

/** An interval in force, and who has to refresh it. */
export interface SessionTerms {
  readonly intervalSec: number
  readonly refresher: 'local' | 'remote'
}

/** RFC 4028 §5: no interval may be shorter. */
const absoluteMinSec = 90

/** A day: what wants more would leave a call that is dead standing for as long. */
const longestMinSec = 86_400
/** Each proxy on the way may have a wish of its own (§7.3); who asks more often never has enough. */
const maxLessons = 3

export const noSessionTimer: SessionSettings = { sessionExpiresSec: 0, minSessionExpiresSec: absoluteMinSec }

interface SessionExpires {
  readonly intervalSec: number
  readonly refresher: 'uac' | 'uas' | null
}

/** Null when absent or malformed: then there is no timer, which harms nobody. */
function sessionExpiresOf(headers: Headers): SessionExpires | null {
  const value = headers.get('session-expires')
  const intervalSec = value === undefined ? null : parseInteger(value)
  if (value === undefined || intervalSec === null) return null
  const semicolon = value.indexOf(';')
  const asked = semicolon === -1 ? '' : parseParams(value, semicolon)?.get('refresher')?.toLowerCase()
  return { intervalSec, refresher: asked === 'uac' || asked === 'uas' ? asked : null }
}

function knowsTimer(headers: Headers): boolean {
  return headers.tokens('supported').includes('timer') || headers.tokens('require').includes('timer')
}

/** The shortest interval that the way to a peer takes, as 422s have taught it (§7.3). */
export class LeastInterval {
  #sec = 0
  #lessons = 0

  /** 0: nothing was said of it. */
  get sec(): number {
    return this.#sec
  }

  /** True if a 422 to a request that asked for `askedSec` wants more, and the request is to be sent again. */
  learn({ status, headers }: SipResponse, askedSec: number): boolean {
    const minSec = status === 422 ? (headers.integer('min-se') ?? 0) : 0
    if (minSec <= Math.max(askedSec, this.#sec) || minSec > longestMinSec || this.#lessons >= maxLessons) return false
    this.#lessons++
    this.#sec = minSec
    return true
  }

  /** It was enough. */
  suffices(): void {
    this.#lessons = 0
  }
}

/**
 * The Min-SE to refuse a request with by 422; null if its interval is long enough. A peer without support can't retry:
 * then a proxy has asked, and the request is taken (§9).
 */
export function tooShortFor(request: Headers, { minSessionExpiresSec }: SessionSettings): number | null {
  const asked = sessionExpiresOf(request)
  const floorSec = Math.max(absoluteMinSec, minSessionExpiresSec)
  return asked !== null && asked.intervalSec < floorSec && knowsTimer(request) ? floorSec : null
}

/**
 * Asks for an interval in an INVITE or UPDATE of ours. `minSec` is what a 422 has taught us, 0 before; `current` the terms
 * in force, whose refresher stays (§7.4).
 * @returns the interval asked for, in seconds; 0 for none
 */
export function askForSession(
  headers: Headers,
  settings: SessionSettings,
  current: SessionTerms | null,
  minSec: number,
): number {
  const wantedSec = current?.intervalSec ?? settings.sessionExpiresSec
  if (wantedSec === 0) return 0
  const floorSec = Math.max(absoluteMinSec, settings.minSessionExpiresSec, minSec)
  const intervalSec = Math.max(wantedSec, floorSec)
  const refresher = current === null ? '' : `;refresher=${current.refresher === 'local' ? 'uac' : 'uas'}`
  headers.append('session-expires', `${intervalSec}${refresher}`)
  // §7.1: what is not told is 90; what a 422 named must be told in the next request.
  if (floorSec > absoluteMinSec) headers.append('min-se', String(floorSec))
  return intervalSec
}

/** §7.2: what the 2xx to a request of ours puts in force. `askedSec` is what {@link askForSession} returned. */
export function sessionOfAnswer(response: Headers, askedSec: number): SessionTerms | null {
  const answered = sessionExpiresOf(response)
  // The peer knows no timers: we refresh alone, so that his death is still found out.
  if (answered === null) return askedSec === 0 ? null : { intervalSec: askedSec, refresher: 'local' }
  return {
    intervalSec: Math.max(absoluteMinSec, answered.intervalSec),
    refresher: answered.refresher === 'uas' ? 'remote' : 'local',
  }
}

/** §9: decides the terms of a request that we answer with 2xx, and writes them into the response. */
export function answerSession(request: Headers, response: Headers, settings: SessionSettings): SessionTerms | null {
  const asked = sessionExpiresOf(request)
  const wantedSec = settings.sessionExpiresSec
  if (asked === null && wantedSec === 0) return null
  const floorSec = Math.max(absoluteMinSec, settings.minSessionExpiresSec, request.integer('min-se') ?? 0)
  // It may be shortened, never lengthened; without a wish of ours it stays.
  const cappedSec =
    asked === null ? wantedSec : wantedSec === 0 ? asked.intervalSec : Math.min(asked.intervalSec, wantedSec)
  const intervalSec = Math.max(cappedSec, floorSec)
  const supports = knowsTimer(request)
  // Table 2: who doesn't know timers can't refresh; who knows them and has no wish is closer to his own NAT.
  const refresher = !supports || asked?.refresher === 'uas' ? 'local' : 'remote'
  response.append('session-expires', `${intervalSec};refresher=${refresher === 'local' ? 'uas' : 'uac'}`)
  if (refresher === 'remote') response.append('require', 'timer')
  return { intervalSec, refresher }
}

/** §7.4: the refresher refreshes at half the interval. Milliseconds from the last 2xx. */
export function refreshAfterMs({ intervalSec }: SessionTerms): number {
  return intervalSec * 500
}

/** §10: without a refresh BYE goes out before the expiry, by 32 s or a third of the interval. Milliseconds from the last 2xx. */
export function expireAfterMs({ intervalSec }: SessionTerms): number {
  return Math.round(1000 * (intervalSec - Math.min(32, intervalSec / 3)))
}
