/** Asks a peer whose media can't tell for a sign of life: an in-dialog OPTIONS every 60 s (DESIGN §7, NAT). */
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { InviteDialog } from '../sip/index.ts'

const intervalMs = 60_000
/** One lost answer is an accident, two are a fact. */
const missesToDeath = 2

export class Liveness {
  readonly #clock: Clock
  readonly #dialog: InviteDialog
  #timer: TimerHandle | null = null
  #misses = 0

  constructor(clock: Clock, dialog: InviteDialog) {
    this.#clock = clock
    this.#dialog = dialog
  }

  start(): void {
    if (this.#timer === null) this.#arm()
  }

  stop(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#misses = 0
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#dialog.ping(alive => this.#onResult(alive))
    }, intervalMs)
  }

  #onResult(alive: boolean): void {
    if (this.#timer === null) return
    this.#misses = alive ? 0 : this.#misses + 1
    if (this.#misses >= missesToDeath) {
      this.stop()
      this.#dialog.declareDead()
    } else this.#arm()
  }
}
