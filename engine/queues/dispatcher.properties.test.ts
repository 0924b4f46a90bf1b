/** Roster and dispatcher under a random driver: what must hold after every single step, whatever came before. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRoster, type OfferEnding } from '../agents/roster.ts'
import { type CenterConfig, type CenterInput, strategyNames } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { meets, type Skills } from '../skills/expression.ts'
import { parseExpression } from '../skills/parser.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { Estimates } from './estimate.ts'
import { RoutingPlans } from './routing-plan.ts'
import { createTotals } from './totals.ts'
import { VisitRouting } from './visit-routing.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)
const actor = 'user:sue'
const agentIds = ['a', 'b', 'c', 'd', 'e']
const queueIds = ['q', 'r']

interface Waiting {
  readonly queueId: string
  readonly enqueuedAt: number
  readonly priority: number
  readonly asks?: string
  readonly preferred: readonly string[]
  readonly avoided: readonly string[]
  /** Until when by agent. */
  readonly refusals: Map<string, number>
}

interface Offer {
  readonly offerId: string
  readonly visitId: string
  readonly agentId: string
  readonly queueId: string
  /** Where service objectives decide: how strained each visit that waited was at that moment. */
  readonly strains: ReadonlyMap<string, number> | null
}

const steps = [
  'enqueue',
  'enqueue',
  'abandon',
  'ring',
  'answer',
  'answer',
  'refuse',
  'hangUp',
  'hangUp',
  'hold',
  'completeWrapUp',
  'signIn',
  'signIn',
  'signOut',
  'available',
  'notReady',
  'reachable',
  'unreachable',
  'inUse',
  'notInUse',
  'wait',
  'reconfigure',
] as const

type Step = { readonly act: (typeof steps)[number]; readonly pick: number; readonly more: number }

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...steps),
  pick: fc.nat({ max: 1000 }),
  more: fc.nat({ max: 1000 }),
})

/** All ask for nothing and so stand in one line, but half of them name agents, and these come and go and refuse. */
const namingStep: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(
    ...(['enqueue', 'enqueue', 'enqueue', 'refuse', 'refuse', 'refuse', 'answer', 'hangUp'] as const),
    ...(['available', 'available', 'notReady', 'signOut', 'wait', 'completeWrapUp'] as const),
  ),
  pick: fc.nat({ max: 1000 }),
  more: fc.nat({ max: 100 }).map(more => 12 * Math.floor(more / 2) + (more % 2)),
})

/** Calls of both queues wait most of the time, for agents who come and go and become free. */
const crowdedStep: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(
    ...(['enqueue', 'enqueue', 'enqueue', 'enqueue', 'answer', 'answer', 'refuse', 'hangUp', 'hangUp'] as const),
    ...(['completeWrapUp', 'available', 'notReady', 'signOut', 'abandon', 'wait', 'ring', 'reconfigure'] as const),
  ),
  pick: fc.nat({ max: 1000 }),
  more: fc.nat({ max: 1000 }),
})

/** What visits ask for, by turns; most ask for nothing. */
const asked = [undefined, undefined, 'x', 'x >= 5', 'not x', 'x or y'] as const
/** How long a visit waits for an agent whom it prefers. */
const preferredAgents = { busyWaitMs: 4_000, offlineWaitMs: 1_000 }
/** Who was passed over is looked at again within this; and then the window of a batch ends. */
const matchIntervalMs = 350
const skillsOf: Readonly<Record<string, Record<string, number | true>>> = {
  a: { x: 9 },
  b: { x: 3, y: true },
  c: {},
  d: { y: 5 },
  e: { x: 5, y: 5 },
}

function centerOf(strategies: readonly (typeof strategyNames)[number][], shape: number): CenterInput {
  return {
    queues: queueIds.map((id, index) => ({ id, strategy: strategies[index] ?? 'longest-idle', preferredAgents })),
    agents: agentIds
      // One agent comes and goes, and queues change hands.
      .filter(id => id !== 'e' || shape % 2 === 0)
      .map((id, index) => ({
        id,
        queues: (index + shape) % 3 === 0 ? ['q', 'r'] : (index + shape) % 3 === 1 ? ['q'] : ['r'],
        // Agents learn and forget while they are free.
        skills: shape % 4 === 0 && id === 'c' ? { x: 7 } : (skillsOf[id] ?? {}),
        alwaysAvailable: index < 2,
      }))
      .map(({ queues, ...agent }, index) => ({
        ...agent,
        queues: queues.map((id, at) => ({ id, priority: at === (index + shape) % 2 ? 2 : 1, weight: 1 + index })),
      })),
  }
}

function suits({ asks }: Waiting, skills: Skills): boolean {
  return asks === undefined || meets(parseExpression(asks), skills)
}

/** All agents serve both queues, and only the last two one of them first. One comes and goes, and another one learns and forgets. */
function sharedCenterOf(strategies: readonly (typeof strategyNames)[number][], shape: number): CenterInput {
  return {
    queues: queueIds.map((id, index) => ({
      ...{ id, strategy: strategies[index] ?? 'longest-idle' },
      serviceLevel: { targetMs: index === 0 ? 10_000 : 20_000 },
    })),
    agents: agentIds
      .map((id, index) => ({
        ...{ id, skills: shape % 4 === 2 && id === 'c' ? { x: 7 } : (skillsOf[id] ?? {}), alwaysAvailable: index < 2 },
        queues: queueIds.map((queueId, at) => ({ id: queueId, priority: at === index - 3 ? 2 : 1 })),
      }))
      .filter(({ id }) => id !== 'e' || shape % 2 === 0),
  }
}

class Floor {
  readonly clock = createTestClock()
  readonly offers = new Map<string, Offer>()
  /** Segment by agent. */
  readonly calls = new Map<string, { segmentId: string; queueId: string }>()
  readonly waiting = new Map<string, Waiting>()
  readonly plans = new RoutingPlans()
  readonly estimates = new Estimates()
  readonly answered = new Set<string>()
  /** Offers since the last look at their fairness. */
  readonly fresh: Offer[] = []
  /** Visit and agent. */
  readonly refused = new Set<string>()
  readonly strategies: readonly (typeof strategyNames)[number][]
  /** Queues, each with the requirements that its calls are said to wait with. */
  readonly held = new Map<string, Set<string>>(queueIds.map(id => [id, new Set()]))
  center: CenterConfig | null = null
  readonly roster
  readonly dispatcher: Dispatcher
  readonly #centerFor
  #ids = 0

  constructor(strategies: readonly (typeof strategyNames)[number][], centerFor = centerOf) {
    this.strategies = strategies
    this.#centerFor = centerFor
    const { clock } = this
    this.roster = createRoster({
      clock,
      logger: silent,
      emit() {},
      onRoutable: id => this.dispatcher.agentRoutable(id),
      onAbsent: (id, queueIds) => this.dispatcher.agentAbsent(id, queueIds),
      onWrapUpEnded() {},
      dayKey,
    })
    this.dispatcher = createDispatcher({
      clock,
      random: createSeededRandom(3),
      roster: {
        ...this.roster,
        holdPool: (queueId, requirement, isHeld) => {
          this.roster.holdPool(queueId, requirement, isHeld)
          const held = this.held.get(queueId)
          expect(isHeld ? held?.has(requirement.key) : !held?.has(requirement.key)).toBe(false)
          if (isHeld) held?.add(requirement.key)
          else held?.delete(requirement.key)
        },
      },
      totals: createTotals({ clock, dayKey }),
      estimates: this.estimates,
      onAssign: ({ visit, agentId }) => {
        this.#ids += 1
        const offerId = `o${this.#ids}`
        const { visitId, callId, queueId } = visit
        // A visit that is gone or answered is never offered.
        const waiting = this.waiting.get(visitId)
        expect(waiting).toBeDefined()
        if (waiting !== undefined) this.#checkWelcome(visitId, waiting, agentId)
        expect(this.roster.reserve(agentId, { offerId, callId, queueId })).toBe(true)
        const offer = { offerId, visitId, agentId, queueId, strains: this.#strains() }
        this.offers.set(offerId, offer)
        this.fresh.push(offer)
        return true
      },
    })
    this.configure(0)
  }

  #strains(): ReadonlyMap<string, number> | null {
    if (!this.strategies.includes('service-objective')) return null
    const targets = new Map(this.center?.queues.map(({ id, serviceLevel }) => [id, serviceLevel.targetMs]))
    const nowMs = this.clock.now()
    return new Map(
      [...this.waiting].map(([visitId, { queueId, enqueuedAt }]) => {
        const active = this.roster.active(queueId)
        const furtherMs = active === 0 ? 0 : Math.round(this.estimates.nextFreeMs(queueId, active))
        return [visitId, (nowMs - enqueuedAt + furtherMs) / (targets.get(queueId) ?? 1)]
      }),
    )
  }

  configure(shape: number): void {
    const center = parseCenter(this.#centerFor(this.strategies, shape))
    this.dispatcher.configure(center.queues)
    this.roster.configure(center.agents, center.queues)
    this.dispatcher.agentsConfigured()
    this.center = center
  }

  take({ act, pick, more }: Step): void {
    const { roster, dispatcher, clock } = this
    const one = <T>(items: Iterable<T>): T | undefined => {
      const all = [...items]
      return all[pick % Math.max(1, all.length)]
    }
    // Who has been removed and finishes a call is asked for nothing more.
    const agentId = one(this.center?.agents.map(({ id }) => id) ?? [])
    const offer = one(this.offers.values())
    switch (act) {
      case 'enqueue': {
        this.#ids += 1
        const visitId = `v${this.#ids}`
        const visit = { queueId: queueIds[pick % 2] ?? 'q', priority: more % 3, enqueuedAt: clock.now() }
        const asks = asked[more % asked.length]
        // Half of them name agents: one or two whom they prefer, one or two whom they avoid.
        const named = [0, 1 + (more % 4)].slice(0, 1 + (more % 2)).map(by => agentIds[(pick + by) % 5] ?? 'a')
        const kind = Math.floor(more / 12) % 4
        const preferred = kind === 1 ? named : []
        const avoided = kind === 2 ? named : []
        const queue = this.center?.queues.find(({ id }) => id === visit.queueId)
        const wishes = { preferred, avoided, refusals: new Map<string, number>() }
        this.waiting.set(visitId, { ...visit, ...wishes, ...(asks === undefined ? {} : { asks }) })
        const place = { visitId, callId: `c-${visitId}`, ...visit }
        if (queue === undefined || (asks === undefined && kind !== 1 && kind !== 2)) {
          dispatcher.enqueue(place)
          return
        }
        const plan = this.plans.of(queue, asks === undefined ? {} : { requirements: asks })
        const scored = preferred.map((id, at) => ({ agentId: id, score: 50 - at, untilMs: null }))
        dispatcher.enqueue({ ...place, routing: new VisitRouting(plan, scored, avoided) })
        return
      }
      case 'abandon': {
        const visitId = one(this.waiting.keys())
        if (visitId !== undefined) this.#leave(visitId, null)
        return
      }
      case 'ring':
        if (offer !== undefined) roster.ringing(offer.agentId, offer.offerId)
        return
      case 'answer':
        if (offer !== undefined) this.#answer(offer)
        return
      case 'refuse':
        if (offer !== undefined) this.#refuse(offer, more)
        return
      case 'hangUp': {
        const busy = one(this.calls.keys())
        const call = busy === undefined ? undefined : this.calls.get(busy)
        if (busy === undefined || call === undefined) return
        this.calls.delete(busy)
        expect(roster.callEnded(busy, call.segmentId, more % 2 === 0 ? 0 : 3_000)).toBe(true)
        return
      }
      case 'hold': {
        const busy = one(this.calls.keys())
        if (busy !== undefined) roster.setHeld(busy, more % 2 === 0)
        return
      }
      case 'wait':
        clock.advance(more * 10)
        return
      case 'reconfigure':
        this.configure(more)
        return
    }
    if (agentId === undefined) return
    switch (act) {
      case 'completeWrapUp':
        if (roster.view(agentId).slot === 'wrapping') roster.completeWrapUp(agentId, 'agent')
        return
      case 'signIn':
        roster.signIn(agentId, more % 2 === 0 ? { actor } : { availability: 'available', actor })
        return
      case 'signOut':
        roster.signOut(agentId, { actor })
        return
      case 'available':
        roster.setAvailability(agentId, 'available', { actor })
        return
      case 'notReady':
        roster.setAvailability(agentId, 'notReady', { reason: 'break', actor })
        return
      case 'reachable':
        roster.setReachable(agentId, true, ['sip:x@127.0.0.1'])
        return
      case 'unreachable':
        roster.setReachable(agentId, false, [])
        return
      case 'inUse':
        roster.setInUse(agentId, true)
        return
      case 'notInUse':
        roster.setInUse(agentId, false)
        return
    }
  }

  /** Takes a visit out of its queue, then its offers back, except the one that was accepted. */
  #leave(visitId: string, accepted: Offer | null): void {
    this.waiting.delete(visitId)
    const others = [...this.offers.values()].filter(other => other.visitId === visitId)
    for (const { offerId } of others) this.offers.delete(offerId)
    this.dispatcher.remove(visitId)
    for (const { agentId, offerId } of others) {
      if (offerId === accepted?.offerId) continue
      const kind = accepted === null ? 'canceled' : 'rescinded'
      expect(this.roster.offerEnded(agentId, offerId, { kind })).toBe(true)
    }
  }

  #answer(offer: Offer): void {
    const segmentId = `s-${offer.offerId}`
    const { queueId } = offer
    expect(this.roster.engage(offer.agentId, offer.offerId, { callId: 'c', segmentId, queueId })).toBe(true)
    expect(this.answered.has(offer.visitId)).toBe(false)
    this.answered.add(offer.visitId)
    this.calls.set(offer.agentId, { segmentId, queueId })
    this.#leave(offer.visitId, offer)
  }

  #refuse(offer: Offer, more: number): void {
    const kinds = ['timed_out', 'rejected', 'failed'] as const
    const policy = { cooldownMs: (more % 3) * 1_000, missedToNotReady: more % 4 }
    const outcome: OfferEnding = { kind: kinds[more % 3] ?? 'failed', cause: 'test', policy }
    this.offers.delete(offer.offerId)
    const untilMs = this.clock.now() + (Math.floor(more / 12) % 2) * 6_000
    this.waiting.get(offer.visitId)?.refusals.set(offer.agentId, untilMs)
    this.dispatcher.exclude(offer.visitId, offer.agentId, 'refused', untilMs)
    this.refused.add(`${offer.visitId} ${offer.agentId}`)
    const isPending = [...this.offers.values()].some(other => other.visitId === offer.visitId)
    if (isPending) this.dispatcher.offerEnded(offer.visitId)
    else this.dispatcher.pendingOffer(offer.visitId, false)
    // As a call does it: the visit is back in its place before the agent is let go, and others may have him.
    expect(this.roster.offerEnded(offer.agentId, offer.offerId, outcome)).toBe(true)
  }

  /**
   * Fairness across queues, of all offers since the last look: no call has taken an agent whom an older one of no lower
   * priority, which waits in another queue without an offer, could have had; where a service objective is concerned, one that
   * is more strained instead of older. Agents who take one queue's calls before
   * another's have their own order; within one queue, and among queues that are matched together, the strategy decides.
   */
  checkFair(): void {
    const offered = new Set([...this.offers.values()].map(({ visitId }) => visitId))
    for (const { visitId, agentId, queueId, strains } of this.fresh.splice(0)) {
      const visit = this.waiting.get(visitId)
      const skills = this.roster.member(queueId, agentId)?.skills
      if (visit === undefined || skills === undefined) continue
      for (const [otherId, other] of this.waiting) {
        if (offered.has(otherId) || other.queueId === queueId || other.priority < visit.priority) continue
        const strain = (strains?.get(otherId) ?? 0) - (strains?.get(visitId) ?? 0)
        const isBehind = strain === 0 ? other.enqueuedAt >= visit.enqueuedAt : strain < 0
        if (other.priority === visit.priority && isBehind) continue
        // What a call says of agents comes before its turn, and so does whom it holds out for.
        if (other.preferred.length + other.avoided.length > 0) continue
        // Who refuses a call is free for others before the call is to be offered again.
        if (this.refused.has(`${otherId} ${agentId}`)) continue
        const [there, here] = [other.queueId, queueId].map(id => this.roster.member(id, agentId)?.priority)
        if (there === undefined || here === undefined || there > here) continue
        if (other.asks !== undefined && !meets(parseExpression(other.asks), skills)) continue
        expect(`${visitId} took ${agentId} before ${otherId}`).toBe('')
      }
    }
  }

  check(): void {
    // Calls and agents of a window are matched at its end.
    if (this.strategies.includes('optimal')) this.clock.advance(100)
    const views = this.roster.views()
    this.#checkSlots(views)
    this.#checkIndexes(views)
    expect(
      this.#idleWhileWaiting(({ preferred, avoided, refusals }) => {
        return preferred.length + avoided.length + refusals.size === 0
      }),
    ).toEqual([])
    // What a visit says of agents may change by the clock, and by who is signed in: it is looked at again in a moment.
    if (this.#idleWhileWaiting().length > 0) this.clock.advance(matchIntervalMs)
    expect(this.#idleWhileWaiting()).toEqual([])
    for (const queueId of queueIds) {
      const waiting = [...this.waiting].filter(([, visit]) => visit.queueId === queueId)
      if (waiting.length === 0) expect(this.held.get(queueId)).toEqual(new Set())
      const offered = new Set([...this.offers.values()].map(other => other.visitId))
      const unoffered = waiting.filter(([visitId]) => !offered.has(visitId))
      expect(this.dispatcher.metrics(queueId)).toMatchObject({
        waiting: waiting.length,
        offering: waiting.length - unoffered.length,
        talking: [...this.calls.values()].filter(call => call.queueId === queueId).length,
      })
      for (const [visitId, visit] of waiting) {
        const ahead = waiting.filter(
          ([otherId, other]) =>
            other.priority > visit.priority ||
            (other.priority === visit.priority &&
              (other.enqueuedAt < visit.enqueuedAt || (other.enqueuedAt === visit.enqueuedAt && otherId < visitId))),
        )
        expect(this.dispatcher.position(visitId)).toBe(ahead.length + 1)
      }
    }
  }

  /** Invariant 7: nobody is free while somebody waits whom he may serve; where all ring, nobody is while anybody waits. */
  #idleWhileWaiting(isMeant: (visit: Waiting) => boolean = () => true): readonly string[] {
    const offered = new Set([...this.offers.values()].map(other => other.visitId))
    return queueIds.flatMap((queueId, index) => {
      const isRung = (visitId: string) => this.strategies[index] !== 'ring-all' && offered.has(visitId)
      const unserved = [...this.waiting].filter(
        ([visitId, visit]) => visit.queueId === queueId && !isRung(visitId) && isMeant(visit),
      )
      return [...this.roster.idle(queueId)].flatMap(({ id, skills }) =>
        unserved
          .filter(([visitId, visit]) => suits(visit, skills) && !this.#isKeptFrom(visitId, visit, id))
          .map(([visitId]) => `${queueId}: ${id} is free, ${visitId} waits`),
      )
    })
  }

  /** Whether a visit may wait although the agent, who suits it, is free. */
  #isKeptFrom(visitId: string, visit: Waiting, agentId: string): boolean {
    const { queueId, enqueuedAt, preferred, refusals } = visit
    const nowMs = this.clock.now()
    const isOffered = [...this.offers.values()].some(other => other.visitId === visitId)
    if (isOffered && (refusals.get(agentId) ?? 0) > nowMs) return true
    if (this.#isAvoided(visit, agentId)) return true
    const isWaitedFor = (id: string) => {
      if (refusals.has(id) || !this.roster.has(id) || this.roster.member(queueId, id) === null) return false
      const isAway = ['offline', 'notReady', 'unreachable'].includes(this.roster.standingOf(id) ?? 'offline')
      return enqueuedAt + (isAway ? preferredAgents.offlineWaitMs : preferredAgents.busyWaitMs) > nowMs
    }
    return (!preferred.includes(agentId) || refusals.has(agentId)) && preferred.some(isWaitedFor)
  }

  #isAvoided(visit: Waiting, agentId: string): boolean {
    if (!visit.avoided.includes(agentId)) return false
    return this.roster.views().some(({ id, session, queues, skills }) => {
      const isOther = session === 'online' && queues.includes(visit.queueId) && !visit.avoided.includes(id)
      return isOther && suits(visit, skills)
    })
  }

  /** An agent whom the visit avoids, or who has refused it, is rung only if there is nobody else. */
  #checkWelcome(visitId: string, visit: Waiting, agentId: string): void {
    expect(this.#isAvoided(visit, agentId)).toBe(false)
    const hasRefused = (id: string) => (visit.refusals.get(id) ?? 0) > this.clock.now()
    if (!hasRefused(agentId)) return
    const rung = [...this.offers.values()].filter(other => other.visitId === visitId)
    expect(rung.filter(other => !hasRefused(other.agentId))).toEqual([])
  }

  /** Invariant 2: a slot holds one offer or one call, and those that the slots hold are the ones that exist. */
  #checkSlots(views: ReturnType<Floor['roster']['views']>): void {
    const offersOf = (id: string) => [...this.offers.values()].filter(other => other.agentId === id).length
    for (const view of views) {
      const isOffered = view.slot === 'reserved' || view.slot === 'ringing'
      expect(offersOf(view.id)).toBe(isOffered ? 1 : 0)
      expect(this.calls.has(view.id)).toBe(view.slot === 'engaged')
      if (view.slot === 'idle') expect(view.next).toBeNull()
    }
    const ids = new Set(views.map(view => view.id))
    for (const { agentId } of this.offers.values()) expect(ids.has(agentId)).toBe(true)
    for (const agentId of this.calls.keys()) expect(ids.has(agentId)).toBe(true)
  }

  /** The indexes, kept change by change, say what a look at every agent would say. */
  #checkIndexes(views: ReturnType<Floor['roster']['views']>): void {
    for (const queueId of queueIds) {
      const members = views.filter(view => view.queues.includes(queueId))
      const idle = [...this.roster.idle(queueId)]
      expect(idle.map(one => one.id).sort()).toEqual(
        members
          .filter(view => view.routable)
          .map(view => view.id)
          .sort(),
      )
      const times = idle.map(one => one.idleSince)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      const { signedIn, ...states } = this.roster.counts(queueId)
      expect(signedIn).toBe(members.filter(view => view.session === 'online').length)
      expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(signedIn)
      const notFree = Object.values(this.roster.notFree(queueId)).reduce((sum, count) => sum + count, 0)
      expect(notFree + idle.length).toBe(members.length)
    }
  }

  stop(): void {
    this.roster.stop()
    this.dispatcher.stop()
    expect(this.clock.pending).toBe(0)
  }
}

describe('roster and dispatcher', () => {
  it('keep their invariants whatever happens', () => {
    const strategies = fc.tuple(fc.constantFrom(...strategyNames), fc.constantFrom(...strategyNames))
    fc.assert(
      fc.property(strategies, fc.array(step, { minLength: 1, maxLength: 80 }), (names, taken) => {
        const floor = new Floor(names)
        floor.check()
        for (const each of taken) {
          floor.take(each)
          floor.check()
        }
        floor.stop()
      }),
      { numRuns: 200 },
    )
  })

  it('mind what visits say of agents, and who refuses them', () => {
    const strategies = fc.constantFrom('ring-all' as const, 'progressive' as const, 'longest-idle' as const)
    fc.assert(
      fc.property(strategies, fc.array(namingStep, { minLength: 10, maxLength: 40 }), (name, taken) => {
        const floor = new Floor([name, name])
        for (const id of agentIds) floor.roster.setReachable(id, true, ['sip:x@127.0.0.1'])
        for (const id of agentIds) floor.roster.setAvailability(id, 'available', { actor })
        for (const each of taken) {
          floor.take(each)
          floor.check()
        }
        floor.stop()
      }),
      { numRuns: 80 },
    )
  })

  it('let nobody take an agent before an older call of another queue, whatever their strategies', () => {
    const others = strategyNames.filter(name => name !== 'optimal')
    const strategies = fc.oneof(
      fc.tuple(fc.constant('optimal' as const), fc.constantFrom(...others)),
      fc.tuple(fc.constantFrom(...strategyNames), fc.constantFrom(...others)),
      fc.tuple(
        fc.constantFrom('service-objective' as const, 'ring-all' as const, 'progressive' as const),
        fc.constantFrom(...strategyNames),
      ),
    )
    fc.assert(
      fc.property(strategies, fc.array(crowdedStep, { minLength: 20, maxLength: 80 }), (given, taken) => {
        const floor = new Floor(given, sharedCenterOf)
        for (const id of agentIds) floor.roster.setReachable(id, true, ['sip:x@127.0.0.1'])
        for (const id of agentIds) floor.roster.setAvailability(id, 'available', { actor })
        for (const each of taken) {
          floor.take(each)
          floor.checkFair()
          // Windows end at various times after what comes into them.
          for (let part = 0; part < each.more % 4; part += 1) {
            floor.clock.advance(25)
            floor.checkFair()
          }
        }
        floor.stop()
      }),
      { numRuns: 150 },
    )
  })
})
