/** Where a rule or a recipe of a queue leads a call that waits there. */
import type { RoutingRequest } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import type { CallTarget } from '../config-intake.ts'
import { isQueueFull } from './admission.ts'
import type { CallCore } from './call-core.ts'
import type { OutsideGoal } from './call-services.ts'
import { routingFor } from './routing-request.ts'

export type VisitGoal =
  | { readonly queue: QueueConfig; readonly priority: number; readonly request: RoutingRequest }
  | { readonly agent: string }
  | { readonly flow: string }
  | { readonly voicemail: string }
  | { readonly outside: OutsideGoal }

/**
 * Null: nowhere, or into a queue that can't take the call, or where the call has been: queues that overflow into each other
 * would pass it around forever. Steps of flows are counted, so they may.
 * @param before what the call has asked for so far; a number's requirements take the place of its own
 */
export function goalOf(
  core: CallCore,
  to: Exclude<CallTarget, { reject: number } | { callback: string }>,
  before: RoutingRequest,
): VisitGoal | null {
  const { services, record, callId } = core
  if ('flow' in to) return { flow: to.flow }
  if ('voicemail' in to) return messageGoal(core, to.voicemail)
  const route = 'queue' in to ? { queue: to.queue, priority: 0 } : services.routeOf(to.number)
  if (route === null || 'reject' in route || 'callback' in route) return null
  if ('agent' in route) return { agent: route.agent }
  if ('flow' in route) return { flow: route.flow }
  if ('voicemail' in route) return messageGoal(core, route.voicemail)
  if ('outside' in route) return { outside: route.outside }
  const queue = services.queue(route.queue)
  if (queue === null || record.visits.some(({ queueId }) => queueId === queue.id)) return null
  const { priority } = route
  const requirements = 'requirements' in route ? route.requirements : undefined
  const request = requirements === undefined ? before : { ...before, requirements }
  const routing = routingFor(services.plans, queue, request, record.attributes)
  const place = { visitId: '', callId, queueId: queue.id, priority, enqueuedAt: services.clock.now() }
  if (isQueueFull(core, queue, routing === null ? place : { ...place, routing })) return null
  return { queue, priority, request }
}

function messageGoal({ services, bridge }: CallCore, mailboxId: string): VisitGoal | null {
  return bridge.canPlay && services.voicemail.hasRoom(mailboxId) ? { voicemail: mailboxId } : null
}
