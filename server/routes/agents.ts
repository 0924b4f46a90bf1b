/** Agents: what they do, and changing it. */
import { AgentReply, AgentSessionChange, AgentStateChange } from '../api/agents.ts'
import { IdParams, Page } from '../api/common.ts'
import { principalOf } from '../auth/hooks.ts'
import { demand } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { given } from '../given.ts'
import { agentReply } from '../views.ts'
import { documented } from './documented.ts'

export function agentRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/agents',
    { config: { permission: 'agents.read' }, schema: documented('agents', 'All agents', Page(AgentReply)) },
    async request => {
      const principal = principalOf(request)
      const reach = demand(principal, 'agents.read')
      const visible = engine.agents.list().filter(({ id }) => reach === 'all' || id === principal.agentId)
      return { items: visible.map(agentReply), next: null }
    },
  )

  app.get(
    '/agents/:id',
    {
      config: { permission: 'agents.read' },
      schema: { ...documented('agents', 'One agent', AgentReply), params: IdParams },
    },
    async request => {
      demand(principalOf(request), 'agents.read', request.params.id)
      return agentReply(engine.agents.get(request.params.id))
    },
  )

  app.put(
    '/agents/:id/state',
    {
      config: { permission: 'agents.change' },
      schema: {
        ...documented('agents', 'Set availability; an offline agent is signed in by it', AgentReply),
        params: IdParams,
        body: AgentStateChange,
      },
    },
    async request => {
      const principal = principalOf(request)
      const { id } = request.params
      demand(principal, 'agents.change', id)
      const { availability, reason } = request.body
      const { actor } = principal
      if (engine.agents.get(id).session === 'offline') {
        const signedIn = engine.agents.signIn(id, { availability, actor })
        if (reason === undefined || availability === 'available') return agentReply(signedIn)
      }
      return agentReply(engine.agents.setAvailability(id, availability, { actor, ...given({ reason }) }))
    },
  )

  app.put(
    '/agents/:id/session',
    {
      config: { permission: 'agents.change' },
      schema: {
        ...documented('agents', 'Sign in or out', AgentReply),
        params: IdParams,
        body: AgentSessionChange,
      },
    },
    async request => {
      const principal = principalOf(request)
      const { id } = request.params
      demand(principal, 'agents.change', id)
      const { session, availability } = request.body
      const { actor } = principal
      return agentReply(
        session === 'online'
          ? engine.agents.signIn(id, { actor, ...given({ availability }) })
          : engine.agents.signOut(id, { actor }),
      )
    },
  )
}
