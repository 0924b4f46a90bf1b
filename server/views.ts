/** The engine's read-only views as the REST schemas' mutable types: the shapes are the same. */
import type { AgentView, CallExplanation, HoursView, QueueExplanation, QueueView } from '../engine/api.ts'
import type { AgentReply } from './api/agents.ts'
import type { CallExplanationReply } from './api/calls.ts'
import type { HoursReply } from './api/hours.ts'
import type { QueueExplanationReply, QueueReply } from './api/queues.ts'

export function agentReply(view: AgentView): AgentReply {
  return { ...view, queues: [...view.queues], skills: { ...view.skills }, devices: [...view.devices] }
}

export function hoursReply(view: HoursView): HoursReply {
  return { ...view }
}

export function queueReply(view: QueueView): QueueReply {
  return { ...view }
}

export function queueExplanationReply({ visits, ...rest }: QueueExplanation): QueueExplanationReply {
  return { ...rest, visits: visits.map(visit => ({ ...visit })) }
}

export function explanationReply({ visits, flow, ...rest }: CallExplanation): CallExplanationReply {
  const path = flow === undefined ? {} : { flow: [...flow] }
  return {
    ...rest,
    ...path,
    visits: visits.map(visit => ({ ...visit, offers: visit.offers.map(offer => ({ ...offer })) })),
  }
}
