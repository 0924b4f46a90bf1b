/**
 * Keeps the way open that a registration of ours went by (RFC 5626 §4.4): what stands between forgets a way that nobody uses,
 * and the calls that come by it with it.
 */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Flow } from '../sip/index.ts'

export interface FlowKeeperOptions {
  readonly clock: Clock
  readonly random: Random
  /** The flow has lasted from one ping to the next. */
  onHeld(): void
}

/**
 * RFC 5626 §4.4.2's for UDP, drawn between 80 % of it and the whole. For streams §4.4.1 allows 120 s, for the battery's sake; a
 * center without its carrier should know sooner.
 */
const longestMs = 30_000

export class FlowKeeper {
  readonly #options: FlowKeeperOptions
  #flow: Flow | null = null
  #timer: TimerHandle | null = null

  constructor(options: FlowKeeperOptions) {
    this.#options = options
  }

  /** In place of the one that was kept. */
  keep(flow: Flow): void {
    if (flow === this.#flow) return
    this.leave()
    this.#flow = flow
    this.#arm(flow)
  }

  leave(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#flow = null
  }

  #arm(flow: Flow): void {
    const { clock, random } = this.#options
    this.#timer = clock.setTimeout(() => this.#onTimer(flow), longestMs * (0.8 + 0.2 * random.float()))
  }

  #onTimer(flow: Flow): void {
    this.#arm(flow)
    this.#options.onHeld()
    // Last: a peer that is found to be gone ends the flow, and with it what is kept here.
    flow.ping()
  }
}
