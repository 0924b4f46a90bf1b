/** The center's definition as a whole, in JSON or YAML, and its schema. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { stringify } from 'yaml'
import { CenterConfig } from '../../engine/config.ts'
import { principalOf } from '../auth/hooks.ts'
import { parseCenterText } from '../center-keeper.ts'
import type { App, AppContext } from '../context.ts'
import { mergePatch } from '../merge-patch.ts'
import { bodyUncheckedCompiler } from '../validation.ts'
import { requireUnchanged, tagOf } from './center-tags.ts'
import { centerBody, documented } from './documented.ts'

const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']
const maxCenterBytes = 16 * 1024 * 1024

export function centerRoutes(app: App, { engine, centerKeeper }: AppContext): void {
  app.addContentTypeParser(yamlTypes, { parseAs: 'string', bodyLimit: maxCenterBytes }, (_request, text, done) => {
    try {
      done(null, parseCenterText(String(text)))
    } catch (error) {
      done(error as Error)
    }
  })
  // RFC 7396 §4. The parser of JSON is the one that refuses prototypes.
  app.addContentTypeParser(
    'application/merge-patch+json',
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  )

  app.get(
    '/center',
    {
      config: { permission: 'center.read' },
      schema: documented('center', 'The definition in force, without secrets', Type.Unsafe<unknown>(CenterConfig)),
    },
    async (request, reply) => {
      const center = engine.center()
      reply.header('etag', tagOf(center))
      const accept = request.headers.accept ?? ''
      if (!yamlTypes.some(type => accept.includes(type))) return center
      return reply.type('application/yaml').serializer(String).send(stringify(center))
    },
  )

  app.get(
    '/center/schema',
    {
      config: { permission: 'center.read' },
      schema: documented('center', 'JSON Schema of the definition: settings, defaults, limits', Type.Any()),
    },
    async () => CenterConfig,
  )

  app.put(
    '/center',
    {
      bodyLimit: maxCenterBytes,
      config: { permission: 'center.write' },
      validatorCompiler: bodyUncheckedCompiler,
      schema: {
        ...documented('center', 'Replace the definition', Type.Unsafe<unknown>(CenterConfig)),
        ...centerBody(Type.Unsafe<unknown>(CenterConfig)),
      },
    },
    async (request, reply) => change(request, reply, () => request.body),
  )

  app.patch(
    '/center',
    {
      bodyLimit: maxCenterBytes,
      config: { permission: 'center.write' },
      validatorCompiler: bodyUncheckedCompiler,
      schema: {
        ...documented(
          'center',
          'Change what is named, null: back to the default (RFC 7396); lists are replaced',
          Type.Unsafe<unknown>(CenterConfig),
        ),
        ...centerBody(Type.Unknown()),
      },
    },
    async (request, reply) => change(request, reply, center => mergePatch(center, request.body)),
  )

  async function change(
    request: FastifyRequest,
    reply: FastifyReply,
    to: (center: CenterConfig) => unknown,
  ): Promise<CenterConfig> {
    const { accountsDone } = await centerKeeper.change(
      center => {
        requireUnchanged(request.headers, center)
        return to(center)
      },
      { actor: principalOf(request).actor },
    )
    await accountsDone
    const center = engine.center()
    reply.header('etag', tagOf(center))
    return center
  }
}
