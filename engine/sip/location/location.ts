/** Where requests to a URI go: servers found by RFC 3263, those that are known to be dead last. */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Network } from '../../ports/network.ts'
import type { Random } from '../../ports/random.ts'
import type { SipUri } from '../message/uri.ts'
import { Locator } from './locator.ts'
import type { Target } from './selection.ts'
import { TargetHealth, type TargetHealthOptions } from './target-health.ts'

export interface LocationOptions {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly logger: Logger
  readonly probe: TargetHealthOptions['probe']
}

/** A call that tried more would take longer than anybody waits. */
const maxTargets = 8

/**
 * A request within a dialog waits for the DNS so long at most: a name is up to three questions, each of which a dead name server
 * holds up by seconds, and who waits for a PRACK or an ACK does so for 32 s (RFC 3261 §13.3.1.4, RFC 3262 §3).
 */
const patienceMs = 10_000

export class Location {
  readonly #clock: Clock
  readonly #locator: Locator
  readonly #health: TargetHealth
  /** A server that is silent for so long is left for the next one. */
  failoverMs = 3_000
  #stopped = false
  /** Ends the patience of each who waits. */
  readonly #waiting = new Set<() => void>()

  constructor(options: LocationOptions) {
    const { logger } = options
    this.#clock = options.clock
    this.#locator = new Locator(options)
    this.#health = new TargetHealth({
      clock: options.clock,
      probe: options.probe,
      onChange({ transport, host, port }, isAlive) {
        if (isAlive) logger.info({ transport, host, port }, 'a SIP server answers again')
        else logger.warn({ transport, host, port }, 'a SIP server does not answer; others are tried first')
      },
    })
  }

  /** Best first; empty when there is nowhere. At once for numeric hosts and for names that are remembered. */
  locate(uri: SipUri): readonly Target[] | Promise<readonly Target[]> {
    const found = this.#locator.locate(uri)
    return found instanceof Promise ? found.then(targets => this.#choose(targets)) : this.#choose(found)
  }

  /** `onOver` is told once: when the DNS was waited for long enough, or nobody is looked for any more. @returns what calls it off */
  beginPatience(onOver: () => void): () => void {
    const end = () => {
      this.#clock.clearTimeout(timer)
      this.#waiting.delete(over)
    }
    const over = () => {
      end()
      onOver()
    }
    const timer = this.#clock.setTimeout(over, patienceMs)
    this.#waiting.add(over)
    return end
  }

  /** Of servers that were found those that are not known to be dead; all of them, if no other is left. */
  live(targets: readonly Target[]): readonly Target[] {
    const live = this.#health.live(targets)
    return live.length === 0 ? targets : live
  }

  get dead(): readonly Target[] {
    return this.#health.dead
  }

  failed(target: Target, retryAfterMs = 0): void {
    this.#health.failed(target, retryAfterMs)
  }

  answered(target: Target): void {
    this.#health.answered(target)
  }

  /** Nobody is looked for any more: what is on its way still ends where it went. */
  get stopped(): boolean {
    return this.#stopped
  }

  stop(): void {
    for (const over of [...this.#waiting]) over()
    this.#stopped = true
    this.#health.stop()
  }

  #choose(targets: readonly Target[]): readonly Target[] {
    return targets.length < 2 ? targets : this.#health.inOrder(targets).slice(0, maxTargets)
  }
}
