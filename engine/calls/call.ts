/**
 * One call: its machine, its bridge, its way, its offers and its segment. The machine decides what is legal; this class
 * moves what has to be moved when it does.
 */
import type { Actor, RoutingRequest } from '../api.ts'
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { LegOutcome } from '../b2bua/leg-outcome.ts'
import type { BlockConfig } from '../config-intake.ts'
import { EngineError } from '../errors.ts'
import type { Attributes, CallEnding, EventData, OfferOutcome } from '../events.ts'
import { guardedClock } from '../guarded-clock.ts'
import { type CallerDecision, callerResponses } from '../outcomes.ts'
import type { StageChange } from '../queues/visit-routing.ts'
import type { CallRecord } from '../records.ts'
import { type ChartActor, startChart } from '../statechart/chart-actor.ts'
import { shortAbandonMs } from '../visit-sums.ts'
import { abandon, attempt } from './abandon.ts'
import { type CallEmitted, callMachine } from './call.machine.ts'
import { announceArrival, type CallCore, createCore } from './call-core.ts'
import { refusedOutcome } from './call-record.ts'
import type { CallFacts, CallServices, MakeBridge, Route } from './call-services.ts'
import { CallWay } from './call-way.ts'
import { type Offer, type OfferAssignment, OfferBook } from './offer-book.ts'
import { lostCause, refusalOfLeg } from './offer-policy.ts'
import { checkRouting, checkRoutingAttributes } from './routing-request.ts'
import type { Screening } from './screening.ts'
import { Segment, tellHold } from './segment.ts'
import { WrapUps } from './wrap-ups.ts'

type EndedBy = EventData<'call.ended'>['endedBy']

export class Call {
  readonly facts: CallFacts
  readonly record: CallRecord
  readonly #services: CallServices
  readonly #core: CallCore
  readonly #machine: ChartActor<typeof callMachine>
  readonly #offers: OfferBook
  readonly #wrapUps: WrapUps
  readonly #way: CallWay
  #segment: Segment | null = null
  #totals = { talkMs: 0, holdMs: 0 }
  #decided = false
  #ended = false
  /** Everything that belongs to the end has been done. */
  #closed = false
  /** Lets the agent of the last offer go, who is still held. */
  #lastAgent: (() => void) | null = null

  constructor(services: CallServices, facts: CallFacts, makeBridge: MakeBridge) {
    this.facts = facts
    const clock = guardedClock(services.clock, error => this.fail(error))
    this.#services = { ...services, clock }
    this.#machine = startChart(callMachine, {
      input: { callId: facts.callId },
      clock,
      onEmitted: event => this.#guard(() => this.#onMachine(event)),
      onError: error => this.fail(error),
    })
    this.record = announceArrival(this.#services, facts)
    const bridge = makeBridge(event => this.#guard(() => this.#onBridge(event)), clock)
    this.#core = createCore(this.#services, facts, this.record, bridge, this.#machine)
    this.#offers = new OfferBook(this.#core)
    this.#wrapUps = new WrapUps(this.#core)
    this.#way = new CallWay({
      core: this.#core,
      offers: this.#offers,
      refuse: (reason, sipCode) => this.#refuse(reason, sipCode, 'system'),
      setAttributes: (changed, origin) => this.setAttributes(changed, origin),
      isOver: () => this.#ended,
      guard: work => this.#guard(work),
      onOutsideLeft: (cause, lost) => this.#finishOutside(lost ? 'system' : 'outside', cause),
    })
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
    return this.#ended && this.#wrapUps.none
  }

  /** The visit in progress, for explanations. */
  get visitId(): string | null {
    return this.#way.visit?.visitId ?? null
  }

  customerCanceled(reason: string | null): void {
    this.#core.bridge.customerCanceled(reason)
  }

  /** @throws EngineError `call.conflict` */
  setAttributes(changed: Attributes, origin: Actor): void {
    if (this.#ended) throw new EngineError('call.conflict', `Call ${this.callId} has ended`)
    checkRoutingAttributes(changed)
    this.#core.emit('call.attributes_updated', { callId: this.callId, changed, origin })
    this.#guard(() => this.#way.visit?.attributesChanged(changed))
    this.#services.pops.update(this.callId, this.record.attributes)
  }

  /** Puts the call into a queue: a new visit. @throws EngineError `queue.unknown`, `request.invalid`, `call.conflict` */
  enqueue(queueId: string, options: { priority?: number } & RoutingRequest = {}): void {
    const queue = this.#services.queue(queueId)
    if (queue === null) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
    checkRouting(options)
    this.#decide('enqueued')
    this.#guard(() => this.#way.enter(queue, options.priority ?? 0, options, 'inbound'))
  }

  /** Sends the call where a number leads. @throws EngineError `call.conflict` */
  follow(route: Route): void {
    this.#decide('routed')
    this.#guard(() => this.#way.follow(route))
  }

  block(block: BlockConfig): void {
    this.#decide('blocked')
    this.#guard(() => this.#way.block(block))
  }

  /** Talks to the caller before anything is decided. @throws EngineError `call.conflict` */
  screening(): Screening {
    if (!this.undecided) throw new EngineError('call.conflict', `Call ${this.callId} is decided already, or gone`)
    return this.#way.screening()
  }

  /** Rings one agent without a queue. @throws EngineError `agent.unknown`, `call.conflict` */
  ringAgent(agentId: string): void {
    if (!this.#services.agentExists(agentId)) throw new EngineError('agent.unknown', `There is no agent ${agentId}`)
    this.#decide('connected')
    this.#guard(() => this.#way.ring(agentId))
  }

  /** Sends the call to an outside number. @throws EngineError `outbound.denied`, `call.conflict` */
  divert(number: string): void {
    const goal = this.#services.outsideRoute(number)
    if (goal === null) throw new EngineError('outbound.denied', `No outbound rule permits ${number}`)
    this.follow({ outside: goal })
  }

  /** Refuses the call. @throws EngineError `call.conflict` */
  reject(sipCode: number, reason: string): void {
    this.#decide('rejected')
    this.#guard(() => this.#refuse(reason, sipCode, 'system'))
  }

  /** A dispatcher's choice. False if the agent can't be rung after all. */
  offer(assignment: OfferAssignment): boolean {
    const { visit } = this.#way
    if (visit === null || this.#ended) return false
    return this.#guard(() => this.#offers.start(assignment, visit.queue.ringTimeoutMs, visit)) ?? false
  }

  /** The visit in progress asks for less, or for something else, than before. */
  stepChanged(change: StageChange): void {
    this.#guard(() => this.#way.visit?.stepChanged(change))
  }

  /** Ends the call from outside. */
  hangup(by: EndedBy, reason: string): void {
    if (this.#ended) return
    this.#guard(() => {
      if (this.#segment?.connected === true) this.#finishConnected(by, reason)
      else if (this.#way.outside?.connected === true) this.#finishOutside(by, reason)
      else this.#refuse(reason, callerResponses.released, by)
    })
  }

  /** Wrap-up of one of this call's segments is over. */
  wrapUpCompleted(data: Omit<EventData<'call.wrapup_completed'>, 'callId'>): void {
    this.#guard(() => this.#wrapUps.completed(data))
  }

  /** What keeps the call waiting, in a sentence; null if it doesn't wait. */
  waitingBecause(): string | null {
    const { visit } = this.#way
    if (visit === null) return null
    const ringing = this.#offers.all().map(({ agentId }) => agentId)
    return ringing.length > 0 ? `Agent ${ringing.join(', ')} is being rung.` : visit.explain()
  }

  #decide(what: string): void {
    if (!this.undecided)
      throw new EngineError('call.conflict', `Call ${this.callId} can not be ${what}: it is decided or has ended`)
    this.#decided = true
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
        if (this.#offers.size === 0) this.#way.visit?.requeue()
        this.#letGo()
        break
      case 'unanswered':
        this.#refuse('noAnswer', callerResponses.noAnswer, 'system')
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
    offer.visit?.offerEnded(offer.agentId, outcome, this.#offers.size)
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
    const [segmentId, ringMs] = [ids.ulid(), this.#offers.ringMs(offer)]
    const [visitId, queue] = [visit?.visitId ?? null, visit?.queue ?? null]
    this.#segment = new Segment({ segmentId, offerId, agentId, visitId, queue, ringMs, clock })
    visit?.accepted()
    this.#offers.accept(offer, segmentId)
  }

  // What the bridge says.

  #onBridge(event: BridgeEvent): void {
    if (this.#ended) return
    const { outside } = this.#way
    if (outside !== null && 'offerId' in event && event.offerId === outside.legId) {
      outside.receive(event)
      return
    }
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
        if (this.#segment !== null) tellHold(this.#core, this.#segment, event.type === 'held', event.by)
        break
      case 'customer.ended':
        this.#onCustomerEnded(event.outcome)
        break
      case 'failed':
        this.#onFailed(event.decision, event.error)
        break
      default:
        this.#way.see(event)
    }
  }

  /** A caller whose offer can't be met is refused; all else is a fault of ours. */
  #onFailed(decision: CallerDecision, error: unknown): void {
    if (decision === 'badOffer' || decision === 'mediaFault')
      this.#refuse(decision, callerResponses[decision], 'system')
    else this.fail(error, decision)
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
    const { visit } = this.#way
    const waitMs = visit === null ? 0 : this.#way.end(visit, 'answered')
    this.#way.leave()
    const { segmentId, offerId, agentId, visitId, queueId } = segment
    this.#core.emit('call.connected', { callId: this.callId, visitId, queueId, waitMs, agentId, offerId, segmentId })
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    const lost = outcome.kind === 'lost' ? lostCause('customer', outcome.cause) : null
    const by = lost === null ? 'customer' : 'system'
    if (this.#segment?.connected === true) {
      this.#finishConnected(by, lost ?? (this.#segment.held ? 'heldHangup' : 'customerHangup'))
      return
    }
    if (this.#way.outside?.connected === true) {
      this.#finishOutside(by, lost ?? 'customerHangup')
      return
    }
    const stage = this.#segment !== null ? 'connecting' : this.#offers.size > 0 ? 'offered' : 'queued'
    const { visit, isScreening } = this.#way
    this.#way.leave()
    this.#core.send({ type: 'customer.left' })
    const release = this.#dropSegment()
    if (isScreening) {
      const nowhere = { visitId: null, queueId: null, waitMs: 0, stage: 'screening', short: false } as const
      this.#core.emit('call.abandoned', { callId: this.callId, ...nowhere })
    } else if (visit !== null) {
      const waitMs = this.#way.end(visit, 'abandoned')
      const { visitId, queue } = visit
      const short = waitMs < shortAbandonMs
      this.#core.emit('call.abandoned', { callId: this.callId, visitId, queueId: queue.id, waitMs, stage, short })
    }
    this.#end('abandoned', by, lost ?? 'callerLeft', 487, release)
  }

  // Endings.

  /** Ends a call that was not connected. */
  #refuse(reason: string, sipCode: number, by: EndedBy, ending: CallEnding = 'rejected'): void {
    const { visit } = this.#way
    this.#way.leave()
    this.#core.send({ type: 'reject' })
    const release = this.#dropSegment()
    const waitMs = visit === null ? 0 : this.#way.end(visit, refusedOutcome(reason))
    const [visitId, queueId] = [visit?.visitId ?? null, visit?.queue.id ?? null]
    this.#core.emit('call.rejected', { callId: this.callId, visitId, queueId, waitMs, reason, sipCode })
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
    const wrapUpMs = this.#wrapUps.begin(segment, talkMs + holdMs)
    this.#end('completed', by, cause, 200, () => this.#services.roster.callEnded(agentId, segmentId, wrapUpMs))
    this.#wrapUps.settle(segment)
  }

  /** Ends a call that was connected to an outside number. */
  #finishOutside(by: EndedBy, cause: string): void {
    const { outside } = this.#way
    if (outside === null) return
    this.#core.send({ type: by === 'outside' ? 'agent.left' : 'customer.left' })
    outside.end(cause)
    this.#totals.talkMs += outside.talkMs
    // Who calls out himself has talked; a caller who was sent out has left this center.
    const endedBy = outside.own && by === 'customer' ? 'agent' : by
    this.#end(outside.own ? 'completed' : 'diverted', endedBy, cause, 200)
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
    const totals = { durationMs, waitMs: this.#way.waitMs, ...this.#totals }
    this.#core.emit('call.ended', { callId: this.callId, ending, endedBy, cause, sipCode, totals })
    this.#machine.stop()
    // Signalling first, the agent last: it may be given the next call before this returns.
    this.#core.bridge.releaseCustomer(sipCode)
    release()
    this.#letGo()
    this.#closed = true
    this.#services.onEnded(this)
  }

  /** Runs what others set off here: a fault in it ends this call, and no other (SIP.md §2 row 12). */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Ends the call after a fault in it, whatever state that left it in. */
  fail(error: unknown, decision: CallerDecision = 'fault'): void {
    this.#services.logger.error({ err: error, callId: this.callId }, 'a call failed')
    if (this.#closed) return
    const held = { offers: this.#offers.all(), segment: this.#segment, visit: this.#way.visit, ended: this.#ended }
    if (!this.#ended) attempt(() => this.#endByFault(decision), this.#services.logger)
    if (this.#closed) return
    this.#closed = true
    this.#ended = true
    this.#machine.stop()
    abandon(this.#core, held, decision)
    this.#services.onEnded(this)
  }

  #endByFault(decision: CallerDecision): void {
    if (this.#segment?.connected === true) {
      this.#finishConnected('system', decision)
      return
    }
    if (this.#way.outside?.connected === true) {
      this.#finishOutside('system', decision)
      return
    }
    const releases = this.#offers.all().map(offer => this.#offers.close(offer, 'canceled', decision, null))
    this.#refuse(decision, callerResponses[decision], 'system', 'failed')
    for (const release of releases) release()
  }
}
