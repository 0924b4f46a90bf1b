/**
 * What strangers may cost us (SIP.md §2 rows 13 to 15): answers are rationed by source, wrong passwords counted by source
 * and by user and source, and a source with too many of them banned for a time. Only what can't have been sent in somebody
 * else's name bans; nothing ever locks a user out, who may come from elsewhere at any time.
 */
import type { Clock } from '../../ports/clock.ts'
import { sourceKey } from '../../source-key.ts'
import type { Flow } from '../transport/flow.ts'
import { FailureWindows } from './failure-windows.ts'
import { LruTable } from './lru-table.ts'
import { ReplyBudget } from './reply-budget.ts'

/** What speaks for a sender: nothing, the address of a trunk, or the very flow of a phone that we know. */
export type Standing = 'stranger' | 'trunk' | 'phone'

export interface GuardSettings {
  /** Wrong passwords in one minute, by address and by user and address. */
  readonly maxFailuresPerMin: number
  /** 0: nobody is banned, only slowed down. */
  readonly banMs: number
  /** Answers to one unknown address; a sixth of them may come at once. */
  readonly repliesPerMin: number
}

export interface Ban {
  /** The address, or of IPv6 the network. */
  readonly source: string
  readonly failures: number
  readonly untilMs: number
}

export interface GuardCounters {
  /** Wrong passwords and the like. */
  failures: number
  /** Attempts that were not even looked at. */
  throttled: number
  /** Requests of strangers that got no answer. */
  unanswered: number
  bans: number
}

/** Sources that are remembered, in each table. */
export const maxSources = 100_000
/** What a claimed user name is cut to: it is the attacker's to choose. */
const maxNameLength = 64

export class SourceGuard {
  readonly counters: GuardCounters = { failures: 0, throttled: 0, unanswered: 0, bans: 0 }
  readonly #clock: Clock
  readonly #onBan: (ban: Ban) => void
  readonly #replies = new ReplyBudget(maxSources)
  readonly #failures = new FailureWindows(maxSources)
  /** By source: until when. */
  readonly #bans = new LruTable<number>(maxSources)
  #settings: GuardSettings = { maxFailuresPerMin: 10, banMs: 600_000, repliesPerMin: 240 }

  constructor(clock: Clock, onBan: (ban: Ban) => void) {
    this.#clock = clock
    this.#onBan = onBan
    this.#replies.configure(this.#settings.repliesPerMin)
  }

  configure(settings: GuardSettings): void {
    this.#settings = settings
    this.#replies.configure(settings.repliesPerMin)
    if (settings.banMs === 0) this.#bans.prune(() => true)
  }

  /** Sources banned now. */
  get banned(): number {
    const now = this.#clock.now()
    this.#bans.prune(untilMs => untilMs <= now)
    return this.#bans.size
  }

  /** Sources in the larger of the tables, for tests of their bounds. */
  get remembered(): number {
    return Math.max(this.#replies.sources, this.#failures.keys, this.#bans.size)
  }

  isBanned({ remote }: Flow): boolean {
    if (this.#bans.size === 0) return false
    const key = sourceKey(remote.host)
    const untilMs = this.#bans.get(key)
    if (untilMs === undefined) return false
    if (untilMs > this.#clock.now()) return true
    this.#bans.delete(key)
    return false
  }

  /** True while a stranger may have another answer. */
  mayAnswer({ remote }: Flow): boolean {
    return this.#replies.has(sourceKey(remote.host), this.#clock.now())
  }

  /** Counts an answer to a stranger; false if there is none left. */
  takeAnswer({ remote }: Flow): boolean {
    return this.#replies.take(sourceKey(remote.host), this.#clock.now())
  }

  /**
   * Whether credentials are looked at.
   * @param standing of a trunk or phone only the attempts on one user count
   * @param proven the sender has received what we sent to his address
   */
  mayTry(flow: Flow, username: string, standing: Standing, proven: boolean): boolean {
    const now = this.#clock.now()
    const { maxFailuresPerMin } = this.#settings
    const keys = failureKeys(flow, username, standing, proven)
    const tooMany =
      (standing === 'stranger' && this.#failures.count(keys.source, now) >= maxFailuresPerMin) ||
      this.#failures.count(keys.user, now) >= maxFailuresPerMin
    if (tooMany) this.counters.throttled++
    return !tooMany
  }

  /** Counts credentials that were wrong; parameters as of {@link mayTry}. */
  failed(flow: Flow, username: string, standing: Standing, proven: boolean): void {
    const now = this.#clock.now()
    const { maxFailuresPerMin, banMs } = this.#settings
    const keys = failureKeys(flow, username, standing, proven)
    this.counters.failures++
    this.#failures.note(keys.user, now)
    if (standing !== 'stranger') return
    const failures = this.#failures.note(keys.source, now)
    if (!proven || banMs === 0 || failures < maxFailuresPerMin) return
    this.#failures.forget(keys.source)
    const source = sourceKey(flow.remote.host)
    this.#bans.set(source, now + banMs)
    this.counters.bans++
    this.#onBan({ source, failures, untilMs: now + banMs })
  }
}

/**
 * What anybody may have sent in this address's name is counted apart: it can use up the attempts of nobody who is really
 * there.
 */
function failureKeys(flow: Flow, username: string, standing: Standing, proven: boolean) {
  // A phone doesn't answer for its neighbours at the same address.
  const source = `${proven ? '' : '?'}${standing === 'phone' ? flow.key : sourceKey(flow.remote.host)}`
  return { source, user: `${source}|${username.slice(0, maxNameLength)}` }
}
