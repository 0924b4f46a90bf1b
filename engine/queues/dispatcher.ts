/**
 * Brings waiting visits and free agents together, as soon as either appears. It owns the waiting lists; it decides by
 * `match` and acts through `onAssign` alone. Whatever may have opened a possibility marks the groups of visits concerned;
 * then they are worked through until none can be matched, always the one whose first visit has the best claim: by
 * priority, then by age, across all queues.
 */
import type { IdleAgent } from '../agents/queue-index.ts'
import type { QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { nothingWanted } from '../skills/expression.ts'
import { anybody } from '../skills/requirement.ts'
import { TurnoverMap } from '../turnover-map.ts'
import { Attempts } from './attempts.ts'
import { BatchWindow, type MatchedPair, type MatchedWindow } from './batch-window.ts'
import { type Claim, Claims, compareClaims, isBatched } from './claims.ts'
import type { Dispatcher, DispatcherOptions } from './dispatcher-types.ts'
import { Eligibility } from './eligibility.ts'
import { type Assignment, type MatchInput, match, toldWith } from './match.ts'
import { meanwhileOf, ServedMeanwhile } from './meanwhile.ts'
import { metricsOf } from './metrics-of.ts'
import { Outlook } from './outlook.ts'
import { Placement, ringLimit } from './placement.ts'
import { type Entry, entryOf, type Group, QueueLine, routingOf } from './queue-line.ts'
import { situationOf, visitBecause } from './situation.ts'
import { Unsettled } from './unsettled.ts'
import { isCalledFirst, type WaitingVisit } from './waiting-list.ts'
import { Wakes } from './wakes.ts'
import { WindowFields } from './window-field.ts'

export type { Dispatcher, DispatcherOptions } from './dispatcher-types.ts'

const leftToBatch = 'is left to another call, for a moment'

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { clock, random, roster, totals, estimates } = options
  const eligibility = new Eligibility(roster)
  const outlook = new Outlook(roster, estimates)
  const queues = new Map<string, QueueLine>()
  const entries = new TurnoverMap<string, Entry>()
  const dirty = new Set<Group>()
  const attempts = new Attempts()
  const meanwhile = new ServedMeanwhile({ roster, queues, entries })
  /** Visits put aside in this run because an agent takes calls of another queue first. */
  const yielding = new Set<string>()
  const unsettled = new Unsettled({
    clock,
    isOver: group => group.turns.size === 0 || eligibility.idleOf(group).size === 0,
    onRetry(groups) {
      for (const group of groups) dirty.add(group)
      run()
    },
  })
  let isRunning = false

  const wakes = new Wakes(clock, visitIds => {
    for (const visitId of visitIds) placement.settleVisit(visitId)
    run()
  })
  const placement = new Placement({
    clock,
    eligibility,
    entries,
    wakes,
    mark(group, visit) {
      dirty.add(group)
      unsettled.changed(group, visit, clock.now())
    },
    forget,
    onStepChanged: (visit, change) => options.onStepChanged?.(visit, change),
  })
  const settle = (entry: Entry) => placement.settle(entry)
  const batches = new BatchWindow({
    ...{ clock, eligibility, entries, matchInput, barred },
    goFirst: nowMs => claims.beforeHeldBack(nowMs),
    onMatched: makeMatched,
  })
  const claims = new Claims({ eligibility, outlook, entries, dirty, batched: batches.groups, candidateOf })
  /** While the pairs of a window are made: agents who are theirs. */
  const promised = new Set<string>()

  function known(queueId: string): QueueLine {
    const queue = queues.get(queueId)
    if (queue === undefined) throw new EngineError('queue.unknown', `There is no queue ${queueId}.`)
    return queue
  }

  function forget(group: Group): void {
    dirty.delete(group)
    batches.groups.delete(group)
    claims.heldBack.delete(group)
    unsettled.forget(group)
  }

  // The run.

  /** Works through the marked groups. Called within a run it only leaves its mark to that run. */
  function run(): void {
    if (isRunning) return
    isRunning = true
    try {
      for (let next = bestClaim(); next !== null; next = bestClaim()) offer(next)
    } finally {
      isRunning = false
      attempts.clear()
      yielding.clear()
    }
    unsettled.endRun()
  }

  /** The visit that a group would have matched next. Where all ring, who becomes free joins in for the first that may have him. */
  function candidateOf(group: Group, nowMs: number): WaitingVisit | undefined {
    return unsettled.next(group, attempts.visits, nowMs)
  }

  function bestClaim(): Claim | null {
    const nowMs = clock.now()
    let best: Claim | null = null
    for (const group of dirty) {
      if (!isBatched(group)) continue
      dirty.delete(group)
      if (claims.next(group, nowMs) !== null) batches.collect(group)
    }
    claims.weigh()
    for (const group of dirty) {
      const claim = claims.next(group, nowMs)
      if (claim === null) {
        dirty.delete(group)
        unsettled.fromFirst(group)
      } else if (best === null || compareClaims(claim, best) < 0) {
        if (!claims.standsBack(claim, nowMs)) best = claim
        else if (dirty.delete(group)) claims.heldBack.add(group)
      }
    }
    return best
  }

  /** False if nobody may have the visit now. */
  function offer({ group, visit }: Claim): boolean {
    const entry = entries.get(visit.visitId)
    if (entry === undefined) return false
    const seed = entry.queue.strategy.isDrawn === true ? random.uint32() : 0
    const assignments = match(matchInput(group, entry, clock.now(), seed))
    if (assignments.length > 0) {
      make(entry, assignments)
      return true
    }
    attempts.visits.add(visit.visitId)
    if (unsettled.addInVain(group, visit)) dirty.delete(group)
    return false
  }

  function make(entry: Entry, assignments: readonly Assignment[]): void {
    const { queue } = entry
    const { visitId } = entry.visit
    if (isCalledFirst(entry.visit)) {
      attempts.visits.add(visitId)
      options.onTurn?.(entry.visit)
      return
    }
    let isOffered = !queue.waiting.setOffered(visitId, true)
    if (entry.offers === 0) entry.ringsSince = clock.now()
    try {
      for (const assignment of assignments) {
        const { agentId } = assignment
        attempts.note(visitId, agentId)
        if (queue.strategy.rings === 'one') settle(entry)
        if (assigned(entry, assignment)) {
          isOffered = true
          queue.lastOffered = { agentId, order: roster.orderOf(agentId) ?? 0 }
          reviveYielding()
        }
        // The first of several agents may have answered already, or the caller be gone.
        if (!queue.waiting.has(visitId)) return
      }
    } finally {
      if (!isOffered) queue.waiting.setOffered(visitId, false)
      if (entries.get(visitId) === entry) settle(entry)
    }
  }

  function assigned(entry: Entry, assignment: Assignment): boolean {
    let isAssigned = false
    entry.offers += 1
    try {
      isAssigned = options.onAssign(toldWith(assignment, meanwhileOf(entry)))
    } finally {
      if (!isAssigned) {
        entry.offers = Math.max(0, entry.offers - 1)
        attempts.agents.add(assignment.agentId)
      } else {
        meanwhile.given(entry, assignment.agentId)
      }
    }
    return isAssigned
  }

  /** An agent has got something: those who stood back for it may be looked at again. */
  function reviveYielding(): void {
    if (yielding.size === 0) return
    for (const visitId of yielding) {
      attempts.visits.delete(visitId)
      for (const group of entries.get(visitId)?.groups ?? []) {
        dirty.add(group)
        unsettled.fromFirst(group)
      }
    }
    yielding.clear()
  }

  function matchInput(group: Group, entry: Entry, nowMs: number, seed = 0): MatchInput {
    const { queue, visit } = entry
    const { config, waiting, lastOffered, strategy } = queue
    const routing = routingOf(entry)
    const isPicky = entry.refusals !== null || (routing?.avoided.size ?? 0) > 0
    const isBarring = isPicky || attempts.concern(visit.visitId) || roster.yields(config.id)
    const ahead = claims.ahead(group, visit, nowMs)
    const isLeaving = ahead.length + promised.size > 0
    const left = (agent: IdleAgent) => claims.leaves(agent, ahead) ?? (promised.has(agent.id) ? leftToBatch : null)
    return {
      strategy,
      context: {
        nowMs,
        lastOffered: lastOffered === null ? null : (roster.orderOf(lastOffered.agentId) ?? lastOffered.order),
        seed,
        options: config.strategyOptions,
        wanted: routing?.stage.wanted ?? nothingWanted,
      },
      visits: [visit],
      position: ({ visitId }) => waiting.position(visitId, nowMs) ?? 1,
      waiting: waiting.size,
      idle: eligibility.idleOf(group),
      ...(group.requirement === anybody
        ? {}
        : { unsuitable: { idle: roster.idle(config.id), requirement: group.requirement } }),
      notFree: () => roster.notFree(config.id),
      ...(isBarring || isLeaving
        ? { barred: (_visit, agent) => barred(entry, agent, nowMs) ?? yields(entry, agent, nowMs) ?? left(agent) }
        : {}),
      ...(entry.refusals === null ? {} : { unwanted: (_visit, { id }) => eligibility.refused(entry, id, nowMs) }),
      ...(routing === null || routing.preferred.length === 0
        ? {}
        : { preference: (_visit, { id }) => routing.preferenceFor(id, nowMs) }),
      ...(routing === null ? {} : { rings: routing.held === null ? routing.stage.rings : [], step: routing.stageName }),
      most: Math.max(1, ringLimit(entry, nowMs) - entry.offers),
    }
  }

  function barred(entry: Entry, agent: IdleAgent, nowMs: number): string | null {
    return attempts.bars(entry.visit.visitId, agent.id) ?? eligibility.barred(entry, agent, nowMs)
  }

  /** The queue whose calls an agent takes before this visit, in words; null if there is none with a call for the agent. */
  function yields(entry: Entry, agent: IdleAgent, nowMs: number): string | null {
    if (!agent.yields) return null
    const first = claims.firstFor(agent, entry.queue, nowMs, (other, member) => barred(other, member, nowMs) === null)
    if (first === null) return null
    if (isRunning) yielding.add(entry.visit.visitId)
    return `takes calls of ${first.queue.config.id} first`
  }

  // Matching together what comes within a window.

  function makeMatched({ pairs, groups, agents, nowMs }: MatchedWindow): void {
    claims.comeForward()
    const fields = new WindowFields({ pairs, agents, eligibility, roster })
    isRunning = true
    let isOvertaken = false
    try {
      for (const [index, pair] of pairs.entries()) {
        const { entry, group, agentId } = pair
        if (entries.get(entry.visit.visitId) !== entry || !group.turns.has(entry.visit, nowMs)) continue
        isOvertaken =
          !serveBefore(claims.of(group, entry.visit, nowMs), pairs, index) || roster.standingOf(agentId) !== 'available'
        if (isOvertaken) break
        promised.delete(agentId)
        make(entry, fields.assign(pair, matchInput(group, entry, nowMs)))
      }
    } finally {
      isRunning = false
      promised.clear()
    }
    const left = [...groups].filter(group => group.turns.size > 0 && eligibility.idleOf(group).size > 0)
    if (!isOvertaken && left.length > 0 && pairs.some(({ entry }) => isCalledFirst(entry.visit))) {
      claims.standBack()
      batches.matchAgain(left)
      return
    }
    // Those whose agents others have got are matched anew, and nobody overtakes them meanwhile.
    for (const group of left) (isOvertaken ? dirty : unsettled).add(group)
    run()
  }

  function freeFor(queue: QueueLine, visit: WaitingVisit): number {
    return visit.routing === undefined
      ? roster.idle(visit.queueId).size
      : eligibility.free({ queue, visit }, clock.now())
  }

  /**
   * Who has stood back and comes before a pair has his turn. The first takes whom he likes; once he has, the others must do
   * without agents of pairs that are left, because these were matched without regard to them.
   * @returns false if one of them would have to wait
   */
  function serveBefore(limit: Claim, pairs: readonly MatchedPair[], index: number): boolean {
    for (let next = bestClaim(); next !== null && compareClaims(next, limit) < 0; next = bestClaim()) {
      const isServed = offer(next)
      const isTaking = isServed && !isCalledFirst(next.visit)
      if (isTaking && promised.size === 0) for (const { agentId } of pairs.slice(index)) promised.add(agentId)
      if (isServed || promised.size === 0) continue
      attempts.visits.delete(next.visit.visitId)
      return false
    }
    return true
  }

  // Queues that come and go.

  function dropIfDone(queue: QueueLine): void {
    if (queue.isListed || queue.waiting.size > 0) return
    queues.delete(queue.config.id)
    for (const group of queue.groups()) forget(group)
  }

  /** Under another aging everybody's place is another. */
  function reorder(queue: QueueLine): void {
    const waiting = [...entries.values()].filter(entry => entry.queue === queue)
    const offered = waiting.filter(({ visit }) => queue.waiting.isOffered(visit.visitId))
    for (const entry of waiting) placement.leave(entry)
    for (const group of queue.startAnew()) forget(group)
    for (const { visit } of waiting) queue.waiting.add(visit, clock.now())
    for (const { visit } of offered) queue.waiting.setOffered(visit.visitId, true)
  }

  function settleAll(): void {
    for (const entry of [...entries.values()]) settle(entry)
    run()
  }

  const situations = { roster, eligibility, outlook, entries, matchInput, clock }

  return {
    configure(configs: readonly QueueConfig[]) {
      for (const queue of queues.values()) queue.isListed = false
      for (const config of configs) {
        const queue = queues.get(config.id)
        if (queue === undefined) {
          queues.set(config.id, new QueueLine(config, roster))
        } else {
          const isReordered = queue.ordersOtherwise(config)
          queue.config = config
          queue.isListed = true
          if (isReordered) reorder(queue)
        }
      }
      for (const queue of [...queues.values()]) dropIfDone(queue)
      settleAll()
    },
    agentsConfigured: settleAll,

    enqueue(visit) {
      const queue = known(visit.queueId)
      const before = entries.get(visit.visitId)
      if (before !== undefined) placement.leave(before)
      if (before !== undefined && before.queue !== queue) {
        before.queue.waiting.remove(visit.visitId)
        dropIfDone(before.queue)
      }
      const entry = before ?? entryOf(queue, visit)
      entry.queue = queue
      entry.visit = visit
      entries.set(visit.visitId, entry)
      queue.waiting.add(visit, clock.now())
      settle(entry)
      run()
    },
    remove(visitId) {
      const entry = entries.get(visitId)
      if (entry === undefined) return false
      entries.delete(visitId)
      placement.leave(entry)
      wakes.set(visitId, null)
      entry.queue.waiting.remove(visitId)
      dropIfDone(entry.queue)
      return true
    },
    pendingOffer(visitId, isPending) {
      const entry = entries.get(visitId)
      if (entry === undefined) return
      entry.queue.waiting.setOffered(visitId, isPending)
      if (!isPending) entry.offers = 0
      settle(entry)
      if (!isPending) run()
    },
    offerEnded(visitId) {
      const entry = entries.get(visitId)
      if (entry === undefined || entry.offers <= 1) return
      entry.offers -= 1
      settle(entry)
      run()
    },
    exclude(visitId, agentId, reason, untilMs = Number.POSITIVE_INFINITY) {
      const entry = entries.get(visitId)
      if (entry === undefined) return
      entry.refusals ??= new Map()
      entry.refusals.set(agentId, { reason, untilMs })
      // While offers are pending, their end brings it up to date.
      if (entry.queue.waiting.isOffered(visitId) || routingOf(entry)?.held == null) return
      settle(entry)
      run()
    },
    agentRoutable(agentId) {
      if (!roster.has(agentId)) return
      for (const queueId of roster.queuesOf(agentId)) {
        const queue = queues.get(queueId)
        if (queue === undefined || queue.waiting.size === 0) continue
        const member = roster.member(queueId, agentId)
        const suited = member === null ? [] : [...queue.suitedBy(member)]
        const reserved = queue.reserved.get(agentId)
        for (const group of reserved === undefined ? suited : [...suited, reserved]) {
          dirty.add(group)
          unsettled.fromFirst(group)
        }
      }
      run()
    },
    agentAbsent(agentId, queueIds) {
      for (const queueId of queueIds) {
        const queue = queues.get(queueId)
        if (queue !== undefined) placement.settleWithout(agentId, queue)
      }
      run()
    },
    position: visitId => entries.get(visitId)?.queue.waiting.position(visitId, clock.now()) ?? null,
    ringsSince(visitId) {
      const entry = entries.get(visitId)
      return entry === undefined || entry.offers === 0 ? null : entry.ringsSince
    },
    prospect(visit) {
      const queue = known(visit.queueId)
      const position = queue.waiting.positionFor(visit, clock.now())
      return { position, wait: outlook.waitNow(queue, position, freeFor(queue, visit)) }
    },
    waitAt: (queueId, place) => outlook.waitAt(known(queueId), place),
    freeFor: visit => freeFor(known(visit.queueId), visit),
    waiting: queueId => known(queueId).waiting.size,
    oldest: queueId => known(queueId).waiting.oldestEnqueuedAt(),
    explain: queueId => situationOf(situations, known(queueId)).summary,
    explainVisit: visitId => visitBecause(situations, entries.get(visitId)),
    meanwhile: visitId => meanwhile.of(visitId),
    situation: queueId => situationOf(situations, known(queueId)),
    metrics: queueId => metricsOf({ roster, outlook, totals }, known(queueId)),
    stop() {
      batches.stop()
      wakes.stop()
      unsettled.stop()
    },
  }
}
