/**
 * The server that the requests of a dialog go to next: its first route, or the target (RFC 3261 §12.2.1.1), found by RFC 3263.
 * A numeric one is known at once, a named one when the DNS has answered.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Target } from '../location/selection.ts'
import { parseUri } from '../message/uri.ts'
import { type Flow, isSecure } from '../transport/flow.ts'
import type { UserAgent } from './user-agent.ts'

export class NextHop {
  readonly uri: string
  readonly #location: UserAgent['location']
  readonly #clock: Clock
  /** Best first; empty: nowhere, or not known yet. */
  #targets: readonly Target[] = []
  /** Who waits for the DNS; null: it has answered, need not be asked, or was waited for long enough. */
  #waiting: (() => void)[] | null = null
  /** Who wants to hear of an answer that was not waited for; null: the DNS is asked nothing. */
  #late: (() => void)[] | null = null
  /** Ends the patience of who waits; null: nobody does. */
  #endPatience: (() => void) | null = null

  constructor(userAgent: UserAgent, uri: string) {
    this.uri = uri
    this.#location = userAgent.location
    this.#clock = userAgent.options.clock
    const parsed = parseUri(uri)
    if (parsed === null) return
    const found = userAgent.location.locate(parsed)
    if (found instanceof Promise) void this.#learn(found)
    else this.#targets = found
  }

  get isKnown(): boolean {
    return this.#waiting === null
  }

  /**
   * Goes on when it is known where this leads, in the order of asking: at once, unless the DNS is still to answer. One that
   * takes too long counts as one that doesn't know, until it answers.
   */
  whenKnown(go: () => void): void {
    if (this.#waiting === null) {
      go()
      return
    }
    this.#waiting.push(go)
    this.#endPatience ??= this.#location.beginPatience(() => this.#goOn())
  }

  /** Tells of an answer that comes after {@link whenKnown} went on without it; never if there is none to come. */
  whenLate(hear: () => void): void {
    this.#late?.push(hear)
  }

  /** How many servers there are for it. */
  get choices(): number {
    return this.#location.stopped ? 0 : this.#targets.length
  }

  /** A server that is left for another one (RFC 3263 §4.3): one that has not answered, could not be reached, or has said 503. */
  failed(flow: Flow, retryAfterMs: number): void {
    const target = this.#targetOf(flow)
    if (target !== null) this.#location.failed(target, retryAfterMs)
  }

  answered(flow: Flow): void {
    const target = this.#targetOf(flow)
    if (target !== null) this.#location.answered(target)
  }

  /** The flow to it. `last`, which the peer last used, if that leads there, or as long as nothing better is known. */
  flow(userAgent: UserAgent, last: Flow): Flow {
    const targets = this.#location.live(this.#targets)
    const used = this.#targetOf(last)
    if (used !== null && (last.alive || !last.reliable) && targets.includes(used)) return last
    for (const target of targets) {
      // Nobody who has come by TLS is answered in the clear because of a Contact without a transport.
      if (last.alive && isSecure(last) && target.transport !== 'TLS') continue
      const flow = userAgent.flowToTarget(target, last)
      if (flow !== null) return flow
    }
    return last
  }

  /** Of several on one machine the one whose transport and port it has. */
  #targetOf(flow: Flow): Target | null {
    const near = this.#targets.filter(target => leadsTo(flow, target))
    const alike = near.filter(({ transport }) => transport === flow.transport)
    return alike.find(({ port }) => port === flow.remote.port) ?? alike[0] ?? near[0] ?? null
  }

  async #learn(found: Promise<readonly Target[]>): Promise<void> {
    this.#waiting = []
    this.#late = []
    // Who can't be found is where he was.
    this.#targets = await found.catch(() => [])
    // By the clock, which keeps their faults from the event loop.
    this.#clock.setTimeout(() => this.#onAnswer(), 0)
  }

  #onAnswer(): void {
    const late = this.#late ?? []
    this.#late = null
    this.#goOn()
    if (!this.#location.stopped) for (const hear of late) hear()
  }

  #goOn(): void {
    this.#endPatience?.()
    this.#endPatience = null
    const waiting = this.#waiting ?? []
    this.#waiting = null
    if (!this.#location.stopped) for (const go of waiting) go()
  }
}

/** A connection leads to its peer's machine, whatever port that has taken for it. */
function leadsTo(flow: Flow, { transport, host, port }: Target): boolean {
  if (flow.remote.host !== host) return false
  return flow.reliable || (flow.transport === transport && flow.remote.port === port)
}
