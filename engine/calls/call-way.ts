/** The way of one call through the house: flows, queues and agents, one place after the other. It holds the visit in progress. */
import type { LookupReply, RoutingRequest } from '../api.ts'
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { QueueConfig } from '../config.ts'
import type { BlockConfig } from '../config-intake.ts'
import type { CallEnding, VisitOutcome } from '../events.ts'
import { callerResponses } from '../outcomes.ts'
import type { OverflowReply, OverflowStep } from '../queues/overflow.ts'
import type { LookupAsked } from '../routing/lookups.ts'
import { type Barrier, refusalOf, wasTurnedAway } from './admission.ts'
import type { CallCore } from './call-core.ts'
import type { TakenOffer, TakenOutside } from './call-goal.ts'
import type { CalledBack, CodeRoute, OutsideGoal, Route } from './call-services.ts'
import { CallbackWay } from './callback-way.ts'
import { createCodeCall } from './code-call.ts'
import { FlowWay } from './flow-way.ts'
import { languageAttribute } from './language.ts'
import { createLookupCall } from './lookup-call.ts'
import { directExplanation, type OfferBook } from './offer-book.ts'
import type { OutsideLeg } from './outside-leg.ts'
import { OutsideWay } from './outside-way.ts'
import { type QueuedCause, QueueVisit, type QueueVisitOptions, type VisitOwner } from './queue-visit.ts'
import { placeLeft } from './re-entry.ts'
import { type Asked, askedBy } from './routing-request.ts'
import { Screening } from './screening.ts'
import { goalOf, goalWords, type VisitGoal } from './visit-goal.ts'

/** A direct call rings an agent this long; a queue has its own time. */
const directRingMs = 30_000

/** What the way asks of its call. */
export interface WayCall {
  readonly isOver: boolean
  /** Ends the call, which is not connected. */
  refuse(reason: string, sipCode: number, because?: string): void
  /** Ends the call, whose caller has spoken into a mailbox, or whose code was served. */
  finish(cause: string, ending?: CallEnding): void
  /** The outside party is gone after it was connected. */
  outsideLeft(cause: string, lost: boolean): void
}

export class CallWay implements VisitOwner {
  readonly #core: CallCore
  readonly #offers: OfferBook
  readonly #call: WayCall
  #visit: QueueVisit | null = null
  #screening: Screening | null = null
  #outsides: OutsideWay | null = null
  #callbacks: CallbackWay | null = null
  #flows: FlowWay | null = null
  /** Of all visits that have ended. */
  #waitMs = 0

  constructor(core: CallCore, offers: OfferBook, call: WayCall) {
    this.#core = core
    this.#offers = offers
    this.#call = call
  }

  get visit(): QueueVisit | null {
    return this.#visit
  }

  /** The latest leg to an outside number. */
  get outside(): OutsideLeg | null {
    return this.#outsides?.leg ?? null
  }

  /** The outside party is the customer from now on. @returns how long he has talked by then */
  turnRound(): number {
    return this.#outsides?.turnRound() ?? 0
  }

  /** The call is over, and with it the leg of a customer who was called by an agent. */
  endParty(cause: string, said: string | null = null): void {
    this.#outsides?.endParty(cause, said)
  }

  get waitMs(): number {
    return this.#waitMs
  }

  /** A machine talks to the caller. */
  get isScreening(): boolean {
    return this.#screening !== null
  }

  /** The caller speaks into a mailbox, or has, and is nowhere else now. */
  get isWithMessage(): boolean {
    return this.#visit === null && this.outside === null && (this.#core.record.recordings?.length ?? 0) > 0
  }

  /** The caller is gone. @returns whether he has asked to be called back, and will be */
  acceptGone(): boolean {
    return this.#callbacks?.acceptGone(this.#visit) === true
  }

  /** An agent has answered: nothing more is said to the caller. */
  hush(): void {
    this.#callbacks?.hush()
  }

  /** Goes where a number leads. */
  follow(route: Route, cause: QueuedCause = 'inbound'): void {
    if (route.told !== undefined)
      for (const told of route.told) this.#core.emit('call.flow_step_taken', { callId: this.#core.callId, ...told })
    if (route.language !== undefined) this.#speak(route.language, 'number')
    // Whoever is turned away is nobody's caller.
    if (route.lookup !== undefined && !('reject' in route))
      this.lookUp(route.lookup.asked, route.lookup.match, () => {})
    if ('queue' in route) this.#toQueue(route.queue, askedBy(route), cause)
    else if ('agent' in route) this.ring(route.agent)
    else if ('flow' in route) this.#toFlow(route.flow, askedBy(route), route.otherwise)
    else if ('outside' in route) this.dial(route.outside)
    else if ('voicemail' in route) this.#toVoicemail(route.voicemail)
    else if ('callback' in route)
      this.#callback.ask({ queueId: route.callback, ...askedBy(route) }, () =>
        this.#call.refuse('closed', callerResponses.closed),
      )
    else this.#call.refuse(route.reason, route.reject)
  }

  /** Offers a caller who waits nowhere to be called back. */
  offerCallback(...asked: Parameters<CallbackWay['ask']>): void {
    this.#callback.ask(...asked)
  }

  /** @param by what asks, as it is told. @param goOn with what is known at the deadline */
  lookUp(asked: LookupAsked, by: string, goOn: (reply: LookupReply) => void): void {
    const call = createLookupCall({ core: this.#core, isOver: () => this.#call.isOver })
    const tell = (result: string) => call.told({ flowId: null, step: by, action: 'lookup', result })
    this.#core.services.lookUp(asked, `lookup:${by}`, call, tell, goOn)
  }

  /** Refused, or left to wait in silence, in nobody's line. @param match the entry as it may be told */
  block({ note, to }: BlockConfig, match: string): void {
    const target = 'queue' in to ? `queue:${to.queue}` : `reject:${to.reject}`
    this.#core.emit('call.blocked', { callId: this.#core.callId, match, target, note })
    const queue = 'queue' in to ? this.#core.services.queue(to.queue) : null
    if (queue === null) this.#call.refuse('blocked', 'reject' in to ? to.reject : callerResponses.noSuchNumber)
    else {
      // Neither hours nor room nor who is there: whatever the queue told him, he would learn something.
      this.#visit = new QueueVisit({ core: this.#core, queue, priority: 0, request: {}, blocked: true }, this)
      this.#visit.begin('inbound')
      this.#visit.wait()
    }
  }

  /** The call is a callback: by its mode an agent or the customer is called first. */
  callBack(callback: CalledBack): void {
    const { services } = this.#core
    const queue = services.queue(callback.queueId)
    if (queue === null) {
      this.#call.refuse('queueGone', callerResponses.released)
      return
    }
    const enter = () => this.enter(queue, callback.priority, callback.request, 'callback', { callback })
    if (callback.mode === 'agent-first') {
      enter()
      return
    }
    const screening = this.screening()
    const greet = () =>
      screening.say(['callback-greeting'], said => {
        if (said !== 'gone') enter()
      })
    callback.dial(
      null,
      () => this.#core.guard(greet),
      reason => this.#core.guard(() => this.#call.refuse(reason, callerResponses.released)),
    )
  }

  /** @param taken the place in the line that is taken over; default: at its end */
  enter(
    queue: QueueConfig,
    priority: number,
    request: RoutingRequest,
    cause: QueuedCause,
    taken: Pick<QueueVisitOptions, 'enqueuedAt' | 'callback' | 'recipes'> = {},
  ): void {
    this.#leaveScreening()
    const isNew = cause === 'inbound' && taken.enqueuedAt === undefined && taken.callback === undefined
    const left = isNew ? placeLeft(this.#core, queue) : null
    const options = {
      core: this.#core,
      queue,
      priority: Math.max(priority, left?.priority ?? 0),
      request,
      ...taken,
      ...(left === null ? {} : { enqueuedAt: left.enqueuedAt, resumed: true }),
    }
    const visit = new QueueVisit(options, this)
    const barrier = taken.callback === undefined ? visit.barrier() : null
    // Only a flow leads twice into one queue: into one that does not take the call it would do so again and again.
    if (barrier !== null && cause === 'overflow' && wasTurnedAway(this.#core, queue)) {
      this.#call.refuse(barrier.reason, refusalOf(barrier))
      return
    }
    this.#visit = visit
    visit.begin(cause)
    if (barrier !== null) {
      this.onClosed(visit, barrier)
      return
    }
    if (visit.overflows() !== 'stays') return
    if (taken.callback === undefined && queue.callback.offer !== null) this.#callback.waits(visit)
    visit.wait()
  }

  /** Rings one agent without a queue. */
  ring(agentId: string): void {
    this.#leaveScreening()
    const { bridge } = this.#core
    if (bridge.customerAnswering) bridge.answerCustomer('default')
    const assignment = { agentId, explanation: directExplanation(agentId) }
    if (!this.#offers.start(assignment, directRingMs, null))
      this.#call.refuse('agentUnavailable', callerResponses.agentUnavailable)
  }

  /** Calls an outside number. `from`: the visit whose rule led there, if one did. */
  dial(goal: OutsideGoal, from: QueueVisit | null = null): void {
    this.#leaveScreening()
    this.#outsideWay.dial(goal, from)
  }

  /** A phone of ours has dialled a code. */
  serve({ code, account }: CodeRoute): void {
    const screening = () => this.screening()
    const isOver = () => this.#call.isOver
    const hangup = () => this.#call.finish('phoneCode', 'completed')
    this.#core.services.serveCode(createCodeCall({ core: this.#core, code, account, screening, isOver, hangup }))
  }

  /** Goes on with an outside party who has talked to the agent, or whom he was calling. */
  takeOutside(taken: TakenOutside): void {
    this.#outsideWay.take(taken)
  }

  /** Goes on with a device that rings for another call. @returns false if its agent is not to be had */
  takeOffer(taken: TakenOffer): boolean {
    this.#core.bridge.answerCustomer('default')
    return this.#offers.takeOver(taken, directExplanation(taken.agentId), directRingMs)
  }

  /** Talks to the caller: the first word begins the screening. */
  screening(flowId: string | null = null): Screening {
    if (this.#screening !== null) return this.#screening
    this.#screening = new Screening(this.#core)
    this.#core.send({ type: 'screen' })
    this.#core.emit('call.screening_started', { callId: this.#core.callId, flowId })
    return this.#screening
  }

  see(event: BridgeEvent): void {
    if (event.type === 'customer.answered') this.#core.facts.callback?.answered()
    this.#callbacks?.see(event)
    this.#screening?.see(event)
  }

  /** Out of every line and every menu, before offers are cancelled. */
  leave(): void {
    this.#callbacks?.stop()
    this.#visit?.leave()
    this.#visit = null
    this.outside?.end('callEnded')
    this.#leaveScreening()
  }

  /** Counts how a visit ended. @returns how long the caller waited */
  end(visit: QueueVisit, outcome: VisitOutcome): number {
    const waitMs = visit.end(outcome)
    this.#waitMs += waitMs
    return waitMs
  }

  isOffered(): boolean {
    return this.#offers.size > 0 || this.#callbacks?.isTalking === true
  }

  onOverflow(visit: QueueVisit, step: OverflowStep): OverflowReply {
    const { to, reason, because } = step
    if ('reject' in to) {
      this.#call.refuse(reason, to.reject, because)
      return 'left'
    }
    if ('callback' in to) {
      // If he declines, the next rule comes in its time.
      if (!this.#callback.propose(visit, to.callback, () => visit.armLimit())) return 'stays'
      if (this.#callback.isTalking) visit.disarmLimit()
      return 'asked'
    }
    const goal = goalOf(this.#core, to, visit.request)
    // A rule that leads nowhere now must not cost the caller his place: the next one is tried in its time.
    if (goal === null) return 'stays'
    this.#divert(visit, goal, step, 'flowOut')
    return 'left'
  }

  /** The queue does not take the call. */
  onClosed(visit: QueueVisit, barrier: Barrier): void {
    const { reason, outcome, to } = barrier
    if ('callback' in to) {
      const refuse = () => this.#call.refuse(reason, refusalOf(barrier))
      if (!this.#callback.propose(visit, to.callback, refuse)) refuse()
      return
    }
    const goal = 'reject' in to ? null : goalOf(this.#core, to, visit.request)
    if (goal === null) this.#call.refuse(reason, 'reject' in to ? to.reject : refusalOf(barrier))
    else this.#divert(visit, goal, { reason }, outcome)
  }

  #divert(visit: QueueVisit, goal: VisitGoal, why: { reason: string; because?: string }, outcome: VisitOutcome): void {
    this.leave()
    this.#core.send({ type: 'visit.end' })
    const waitMs = this.end(visit, outcome)
    const { visitId, queue } = visit
    const { callId } = this.#core
    const { reason, because } = why
    this.#core.emit('call.diverted', {
      ...{ callId, visitId, queueId: queue.id, waitMs, target: goalWords(goal), reason },
      ...(because === undefined ? {} : { because }),
      ...visit.meanwhile,
    })
    this.#go(visit, goal)
  }

  #go(visit: QueueVisit, goal: VisitGoal): void {
    if ('agent' in goal) this.ring(goal.agent)
    else if ('outside' in goal) this.dial(goal.outside, visit)
    else if ('voicemail' in goal) this.#toVoicemail(goal.voicemail)
    else {
      const priority = Math.max(visit.priority, goal.priority)
      if ('flow' in goal) this.#toFlow(goal.flow, { priority, request: goal.request })
      else this.enter(goal.queue, priority, goal.request, 'overflow')
    }
  }

  /** Most calls never leave the house, and nothing is made for them. */
  get #outsideWay(): OutsideWay {
    this.#outsides ??= new OutsideWay({
      core: this.#core,
      refuse: (reason, sipCode) => this.#call.refuse(reason, sipCode),
      onLeft: (cause, lost) => this.#call.outsideLeft(cause, lost),
      go: (visit, goal) => this.#go(visit, goal),
    })
    return this.#outsides
  }

  /** Most calls are never about a callback, and nothing is made for them. */
  get #callback(): CallbackWay {
    this.#callbacks ??= new CallbackWay({
      core: this.#core,
      isRinging: () => this.#offers.size > 0,
      screening: () => this.screening(),
      leaveScreening: () => this.#leaveScreening(),
      leave: () => this.leave(),
      end: (visit, outcome) => this.end(visit, outcome),
      finish: cause => this.#call.finish(cause),
    })
    return this.#callbacks
  }

  #toQueue(queueId: string, { priority, request }: Asked, cause: QueuedCause): void {
    const queue = this.#core.services.queue(queueId)
    if (queue === null) this.#call.refuse('noSuchNumber', callerResponses.noSuchNumber)
    else this.enter(queue, priority, request, cause)
  }

  /** Takes a message, and ends the call when the caller doesn't. */
  #toVoicemail(mailboxId: string): void {
    this.#leaveScreening()
    const screening = this.screening()
    if (screening.refusal(mailboxId) !== null) {
      this.#call.refuse('mailboxFull', callerResponses.full)
      return
    }
    screening.takeMessage(mailboxId, {}, reply => {
      if (reply === 'gone' || this.#call.isOver) return
      screening.say(['goodbye'], said => {
        if (said !== 'gone') this.#finishMessage('messageTaken')
      })
    })
  }

  #finishMessage(cause: string): void {
    if (this.isWithMessage) this.#call.finish(cause)
    else this.#call.refuse(cause, callerResponses.undecided)
  }

  #toFlow(flowId: string, asked: Asked, otherwise?: string): void {
    this.#leaveScreening()
    this.#flow.begin(flowId, asked, otherwise)
  }

  /** Most calls meet no flow, and nothing is made for them. */
  get #flow(): FlowWay {
    this.#flows ??= new FlowWay({
      core: this.#core,
      isOver: () => this.#call.isOver,
      screening: flowId => this.screening(flowId),
      callback: (wanted, onDeclined) => this.#callback.ask(wanted, onDeclined),
      speak: (language, origin) => this.#speak(language, origin),
      isWithMessage: () => this.isWithMessage,
      toQueue: (queueId, asked, cause) => this.#toQueue(queueId, asked, cause),
      ring: agentId => this.ring(agentId),
      follow: (route, cause) => this.follow(route, cause),
      refuse: (reason, sipCode) => this.#call.refuse(reason, sipCode),
      finish: cause => this.#call.finish(cause),
    })
    return this.#flows
  }

  #speak(language: string, origin: string): void {
    if (this.#core.record.attributes[languageAttribute] !== language)
      this.#core.setAttributes({ [languageAttribute]: language }, origin)
  }

  #leaveScreening(): void {
    this.#flows?.stop()
    const screening = this.#screening
    this.#screening = null
    screening?.stop()
  }
}
