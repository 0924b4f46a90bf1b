/** What people and programs may do with agents: the `agents` of an engine. */
import type { Roster } from './agents/roster.ts'
import type { Actor, Engine } from './api.ts'
import type { HotDesks } from './phones/hot-desks.ts'

function partyOf(agentId: string, actor: Actor): 'agent' | 'supervisor' {
  return actor === `user:${agentId}` ? 'agent' : 'supervisor'
}

export function createAgentCommands(
  roster: Roster,
  { phones, presence }: Pick<HotDesks, 'phones' | 'presence'>,
): Engine['agents'] {
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
    setDevice(agentId, deviceId, { actor = 'embedder' } = {}) {
      roster.view(agentId)
      phones.choose(agentId, deviceId, actor)
      return roster.view(agentId)
    },
    deskOpen(agentId, isOpen) {
      roster.view(agentId)
      presence.desk(agentId, isOpen)
    },
    setQueue(agentId, queueId, signedIn, { actor = 'embedder' } = {}) {
      roster.setQueue(agentId, queueId, signedIn, { actor })
      return roster.view(agentId)
    },
    completeWrapUp(agentId, { actor = `user:${agentId}`, ...words } = {}) {
      roster.completeWrapUp(agentId, partyOf(agentId, actor), { actor, ...words })
      return roster.view(agentId)
    },
    noteWrapUp(agentId, { actor = `user:${agentId}`, ...words }) {
      roster.noteWrapUp(agentId, partyOf(agentId, actor), { actor, ...words })
      return roster.view(agentId)
    },
    askWrapUp(agentId, { actor = `user:${agentId}` } = {}) {
      roster.askWrapUp(agentId, { actor })
      return roster.view(agentId)
    },
    extendWrapUp(agentId, { actor = `user:${agentId}`, byMs } = {}) {
      roster.extendWrapUp(agentId, partyOf(agentId, actor), { actor, ...(byMs === undefined ? {} : { byMs }) })
      return roster.view(agentId)
    },
  }
}
