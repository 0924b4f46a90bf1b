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
import type { Clock } from '../ports/clock.ts'
import type { StageChange } from '../queues/visit-routing.ts'
import type { CallRecord } from '../records.ts'
import { type ChartActor, startChart } from '../statechart/chart-actor.ts'
import { type CallEmitted, callMachine } from './call.machine.ts'
import { announceArrival, CallCore, type CallSelf } from './call-core.ts'
import { CallEndings, type EndedBy, type EndingCall } from './call-endings.ts'
import type { CalledBack, CallFacts, CallServices, CodeRoute, MakeBridge, Route } from './call-services.ts'
import { CallWay, type WayCall } from './call-way.ts'
import { type OfferAssignment, OfferBook } from './offer-book.ts'
import { lostCause, refusalOfLeg } from './offer-policy.ts'
import { isLegEvent } from './outside-leg.ts'
import { Passing } from './passing.ts'
import { checkRouting, checkRoutingAttributes } from './routing-request.ts'
import { Talk } from './talk.ts'
import { beginTalk } from './talk-begun.ts'

export class Call implements CallSelf, WayCall, EndingCall {
  readonly facts: CallFacts
  readonly record: CallRecord
  readonly #services: CallServices
  readonly core: CallCore
  readonly #machine: ChartActor<typeof callMachine>
  readonly offers: OfferBook
  readonly talk: Talk
  readonly way: CallWay
  readonly endings: CallEndings
  /** Null before anybody hands the call on, or consults somebody: most calls are never passed. */
  #passing: Passing | null = null
  #decided = false
  /** Lets the agent of the last offer go, who is still held. */
  #lastAgent: (() => void) | null = null

  constructor(services: CallServices, clock: Clock, facts: CallFacts, makeBridge: MakeBridge) {
    this.facts = facts
    this.#services = services
    const guarded = guardedClock(clock, error => this.fail(error))
    this.#machine = startChart(callMachine, {
      input: { callId: facts.callId },
      clock: guarded,
      onEmitted: event => this.guard(() => this.#onMachine(event)),
      onError: error => this.fail(error),
    })
    this.record = announceArrival(this.#services, facts)
    const bridge = makeBridge(event => this.guard(() => this.#onBridge(event)), guarded)
    const core = { services, clock: guarded, facts, record: this.record, bridge }
    this.core = new CallCore(core, this.#machine, this)
    this.offers = new OfferBook(this.core)
    this.talk = new Talk(this.core, this.offers)
    this.way = new CallWay(this.core, this.offers, this)
    this.endings = new CallEndings(this)
  }

  /** How the call passes between people. */
  get passing(): Passing {
    this.#passing ??= new Passing(this)
    return this.#passing
  }

  get callId(): string {
    return this.facts.callId
  }

  /** False once somebody has decided what becomes of the call, or the caller is gone. */
  get undecided(): boolean {
    return !this.#decided && !this.endings.ended
  }

  /** True when nothing more will be told about this call, wrap-up included. */
  get settled(): boolean {
    return this.endings.ended && this.talk.settled && this.core.held === 0
  }

  /** The visit in progress, for explanations. */
  get visitId(): string | null {
    return this.way.visit?.visitId ?? null
  }

  /** @throws EngineError `call.conflict` */
  setAttributes(changed: Attributes, origin: Actor): void {
    if (this.endings.ended) throw new EngineError('call.conflict', `Call ${this.callId} has ended`)
    checkRoutingAttributes(changed)
    this.core.emit('call.attributes_updated', { callId: this.callId, changed, origin })
    this.guard(() => this.way.visit?.attributesChanged(changed))
    this.#services.pops.update(this.callId, this.record.attributes)
  }

  /** Puts the call into a queue: a new visit. @throws EngineError `queue.unknown`, `request.invalid`, `call.conflict` */
  enqueue(queueId: string, options: { priority?: number } & RoutingRequest = {}): void {
    const queue = this.#services.queue(queueId)
    if (queue === null) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
    checkRouting(options)
    this.#decide('enqueued')
    this.guard(() => this.way.enter(queue, options.priority ?? 0, options, 'inbound'))
  }

  /** Sends the call where a number leads. @throws EngineError `call.conflict` */
  follow(route: Route): void {
    this.#decide('routed')
    this.guard(() => this.way.follow(route))
  }

  /** A phone of ours has dialled a code. @throws EngineError `call.conflict` */
  serve(route: CodeRoute): void {
    this.#decide('served')
    this.guard(() => this.way.serve(route))
  }

  /** @param match the entry as it may be told */
  block(block: BlockConfig, match: string): void {
    this.#decide('blocked')
    this.guard(() => this.way.block(block, match))
  }

  /** To talk to the caller, and ask about him, before anything is decided. @throws EngineError `call.conflict` */
  undecidedWay(): CallWay {
    if (!this.undecided) throw new EngineError('call.conflict', `Call ${this.callId} is decided already, or gone`)
    return this.way
  }

  /** Its caller will be called back. @throws EngineError `call.conflict` */
  settleCallback(): void {
    this.#decide('called back')
  }

  /** Rings one agent without a queue. @throws EngineError `agent.unknown`, `call.conflict` */
  ringAgent(agentId: string): void {
    if (!this.#services.agentExists(agentId)) throw new EngineError('agent.unknown', `There is no agent ${agentId}`)
    this.#decide('connected')
    this.guard(() => this.way.ring(agentId))
  }

  /** Sends the call to an outside number. @throws EngineError `outbound.denied`, `call.conflict` */
  divert(number: string): void {
    const goal = this.#services.outsideRoute(number)
    if (goal === null) throw new EngineError('outbound.denied', `No outbound rule permits ${number}`)
    this.follow({ outside: goal })
  }

  /** Ends the call if its caller has left a message. @returns whether it has */
  finishMessage(): boolean {
    if (!this.way.isWithMessage) return false
    this.#decide('ended')
    this.guard(() => this.endings.finishMessage('system', 'messageTaken'))
    return true
  }

  /** Refuses the call. @throws EngineError `call.conflict` */
  reject(sipCode: number, reason: string): void {
    this.#decide('rejected')
    this.guard(() => this.endings.refuse(reason, sipCode, 'system'))
  }

  /** Begins what {@link CallFacts.callback} asks for. @throws EngineError `call.conflict` */
  callBack(): void {
    const { callback } = this.facts
    if (callback === undefined) return
    this.#decide('called back')
    this.guard(() => {
      if (Object.keys(callback.attributes).length > 0) this.setAttributes(callback.attributes, 'callback')
      this.way.callBack(callback)
    })
  }

  /** A dispatcher's choice. False if the agent can't be rung after all. */
  offer(assignment: OfferAssignment): boolean {
    const { visit } = this.way
    if (visit === null || this.endings.ended) return false
    return this.guard(() => this.offers.start(assignment, visit.queue.ringTimeoutMs, visit)) ?? false
  }

  /** The visit in progress asks for less, or for something else, than before. */
  stepChanged(change: StageChange): void {
    this.guard(() => this.way.visit?.stepChanged(change))
  }

  /** Ends the call from outside. */
  hangup(by: EndedBy, reason: string): void {
    if (!this.endings.ended && this.#passing?.finishConsult() !== true)
      this.guard(() => this.endings.hangup(by, reason))
  }

  /** Wrap-up of one of this call's segments is over. */
  wrapUpCompleted(data: Omit<EventData<'call.wrapup_completed'>, 'callId'>): void {
    this.guard(() => {
      this.talk.wrapUpCompleted(data)
      this.#passing?.transfers.wrapUpOver(data.segmentId)
    })
  }

  /** What keeps the call waiting, in a sentence; null if it doesn't wait. */
  waitingBecause(): string | null {
    const { visit } = this.way
    if (visit === null) return null
    const ringing = this.offers.all().map(({ agentId }) => agentId)
    return ringing.length > 0 ? `Agent ${ringing.join(', ')} is being rung.` : visit.explain()
  }

  #decide(what: string): void {
    if (!this.undecided)
      throw new EngineError('call.conflict', `Call ${this.callId} can not be ${what}: it is decided or has ended`)
    this.#decided = true
  }

  // What its parts ask of it.

  get isOver(): boolean {
    return this.endings.ended
  }

  /** Ends the call, which is not connected; or a transfer, whose caller goes somewhere else. */
  refuse(reason: string, sipCode: number, because?: string): void {
    if (this.#passing?.transfers.failed(reason, sipCode) !== true)
      this.endings.refuse(reason, sipCode, 'system', { because })
  }

  finish(cause: string, ending?: CallEnding): void {
    this.endings.finishMessage('system', cause, ending)
  }

  outsideLeft(cause: string, lost: boolean): void {
    if (lost) this.endings.hangup('system', cause)
    else this.endings.finishOutside('outside', cause)
  }

  /** The machine hears nothing any more. */
  stop(): void {
    this.#machine.stop()
  }

  onEnding(): void {
    this.#passing?.ending()
  }

  onClosed(): void {
    this.#passing?.close()
    this.#services.onEnded(this)
  }

  // What the machine says.

  #onMachine(event: CallEmitted): void {
    switch (event.type) {
      case 'offerRinging': {
        const offer = this.offers.get(event.offerId)
        if (offer === undefined) break
        this.offers.ringing(offer)
        this.#passing?.transfers.rings()
        if (offer.visit !== null) offer.visit.agentRings()
        else if (!this.core.bridge.customerAnswering) this.core.bridge.ringCustomer()
        break
      }
      case 'offerEnded':
        this.#onOfferEnded(event.offerId, event.outcome, event.reason, event.sipCode)
        break
      case 'chosen':
        this.#connect(event.offerId)
        break
      case 'requeued':
        // An agent who came free in the same moment may be on the way already.
        if (this.offers.size === 0) this.way.visit?.requeue()
        this.letGo()
        break
      case 'unanswered':
        this.refuse('noAnswer', callerResponses.noAnswer)
        this.letGo()
        break
    }
  }

  #onOfferEnded(offerId: string, outcome: OfferOutcome, reason: string, sipCode: number | null): void {
    const offer = this.offers.get(offerId)
    if (offer === undefined) return
    if (outcome === 'accepted') {
      this.talk.accept(offer)
      return
    }
    const release = this.offers.close(offer, outcome, reason, sipCode)
    offer.visit?.offerEnded(offer.agentId, outcome, this.offers.size)
    if (outcome === 'canceled' || outcome === 'rescinded' || this.offers.size > 0) release()
    else this.#lastAgent = release
  }

  /** The callback that this call makes, until the customer talks to an agent: then it is a call as any other. */
  get #calledBack(): CalledBack | null {
    const { callback } = this.facts
    return callback === undefined || callback.connected ? null : callback
  }

  /** An agent has accepted. Where an agent is first, the customer of a callback is called now. */
  #connect(offerId: string): void {
    this.way.hush()
    const { bridge } = this.core
    const callback = this.#calledBack
    if (callback === null || callback.mode === 'customer-first') bridge.connect(offerId)
    else
      callback.dial(
        this.talk.segment?.agentId ?? null,
        () => this.guard(() => bridge.connect(offerId)),
        reason => this.guard(() => this.endings.refuse(reason, callerResponses.released, 'system')),
      )
  }

  /** After the last offer the visit waits again first, so that it is told in order and somebody else has the better chance. */
  letGo(): void {
    const release = this.#lastAgent
    this.#lastAgent = null
    release?.()
  }

  // What the bridge says.

  #onBridge(event: BridgeEvent): void {
    if (this.endings.ended) return
    const { outside } = this.way
    if (outside !== null && isLegEvent(event) && event.offerId === outside.legId) {
      outside.receive(event)
      if (event.type === 'agent.ringing') this.#passing?.transfers.rings()
      if (event.type === 'connected') this.#passing?.transfers.connected()
      return
    }
    switch (event.type) {
      case 'agent.ringing':
      case 'agent.answered':
        this.core.send({ type: event.type, offerId: event.offerId })
        break
      case 'agent.redirected':
        this.offers.redirected(event)
        break
      case 'agent.ended':
        this.#onAgentEnded(event.offerId, event.outcome)
        break
      case 'connected':
        this.#onConnected()
        break
      case 'held':
      case 'retrieved':
        this.talk.hold(event.type === 'held', event.by)
        break
      case 'transfer.asked':
        this.passing.transfers.asked(event.by, event.request)
        break
      case 'moved':
        this.passing.moved(event)
        break
      case 'customer.ended':
        this.#onCustomerEnded(event.outcome)
        break
      case 'failed':
        this.#onFailed(event.decision, event.error)
        break
      default:
        this.way.see(event)
    }
  }

  /** A caller whose offer can't be met is refused; all else is a fault of ours. */
  #onFailed(decision: CallerDecision, error: unknown): void {
    if (decision === 'badOffer' || decision === 'mediaFault')
      this.endings.refuse(decision, callerResponses[decision], 'system')
    else this.fail(error, decision)
  }

  #onAgentEnded(offerId: string, outcome: LegOutcome): void {
    const offer = this.offers.get(offerId)
    if (offer !== undefined) {
      const { retryAfterMs, ...refusal } = refusalOfLeg(outcome)
      offer.retryAfterMs = retryAfterMs
      this.core.send({ type: 'agent.refused', offerId, ...refusal })
      return
    }
    const { segment } = this.talk
    if (this.#passing?.transfers.legGone(offerId) === true || segment?.offerId !== offerId) return
    if (segment.connected) {
      const lost = outcome.kind === 'lost'
      this.endings.finishConnected(lost ? 'system' : 'agent', lost ? lostCause('agent', outcome.cause) : 'agentHangup')
      return
    }
    const callback = this.#calledBack
    if (callback?.mode === 'agent-first' && callback.dialled) {
      // The customer is being rung for this agent, and is not to pick up for nobody.
      this.endings.refuse('agentLeft', callerResponses.released, 'agent')
      return
    }
    const release = this.talk.lose(outcome)
    this.core.send({ type: 'agent.left' })
    release()
  }

  #onConnected(): void {
    const agentId = beginTalk(this)
    if (agentId === null) return
    this.#passing?.transfers.connected()
    this.facts.callback?.connect(agentId)
  }

  #onCustomerEnded(outcome: LegOutcome): void {
    if (this.#passing?.finishConsult() === true) return
    const lost = outcome.kind === 'lost' ? lostCause('customer', outcome.cause) : null
    const by = lost === null ? 'customer' : 'system'
    if (this.talk.connected) {
      this.endings.finishConnected(by, lost ?? (this.talk.segment?.held === true ? 'heldHangup' : 'customerHangup'))
      return
    }
    if (this.way.outside?.connected === true) {
      this.endings.finishOutside(by, lost ?? 'customerHangup')
      return
    }
    if (this.way.isWithMessage) {
      this.endings.finishMessage(by, lost ?? 'customerHangup')
      return
    }
    if (this.#calledBack !== null) {
      const { reason, sipCode } = refusalOfLeg(outcome)
      const cause = lost ?? (outcome.kind === 'hungUp' ? 'customerHangup' : reason)
      this.endings.refuse(cause, sipCode ?? callerResponses.released, by)
      return
    }
    if (this.way.acceptGone()) {
      this.endings.finishMessage(by, 'callbackAccepted')
      return
    }
    this.endings.abandon(by, lost ?? 'callerLeft')
  }

  /** Runs what others set off here: a fault in it ends this call, and no other (SIP.md §2 row 12). */
  guard<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Ends the call after a fault in it, whatever state that left it in. */
  fail(error: unknown, decision: CallerDecision = 'fault'): void {
    this.endings.fail(error, decision)
  }
}
