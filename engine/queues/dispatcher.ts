/**
 * Brings waiting visits and free agents together, as soon as either appears. It owns the waiting lists; it decides by
 * `match` and acts through `onAssign` alone. Whatever may have opened a possibility marks the queues concerned; then
 * they are worked through until none can be matched, always the one whose first visit has the best claim: by priority,
 * then by age, across all queues.
 */
import type { Roster } from '../agents/roster-types.ts'
import type { QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { QueueMetrics } from '../events.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Estimates, WaitEstimate } from './estimate.ts'
import { type Assignment, type MatchInput, match } from './match.ts'
import { strategies } from './strategies.ts'
import type { Totals } from './totals.ts'
import { byTurn, WaitingList, type WaitingVisit } from './waiting-list.ts'

/** An agent who was passed over in a run although free is tried again after this long, at the latest. */
const retryMs = 250

export interface DispatcherOptions {
  readonly clock: Clock
  readonly random: Random
  readonly roster: Pick<Roster, 'has' | 'idle' | 'notFree' | 'counts' | 'engaged' | 'queuesOf' | 'orderOf'>
  readonly totals: Pick<Totals, 'today'>
  readonly estimates: Pick<Estimates, 'waitFor'>
  /**
   * Makes the offer. True if the agent is reserved: the visit then has a pending offer until
   * {@link Dispatcher.pendingOffer} says otherwise. False if not: the agent is not tried again in this run.
   * Called from within other methods of the dispatcher; may call them.
   */
  onAssign(assignment: Assignment): boolean
}

/** Instants are milliseconds since the epoch. Methods that take a queue throw EngineError `queue.unknown`. */
export interface Dispatcher {
  /** A queue no longer listed goes when nobody waits in it. */
  configure(queues: readonly QueueConfig[]): void
  /** Offers may be made before this returns. A visit that waits already is moved to its new place. */
  enqueue(visit: WaitingVisit): void
  /** The visit has ended, answered or not. False if it did not wait. */
  remove(visitId: string): boolean
  /** Whether offers for the visit are pending: then it is not matched again, unless its queue rings all. */
  pendingOffer(visitId: string, isPending: boolean): void
  /** This agent had better not be offered this visit again, if anyone else can. */
  exclude(visitId: string, agentId: string, reason: string): void
  /** The agent has become free: of all the queues served, the best claim is first. */
  agentRoutable(agentId: string): void
  /** 1 for the first; null if the visit does not wait. */
  position(visitId: string): number | null
  /** What a visit would meet if it were enqueued now. */
  prospect(visit: WaitingVisit): { readonly position: number; readonly wait: WaitEstimate | null }
  waiting(queueId: string): number
  /** When the longest waiting visit was enqueued; null when nobody waits. */
  oldest(queueId: string): number | null
  /** Why no further agent is being rung now, in one sentence. */
  explain(queueId: string): string
  metrics(queueId: string): QueueMetrics
  /** Disarms the timer. */
  stop(): void
}

interface Queue {
  config: QueueConfig
  readonly waiting: WaitingList
  /** Who was offered a visit of this queue last, and the place in the center's list at that time. */
  lastOffered: { readonly agentId: string; readonly order: number } | null
  isListed: boolean
}

interface Refusals {
  readonly queue: Queue
  /** Reasons by agent id; most visits have none. */
  byAgent: Map<string, string> | null
}

/** What is not to be tried again before the present run ends, so that a run always ends. */
class Attempts {
  readonly agents = new Set<string>()
  readonly visits = new Set<string>()
  readonly pairs = new Map<string, Set<string>>()

  concern(visitId: string): boolean {
    return this.agents.size > 0 || this.pairs.has(visitId)
  }

  note(visitId: string, agentId: string): void {
    const agents = this.pairs.get(visitId)
    if (agents === undefined) this.pairs.set(visitId, new Set([agentId]))
    else agents.add(agentId)
  }

  bars(visitId: string, agentId: string): string | null {
    return this.agents.has(agentId) || this.pairs.get(visitId)?.has(agentId) ? 'tried a moment ago' : null
  }

  clear(): void {
    this.agents.clear()
    this.visits.clear()
    this.pairs.clear()
  }
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { clock, random, roster, totals, estimates } = options
  const queues = new Map<string, Queue>()
  const visits = new Map<string, Refusals>()
  const dirty = new Set<Queue>()
  const attempts = new Attempts()
  /** Queues in which somebody free was passed over. */
  const unsettled = new Set<Queue>()
  let retryTimer: TimerHandle | null = null
  let isRunning = false

  function known(queueId: string): Queue {
    const queue = queues.get(queueId)
    if (queue === undefined) throw new EngineError('queue.unknown', `There is no queue ${queueId}.`)
    return queue
  }

  function ringsAll(queue: Queue): boolean {
    return strategies[queue.config.strategy].ringsAll
  }

  /** The visit that is to be matched next. Where all ring, those who become free join the ringing for the first. */
  function candidateOf(queue: Queue): WaitingVisit | undefined {
    const { waiting } = queue
    if (!ringsAll(queue)) return waiting.firstUnoffered(attempts.visits)
    const first = waiting.first()
    return first === undefined || attempts.visits.has(first.visitId) ? undefined : first
  }

  /** Works through the marked queues. Called within a run it only leaves its mark to that run. */
  function run(): void {
    if (isRunning) return
    isRunning = true
    try {
      for (let next = bestClaim(); next !== null; next = bestClaim()) offer(next.queue, next.visit)
    } finally {
      isRunning = false
      attempts.clear()
    }
    if (unsettled.size > 0) retryTimer ??= clock.setTimeout(retry, retryMs)
  }

  function retry(): void {
    retryTimer = null
    for (const queue of unsettled) dirty.add(queue)
    unsettled.clear()
    run()
  }

  function bestClaim(): { queue: Queue; visit: WaitingVisit } | null {
    let best: { queue: Queue; visit: WaitingVisit } | null = null
    for (const queue of dirty) {
      const visit = roster.idle(queue.config.id).size === 0 ? undefined : candidateOf(queue)
      if (visit === undefined) dirty.delete(queue)
      else if (best === null || byTurn(visit, best.visit) < 0) best = { queue, visit }
    }
    return best
  }

  function offer(queue: Queue, visit: WaitingVisit): void {
    const assignments = match(matchInput(queue, visit))
    const { visitId } = visit
    if (assignments.length === 0) {
      attempts.visits.add(visitId)
      unsettled.add(queue)
      return
    }
    let isOffered = !queue.waiting.setOffered(visitId, true)
    try {
      for (const assignment of assignments) {
        const { agentId } = assignment
        attempts.note(visitId, agentId)
        if (options.onAssign(assignment)) {
          isOffered = true
          queue.lastOffered = { agentId, order: roster.orderOf(agentId) ?? 0 }
        } else {
          attempts.agents.add(agentId)
        }
        // The first of several agents may have answered already, or the caller be gone.
        if (!queue.waiting.has(visitId)) return
      }
    } finally {
      if (!isOffered) queue.waiting.setOffered(visitId, false)
    }
  }

  function matchInput(queue: Queue, visit: WaitingVisit): MatchInput {
    const { config, waiting, lastOffered } = queue
    const strategy = strategies[config.strategy]
    const refusals = visits.get(visit.visitId)?.byAgent ?? null
    return {
      strategy,
      context: {
        nowMs: clock.now(),
        lastOffered: lastOffered === null ? null : (roster.orderOf(lastOffered.agentId) ?? lastOffered.order),
        seed: strategy.name === 'random' ? random.uint32() : 0,
      },
      visits: [visit],
      position: ({ visitId }) => waiting.position(visitId) ?? 1,
      waiting: waiting.size,
      idle: roster.idle(config.id),
      notFree: () => roster.notFree(config.id),
      ...(attempts.concern(visit.visitId) ? { barred: ({ visitId }, agentId) => attempts.bars(visitId, agentId) } : {}),
      ...(refusals === null ? {} : { unwanted: (_visit, agentId) => refusals.get(agentId) ?? null }),
    }
  }

  function markAndRun(queue: Queue): void {
    dirty.add(queue)
    run()
  }

  function dropIfDone(queue: Queue): void {
    if (queue.isListed || queue.waiting.size > 0) return
    queues.delete(queue.config.id)
    dirty.delete(queue)
    unsettled.delete(queue)
  }

  /** For somebody who joins now: those ahead without an offer, and the newcomer unless an agent is free for them. */
  function waitNow(queueId: string, waiting: WaitingList): WaitEstimate | null {
    const { unoffered } = waiting
    const unassigned = roster.idle(queueId).size > unoffered ? 0 : unoffered + 1
    const { available, ringing, busy, wrapUp } = roster.counts(queueId)
    return estimates.waitFor(queueId, unassigned, available + ringing + busy + wrapUp)
  }

  return {
    configure(configs) {
      for (const queue of queues.values()) queue.isListed = false
      for (const config of configs) {
        const queue = queues.get(config.id)
        if (queue === undefined) {
          queues.set(config.id, { config, waiting: new WaitingList(), lastOffered: null, isListed: true })
        } else {
          queue.config = config
          queue.isListed = true
        }
      }
      for (const queue of [...queues.values()]) {
        dropIfDone(queue)
        if (queue.waiting.size > 0) dirty.add(queue)
      }
      run()
    },

    enqueue(visit) {
      const queue = known(visit.queueId)
      const before = visits.get(visit.visitId)
      if (before !== undefined && before.queue !== queue) before.queue.waiting.remove(visit.visitId)
      visits.set(visit.visitId, { queue, byAgent: before?.byAgent ?? null })
      queue.waiting.add(visit)
      markAndRun(queue)
    },
    remove(visitId) {
      const entry = visits.get(visitId)
      if (entry === undefined) return false
      visits.delete(visitId)
      entry.queue.waiting.remove(visitId)
      dropIfDone(entry.queue)
      return true
    },
    pendingOffer(visitId, isPending) {
      const queue = visits.get(visitId)?.queue
      if (queue === undefined) return
      queue.waiting.setOffered(visitId, isPending)
      if (!isPending) markAndRun(queue)
    },
    exclude(visitId, agentId, reason) {
      const entry = visits.get(visitId)
      if (entry === undefined) return
      entry.byAgent ??= new Map()
      entry.byAgent.set(agentId, reason)
    },
    agentRoutable(agentId) {
      if (!roster.has(agentId)) return
      for (const queueId of roster.queuesOf(agentId)) {
        const queue = queues.get(queueId)
        if (queue !== undefined && queue.waiting.size > 0) dirty.add(queue)
      }
      run()
    },

    position: visitId => visits.get(visitId)?.queue.waiting.position(visitId) ?? null,
    prospect(visit) {
      const { waiting } = known(visit.queueId)
      return { position: waiting.positionFor(visit), wait: waitNow(visit.queueId, waiting) }
    },
    waiting: queueId => known(queueId).waiting.size,
    oldest: queueId => known(queueId).waiting.oldestEnqueuedAt(),

    explain(queueId) {
      const { waiting } = known(queueId)
      if (waiting.size === 0) return 'Nobody is waiting.'
      const offering = waiting.size - waiting.unoffered
      if (waiting.unoffered === 0) return `An offer is pending for each of the ${offering} waiting.`
      const free = roster.idle(queueId).size
      if (free > 0) return `${free} free ${free === 1 ? 'agent is' : 'agents are'} about to be rung.`
      const states = Object.entries(roster.notFree(queueId))
      if (states.length === 0) return 'The queue has no agents.'
      return `No agent is free: ${states.map(([state, count]) => `${count} ${state}`).join(', ')}.`
    },
    metrics(queueId) {
      const { waiting } = known(queueId)
      const oldest = waiting.oldestEnqueuedAt()
      return {
        queueId,
        waiting: waiting.size,
        oldestEnqueuedAt: oldest === null ? null : new Date(oldest).toISOString(),
        offering: waiting.size - waiting.unoffered,
        talking: roster.engaged(queueId),
        agents: roster.counts(queueId),
        today: totals.today(queueId),
        ewtMs: waitNow(queueId, waiting)?.valueMs ?? null,
      }
    },
    stop() {
      if (retryTimer !== null) clock.clearTimeout(retryTimer)
      retryTimer = null
      unsettled.clear()
    },
  }
}
