/** Where a rule or a recipe of a queue leads a call that waits there. */
import type { RoutingRequest } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import type { CallTarget } from '../config-intake.ts'
import { isQueueFull } from './admission.ts'
import type { CallCore } from './call-core.ts'
import type { OutsideGoal, Route } from './call-services.ts'
import { type Asked, routingFor } from './routing-request.ts'

export type VisitGoal =
  | ({ readonly queue: QueueConfig } & Asked)
  | { readonly agent: string }
  | ({ readonly flow: string } & Asked)
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
  if ('flow' in to) return { flow: to.flow, priority: 0, request: before }
  if ('voicemail' in to) return messageGoal(core, to.voicemail)
  const route: Route | null = 'queue' in to ? { queue: to.queue, priority: 0 } : services.routeOf(to.number)
  if (route === null || 'reject' in route || 'callback' in route) return null
  if ('agent' in route) return { agent: route.agent }
  if ('voicemail' in route) return messageGoal(core, route.voicemail)
  if ('outside' in route) return { outside: route.outside }
  const { priority, requirements } = route
  const request = requirements === undefined ? before : { ...before, requirements }
  if ('flow' in route) return { flow: route.flow, priority, request }
  const queue = services.queue(route.queue)
  if (queue === null || record.visits.some(({ queueId }) => queueId === queue.id)) return null
  const routing = routingFor(services.plans, queue, request, record.attributes)
  const place = { visitId: '', callId, queueId: queue.id, priority, enqueuedAt: services.clock.now() }
  if (isQueueFull(core, queue, routing === null ? place : { ...place, routing })) return null
  return { queue, priority, request }
}

function messageGoal({ services, bridge }: CallCore, mailboxId: string): VisitGoal | null {
  return bridge.canPlay && services.voicemail.hasRoom(mailboxId) ? { voicemail: mailboxId } : null
}

/** As events tell it. */
export function goalWords(goal: VisitGoal): string {
  if ('agent' in goal) return `agent:${goal.agent}`
  if ('outside' in goal) return `number:${goal.outside.number}`
  if ('voicemail' in goal) return `voicemail:${goal.voicemail}`
  return 'flow' in goal ? `flow:${goal.flow}` : `queue:${goal.queue.id}`
}
