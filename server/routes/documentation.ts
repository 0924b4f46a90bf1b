/** The OpenAPI document and its page, made from the routes' schemas. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { App } from '../context.ts'
import { tags } from './documented.ts'

export async function registerDocumentation(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Strowger',
        version,
        description: 'Queues, agents, calls and screen pops. Events also come live over Socket.IO at the same origin.',
      },
      tags: tags.map(name => ({ name })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'the token of POST /api/v1/session, or an API key' },
        },
      },
      security: [{ bearer: [] }],
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
}
