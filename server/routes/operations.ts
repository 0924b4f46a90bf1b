/** What probes and Prometheus ask, without login. */
import type { App, AppContext } from '../context.ts'
import { createMetrics } from '../metrics.ts'

export function operationRoutes(app: App, { engine }: AppContext): void {
  const metrics = createMetrics(engine)
  app.addHook('onClose', async () => metrics.close())

  app.get('/healthz', { schema: { hide: true } }, async () => engine.health())

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const { status, sip, store } = engine.health()
    const isReady = sip && store && (status === 'ok' || status === 'degraded')
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, status, sip, store })
  })

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type(metrics.contentType)
      .serializer(String)
      .send(await metrics.text()),
  )
}
