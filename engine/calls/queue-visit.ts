/** One stay of a call in a queue: from entering to its one outcome, with what happens by the clock meanwhile. */
import type { RoutingRequest } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import type { CallTarget, PromptLanguage } from '../config-intake.ts'
import type { Attributes, EventData, OfferOutcome, VisitOutcome } from '../events.ts'
import { positionPrompts, waitPrompts } from '../queues/announcement.ts'
import { nextOverflow, type OverflowStep } from '../queues/overflow.ts'
import type { StageChange, VisitRouting } from '../queues/visit-routing.ts'
import type { WaitingVisit } from '../queues/waiting-list.ts'
import { TimerBag } from '../timer-bag.ts'
import { type Barrier, barrierOf, isQueueFull } from './admission.ts'
import type { CallCore } from './call-core.ts'
import type { OutsideGoal } from './call-services.ts'
import { languageOf } from './language.ts'
import { priorityAttribute, priorityOf, requirementsAttribute, routingFor } from './routing-request.ts'

export type QueuedCause = EventData<'call.queued'>['cause']

/** DESIGN §7, with-agent: the caller hears ringing at the latest after this. */
const ringCustomerAfterMs = 500

export interface QueueVisitOptions {
  readonly core: CallCore
  readonly queue: QueueConfig
  readonly priority: number
  readonly request: RoutingRequest
  /** True while an agent is being rung: the caller is not told his place then. */
  isOffered(): boolean
  onOverflow(step: OverflowStep): void
}

export class QueueVisit {
  readonly visitId: string
  readonly queue: QueueConfig
  readonly request: RoutingRequest
  readonly enqueuedAt: number
  #routing: VisitRouting | null
  readonly #options: QueueVisitOptions
  readonly #timers: TimerBag<'overflow' | 'announce' | 'ringCustomer'>
  readonly #ranRules = new Set<number>()
  /** The last position that the caller was told: an increase is never announced. */
  #announced = Number.POSITIVE_INFINITY
  #announcedMinutes = Number.POSITIVE_INFINITY

  constructor(options: QueueVisitOptions) {
    const { clock, ids } = options.core.services
    this.#options = options
    this.queue = options.queue
    this.request = options.request
    this.visitId = ids.ulid()
    this.enqueuedAt = clock.now()
    this.#timers = new TimerBag(clock)
    this.#routing = this.#freshRouting()
  }

  /** What the call says of itself goes before what it was enqueued with. */
  get priority(): number {
    return priorityOf(this.#options.core.record.attributes) ?? this.#options.priority
  }

  /** Tells that the visit began. It waits only after {@link wait}. */
  begin(cause: QueuedCause): void {
    const { emit, callId, services, send } = this.#options.core
    const { position, wait } = services.dispatcher.prospect(this.#place)
    emit('call.queued', {
      callId,
      visitId: this.visitId,
      queueId: this.queue.id,
      priority: this.priority,
      position,
      ewtMs: wait?.valueMs ?? null,
      enqueuedAt: new Date(this.enqueuedAt).toISOString(),
      cause,
      ...(this.#routing === null ? {} : { requirements: this.#routing.stage.name }),
    })
    services.totals.offered(this.queue.id)
    send({ type: 'enqueue', visitId: this.visitId })
  }

  /** What keeps the queue from taking the call; null if nothing does. */
  barrier(): Barrier | null {
    return barrierOf(this.#options.core, this.queue, this.#place)
  }

  /** Greets the caller and takes a place in the line; offers may be made before this returns. */
  wait(): void {
    const { bridge, services } = this.#options.core
    const isAnswering = this.queue.answer === 'immediately' || bridge.customerAnswering
    if (isAnswering && bridge.canPlay) bridge.answerCustomer(this.queue.music)
    else this.#timers.arm('ringCustomer', ringCustomerAfterMs, () => bridge.ringCustomer())
    this.armOverflow()
    const { position, wait } = this.queue.announce
    if (position || wait) this.#armAnnouncement()
    services.dispatcher.enqueue(this.#place)
  }

  /** What the call requires may have changed: it asks anew. Or what it is worth: it moves. */
  attributesChanged(changed: Attributes): void {
    const isRequiring = requirementsAttribute in changed
    if (!isRequiring && !(priorityAttribute in changed)) return
    const { dispatcher } = this.#options.core.services
    if (isRequiring) this.#routing = this.#freshRouting()
    if (dispatcher.position(this.visitId) !== null) dispatcher.enqueue(this.#place)
  }

  /** Waiting has changed what is asked for. */
  stepChanged(change: StageChange): void {
    const { emit, callId } = this.#options.core
    emit('call.routing_step_changed', { callId, visitId: this.visitId, queueId: this.queue.id, ...change })
  }

  /** An offer has ended unaccepted; `left` others are pending. */
  offerEnded(agentId: string, outcome: OfferOutcome, left: number): void {
    if (outcome === 'canceled' || outcome === 'rescinded') return
    const { dispatcher, clock } = this.#options.core.services
    const { retryExclusionMs } = this.queue
    if (retryExclusionMs > 0)
      dispatcher.exclude(this.visitId, agentId, 'did not take this call', clock.now() + retryExclusionMs)
    if (left > 0) dispatcher.offerEnded(this.visitId)
  }

  /** Arms what happens next if nobody takes the call. */
  armOverflow(): void {
    const step = nextOverflow(this.queue, this.enqueuedAt, this.#ranRules)
    const delayMs = Math.max(0, step.deadline - this.#options.core.services.clock.now())
    this.#timers.arm('overflow', delayMs, () => {
      if (step.rule !== null) this.#ranRules.add(step.rule)
      this.#options.onOverflow(step)
    })
  }

  /** An agent rings: the caller may hear so at once. */
  agentRings(): void {
    this.#timers.disarm('ringCustomer')
    const { bridge } = this.#options.core
    if (!bridge.customerAnswering) bridge.ringCustomer()
  }

  /** An agent has answered: out of the line, for as long as the bridge is being built. */
  accepted(): void {
    this.#timers.disarm('overflow')
    this.#options.core.services.dispatcher.remove(this.visitId)
  }

  /** All offers ended unaccepted, or the agent was lost before the bridge stood: back into the same place. */
  requeue(): void {
    const { emit, callId, services } = this.#options.core
    const { dispatcher } = services
    const position = dispatcher.position(this.visitId)
    emit('call.requeued', {
      callId,
      visitId: this.visitId,
      queueId: this.queue.id,
      position: position ?? dispatcher.prospect(this.#place).position,
      enqueuedAt: new Date(this.enqueuedAt).toISOString(),
      cause: position === null ? 'agentLost' : 'unaccepted',
    })
    if (position !== null) {
      dispatcher.pendingOffer(this.visitId, false)
      return
    }
    this.armOverflow()
    dispatcher.enqueue(this.#place)
  }

  /** Out of the line. Before offers are cancelled: an agent who is let go must not be given this visit again. */
  leave(): void {
    this.#timers.clear()
    this.#options.core.services.dispatcher.remove(this.visitId)
  }

  /** Counts the outcome. @returns how long the caller waited */
  end(outcome: VisitOutcome): number {
    const { clock, totals } = this.#options.core.services
    const { queue, enqueuedAt } = this
    const waitMs = Math.max(0, clock.now() - enqueuedAt)
    totals.ended({ queueId: queue.id, outcome, enqueuedAt, waitMs, targetMs: queue.serviceLevel.targetMs })
    return waitMs
  }

  /** What keeps the caller waiting when nobody is being rung, in a sentence or two. */
  explain(): string {
    const { dispatcher } = this.#options.core.services
    const position = dispatcher.position(this.visitId) ?? 1
    const because = dispatcher.explainVisit(this.visitId) ?? dispatcher.explain(this.queue.id)
    return `Position ${position} of ${dispatcher.waiting(this.queue.id)}. ${because}`
  }

  get #place(): WaitingVisit {
    const { visitId, priority, enqueuedAt, queue } = this
    const place = { visitId, callId: this.#options.core.callId, queueId: queue.id, priority, enqueuedAt }
    return this.#routing === null ? place : { ...place, routing: this.#routing }
  }

  #freshRouting(): VisitRouting | null {
    const { services, record } = this.#options.core
    return routingFor(services.plans, this.queue, this.request, record.attributes)
  }

  #armAnnouncement(): void {
    this.#timers.arm('announce', this.queue.announce.everyMs, () => {
      this.#announce()
      this.#armAnnouncement()
    })
  }

  #announce(): void {
    const { bridge, services, record } = this.#options.core
    const place = services.dispatcher.position(this.visitId)
    if (place === null || this.#options.isOffered()) return
    const { position, wait } = this.queue.announce
    this.#announced = Math.min(this.#announced, place)
    const language = languageOf(record.attributes, this.queue.language ?? null)
    const names = [
      ...(position ? positionPrompts(this.#announced, language) : []),
      ...(wait ? this.#waitPrompts(place, language) : []),
      'thank-you-for-waiting',
    ]
    bridge.playPrompts(
      names.flatMap(name => services.promptName(name, language) ?? []),
      'announcement',
    )
  }

  /** Nothing without an estimate, and nothing when it is longer than the one that the caller was told. */
  #waitPrompts(place: number, language: PromptLanguage): readonly string[] {
    const { roster, estimates } = this.#options.core.services
    const { available, ringing, busy, wrapUp } = roster.counts(this.queue.id)
    const estimate = estimates.waitFor(this.queue.id, place, available + ringing + busy + wrapUp)
    if (estimate === null) return []
    const minutes = Math.ceil(estimate.valueMs / 60_000)
    if (minutes > this.#announcedMinutes) return []
    this.#announcedMinutes = minutes
    return waitPrompts(minutes, language)
  }
}

/** Where a rule of a queue leads now. */
export type VisitGoal =
  | { readonly queue: QueueConfig; readonly priority: number; readonly request: RoutingRequest }
  | { readonly agent: string }
  | { readonly flow: string }
  | { readonly outside: OutsideGoal }

/**
 * Null: nowhere, or into a queue that can't take the call, or where the call has been: queues that overflow into each other
 * would pass it around forever. Steps of flows are counted, so they may.
 * @param before what the call has asked for so far; a number's requirements take the place of its own
 */
export function goalOf(
  core: CallCore,
  to: Exclude<CallTarget, { reject: number }>,
  before: RoutingRequest,
): VisitGoal | null {
  const { services, record, callId } = core
  if ('flow' in to) return { flow: to.flow }
  const route = 'queue' in to ? { queue: to.queue, priority: 0 } : services.routeOf(to.number)
  if (route === null || 'reject' in route) return null
  if ('agent' in route) return { agent: route.agent }
  if ('flow' in route) return { flow: route.flow }
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
