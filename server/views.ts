/** The engine's read-only views as the REST schemas' mutable types: the shapes are the same. */
import type {
  AgentView,
  CallExplanation,
  DeviceView,
  HoursView,
  QueueExplanation,
  QueueView,
  TrunkView,
} from '../engine/api.ts'
import type { CallbackExplanation } from '../engine/api-callbacks.ts'
import type { AgentReply, DeviceReply } from './api/agents.ts'
import type { CallbackExplanationReply } from './api/callbacks.ts'
import type { CallExplanationReply } from './api/calls.ts'
import type { HoursReply } from './api/hours.ts'
import type { QueueExplanationReply, QueueReply } from './api/queues.ts'
import type { TrunkReply } from './api/trunks.ts'

export function agentReply(view: AgentView): AgentReply {
  const { queues, queuesLeft, skills, devices, wrapUp, missedBy } = view
  return {
    ...view,
    queues: [...queues],
    queuesLeft: [...queuesLeft],
    skills: { ...skills },
    devices: [...devices],
    wrapUp: wrapUp === null ? null : { ...wrapUp, dispositions: [...wrapUp.dispositions] },
    missedBy: { ...missedBy },
  }
}

export function deviceReply(view: DeviceView): DeviceReply {
  return { ...view, contacts: [...view.contacts] }
}

export function trunkReply(view: TrunkView): TrunkReply {
  const { registration } = view
  return { ...view, registration: registration === null ? null : { ...registration } }
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

export function callbackExplanationReply({ moments, ...rest }: CallbackExplanation): CallbackExplanationReply {
  return { ...rest, moments: moments.map(moment => ({ ...moment })) }
}

export function explanationReply({
  visits,
  flow,
  transfers,
  legs,
  callback,
  agent,
  ...rest
}: CallExplanation): CallExplanationReply {
  const path = flow === undefined ? {} : { flow: [...flow] }
  return {
    ...rest,
    ...path,
    ...(transfers === undefined ? {} : { transfers: [...transfers] }),
    legs: [...legs],
    ...(callback === undefined ? {} : { callback: callbackExplanationReply(callback) }),
    ...(agent === undefined ? {} : { agent: { ...agent, moments: agent.moments.map(moment => ({ ...moment })) } }),
    visits: visits.map(visit => ({
      ...visit,
      moments: visit.moments.map(moment => ({ ...moment })),
      offers: visit.offers.map(({ redirectedTo, ...offer }) => ({
        ...offer,
        ...(redirectedTo === undefined ? {} : { redirectedTo: [...redirectedTo] }),
      })),
    })),
  }
}
