/** The figures of one queue at this moment, as events and REST tell them. */
import type { QueueMetrics } from '../events.ts'
import type { DispatcherOptions } from './dispatcher-types.ts'
import type { Outlook } from './outlook.ts'
import type { QueueLine } from './queue-line.ts'

export interface MetricsSources extends Pick<DispatcherOptions, 'totals'> {
  readonly roster: Pick<DispatcherOptions['roster'], 'engaged' | 'counts'>
  readonly outlook: Outlook
}

export function metricsOf({ roster, outlook, totals }: MetricsSources, queue: QueueLine): QueueMetrics {
  const { waiting } = queue
  const queueId = queue.config.id
  const ewt = outlook.waitNow(queue)
  const oldest = waiting.oldestEnqueuedAt()
  return {
    queueId,
    waiting: waiting.size - waiting.kept,
    callbacks: waiting.kept,
    oldestEnqueuedAt: oldest === null ? null : new Date(oldest).toISOString(),
    offering: waiting.offered,
    talking: roster.engaged(queueId),
    agents: roster.counts(queueId),
    today: totals.today(queueId),
    ewtMs: ewt?.valueMs ?? null,
    ewt,
  }
}
