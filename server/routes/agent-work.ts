/** What an agent works with: after-call work, the queues he has joined, and the phone he sits at. */
import {
  AgentDeviceChange,
  AgentQueueChange,
  AgentQueueParams,
  AgentReply,
  DeviceReply,
  WrapUpCompletion,
  WrapUpExtension,
} from '../api/agents.ts'
import { IdParams, Page } from '../api/common.ts'
import { principalOf } from '../auth/hooks.ts'
import { demand } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { given } from '../given.ts'
import { agentReply, deviceReply } from '../views.ts'
import { documented } from './documented.ts'

const changing = { config: { permission: 'agents.change' } } as const

export function agentWorkRoutes(app: App, { engine }: AppContext): void {
  app.post(
    '/agents/:id/wrap-up/complete',
    {
      ...changing,
      schema: {
        ...documented('agents', 'End after-call work', AgentReply),
        params: IdParams,
        body: WrapUpCompletion,
      },
    },
    async request => {
      const { actor } = demandFor(request, request.params.id)
      const { disposition, notes } = request.body
      return agentReply(engine.agents.completeWrapUp(request.params.id, { actor, ...given({ disposition, notes }) }))
    },
  )

  app.put(
    '/agents/:id/wrap-up',
    {
      ...changing,
      schema: {
        ...documented('agents', 'Say how the call at hand went, during it or in wrap-up', AgentReply),
        params: IdParams,
        body: WrapUpCompletion,
      },
    },
    async request => {
      const { actor } = demandFor(request, request.params.id)
      const { disposition, notes } = request.body
      return agentReply(engine.agents.noteWrapUp(request.params.id, { actor, ...given({ disposition, notes }) }))
    },
  )

  app.post(
    '/agents/:id/wrap-up/request',
    {
      ...changing,
      schema: {
        ...documented('agents', 'Ask for the optional wrap-up of the call at hand', AgentReply),
        params: IdParams,
      },
    },
    async request => {
      const { actor } = demandFor(request, request.params.id)
      return agentReply(engine.agents.askWrapUp(request.params.id, { actor }))
    },
  )

  app.post(
    '/agents/:id/wrap-up/extend',
    {
      ...changing,
      schema: {
        ...documented('agents', 'Make after-call work longer', AgentReply),
        params: IdParams,
        body: WrapUpExtension,
      },
    },
    async request => {
      const { actor } = demandFor(request, request.params.id)
      const { byMs } = request.body
      return agentReply(engine.agents.extendWrapUp(request.params.id, { actor, ...given({ byMs }) }))
    },
  )

  app.put(
    '/agents/:id/queues/:queueId',
    {
      ...changing,
      schema: {
        ...documented('agents', 'Join or leave one of the queues of an agent', AgentReply),
        params: AgentQueueParams,
        body: AgentQueueChange,
      },
    },
    async request => {
      const { id, queueId } = request.params
      const { actor } = demandFor(request, id)
      return agentReply(engine.agents.setQueue(id, queueId, request.body.signedIn, { actor }))
    },
  )

  app.put(
    '/agents/:id/device',
    {
      ...changing,
      schema: {
        ...documented(
          'agents',
          'Choose the phone that is rung; of a device that is nobody’s: sit down there',
          AgentReply,
        ),
        params: IdParams,
        body: AgentDeviceChange,
      },
    },
    async request => {
      const { actor } = demandFor(request, request.params.id)
      return agentReply(engine.agents.setDevice(request.params.id, request.body.deviceId, { actor }))
    },
  )

  app.get(
    '/devices',
    {
      config: { permission: 'agents.read' },
      schema: documented('agents', 'The phones of the center', Page(DeviceReply)),
    },
    async request => {
      demand(principalOf(request), 'agents.read')
      return { items: engine.devices.list().map(deviceReply), next: null }
    },
  )
}

/** @throws EngineError `auth.forbidden` */
function demandFor(request: Parameters<typeof principalOf>[0], agentId: string): { readonly actor: string } {
  const principal = principalOf(request)
  demand(principal, 'agents.change', agentId)
  return principal
}
