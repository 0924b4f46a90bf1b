/** Queues with their live metrics. */
import { IdParams, Page } from '../api/common.ts'
import { QueueExplanationReply, QueueReply } from '../api/queues.ts'
import type { App, AppContext } from '../context.ts'
import { queueExplanationReply, queueReply } from '../views.ts'
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

  app.get(
    '/queues/:id/explain',
    {
      config: { permission: 'queues.read' },
      schema: {
        ...documented('queues', 'Why nobody is being rung for those who wait', QueueExplanationReply),
        params: IdParams,
      },
    },
    async request => queueExplanationReply(engine.queues.explain(request.params.id)),
  )
}
