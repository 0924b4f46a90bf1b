/** The center's definition as a whole, in JSON or YAML. */
import Type from 'typebox'
import { stringify } from 'yaml'
import { CenterConfig } from '../../engine/config.ts'
import { principalOf } from '../auth/hooks.ts'
import { parseCenterText } from '../center-keeper.ts'
import type { App, AppContext } from '../context.ts'
import { documented } from './documented.ts'

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

  app.get(
    '/center',
    {
      config: { permission: 'center.read' },
      schema: documented('center', 'The definition in force, without secrets', Type.Unsafe<unknown>(CenterConfig)),
    },
    async (request, reply) => {
      const center = engine.center()
      const accept = request.headers.accept ?? ''
      if (!yamlTypes.some(type => accept.includes(type))) return center
      return reply.type('application/yaml').serializer(String).send(stringify(center))
    },
  )

  app.put(
    '/center',
    {
      bodyLimit: maxCenterBytes,
      config: { permission: 'center.write' },
      // The body is documented by its schema, but checked by the engine, which fills defaults and knows references.
      validatorCompiler: () => value => ({ value }),
      schema: {
        ...documented('center', 'Replace the definition', Type.Unsafe<unknown>(CenterConfig)),
        consumes: ['application/json', 'application/yaml'],
        body: Type.Unsafe<unknown>(CenterConfig),
      },
    },
    async request => {
      const { accountsDone } = await centerKeeper.apply(request.body, { actor: principalOf(request).actor })
      await accountsDone
      return engine.center()
    },
  )
}
