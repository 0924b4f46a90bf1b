/** Callbacks: who waits to be called back, asking for one, taking one back. */
import { CallbackCancel, CallbackExplanationReply, CallbackReply, CallbackRequest } from '../api/callbacks.ts'
import { IdParams, Page } from '../api/common.ts'
import { principalOf } from '../auth/hooks.ts'
import type { App, AppContext } from '../context.ts'
import { given } from '../given.ts'
import { callbackExplanationReply } from '../views.ts'
import { documented, documentedEmpty } from './documented.ts'

export function callbackRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/callbacks',
    {
      config: { permission: 'callbacks.read' },
      schema: documented('callbacks', 'Open callbacks of all queues', Page(CallbackReply)),
    },
    async () => ({ items: [...engine.callbacks.list()], next: null }),
  )

  app.get(
    '/callbacks/:id',
    {
      config: { permission: 'callbacks.read' },
      schema: { ...documented('callbacks', 'One open callback', CallbackReply), params: IdParams },
    },
    async request => engine.callbacks.get(request.params.id),
  )

  app.get(
    '/callbacks/:id/explain',
    {
      config: { permission: 'callbacks.read' },
      schema: {
        ...documented('callbacks', 'What became of a callback, open or over, and why', CallbackExplanationReply),
        params: IdParams,
      },
    },
    async request => callbackExplanationReply(await engine.callbacks.explain(request.params.id)),
  )

  app.get(
    '/queues/:id/callbacks',
    {
      config: { permission: 'callbacks.read' },
      schema: { ...documented('callbacks', 'Open callbacks of a queue', Page(CallbackReply)), params: IdParams },
    },
    async request => ({ items: [...engine.callbacks.list(request.params.id)], next: null }),
  )

  app.post(
    '/queues/:id/callbacks',
    {
      config: { permission: 'callbacks.write' },
      schema: {
        ...documented('callbacks', 'Join the line for a customer, who is called back in his turn', CallbackReply),
        params: IdParams,
        body: CallbackRequest,
      },
    },
    async request => {
      const { number, ...rest } = request.body
      const { actor } = principalOf(request)
      return engine.callbacks.request(request.params.id, { number, actor, ...given(rest) })
    },
  )

  app.delete(
    '/callbacks/:id',
    {
      config: { permission: 'callbacks.write' },
      schema: {
        ...documentedEmpty('callbacks', 'Take a callback back'),
        params: IdParams,
        querystring: CallbackCancel,
      },
    },
    async (request, reply) => {
      const { actor } = principalOf(request)
      engine.callbacks.cancel(request.params.id, { actor, reason: request.query.reason })
      return reply.code(204).send(null)
    },
  )
}
