/**
 * The tie between two joined sessions. It looks at them now and then, so that a packet costs nothing for it, and tells
 * each side that it has fallen silent and that it is heard again, and both once when neither has been heard for too long.
 */
import type { Clock } from '../../ports/clock.ts'
import type { MediaEvent } from '../../ports/media.ts'
import type { Ticker, TickListener } from './ticker.ts'

interface JoinSide {
  /** When its last packet was taken; milliseconds. */
  readonly lastReceivedAt: number
  emit(event: MediaEvent): void
}

/** A side that has sent nothing for this part of the time-out is told of alone: its phone may be gone, or only mute. */
const silentPart = 0.5

export class Join<Side extends JoinSide> implements TickListener {
  readonly #sides: readonly [Side, Side]
  readonly #silent: [boolean, boolean] = [false, false]
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
    const silentMs = [this.#silentMs(0, now), this.#silentMs(1, now)] as const
    const bothMs = Math.min(...silentMs)
    if (bothMs >= this.#timeoutMs) {
      this.stop()
      for (const side of this.#sides) side.emit({ type: 'mediaLost', silentMs: bothMs })
      return
    }
    this.#tell(0, silentMs[0])
    this.#tell(1, silentMs[1])
  }

  stop(): void {
    this.#watchdog.remove(this)
  }

  #silentMs(index: 0 | 1, now: number): number {
    return Math.round(now - Math.max(this.#since, this.#sides[index].lastReceivedAt))
  }

  #tell(index: 0 | 1, silentMs: number): void {
    const silent = silentMs >= this.#timeoutMs * silentPart
    if (silent === this.#silent[index]) return
    this.#silent[index] = silent
    this.#sides[index].emit(silent ? { type: 'silent', silentMs } : { type: 'heard' })
  }
}
