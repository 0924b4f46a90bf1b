/**
 * One call: its machine, its bridge, its visit, its offers and its segment. The machine decides what is legal; this class
 * moves what has to be moved when it does.
 */
import { createActor, type Actor as MachineActor } from 'xstate'
import type { Actor } from '../api.ts'
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { OverflowTarget, QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { Attributes, CallEnding, EventData, OfferOutcome } from '../events.ts'
import type { OverflowStep } from '../queues/overflow.ts'
import { shortAbandonMs } from '../queues/totals.ts'
import type { CallRecord } from '../records.ts'
import { type CallEmitted, callMachine } from './call.machine.ts'
import { announceArrival, type CallCore, createCore } from './call-core.ts'
import type { CallFacts, CallServices, MakeBridge, Route } from './call-services.ts'
import { directExplanation, type Offer, type OfferAssignment, OfferBook } from './offer-book.ts'
import { lostCause, refusalOfLeg } from './offer-policy.ts'
import { mayOverflowInto, type QueuedCause, QueueVisit } from './queue-visit.ts'
import { Segment } from './segment.ts'

/** A direct call rings an agent this long; a queue has its own time. */
const directRingMs = 30_000

type EndedBy = EventData<'call.ended'>['endedBy']

export class Call {
  readonly facts: CallFacts
  readonly record: CallRecord
  readonly #services: CallServices
  readonly #core: CallCore
  readonly #machine: MachineActor<typeof callMachine>
  readonly #offers: OfferBook
  #visit: QueueVisit | null = null
  #segment: Segment | null = null
  #totals = { waitMs: 0, talkMs: 0, holdMs: 0 }
  #decided = false
  #ended = false
  /** Wrap-ups that this call still waits for. */
  #wrapping = 0
  /** Lets the agent of the last offer go, who is still held. */
  #lastAgent: (() => void) | null = null

  constructor(services: CallServices, facts: CallFacts, makeBridge: MakeBridge) {
    this.facts = facts
    this.#services = services
    this.#machine = createActor(callMachine, { input: { callId: facts.callId }, clock: services.clock as never })
    this.#machine.subscribe({ error: error => this.#fault(error) })
    this.#machine.on('*', event => this.#onMachine(event))
    this.#machine.start()
    this.record = announceArrival(services, facts)
    const bridge = makeBridge(event => this.#onBridge(event))
    this.#core = createCore(services, facts, this.record, bridge, event => this.#machine.send(event))
    this.#offers = new OfferBook(this.#core)
  }

  get callId(): string {
    return this.facts.callId
  }

  /** False once somebody has decided what becomes of the call, or the caller is gone. */
  get undecided(): boolean {
    return !this.#decided && !this.#ended
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
    this.#core.bridge.customerCanceled(reason)
  }

  /** @throws EngineError `call.conflict` */
  setAttributes(changed: Attributes, origin: Actor): void {
    if (this.#ended) throw new EngineError('call.conflict', `Call ${this.callId} has ended`)
    this.#core.emit('call.attributes_updated', { callId: this.callId, changed, origin })
    this.#services.pops.update(this.callId, this.record.attributes)
  }

  /** Puts the call into a queue: a new visit. @throws EngineError `queue.unknown`, `call.conflict` */
  enqueue(queueId: string, options: { priority?: number } = {}): void {
    const queue = this.#services.queue(queueId)
    if (queue === null) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
    this.#decide('enqueued')
    this.#enter(queue, options.priority ?? 0, 'inbound')
  }

  /** Rings one agent without a queue. @throws EngineError `agent.unknown`, `call.conflict` */
  ringAgent(agentId: string): void {
    if (!this.#services.agentExists(agentId)) throw new EngineError('agent.unknown', `There is no agent ${agentId}`)
    this.#decide('connected')
    this.#ringDirectly(agentId)
  }

  /** Refuses the call. @throws EngineError `call.conflict` */
  reject(sipCode: number, reason: string): void {
    this.#decide('rejected')
    this.#refuse(reason, sipCode, 'system')
  }

  /** A dispatcher's choice. False if the agent can't be rung after all. */
  offer(assignment: OfferAssignment): boolean {
    if (this.#visit === null || this.#ended) return false
    return this.#offers.start(assignment, this.#visit.queue.ringTimeoutMs, this.#visit)
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
    this.#core.emit('call.wrapup_completed', { callId: this.callId, ...data })
    const segment = this.record.segments.find(({ segmentId }) => segmentId === data.segmentId)
    if (segment !== undefined)
      this.#handled(segment.agentId, segment.queueId, segment.talkMs + segment.holdMs + data.wrapMs)
  }

  /** What keeps the call waiting, in a sentence; null if it doesn't wait. */
  waitingBecause(): string | null {
    if (this.#visit === null) return null
    const ringing = this.#offers.all().map(({ agentId }) => agentId)
    return ringing.length > 0 ? `Agent ${ringing.join(', ')} is being rung.` : this.#visit.explain()
  }

  #decide(what: string): void {
    if (!this.undecided)
      throw new EngineError('call.conflict', `Call ${this.callId} can not be ${what}: it is decided or has ended`)
    this.#decided = true
  }

  // The way in, and on.

  #enter(queue: QueueConfig, priority: number, cause: QueuedCause): void {
    const visit = new QueueVisit({
      core: this.#core,
      queue,
      priority,
      isOffered: () => this.#offers.size > 0,
      onOverflow: step => this.#overflow(visit, step),
    })
    this.#visit = visit
    visit.begin(cause)
    if (visit.isRefused) this.#refuse('full', 486, 'system')
    else visit.wait()
  }

  #overflow(visit: QueueVisit, step: OverflowStep): void {
    if ('reject' in step.to) {
      this.#refuse(step.reason, step.to.reject, 'system')
      return
    }
    const route = this.#routeOf(step.to)
    const queue = route !== null && 'queue' in route ? this.#services.queue(route.queue) : null
    if (route === null || ('queue' in route && (queue === null || !mayOverflowInto(this.#core, queue)))) {
      // A rule that leads nowhere now must not cost the caller his place: the next one is tried in its time.
      visit.armOverflow()
      return
    }
    this.#leaveVisit()
    this.#core.send({ type: 'visit.end' })
    const waitMs = this.#endVisit(visit, 'flowOut')
    const target = 'queue' in route ? `queue:${route.queue}` : `agent:${route.agent}`
    const { visitId } = visit
    this.#core.emit('call.diverted', {
      callId: this.callId,
      visitId,
      queueId: visit.queue.id,
      waitMs,
      target,
      reason: step.reason,
    })
    if ('agent' in route) this.#ringDirectly(route.agent)
    else if (queue !== null) this.#enter(queue, Math.max(visit.priority, route.priority), 'overflow')
  }

  #routeOf(to: Exclude<OverflowTarget, { reject: number }>): Route | null {
    return 'queue' in to ? { queue: to.queue, priority: 0 } : this.#services.routeOf(to.number)
  }

  #ringDirectly(agentId: string): void {
    const assignment = { agentId, explanation: directExplanation(agentId) }
    if (!this.#offers.start(assignment, directRingMs, null)) this.#refuse('agentUnavailable', 480, 'system')
  }

  // What the machine says.

  #onMachine(event: CallEmitted): void {
    switch (event.type) {
      case 'offerRinging': {
        const offer = this.#offers.get(event.offerId)
        if (offer === undefined) break
        this.#offers.ringing(offer)
        if (offer.visit !== null) offer.visit.agentRings()
        else if (!this.#core.bridge.customerAnswering) this.#core.bridge.ringCustomer()
        break
      }
      case 'offerEnded':
        this.#onOfferEnded(event.offerId, event.outcome, event.reason, event.sipCode)
        break
      case 'chosen':
        this.#core.bridge.connect(event.offerId)
        break
      case 'requeued':
        // An agent who came free in the same moment may be on the way already.
        if (this.#offers.size === 0) this.#visit?.requeue()
        this.#letGo()
        break
      case 'unanswered':
        this.#refuse('noAnswer', 480, 'system')
        this.#letGo()
        break
    }
  }

  #onOfferEnded(offerId: string, outcome: OfferOutcome, reason: string, sipCode: number | null): void {
    const offer = this.#offers.get(offerId)
    if (offer === undefined) return
    if (outcome === 'accepted') {
      this.#onAccepted(offer)
      return
    }
    const release = this.#offers.close(offer, outcome, reason, sipCode)
    if (outcome === 'canceled' || outcome === 'rescinded' || this.#offers.size > 0) release()
    else this.#lastAgent = release
  }

  /** After the last offer the visit waits again first, so that it is told in order and somebody else has the better chance. */
  #letGo(): void {
    const release = this.#lastAgent
    this.#lastAgent = null
    release?.()
  }

  #onAccepted(offer: Offer): void {
    const { visit, offerId, agentId } = offer
    const { ids, clock } = this.#services
    this.#segment = new Segment({
      segmentId: ids.ulid(),
      offerId,
      agentId,
      visitId: visit?.visitId ?? null,
      queue: visit?.queue ?? null,
      ringMs: this.#offers.ringMs(offer),
      clock,
    })
    visit?.accepted()
    this.#offers.accept(offer, this.#segment.segmentId)
  }

  // What the bridge says.

  #onBridge(event: BridgeEvent): void {
    if (this.#ended) return
    switch (event.type) {
      case 'agent.ringing':
      case 'agent.answered':
        this.#core.send({ type: event.type, offerId: event.offerId })
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
      const { retryAfterMs, ...refusal } = refusalOfLeg(outcome)
      offer.retryAfterMs = retryAfterMs
      this.#core.send({ type: 'agent.refused', offerId, ...refusal })
      return
    }
    const segment = this.#segment
    if (segment?.offerId !== offerId) return
    if (segment.connected) {
      const lost = outcome.kind === 'lost'
      this.#finishConnected(lost ? 'system' : 'agent', lost ? lostCause('agent', outcome.cause) : 'agentHangup')
      return
    }
    this.#segment = null
    this.#core.send({ type: 'agent.left' })
    this.#services.roster.callEnded(segment.agentId, segment.segmentId, 0)
  }

  #onConnected(): void {
    const segment = this.#segment
    if (segment === null) return
    this.#core.send({ type: 'bridged' })
    segment.connect()
    const waitMs = this.#visit === null ? 0 : this.#endVisit(this.#visit, 'answered')
    this.#leaveVisit()
    const { segmentId, offerId, agentId, visitId, queueId } = segment
    this.#core.emit('call.connected', { callId: this.callId, visitId, queueId, waitMs, agentId, offerId, segmentId })
  }

  #onHold(held: boolean, by: 'customer' | 'agent'): void {
    const segment = this.#segment
    if (segment?.connected !== true) return
    const { edge, heldMs } = held ? segment.hold(by) : segment.retrieve(by)
    if (edge) {
      this.#core.send({ type: held ? 'hold' : 'retrieve' })
      this.#services.roster.setHeld(segment.agentId, held)
    }
    if (held) this.#core.emit('call.held', { callId: this.callId, by })
    else this.#core.emit('call.retrieved', { callId: this.callId, by, heldMs })
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    const lost = outcome.kind === 'lost' ? lostCause('customer', outcome.cause) : null
    const by = lost === null ? 'customer' : 'system'
    if (this.#segment?.connected === true) {
      this.#finishConnected(by, lost ?? (this.#segment.held ? 'heldHangup' : 'customerHangup'))
      return
    }
    const stage = this.#segment !== null ? 'connecting' : this.#offers.size > 0 ? 'offered' : 'queued'
    const visit = this.#visit
    this.#leaveVisit()
    this.#core.send({ type: 'customer.left' })
    const release = this.#dropSegment()
    if (visit !== null) {
      const waitMs = this.#endVisit(visit, 'abandoned')
      const { visitId, queue } = visit
      const short = waitMs < shortAbandonMs
      this.#core.emit('call.abandoned', { callId: this.callId, visitId, queueId: queue.id, waitMs, stage, short })
    }
    this.#end('abandoned', by, lost ?? 'callerLeft', 487, release)
  }

  // Endings.

  #leaveVisit(): void {
    this.#visit?.leave()
    this.#visit = null
  }

  #endVisit(visit: QueueVisit, outcome: Parameters<QueueVisit['end']>[0]): number {
    const waitMs = visit.end(outcome)
    this.#totals.waitMs += waitMs
    return waitMs
  }

  /** Ends a call that was not connected. */
  #refuse(reason: string, sipCode: number, by: EndedBy, ending: CallEnding = 'rejected'): void {
    const visit = this.#visit
    this.#leaveVisit()
    this.#core.send({ type: 'reject' })
    const release = this.#dropSegment()
    const flowOut = reason === 'overflow' || reason === 'maxWait'
    const waitMs =
      visit === null ? 0 : this.#endVisit(visit, reason === 'full' ? 'full' : flowOut ? 'flowOut' : 'failed')
    this.#core.emit('call.rejected', {
      callId: this.callId,
      visitId: visit?.visitId ?? null,
      queueId: visit?.queue.id ?? null,
      waitMs,
      reason,
      sipCode,
    })
    this.#end(ending, by, reason, sipCode, release)
  }

  #finishConnected(by: EndedBy, cause: string): void {
    const segment = this.#segment
    if (segment === null) return
    this.#segment = null
    this.#core.send({ type: by === 'agent' ? 'agent.left' : 'customer.left' })
    const { talkMs, holdMs } = segment.finish()
    this.#totals.talkMs += talkMs
    this.#totals.holdMs += holdMs
    const { segmentId, agentId, visitId, queueId, ringMs } = segment
    const { callId } = this
    this.#core.emit('call.segment_ended', { callId, segmentId, visitId, queueId, agentId, ringMs, talkMs, holdMs })
    const wrapUpMs = segment.queue?.wrapUpMs ?? 0
    if (wrapUpMs > 0) {
      this.#wrapping++
      const deadline = new Date(this.#services.clock.now() + wrapUpMs).toISOString()
      this.#core.emit('call.wrapup_started', { callId, segmentId, agentId, queueId, deadline })
    } else this.#handled(agentId, queueId, talkMs + holdMs)
    this.#end('completed', by, cause, 200, () => this.#services.roster.callEnded(agentId, segmentId, wrapUpMs))
    // The agent may be gone from the center, and with it the wrap-up.
    if (this.#wrapping > 0 && !this.#isWrapping(agentId))
      this.wrapUpCompleted({ segmentId, agentId, wrapMs: 0, by: 'signOut', disposition: null, notes: null })
  }

  #isWrapping(agentId: string): boolean {
    const { roster } = this.#services
    return roster.has(agentId) && roster.view(agentId).slot === 'wrapping'
  }

  #handled(agentId: string, queueId: string | null, handleMs: number): void {
    const { roster, estimates } = this.#services
    estimates.handled(queueId, roster.has(agentId) ? roster.queuesOf(agentId) : [], handleMs)
  }

  /** An agent who answered a call that is over before the bridge stood. @returns what lets the agent go */
  #dropSegment(): () => void {
    const segment = this.#segment
    if (segment === null) return () => {}
    this.#segment = null
    this.#core.bridge.withdraw(segment.offerId, false)
    return () => this.#services.roster.callEnded(segment.agentId, segment.segmentId, 0)
  }

  #end(ending: CallEnding, endedBy: EndedBy, cause: string, sipCode: number, release: () => void = () => {}): void {
    if (this.#ended) return
    this.#ended = true
    const durationMs = Math.max(0, this.#services.clock.now() - Date.parse(this.record.arrivedAt))
    const totals = { durationMs, ...this.#totals }
    this.#core.emit('call.ended', { callId: this.callId, ending, endedBy, cause, sipCode, totals })
    this.#machine.stop()
    // Signalling first, the agent last: it may be given the next call before this returns.
    this.#core.bridge.releaseCustomer(sipCode)
    release()
    this.#letGo()
    this.#services.onEnded(this)
  }

  /** A fault in this call ends this call, and no other. */
  #fault(error: unknown): void {
    this.#services.logger.error({ err: error, callId: this.callId }, 'a call failed')
    if (this.#ended) return
    if (this.#segment?.connected === true) {
      this.#finishConnected('system', 'fault')
      return
    }
    const releases = this.#offers.all().map(offer => this.#offers.close(offer, 'canceled', 'fault', null))
    this.#refuse('fault', 500, 'system', 'failed')
    for (const release of releases) release()
  }
}
