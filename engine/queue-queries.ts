/** What people ask of queues: the `queues` of an engine. */
import type { Engine } from './api.ts'
import type { QueueConfig } from './config.ts'
import { EngineError } from './errors.ts'
import type { Dispatcher } from './queues/dispatcher.ts'

/** @param queues those in force */
export function createQueueQueries(
  queues: () => ReadonlyMap<string, QueueConfig>,
  dispatcher: Dispatcher,
): Engine['queues'] {
  const get: Engine['queues']['get'] = queueId => {
    const queue = queues().get(queueId)
    if (queue === undefined) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
    const { id, name, strategy, serviceLevel } = queue
    return { id, name, strategy, targetMs: serviceLevel.targetMs, metrics: dispatcher.metrics(id) }
  }
  return {
    list: () => [...queues().keys()].map(get),
    get,
    explain: queueId => dispatcher.situation(queueId),
  }
}
