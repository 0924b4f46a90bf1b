/** Queues with their live metrics. */
import { IdParams, Page } from '../api/common.ts'
import { QueueReply } from '../api/queues.ts'
import type { App, AppContext } from '../context.ts'
import { queueReply } from '../views.ts'
import { documented } from './documented.ts'

export function queueRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/queues',
    { config: { permission: 'queues.read' }, schema: documented('queues', 'All queues', Page(QueueReply)) },
    async () => ({ items: engine.queues.list().map(queueReply), next: null }),
  )

  app.get(
    '/queues/:id',
    {
      config: { permission: 'queues.read' },
      schema: { ...documented('queues', 'One queue', QueueReply), params: IdParams },
    },
    async request => queueReply(engine.queues.get(request.params.id)),
  )
}
