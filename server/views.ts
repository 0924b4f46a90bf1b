/** The engine's read-only views as the REST schemas' mutable types: the shapes are the same. */
import type { AgentView, CallExplanation, QueueView } from '../engine/api.ts'
import type { AgentReply } from './api/agents.ts'
import type { CallExplanationReply } from './api/calls.ts'
import type { QueueReply } from './api/queues.ts'

export function agentReply(view: AgentView): AgentReply {
  return { ...view, queues: [...view.queues], skills: { ...view.skills }, devices: [...view.devices] }
}

export function queueReply(view: QueueView): QueueReply {
  return { ...view }
}

export function explanationReply({ visits, ...rest }: CallExplanation): CallExplanationReply {
  return { ...rest, visits: visits.map(visit => ({ ...visit, offers: visit.offers.map(offer => ({ ...offer })) })) }
}
