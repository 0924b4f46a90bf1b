/**
 * One call: its machine, its bridge, its visit and offers, and the events that tell about them. The machine decides
 * what is legal; this class moves what has to be moved when it does.
 */
import { createActor, type Actor as MachineActor } from 'xstate'
import type { Actor } from '../api.ts'
import type { Bridge, BridgeEvent } from '../b2bua/bridge.ts'
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { OverflowTarget, QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type {
  AnyEvent,
  Attributes,
  CallEnding,
  EventData,
  EventType,
  Explanation,
  OfferOutcome,
  VisitOutcome,
} from '../events.ts'
import { isFull, nextOverflow, type OverflowStep } from '../queues/overflow.ts'
import { shortAbandonMs } from '../queues/totals.ts'
import type { CallRecord } from '../records.ts'
import { TimerBag } from '../timer-bag.ts'
import { type CallEmitted, type CallMachineEvent, callMachine } from './call.machine.ts'
import { applyToRecord, beginRecord } from './call-record.ts'
import type { CallFacts, CallServices, MakeBridge, Route } from './call-services.ts'
import { endingOf, refusalOfLeg } from './offer-policy.ts'
import { Segment } from './segment.ts'

/** A direct call rings an agent this long; a queue has its own time. */
const directRingMs = 30_000
/** DESIGN §7, with-agent: the caller hears ringing at the latest after this. */
const ringCustomerAfterMs = 500

interface Visit {
  readonly visitId: string
  readonly queue: QueueConfig
  readonly priority: number
  readonly enqueuedAt: number
  readonly ranRules: Set<number>
  /** The last position that the caller was told: an increase is never announced. */
  announced: number
}

interface Offer {
  readonly offerId: string
  /** Null for a call that rings an agent without a queue. */
  readonly visit: Visit | null
  readonly agentId: string
  readonly createdAt: number
  readonly ringUntilMs: number
  ringingAt: number | null
  retryAfterMs: number | null
}

export interface OfferAssignment {
  readonly agentId: string
  readonly explanation: Explanation
}

type EndedBy = EventData<'call.ended'>['endedBy']
type QueuedCause = EventData<'call.queued'>['cause']

export class Call {
  readonly facts: CallFacts
  readonly record: CallRecord
  readonly #services: CallServices
  readonly #machine: MachineActor<typeof callMachine>
  readonly #bridge: Bridge
  readonly #timers: TimerBag<'overflow' | 'announce' | 'ringCustomer'>
  readonly #offers = new Map<string, Offer>()
  #visit: Visit | null = null
  #segment: Segment | null = null
  #waitedMs = 0
  #talkedMs = 0
  #heldMs = 0
  #decided = false
  #ended = false
  /** Wrap-ups that this call still waits for. */
  #wrapping = 0

  constructor(services: CallServices, facts: CallFacts, makeBridge: MakeBridge) {
    this.facts = facts
    this.#services = services
    this.#timers = new TimerBag(services.clock)
    this.#machine = createActor(callMachine, { input: { callId: facts.callId }, clock: services.clock as never })
    this.#machine.subscribe({ error: error => this.#fault(error) })
    this.#machine.on('*', event => this.#onMachine(event))
    this.#machine.start()
    const { ani, dnis, trunkId, fromAgentId, sipCallId, uui } = facts
    const arrived = this.#services.journal.emit(
      'call.arrived',
      this.#subject,
      {
        callId: facts.callId,
        direction: fromAgentId === null ? 'inbound' : 'internal',
        ani,
        dnis,
        trunkId,
        fromAgentId,
        sipCallId,
        uui,
      },
      facts.callId,
    )
    this.record = beginRecord(arrived as Extract<AnyEvent, { type: 'call.arrived' }>, services.tenant)
    services.journal.checkpoint({ kind: 'call', id: facts.callId, state: { arrivedAt: arrived.time } })
    this.#bridge = makeBridge(event => this.#onBridge(event))
  }

  get callId(): string {
    return this.facts.callId
  }

  /** False once somebody has decided what becomes of the call, or the caller is gone. */
  get undecided(): boolean {
    return !this.#decided && !this.#ended
  }

  get waiting(): boolean {
    return this.#visit !== null
  }

  get ended(): boolean {
    return this.#ended
  }

  /** True when nothing more will be told about this call, wrap-up included. */
  get settled(): boolean {
    return this.#ended && this.#wrapping === 0
  }

  /** The visit in progress, for explanations. */
  get visitId(): string | null {
    return this.#visit?.visitId ?? null
  }

  customerCanceled(reason: string | null): void {
    this.#bridge.customerCanceled(reason)
  }

  setAttributes(changed: Attributes, origin: Actor): void {
    if (this.#ended) throw new EngineError('call.conflict', `Call ${this.callId} has ended`)
    this.#emit('call.attributes_updated', { callId: this.callId, changed, origin })
    this.#services.pops.update(this.callId, this.record.attributes)
  }

  /** Puts the call into a queue: a new visit. @throws EngineError `queue.unknown`, `call.conflict` */
  enqueue(queueId: string, options: { priority?: number; cause?: QueuedCause } = {}): void {
    const queue = this.#services.queue(queueId)
    if (queue === null) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
    this.#decide('enqueued')
    this.#enter(queue, options.priority ?? 0, options.cause ?? 'inbound')
  }

  /** Rings one agent without a queue. @throws EngineError `agent.unknown`, `call.conflict` */
  ringAgent(agentId: string): void {
    if (!this.#services.agentExists(agentId)) throw new EngineError('agent.unknown', `There is no agent ${agentId}`)
    this.#decide('connected')
    if (!this.#startOffer({ agentId, explanation: directExplanation(agentId) }, directRingMs))
      this.#unanswered('agentUnavailable', 480)
  }

  /** Refuses the call. @throws EngineError `call.conflict` */
  reject(sipCode: number, reason: string): void {
    this.#decide('rejected')
    this.#refuse(reason, sipCode, 'system')
  }

  /** A dispatcher's choice. False if the agent can't be rung after all. */
  offer(assignment: OfferAssignment): boolean {
    if (this.#visit === null || this.#ended) return false
    return this.#startOffer(assignment, this.#visit.queue.ringTimeoutMs)
  }

  /** Ends the call from outside. */
  hangup(by: EndedBy, reason: string): void {
    if (this.#ended) return
    if (this.#segment?.connected === true) this.#finishConnected(by, reason)
    else this.#refuse(reason, 480, by)
  }

  /** Wrap-up of one of this call's segments is over. */
  wrapUpCompleted(data: Omit<EventData<'call.wrapup_completed'>, 'callId'>): void {
    this.#wrapping--
    this.#emit('call.wrapup_completed', { callId: this.callId, ...data })
    this.#services.estimates.handled(
      this.record.segments.find(({ segmentId }) => segmentId === data.segmentId)?.queueId ?? null,
      this.#services.roster.has(data.agentId) ? this.#services.roster.queuesOf(data.agentId) : [],
      this.#talkedMs + this.#heldMs + data.wrapMs,
    )
  }

  /** What keeps the call waiting, in a sentence; null if it doesn't wait. */
  waitingBecause(): string | null {
    const visit = this.#visit
    if (visit === null) return null
    const ringing = [...this.#offers.values()].map(({ agentId }) => agentId)
    if (ringing.length > 0) return `Agent ${ringing.join(', ')} is being rung.`
    const position = this.#services.dispatcher.position(visit.visitId) ?? 1
    return `Position ${position} of ${this.#services.dispatcher.waiting(visit.queue.id)}. ${this.#services.dispatcher.explain(visit.queue.id)}`
  }

  get #subject(): string {
    return `call/${this.facts.callId}`
  }

  #emit<T extends EventType>(type: T, data: EventData<T>): void {
    const event = this.#services.journal.emit(type, this.#subject, data, this.callId)
    applyToRecord(this.record, event as unknown as AnyEvent)
  }

  #send(event: CallMachineEvent): void {
    this.#machine.send(event)
  }

  #decide(what: string): void {
    if (!this.undecided)
      throw new EngineError('call.conflict', `Call ${this.callId} can not be ${what}: it is decided or has ended`)
    this.#decided = true
  }

  // The visit.

  #enter(queue: QueueConfig, priority: number, cause: QueuedCause): void {
    const { dispatcher, roster, clock, ids, totals } = this.#services
    const now = clock.now()
    const visitId = ids.ulid()
    const waiting = { visitId, callId: this.callId, queueId: queue.id, priority, enqueuedAt: now }
    const { position, wait } = dispatcher.prospect(waiting)
    this.#emit('call.queued', {
      callId: this.callId,
      visitId,
      queueId: queue.id,
      priority,
      position,
      ewtMs: wait?.valueMs ?? null,
      enqueuedAt: new Date(now).toISOString(),
      cause,
    })
    totals.offered(queue.id)
    this.#visit = {
      visitId,
      queue,
      priority,
      enqueuedAt: now,
      ranRules: new Set(),
      announced: Number.POSITIVE_INFINITY,
    }
    this.#send({ type: 'enqueue', visitId })
    if (isFull(queue, dispatcher.waiting(queue.id), roster.idle(queue.id).size)) {
      this.#refuse('full', 486, 'system')
      return
    }
    this.#greet(queue)
    this.#armOverflow()
    if (queue.announce.position) this.#timers.arm('announce', queue.announce.everyMs, () => this.#announce())
    dispatcher.enqueue(waiting)
  }

  /** Answers with music, or lets the caller hear ringing, as the queue wants it. */
  #greet(queue: QueueConfig): void {
    if (queue.answer === 'immediately' && this.#bridge.canPlay) this.#bridge.answerCustomer(queue.music)
    else this.#timers.arm('ringCustomer', ringCustomerAfterMs, () => this.#bridge.ringCustomer())
  }

  #announce(): void {
    const visit = this.#visit
    if (visit === null) return
    const position = this.#services.dispatcher.position(visit.visitId)
    if (position !== null && this.#offers.size === 0) {
      visit.announced = Math.min(visit.announced, position)
      this.#bridge.announcePosition(visit.announced)
    }
    this.#timers.arm('announce', visit.queue.announce.everyMs, () => this.#announce())
  }

  #armOverflow(): void {
    const visit = this.#visit
    if (visit === null) return
    const step = nextOverflow(visit.queue, visit.enqueuedAt, visit.ranRules)
    this.#timers.arm('overflow', Math.max(0, step.deadline - this.#services.clock.now()), () =>
      this.#overflow(visit, step),
    )
  }

  #overflow(visit: Visit, step: OverflowStep): void {
    if (step.rule !== null) visit.ranRules.add(step.rule)
    const route = this.#routeOf(step.to)
    if (route === 'reject') {
      this.#refuse(step.reason, 'reject' in step.to ? step.to.reject : 480, 'system')
      return
    }
    const target = route === null ? null : 'queue' in route ? this.#services.queue(route.queue) : route
    const full = target !== null && 'maxWaiting' in target && this.#isFull(target)
    if (route === null || target === null || full) {
      // A rule that leads nowhere now must not cost the caller his place: the next one is tried in its time.
      this.#armOverflow()
      return
    }
    this.#leaveVisit()
    this.#send({ type: 'visit.end' })
    const waitMs = this.#endVisit(visit, 'flowOut')
    const name = 'queue' in route ? `queue:${route.queue}` : `agent:${route.agent}`
    this.#emit('call.diverted', {
      callId: this.callId,
      visitId: visit.visitId,
      queueId: visit.queue.id,
      waitMs,
      target: name,
      reason: step.reason,
    })
    if ('queue' in route) this.#enter(target as QueueConfig, Math.max(visit.priority, route.priority), 'overflow')
    else if (!this.#startOffer({ agentId: route.agent, explanation: directExplanation(route.agent) }, directRingMs))
      this.#unanswered('agentUnavailable', 480)
  }

  #routeOf(to: OverflowTarget): Route | 'reject' | null {
    if ('reject' in to) return 'reject'
    if ('queue' in to) return { queue: to.queue, priority: 0 }
    return this.#services.routeOf(to.number)
  }

  #isFull(queue: QueueConfig): boolean {
    const { dispatcher, roster } = this.#services
    return isFull(queue, dispatcher.waiting(queue.id), roster.idle(queue.id).size)
  }

  /** Out of the waiting list first: an agent who is let go must not be given this visit again. */
  #leaveVisit(): void {
    const visit = this.#visit
    if (visit === null) return
    this.#visit = null
    this.#timers.disarm('overflow')
    this.#timers.disarm('announce')
    this.#timers.disarm('ringCustomer')
    this.#services.dispatcher.remove(visit.visitId)
  }

  #endVisit(visit: Visit, outcome: VisitOutcome): number {
    const waitMs = Math.max(0, this.#services.clock.now() - visit.enqueuedAt)
    this.#waitedMs += waitMs
    this.#services.totals.ended({
      queueId: visit.queue.id,
      outcome,
      enqueuedAt: visit.enqueuedAt,
      waitMs,
      targetMs: visit.queue.serviceLevel.targetMs,
    })
    return waitMs
  }

  // Offers.

  #startOffer({ agentId, explanation }: OfferAssignment, ringTimeoutMs: number): boolean {
    const { roster, ids, clock } = this.#services
    const device = this.#services.deviceOf(agentId, this)
    if (device === null) return false
    const offerId = ids.ulid()
    const visit = this.#visit
    if (!roster.reserve(agentId, { offerId, callId: this.callId, queueId: visit?.queue.id ?? null })) return false
    const createdAt = clock.now()
    const offer: Offer = {
      offerId,
      visit,
      agentId,
      createdAt,
      ringUntilMs: createdAt + ringTimeoutMs,
      ringingAt: null,
      retryAfterMs: null,
    }
    this.#offers.set(offerId, offer)
    this.#emit('offer.created', {
      ...this.#offerRef(offer),
      expiresAt: new Date(offer.ringUntilMs).toISOString(),
      explanation,
    })
    this.#send({ type: 'offer.start', offerId, ringTimeoutMs })
    this.#bridge.offer(offerId, device)
    return true
  }

  #onOfferRinging(offerId: string): void {
    const offer = this.#offers.get(offerId)
    if (offer === undefined) return
    offer.ringingAt = this.#services.clock.now()
    this.#services.roster.ringing(offer.agentId, offerId)
    this.#emit('offer.ringing', { ...this.#offerRef(offer), device: this.#bridge.deviceOf(offerId) })
    this.#requestPop(offer, 'offer')
    // With an agent ringing, the caller may hear so at once.
    this.#timers.disarm('ringCustomer')
    if (!this.#bridge.customerAnswering) this.#bridge.ringCustomer()
  }

  #requestPop(offer: Offer, trigger: 'offer' | 'answer'): void {
    const { pops, clock } = this.#services
    const queue = this.#visit?.queue ?? null
    pops.request({
      callId: this.callId,
      offerId: offer.offerId,
      agentId: offer.agentId,
      trigger,
      ani: this.facts.ani,
      dnis: this.facts.dnis,
      queueId: queue?.id ?? null,
      queueName: queue?.name ?? null,
      waitMs: this.#visit === null ? 0 : clock.now() - this.#visit.enqueuedAt,
      attributes: this.record.attributes,
      ringUntilMs: offer.ringUntilMs,
    })
  }

  #onOfferEnded(offerId: string, outcome: OfferOutcome, reason: string, sipCode: number | null): void {
    const offer = this.#offers.get(offerId)
    if (offer === undefined) return
    if (outcome === 'accepted') this.#onAccepted(offer)
    else this.#closeOffer(offer, outcome, reason, sipCode)
  }

  /** Ends an offer that was not accepted, everywhere it is known. */
  #closeOffer(offer: Offer, outcome: Exclude<OfferOutcome, 'accepted'>, reason: string, sipCode: number | null): void {
    const { roster, pops } = this.#services
    this.#offers.delete(offer.offerId)
    this.#bridge.withdraw(offer.offerId, outcome === 'rescinded')
    this.#emit(`offer.${outcome}`, { ...this.#offerRef(offer), reason, sipCode, ringMs: this.#ringMs(offer) })
    pops.withdraw({ offerId: offer.offerId, callId: this.callId, agentId: offer.agentId }, outcome)
    const policy = offer.visit?.queue ?? { offerCooldownMs: 0, missedOffersToNotReady: 0 }
    const ending = endingOf(outcome, reason, offer.retryAfterMs, policy)
    if (ending !== null) roster.offerEnded(offer.agentId, offer.offerId, ending)
  }

  #onAccepted(offer: Offer): void {
    const { roster, ids, pops } = this.#services
    const visit = this.#visit
    this.#offers.delete(offer.offerId)
    const segment = new Segment({
      segmentId: ids.ulid(),
      offerId: offer.offerId,
      agentId: offer.agentId,
      visitId: visit?.visitId ?? null,
      queue: visit?.queue ?? null,
      ringMs: this.#ringMs(offer),
      clock: this.#services.clock,
    })
    this.#segment = segment
    if (visit !== null) this.#services.dispatcher.remove(visit.visitId)
    this.#timers.disarm('overflow')
    roster.engage(offer.agentId, offer.offerId, {
      callId: this.callId,
      segmentId: segment.segmentId,
      queueId: segment.queueId,
    })
    this.#emit('offer.accepted', {
      ...this.#offerRef(offer),
      reason: 'answered',
      sipCode: 200,
      ringMs: segment.ringMs,
    })
    // A device that answers without ringing gets its pop now (DESIGN §7).
    if (!pops.has(offer.offerId)) this.#requestPop(offer, 'answer')
    pops.settle(offer.offerId)
    this.#bridge.connect(offer.offerId)
  }

  #offerRef({ offerId, agentId, visit }: Offer) {
    return { callId: this.callId, visitId: visit?.visitId ?? null, offerId, agentId, queueId: visit?.queue.id ?? null }
  }

  #ringMs(offer: Offer): number {
    return offer.ringingAt === null ? 0 : this.#services.clock.now() - offer.ringingAt
  }

  /** All offers ended unaccepted, or the agent was lost before the bridge stood: back into the same place. */
  #onRequeued(): void {
    const visit = this.#visit
    if (visit === null) return
    const { dispatcher } = this.#services
    const place = {
      visitId: visit.visitId,
      callId: this.callId,
      queueId: visit.queue.id,
      priority: visit.priority,
      enqueuedAt: visit.enqueuedAt,
    }
    const lost = dispatcher.position(visit.visitId) === null
    this.#emit('call.requeued', {
      callId: this.callId,
      visitId: visit.visitId,
      queueId: visit.queue.id,
      position: dispatcher.position(visit.visitId) ?? dispatcher.prospect(place).position,
      enqueuedAt: new Date(visit.enqueuedAt).toISOString(),
      cause: lost ? 'agentLost' : 'unaccepted',
    })
    if (!lost) {
      dispatcher.pendingOffer(visit.visitId, false)
      return
    }
    this.#armOverflow()
    dispatcher.enqueue(place)
  }

  // The bridge.

  #onBridge(event: BridgeEvent): void {
    if (this.#ended) return
    switch (event.type) {
      case 'agent.ringing':
        this.#send({ type: 'agent.ringing', offerId: event.offerId })
        break
      case 'agent.answered':
        this.#send({ type: 'agent.answered', offerId: event.offerId })
        break
      case 'agent.ended':
        this.#onAgentEnded(event.offerId, event.outcome)
        break
      case 'connected':
        this.#onConnected()
        break
      case 'held':
      case 'retrieved':
        this.#onHold(event.type === 'held', event.by)
        break
      case 'customer.ended':
        this.#onCustomerEnded(event.outcome)
        break
      case 'customer.answered':
      case 'customer.dtmf':
      case 'prompts.ended':
        break
    }
  }

  #onAgentEnded(offerId: string, outcome: LegOutcome): void {
    const offer = this.#offers.get(offerId)
    if (offer !== undefined) {
      const { outcome: ending, reason, sipCode, retryAfterMs } = refusalOfLeg(outcome)
      offer.retryAfterMs = retryAfterMs
      this.#send({ type: 'agent.refused', offerId, outcome: ending, reason, sipCode })
      return
    }
    const segment = this.#segment
    if (segment?.offerId !== offerId) return
    if (segment.connected) {
      const cause = outcome.kind === 'lost' ? lostCause('agent', outcome.cause) : 'agentHangup'
      this.#finishConnected(outcome.kind === 'lost' ? 'system' : 'agent', cause)
      return
    }
    this.#segment = null
    this.#services.roster.callEnded(segment.agentId, segment.segmentId, 0)
    this.#send({ type: 'agent.left' })
  }

  #onConnected(): void {
    const segment = this.#segment
    if (segment === null) return
    this.#send({ type: 'bridged' })
    segment.connect()
    const visit = this.#visit
    const waitMs = visit === null ? 0 : this.#endVisit(visit, 'answered')
    this.#leaveVisit()
    const { segmentId, offerId, agentId, visitId, queueId } = segment
    this.#emit('call.connected', { callId: this.callId, visitId, queueId, waitMs, agentId, offerId, segmentId })
  }

  #onHold(held: boolean, by: 'customer' | 'agent'): void {
    const segment = this.#segment
    if (segment?.connected !== true) return
    const change = held ? segment.hold(by) : segment.retrieve(by)
    if (change.edge) {
      this.#send({ type: held ? 'hold' : 'retrieve' })
      this.#services.roster.setHeld(segment.agentId, held)
    }
    if (held) this.#emit('call.held', { callId: this.callId, by })
    else this.#emit('call.retrieved', { callId: this.callId, by, heldMs: change.heldMs })
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    if (this.#segment?.connected === true) {
      const held = this.#segment.held
      const cause =
        outcome.kind === 'lost' ? lostCause('customer', outcome.cause) : held ? 'heldHangup' : 'customerHangup'
      this.#finishConnected(outcome.kind === 'lost' ? 'system' : 'customer', cause)
      return
    }
    const stage = this.#segment !== null ? 'connecting' : this.#offers.size > 0 ? 'offered' : 'queued'
    const visit = this.#visit
    this.#leaveVisit()
    this.#send({ type: 'customer.left' })
    this.#dropSegment()
    if (visit !== null) {
      const waitMs = this.#endVisit(visit, 'abandoned')
      this.#emit('call.abandoned', {
        callId: this.callId,
        visitId: visit.visitId,
        queueId: visit.queue.id,
        waitMs,
        stage,
        short: waitMs < shortAbandonMs,
      })
    }
    const lost = outcome.kind === 'lost'
    this.#end(
      'abandoned',
      lost ? 'system' : 'customer',
      lost ? lostCause('customer', outcome.cause) : 'callerLeft',
      487,
    )
  }

  // Endings.

  /** Nobody took a call that rings an agent without a queue. */
  #unanswered(reason: string, sipCode: number): void {
    this.#refuse(reason, sipCode, 'system')
  }

  /** Ends a call that was not connected. */
  #refuse(reason: string, sipCode: number, by: EndedBy): void {
    const visit = this.#visit
    this.#leaveVisit()
    this.#send({ type: 'reject' })
    this.#dropSegment()
    const flowOut = reason === 'overflow' || reason === 'maxWait'
    const waitMs =
      visit === null ? 0 : this.#endVisit(visit, reason === 'full' ? 'full' : flowOut ? 'flowOut' : 'failed')
    this.#emit('call.rejected', {
      callId: this.callId,
      visitId: visit?.visitId ?? null,
      queueId: visit?.queue.id ?? null,
      waitMs,
      reason,
      sipCode,
    })
    this.#end('rejected', by, reason, sipCode)
  }

  #finishConnected(by: EndedBy, cause: string): void {
    const segment = this.#segment
    if (segment === null) return
    this.#segment = null
    this.#send({ type: by === 'agent' ? 'agent.left' : 'customer.left' })
    const { talkMs, holdMs } = segment.finish()
    this.#talkedMs += talkMs
    this.#heldMs += holdMs
    const { segmentId, agentId, visitId, queueId, ringMs } = segment
    this.#emit('call.segment_ended', {
      callId: this.callId,
      segmentId,
      visitId,
      queueId,
      agentId,
      ringMs,
      talkMs,
      holdMs,
    })
    const wrapUpMs = segment.queue?.wrapUpMs ?? 0
    if (wrapUpMs > 0) {
      this.#wrapping++
      const deadline = new Date(this.#services.clock.now() + wrapUpMs).toISOString()
      this.#emit('call.wrapup_started', { callId: this.callId, segmentId, agentId, queueId, deadline })
    } else this.#services.estimates.handled(queueId, this.#services.roster.queuesOf(agentId), talkMs + holdMs)
    this.#end('completed', by, cause, 200, () => this.#services.roster.callEnded(agentId, segmentId, wrapUpMs))
    // The agent may be gone from the center, and with it the wrap-up.
    if (this.#wrapping > 0 && !this.#isWrapping(agentId))
      this.wrapUpCompleted({ segmentId, agentId, wrapMs: 0, by: 'signOut', disposition: null, notes: null })
  }

  #isWrapping(agentId: string): boolean {
    const { roster } = this.#services
    return roster.has(agentId) && roster.view(agentId).slot === 'wrapping'
  }

  /** An agent who answered a call that is over before the bridge stood. */
  #dropSegment(): void {
    const segment = this.#segment
    if (segment === null) return
    this.#segment = null
    this.#bridge.withdraw(segment.offerId, false)
    this.#services.roster.callEnded(segment.agentId, segment.segmentId, 0)
  }

  #end(
    ending: CallEnding,
    endedBy: EndedBy,
    cause: string,
    sipCode: number | null,
    release: () => void = () => {},
  ): void {
    if (this.#ended) return
    this.#ended = true
    this.#timers.clear()
    const durationMs = Math.max(0, this.#services.clock.now() - Date.parse(this.record.arrivedAt))
    this.#emit('call.ended', {
      callId: this.callId,
      ending,
      endedBy,
      cause,
      sipCode,
      totals: { durationMs, waitMs: this.#waitedMs, talkMs: this.#talkedMs, holdMs: this.#heldMs },
    })
    this.#machine.stop()
    // Signalling first, the agent last: it may be given the next call before this returns.
    this.#bridge.releaseCustomer(sipCode ?? 480)
    release()
    this.#services.onEnded(this)
  }

  #onMachine(event: CallEmitted): void {
    switch (event.type) {
      case 'offerRinging':
        this.#onOfferRinging(event.offerId)
        break
      case 'offerEnded':
        this.#onOfferEnded(event.offerId, event.outcome, event.reason, event.sipCode)
        break
      case 'requeued':
        this.#onRequeued()
        break
      case 'unanswered':
        this.#unanswered('noAnswer', 480)
        break
    }
  }

  /** A fault in this call ends this call, and no other. */
  #fault(error: unknown): void {
    this.#services.logger.error({ err: error, callId: this.callId }, 'a call failed')
    if (this.#ended) return
    const visit = this.#visit
    this.#leaveVisit()
    for (const offer of [...this.#offers.values()]) this.#closeOffer(offer, 'canceled', 'fault', null)
    this.#dropSegment()
    if (visit !== null) this.#endVisit(visit, 'failed')
    this.#end('failed', 'system', 'fault', 500)
  }
}

function lostCause(side: 'customer' | 'agent', cause: string): string {
  return cause === 'media' ? 'mediaTimeout' : `${side}${cause[0]?.toUpperCase()}${cause.slice(1)}`
}

function directExplanation(agentId: string): Explanation {
  return {
    strategy: 'direct',
    reason: 'the call is for this agent',
    candidates: [{ agentId, score: 1, chosen: true, reason: 'dialled' }],
    candidateCount: 1,
    excluded: [],
    notFree: {},
    waiting: 0,
    position: 1,
    step: null,
  }
}
