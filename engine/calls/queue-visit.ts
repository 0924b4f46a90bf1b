/** One stay of a call in a queue: from entering to its one outcome, with what happens by the clock meanwhile. */
import type { RoutingRequest } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import type { RecipeActions, SkillChange } from '../config-recipes.ts'
import type { Attributes, EventData, Meanwhile, OfferOutcome, VisitOutcome } from '../events.ts'
import { type OverflowReply, type OverflowStep, timeout } from '../queues/overflow.ts'
import { RecipeProgress } from '../queues/recipe-progress.ts'
import { type RoutingPlan, requiredBy, withChange } from '../queues/routing-plan.ts'
import { type StageChange, VisitRouting } from '../queues/visit-routing.ts'
import { leavesAtOnce, type WaitRule } from '../queues/wait-rules.ts'
import type { Refusal, WaitingVisit } from '../queues/waiting-list.ts'
import type { VisitRecord } from '../records.ts'
import { expressionText } from '../skills/expression.ts'
import { avoidedAttribute, preferredAttribute } from '../skills/named-agents.ts'
import { requirement } from '../skills/requirement.ts'
import { TimerBag } from '../timer-bag.ts'
import { type Barrier, barrierOf, closedBarrier } from './admission.ts'
import type { CallCore } from './call-core.ts'
import type { CalledBack } from './call-services.ts'
import { PlaceAnnouncer } from './place-announcer.ts'
import { rememberLeaving } from './re-entry.ts'
import { RecipeHand } from './recipe-hand.ts'
import {
  agentsFor,
  priorityAttribute,
  priorityOf,
  requirementsAttribute,
  routingFor,
  wishesOf,
  wishesTold,
} from './routing-request.ts'

export type QueuedCause = EventData<'call.queued'>['cause']

/** DESIGN §7, with-agent: the caller hears ringing at the latest after this. */
const ringCustomerAfterMs = 500
/** The hours of a queue are looked at so often while somebody waits. */
const hoursWatchMs = 15_000

export interface QueueVisitOptions {
  readonly core: CallCore
  readonly queue: QueueConfig
  readonly priority: number
  readonly request: RoutingRequest
  /** Since when it counts; default: now. */
  readonly enqueuedAt?: number
  /** The callback whose place in line this is. */
  readonly callback?: CalledBack
  /** How far recipes have come with the place that is taken over. */
  readonly recipes?: RecipeProgress
  /** `enqueuedAt` is that of a wait which the caller broke off a moment ago. */
  readonly resumed?: boolean
  /** The caller is on the block list: he waits in no line, hears nothing, and is told of nothing but the end. */
  readonly blocked?: boolean
}

/** What a visit asks of whoever has it. */
export interface VisitOwner {
  /** True while an agent is being rung, or the caller is being talked to: he is not told his place then. */
  isOffered(): boolean
  onOverflow(visit: QueueVisit, step: OverflowStep): OverflowReply
  /** The queue's hours have ended while it waits. */
  onClosed(visit: QueueVisit, barrier: Barrier): void
}

export class QueueVisit {
  readonly visitId: string
  readonly queue: QueueConfig
  /** As it was enqueued. */
  readonly request: RoutingRequest
  readonly enqueuedAt: number
  /** As recipes have changed it since. */
  #asked: RoutingRequest
  #routing: VisitRouting | null
  readonly #core: CallCore
  readonly #owner: VisitOwner
  readonly #priority: number
  /** The callback whose place in line this is; null: a caller's. */
  readonly #callback: CalledBack | null
  readonly #isResumed: boolean
  readonly #isBlocked: boolean
  readonly #timers: TimerBag<'limit' | 'announce' | 'ringCustomer' | 'hours'>
  /** Who is back is not sent away at once for the time before. */
  readonly #countsFrom: number
  /** Null before anything is announced. */
  #announcer: PlaceAnnouncer | null = null
  /** Who was served while it waited, since it was offered last, once it is out of the line. */
  meanwhile: { readonly meanwhile?: Meanwhile } = {}
  /** Null where the queue has neither overflow rules nor recipes. */
  readonly #recipes: RecipeHand | null

  constructor(options: QueueVisitOptions, owner: VisitOwner) {
    const { core, queue, priority, request, callback = null, resumed = false, blocked = false } = options
    const { clock, ids } = core.services
    this.#core = core
    this.#owner = owner
    this.queue = queue
    this.request = request
    this.#asked = request
    this.#priority = priority
    this.#callback = callback
    this.#isResumed = resumed
    this.#isBlocked = blocked
    this.visitId = callback?.callbackId ?? ids.ulid()
    this.enqueuedAt = callback?.enqueuedAt ?? options.enqueuedAt ?? clock.now()
    this.#countsFrom = resumed ? clock.now() : this.enqueuedAt
    this.#timers = new TimerBag(core.clock)
    this.#routing = this.#freshRouting()
    this.#recipes = this.#isKept || blocked ? null : this.#recipeHand(options.recipes)
  }

  /** What it asks for now, recipes included. */
  get asked(): RoutingRequest {
    return this.#asked
  }

  /** How far the recipes have come; undefined where there are none. */
  get recipes(): RecipeProgress | undefined {
    return this.#recipes?.progress
  }

  /** What the call says of itself goes before what it was enqueued with. */
  get priority(): number {
    return priorityOf(this.#core.record.attributes) ?? this.#priority
  }

  /** Tells that the visit began. It waits only after {@link wait}. */
  begin(cause: QueuedCause): void {
    const { callId, services } = this.#core
    const { position, wait } = services.dispatcher.prospect(this.place)
    this.#core.emit('call.queued', {
      callId,
      visitId: this.visitId,
      queueId: this.queue.id,
      priority: this.priority,
      position,
      ewtMs: wait?.valueMs ?? null,
      // Who is served at once waits for nothing that could be estimated.
      ...(wait === null || wait.valueMs === 0 ? {} : { ewt: wait }),
      enqueuedAt: new Date(this.enqueuedAt).toISOString(),
      cause,
      ...(this.#isKept ? { callbackId: this.visitId } : {}),
      ...this.#askedAtFirst(),
      ...(this.#isResumed ? { resumed: true } : {}),
    })
    // Who is called back was offered to the queue once, when he called.
    if (!this.#isKept) services.totals.offered(this.queue.id)
    this.#core.send({ type: 'enqueue', visitId: this.visitId })
  }

  /** What keeps the queue from taking the call; null if nothing does. */
  barrier(): Barrier | null {
    return barrierOf(this.#core, this.queue, this.place)
  }

  /** Greets the caller and takes a place in the line; offers may be made before this returns. */
  wait(): void {
    const { bridge, services } = this.#core
    if (this.#isKept) {
      if (bridge.customerAnswered) bridge.answerCustomer(this.queue.music)
      services.dispatcher.enqueue(this.place)
      return
    }
    const isAnswering = this.queue.answer === 'immediately' || bridge.customerAnswering
    if (isAnswering && bridge.canPlay) bridge.answerCustomer(this.#isBlocked ? 'silence' : this.queue.music)
    else this.#timers.arm('ringCustomer', ringCustomerAfterMs, () => bridge.ringCustomer())
    this.armLimit()
    if (this.#isBlocked) return
    this.#watchHours()
    const { position, wait } = this.queue.announce
    if (position || wait) this.#armAnnouncement()
    if (this.#recipes !== null) services.recipes.join(this.#recipes)
    services.dispatcher.enqueue(this.place)
  }

  /** What the call requires may have changed: it asks anew. Or what it is worth: it moves. */
  attributesChanged(changed: Attributes): void {
    const isRequiring = requirementsAttribute in changed
    const isNaming = preferredAttribute in changed || avoidedAttribute in changed
    if (!isRequiring && !isNaming && !(priorityAttribute in changed)) return
    if (isRequiring) {
      // Who says what it requires says all of it.
      this.#asked = this.request
      this.#routing = this.#freshRouting()
    } else if (isNaming) {
      const { preferred, avoided } = agentsFor(this.#asked, this.#core.record.attributes)
      this.#routing = this.#routing?.naming(preferred, avoided) ?? this.#freshRouting()
    }
    this.#moved()
  }

  /** Waiting has changed what is asked for. */
  stepChanged(change: StageChange): void {
    const { callId, services } = this.#core
    this.#core.emit('call.routing_step_changed', { callId, visitId: this.visitId, queueId: this.queue.id, ...change })
    if (this.#recipes !== null) services.recipes.moved(this.visitId)
  }

  /** What it would ask for after a change; null if that is the same. */
  changedBy(change: SkillChange): RoutingRequest | null {
    const changed = { ...this.#asked, changes: withChange(this.#asked.changes ?? [], change) }
    return requiredBy(this.#planOf(changed)) === requiredBy(this.#planOf(this.#asked)) ? null : changed
  }

  /** A recipe makes it ask for something else from now on; of its steps it keeps the one that it has come to. */
  ask(request: RoutingRequest, recipe: string): void {
    const { callId, services } = this.#core
    const from = this.#askedInWords()
    this.#asked = request
    const plan = this.#planOf(request)
    this.#routing = this.#routing?.continuedUnder(plan) ?? new VisitRouting(plan)
    const { expression } = this.#routing.stage
    this.#core.emit('call.routing_step_changed', {
      ...{ callId, visitId: this.visitId, queueId: this.queue.id },
      ...{ from, to: this.#askedInWords(), requirements: requiredBy(plan), recipe },
      eligibleCount: services.roster.pool(this.queue.id, requirement(expression, Number.POSITIVE_INFINITY)).staffed,
    })
    this.#moved()
  }

  /** Not while an agent is being rung. */
  announce(what: NonNullable<RecipeActions['announce']>): void {
    const place = this.#core.services.dispatcher.position(this.visitId)
    if (place === null || this.#owner.isOffered()) return
    this.#announcer ??= new PlaceAnnouncer(this.#core, this.queue)
    this.#announcer.announce(place, what)
  }

  /** An offer has ended unaccepted; `left` others are pending. */
  offerEnded(agentId: string, outcome: OfferOutcome, left: number): void {
    if (outcome === 'canceled' || outcome === 'rescinded') return
    const { dispatcher, clock } = this.#core.services
    const refusal = { reason: 'did not take this call', untilMs: clock.now() + this.queue.retryExclusionMs }
    if (this.queue.retryExclusionMs > 0) {
      this.#core.refusals ??= new Map()
      this.#core.refusals.set(agentId, refusal)
    }
    dispatcher.exclude(this.visitId, agentId, refusal.reason, refusal.untilMs)
    if (left > 0) dispatcher.offerEnded(this.visitId)
  }

  /** Nobody waits longer than his queue says, not even for an agent who is being rung. */
  armLimit(): void {
    // Who is called back has no time to wait in which he was not on the line.
    if (this.#isKept) return
    const { clock } = this.#core.services
    const leftMs = this.#countsFrom + this.queue.maxWaitMs - clock.now()
    this.#timers.arm('limit', Math.max(0, leftMs), () => {
      // A rule of the same moment goes before the end.
      if (this.#owner.isOffered() || this.overflows() === 'stays') this.#owner.onOverflow(this, timeout)
    })
  }

  /** For as long as the caller is being asked what he wants instead. */
  disarmLimit(): void {
    this.#timers.disarm('limit')
  }

  /**
   * Lets the overflow rules act whose time has come. Before the visit waits, those that would take it from nobody who is free: and
   * then it is not asked about callbacks, for it has no place yet that it could keep.
   */
  overflows(): OverflowReply {
    const { dispatcher, clock } = this.#core.services
    if (this.#recipes === null) return 'stays'
    const isWaiting = dispatcher.position(this.visitId) !== null
    const isServed = dispatcher.freeFor(this.place) > 0
    if (!isWaiting && isServed) return 'stays'
    const isTakable = ({ to }: OverflowStep) => isWaiting || !('callback' in to)
    const isMeant = (rule: WaitRule) => !isServed || !leavesAtOnce(rule)
    const next = () => this.#recipes?.takeRule(clock.now(), isTakable, isMeant) ?? null
    for (let step = next(); step !== null; step = next()) {
      const reply = this.#owner.onOverflow(this, step)
      if (reply !== 'stays') return reply
    }
    return 'stays'
  }

  /** The next rule that was not tried, whatever its time. Null: there is none before the visit would have been given up. */
  takeNextRule(): OverflowStep | null {
    return this.#recipes?.takeRule(this.#countsFrom + this.queue.maxWaitMs) ?? null
  }

  /** An agent rings: the caller may hear so at once. */
  agentRings(): void {
    this.#timers.disarm('ringCustomer')
    const { bridge } = this.#core
    if (!bridge.customerAnswering) bridge.ringCustomer()
  }

  /** An agent has answered: out of the line, for as long as the bridge is being built. */
  accepted(): void {
    this.#timers.disarm('limit')
    this.#timers.disarm('hours')
    this.#outOfLine()
  }

  /** All offers ended unaccepted, or the agent was lost before the bridge stood: back into the same place. */
  requeue(): void {
    const { callId, services } = this.#core
    const { dispatcher } = services
    const position = dispatcher.position(this.visitId)
    this.#core.emit('call.requeued', {
      callId,
      visitId: this.visitId,
      queueId: this.queue.id,
      position: position ?? dispatcher.prospect(this.place).position,
      enqueuedAt: new Date(this.enqueuedAt).toISOString(),
      cause: position === null ? 'agentLost' : 'unaccepted',
    })
    // What came due while an agent was being rung goes before the next agent. Who is being asked something keeps his place.
    if (!this.#owner.isOffered() && this.overflows() === 'left') return
    if (position !== null) {
      if (this.#recipes !== null) services.recipes.touch(this.queue.id)
      dispatcher.pendingOffer(this.visitId, false)
      return
    }
    this.armLimit()
    this.#watchHours()
    if (this.#recipes !== null) services.recipes.join(this.#recipes)
    dispatcher.enqueue(this.place)
  }

  /** Out of the line. Before offers are cancelled: an agent who is let go must not be given this visit again. */
  leave(): void {
    this.#timers.clear()
    this.#outOfLine()
  }

  /** Counts the outcome. @returns how long the caller waited */
  end(outcome: VisitOutcome): number {
    const { clock, totals } = this.#core.services
    const { queue, enqueuedAt } = this
    if (outcome === 'abandoned' && !this.#isBlocked) rememberLeaving(this.#core, queue, this)
    const waitMs = Math.max(0, clock.now() - enqueuedAt)
    if (!this.#isKept)
      totals.ended({ queueId: queue.id, outcome, enqueuedAt, waitMs, targetMs: queue.serviceLevel.targetMs })
    return waitMs
  }

  /** What keeps the caller waiting when nobody is being rung, in a sentence or two. */
  explain(): string {
    if (this.#isBlocked) return 'The caller is on the block list: nobody is rung for him.'
    const { dispatcher } = this.#core.services
    const position = dispatcher.position(this.visitId) ?? 1
    const because = dispatcher.explainVisit(this.visitId) ?? dispatcher.explain(this.queue.id)
    return `Position ${position} of ${dispatcher.waiting(this.queue.id)}. ${because}`
  }

  get place(): WaitingVisit {
    const { visitId, priority, enqueuedAt, queue } = this
    const place = { visitId, callId: this.#core.callId, queueId: queue.id, priority, enqueuedAt }
    const callback = this.#callback
    // Agent-first the customer is on the line only after an agent: until then this is the ghost's place.
    const kept = callback?.mode === 'agent-first' ? { callback: { mode: callback.mode, dormant: null } } : {}
    const refusals = this.#refusals()
    return {
      ...place,
      ...kept,
      ...(this.#routing === null ? {} : { routing: this.#routing }),
      ...(refusals === null ? {} : { refusals }),
    }
  }

  /** Who has refused the call a moment ago, here or in another queue. */
  #refusals(): ReadonlyMap<string, Refusal> | null {
    const { refusals } = this.#core
    if (refusals === null) return null
    const nowMs = this.#core.services.clock.now()
    const recent = [...refusals].filter(([, { untilMs }]) => untilMs > nowMs)
    return recent.length === 0 ? null : new Map(recent)
  }

  get #isKept(): boolean {
    return this.#callback !== null
  }

  #freshRouting(): VisitRouting | null {
    const { services, record } = this.#core
    return routingFor(services.plans, this.queue, this.#asked, record.attributes)
  }

  #planOf(request: RoutingRequest): RoutingPlan {
    const { services, record } = this.#core
    return services.plans.of(this.queue, wishesOf(request, record.attributes))
  }

  /** Most calls ask for nothing, and nothing is told of it. */
  #askedAtFirst(): Pick<EventData<'call.queued'>, 'requirements' | 'asked'> {
    if (this.#routing === null && this.request.steps === undefined) return {}
    const expression = this.#routing?.stage.expression ?? null
    return {
      ...(expression === null ? {} : { requirements: expressionText(expression) }),
      asked: wishesTold(this.request, this.#core.record.attributes),
    }
  }

  /** All that is asked for at the stage that it has come to. */
  #askedInWords(): string {
    const expression = this.#routing?.stage.expression ?? null
    return expression === null ? 'anyone' : expressionText(expression)
  }

  #recipeHand(taken: RecipeProgress | undefined): RecipeHand | null {
    const core = this.#core
    const rules = core.services.recipes.rules.of(this.queue)
    if (rules.length === 0) return null
    const sinceMs = this.#countsFrom
    const wasHere = ({ queueId, outcome }: VisitRecord) => queueId === this.queue.id && outcome === 'flowOut'
    // Whom the queue has sent into a flow that leads back is not sent away again as soon as he comes: he would go round for ever.
    const isSpent = core.record.visits.some(wasHere) ? leavesAtOnce : undefined
    const progress = taken ?? new RecipeProgress(rules, sinceMs, isSpent)
    return new RecipeHand({ core, visit: this, progress, sinceMs, owner: this.#owner })
  }

  /** Its place in the line is another one, or what it asks for. */
  #moved(): void {
    const { dispatcher, recipes } = this.#core.services
    if (dispatcher.position(this.visitId) === null) return
    if (this.#recipes !== null) recipes.moved(this.visitId)
    dispatcher.enqueue(this.place)
  }

  #outOfLine(): void {
    const { dispatcher, recipes } = this.#core.services
    if (this.#recipes !== null) recipes.leave(this.visitId)
    const meanwhile = dispatcher.meanwhile(this.visitId)
    this.meanwhile = meanwhile === null ? {} : { meanwhile }
    dispatcher.remove(this.visitId)
  }

  /** Looked at in between, too: a supervisor may close at any time. Who is being offered to an agent may stay. */
  #watchHours(): void {
    if (this.queue.hoursWhileWaiting !== true || this.queue.hours === undefined) return
    const core = this.#core
    const nextChangeMs = core.services.hoursOf(this.queue.hours).nextChangeMs ?? Number.POSITIVE_INFINITY
    const untilChangeMs = Math.max(0, nextChangeMs - core.services.clock.now())
    this.#timers.arm('hours', Math.min(hoursWatchMs, untilChangeMs), () => {
      const barrier = this.#owner.isOffered() ? null : closedBarrier(core, this.queue)
      if (barrier === null) this.#watchHours()
      else this.#owner.onClosed(this, barrier)
    })
  }

  #armAnnouncement(): void {
    this.#timers.arm('announce', this.queue.announce.everyMs, () => {
      this.announce(this.queue.announce)
      this.#armAnnouncement()
    })
  }
}
