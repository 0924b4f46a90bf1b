/** What people and programs may do with agents: the `agents` of an engine. */
import type { Roster } from './agents/roster.ts'
import type { Engine } from './api.ts'

export function createAgentCommands(roster: Roster): Engine['agents'] {
  return {
    list: () => roster.views(),
    get: agentId => roster.view(agentId),
    signIn(agentId, { actor = 'embedder', availability } = {}) {
      roster.signIn(agentId, { actor, ...(availability === undefined ? {} : { availability }) })
      return roster.view(agentId)
    },
    signOut(agentId, { actor = 'embedder', reason } = {}) {
      roster.signOut(agentId, { actor, ...(reason === undefined ? {} : { reason }) })
      return roster.view(agentId)
    },
    setAvailability(agentId, availability, { actor = 'embedder', reason } = {}) {
      roster.setAvailability(agentId, availability, { actor, ...(reason === undefined ? {} : { reason }) })
      return roster.view(agentId)
    },
    completeWrapUp(agentId, { actor = `user:${agentId}`, ...words } = {}) {
      roster.completeWrapUp(agentId, actor === `user:${agentId}` ? 'agent' : 'supervisor', { actor, ...words })
      return roster.view(agentId)
    },
  }
}
