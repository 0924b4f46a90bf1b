/** API keys for programs. */
import { describeProblems, EngineError, type Problem } from '../../engine/errors.ts'
import type { ApiKey } from '../../engine/ports/accounts.ts'
import { IdParams, Page } from '../api/common.ts'
import { ApiKeyCreate, ApiKeyCreated, ApiKeyView } from '../api/session.ts'
import { isScope, scopesOf } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { HttpProblem } from '../problems.ts'
import { documented, documentedEmpty } from './documented.ts'

export function apiKeyRoutes(app: App, { authenticator }: AppContext): void {
  app.get(
    '/api-keys',
    { config: { permission: 'keys.manage' }, schema: documented('api keys', 'All keys', Page(ApiKeyView)) },
    async () => ({ items: (await authenticator.listKeys()).map(view), next: null }),
  )

  app.post(
    '/api-keys',
    {
      config: { permission: 'keys.manage' },
      schema: { ...documented('api keys', 'Make a key; it is shown only now', ApiKeyCreated), body: ApiKeyCreate },
    },
    async request => {
      const { name, role, scopes } = request.body
      const problems: Problem[] = []
      // An agent's rights are about one agent, and a key is nobody.
      if (role === 'agent')
        problems.push({ path: 'body.role', value: role, allowed: 'administrator | supervisor | integrator' })
      const usable = scopesOf(role)
      for (const [i, scope] of scopes.entries())
        if (!isScope(scope) || !usable.includes(scope))
          problems.push({ path: `body.scopes.${i}`, value: scope, allowed: usable.join(' | ') })
      if (problems.length > 0) throw new EngineError('request.invalid', describeProblems(problems), { problems })
      const { key, record } = await authenticator.createKey({ name, role, scopes: scopes.filter(isScope) })
      return { ...view(record), key }
    },
  )

  app.delete(
    '/api-keys/:id',
    {
      config: { permission: 'keys.manage' },
      schema: { ...documentedEmpty('api keys', 'Revoke a key'), params: IdParams },
    },
    async (request, reply) => {
      if (!(await authenticator.deleteKey(request.params.id)))
        throw new HttpProblem('request.not_found', `There is no API key ${request.params.id}.`)
      return reply.code(204).send(null)
    },
  )
}

function view({ keyId, name, role, scopes, createdAt }: ApiKey) {
  return { keyId, name, role, scopes: [...scopes], createdAt }
}
