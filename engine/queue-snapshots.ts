/** Publishes `queue.snapshot`: at most once a second per queue, and only when something about it changed. */
import type { AnyEvent, QueueMetrics } from './events.ts'
import type { Clock, TimerHandle } from './ports/clock.ts'
import type { Ids } from './ports/ids.ts'

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

/** Metrics as an event: not journaled, so without a cursor. */
export function snapshotEvent(
  data: QueueMetrics,
  { ids, tenant, nowMs }: { readonly ids: Ids; readonly tenant: string; readonly nowMs: number },
): AnyEvent {
  return {
    specversion: '1.0',
    id: ids.ulid(),
    source: `/tenants/${tenant}`,
    type: 'queue.snapshot',
    subject: `queue/${data.queueId}`,
    time: new Date(nowMs).toISOString(),
    datacontenttype: 'application/json',
    data,
  }
}
