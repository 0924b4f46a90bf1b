/** Publishes `queue.snapshot`: at most once a second per queue, and only when something about it changed. */
import type { QueueMetrics } from './events.ts'
import type { Clock, TimerHandle } from './ports/clock.ts'

const intervalMs = 1_000

export interface QueueSnapshotsOptions {
  readonly clock: Clock
  metricsOf(queueId: string): QueueMetrics | null
  publish(metrics: QueueMetrics): void
}

export class QueueSnapshots {
  readonly #options: QueueSnapshotsOptions
  readonly #dirty = new Set<string>()
  #timer: TimerHandle | null = null
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(options: QueueSnapshotsOptions) {
    this.#options = options
  }

  /** Something about the queue changed. */
  touch(queueId: string): void {
    this.#dirty.add(queueId)
    if (this.#timer !== null) return
    const { clock } = this.#options
    const delayMs = Math.max(20, this.#lastAt + intervalMs - clock.now())
    this.#timer = clock.setTimeout(() => this.#publish(), delayMs)
  }

  stop(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#dirty.clear()
  }

  #publish(): void {
    this.#timer = null
    this.#lastAt = this.#options.clock.now()
    const queues = [...this.#dirty]
    this.#dirty.clear()
    for (const queueId of queues) {
      const metrics = this.#options.metricsOf(queueId)
      if (metrics !== null) this.#options.publish(metrics)
    }
  }
}
