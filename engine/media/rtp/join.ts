/** The tie between two joined sessions: tells both once if neither has received anything for too long. */
import type { Clock } from '../../ports/clock.ts'
import type { MediaEvent } from '../../ports/media.ts'
import type { Ticker, TickListener } from './ticker.ts'

interface JoinSide {
  /** When its last packet was taken; milliseconds. */
  readonly lastReceivedAt: number
  emit(event: MediaEvent): void
}

export class Join<Side extends JoinSide> implements TickListener {
  readonly #sides: readonly [Side, Side]
  readonly #timeoutMs: number
  readonly #watchdog: Ticker
  readonly #since: number

  constructor(a: Side, b: Side, timeoutMs: number, surroundings: { readonly clock: Clock; readonly watchdog: Ticker }) {
    this.#sides = [a, b]
    this.#timeoutMs = timeoutMs
    this.#watchdog = surroundings.watchdog
    this.#since = surroundings.clock.now()
    if (timeoutMs > 0) this.#watchdog.add(this)
  }

  onTick(now: number): void {
    const [a, b] = this.#sides
    const silentMs = Math.round(now - Math.max(this.#since, a.lastReceivedAt, b.lastReceivedAt))
    if (silentMs < this.#timeoutMs) return
    this.stop()
    for (const side of this.#sides) side.emit({ type: 'mediaLost', silentMs })
  }

  stop(): void {
    this.#watchdog.remove(this)
  }
}
