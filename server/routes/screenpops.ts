/** Open screen pops, for clients that can't hold a socket. */
import { EngineError } from '../../engine/errors.ts'
import { ScreenPop } from '../../engine/events.ts'
import { IdParams, Page } from '../api/common.ts'
import { ScreenPopResult } from '../api/screenpops.ts'
import { principalOf } from '../auth/hooks.ts'
import { demand } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { documented, documentedEmpty } from './documented.ts'

export function screenPopRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/screenpops',
    {
      config: { permission: 'screenpops.read' },
      schema: documented('screenpops', 'Pops that wait for an acknowledgement', Page(ScreenPop)),
    },
    async request => {
      const principal = principalOf(request)
      const reach = demand(principal, 'screenpops.read')
      const visible = engine.screenpops.open().filter(pop => reach === 'all' || pop.agentId === principal.agentId)
      return { items: [...visible], next: null }
    },
  )

  app.post(
    '/screenpops/:id/ack',
    {
      config: { permission: 'screenpops.acknowledge' },
      schema: { ...documentedEmpty('screenpops', 'Acknowledge a pop'), params: IdParams, body: ScreenPopResult },
    },
    async (request, reply) => {
      const principal = principalOf(request)
      const pop = engine.screenpops.find(request.params.id)
      if (pop === null) throw new EngineError('screenpop.unknown', `There is no open screen pop ${request.params.id}.`)
      demand(principal, 'screenpops.acknowledge', pop.agentId)
      engine.screenpops.acknowledge(pop.popId, request.body.result, { actor: principal.actor })
      return reply.code(204).send(null)
    },
  )
}
