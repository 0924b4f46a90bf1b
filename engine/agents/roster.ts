/**
 * All agents of the center: one machine each, and the indexes that let a queue find its free agents without looking at
 * the others. Every method is synchronous; when it returns, machines, indexes and views agree. Callbacks are called
 * when the agent concerned is already in its new state, and may call back into the roster.
 *
 * Work per change depends on how many queues the agent serves, not on how many agents or calls there are.
 */
import type { Actor, Availability } from '../api.ts'
import { type AgentConfig, membershipsOf, type QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { AgentEvent, MissedOffer } from './agent.machine.ts'
import { type AgentState, appliedNext, isOffered, stateOf } from './agent-state.ts'
import { type Member, QueueIndex } from './queue-index.ts'
import {
  createMember,
  createRosterAgent,
  hasFixedPhone,
  idleSinceOf,
  instant,
  noteTimes,
  queueIdsOf,
  type RosterAgent,
  renewMachine,
  viewOf,
} from './roster-agent.ts'
import type { MissPolicy, OfferEnding, Roster, RosterOptions, WrappedSegment, WrapUpWords } from './roster-types.ts'

export type { MissPolicy, OfferEnding, Roster, RosterOptions, WrappedSegment } from './roster-types.ts'

const missReasons: Readonly<Record<'timed_out' | 'rejected' | 'failed', MissedOffer['reason']>> = {
  timed_out: 'noAnswer',
  rejected: 'declined',
  failed: 'unreachable',
}

/** Why something happens to an agent. */
interface Cause {
  readonly actor: Actor
  /** Of a change of session. */
  readonly reason?: string
  /** Who ends the wrap-up, if this does. */
  readonly wrapUpBy?: WrappedSegment['by']
  readonly words?: WrapUpWords
}

const bySystem: Cause = { actor: 'system', wrapUpBy: 'timer' }
const removal = 'removed'

export function createRoster(options: RosterOptions): Roster {
  const { clock } = options
  const agents = new Map<string, RosterAgent>()
  let indexes = new Map<string, QueueIndex>()
  const engagedByQueue = new Map<string, number>()
  /** While a center is applied: who has become routable, told when all is in place. */
  let deferred: Set<string> | null = null
  /** Stands for a queue that is not configured. */
  const none = new QueueIndex({ strategy: 'longest-idle', strategyOptions: { idleSince: 'ready', count: 'queue' } })
  let checkedMinute = -1
  let today = ''

  /** Several changes fall on one millisecond, and writing an instant costs as much as a transition's bookkeeping. */
  let writtenMs = Number.NaN
  let written = ''

  function nowInWords(): string {
    const nowMs = clock.now()
    if (nowMs !== writtenMs) {
      writtenMs = nowMs
      written = instant(nowMs)
    }
    return written
  }

  function known(agentId: string): RosterAgent {
    const agent = agents.get(agentId)
    if (agent === undefined) throw new EngineError('agent.unknown', `There is no agent ${agentId}.`)
    return agent
  }

  /** Someone who has been removed and finishes a call can't take the sign-out back that is to follow. */
  function staying(agentId: string): RosterAgent {
    const agent = known(agentId)
    if (agent.leaving) throw new EngineError('agent.conflict', `Agent ${agentId} has been removed.`)
    return agent
  }

  function indexOf(queueId: string): QueueIndex {
    return indexes.get(queueId) ?? none
  }

  /** Midnight falls on a whole minute in every zone, so the calendar is asked once a minute at most. */
  function rollDay(): void {
    const minute = Math.floor(clock.now() / 60_000)
    if (minute === checkedMinute) return
    checkedMinute = minute
    const day = options.dayKey(clock.now())
    if (day === today) return
    today = day
    for (const agent of agents.values()) {
      agent.handledToday = 0
      agent.missedToday = 0
      agent.load.restart(clock.now())
      for (const member of agent.memberships.values()) Object.assign(member, { callsHandled: 0, talkMs: 0, workMs: 0 })
    }
  }

  /** Sends an event and brings everything that follows from it up to date. False if it changed nothing. */
  function apply(agent: RosterAgent, event: AgentEvent, cause: Cause = bySystem): boolean {
    agent.actor.send(event)
    return settle(agent, cause)
  }

  function settle(agent: RosterAgent, cause: Cause): boolean {
    const previous = agent.snapshot
    if (agent.actor.getSnapshot().status === 'error') {
      const callId = renewMachine(agent, options, onTimer)
      // Not in the turn of whoever set the fault off: he may be in the middle of that very call.
      if (callId !== null) clock.setTimeout(() => options.onFault?.(callId), 0)
    }
    const snapshot = agent.actor.getSnapshot()
    if (snapshot === previous) return false
    const before = agent.state
    const state = stateOf(snapshot)
    agent.snapshot = snapshot
    agent.state = state
    const nowMs = clock.now()
    noteTimes(agent, before, previous.context.queueId, nowMs)
    if (before.session === 'offline' && state.session === 'online') startAtMedian(agent)
    if (before.standing !== state.standing) place(agent)
    countEngaged(before, state, previous.context.queueId, snapshot.context.queueId)
    const relabelled = before.label !== state.label || before.reason !== state.reason
    if (relabelled) agent.since = nowMs

    const applied = appliedNext(previous.context.next, before, state)
    const actor = applied === null ? cause.actor : agent.nextActor
    const agentId = agent.config.id
    const { segmentId, callId } = previous.context
    if (before.slot === 'wrapping' && state.slot !== 'wrapping' && cause.wrapUpBy !== undefined) {
      if (segmentId !== null && callId !== null)
        options.onWrapUpEnded(wrapped(agent, previous.context, cause.wrapUpBy, cause.words))
    }
    if (before.session !== state.session) {
      const reason = applied?.reason ?? cause.reason ?? (state.session === 'online' ? 'signIn' : 'signOut')
      options.emit('agent.session_changed', {
        agentId,
        from: before.session,
        to: state.session,
        reason,
        since: nowInWords(),
        actor,
      })
    }
    const { next } = snapshot.context
    if (next !== previous.context.next && (next !== null || state.slot !== 'idle')) {
      agent.nextActor = cause.actor
      options.emit('agent.next_status_set', { agentId, next, actor })
    }
    if (relabelled) {
      options.emit('agent.state_changed', {
        agentId,
        from: before.label,
        to: state.label,
        reason: state.reason,
        since: nowInWords(),
        actor,
        callId: state.slot === 'idle' ? null : snapshot.context.callId,
      })
    }
    if (before.routable && !state.routable) tellNotRoutable(agentId)
    if (!before.routable && state.routable) tellRoutable(agentId)
    if (agent.leaving && agent.state.slot === 'idle') drop(agent)
    return true
  }

  function tellRoutable(agentId: string): void {
    if (deferred === null) options.onRoutable(agentId)
    else deferred.add(agentId)
  }

  function tellNotRoutable(agentId: string): void {
    deferred?.delete(agentId)
    options.onNotRoutable(agentId)
  }

  function place(agent: RosterAgent): void {
    for (const member of agent.memberships.values()) {
      if (agent.state.standing === 'available') member.idleSince = idleSinceOf(agent, member.index)
      member.index.place(member, agent.state.standing)
    }
  }

  /** So that someone who comes late isn't flooded under fewest-calls. */
  function startAtMedian(agent: RosterAgent): void {
    rollDay()
    for (const member of agent.memberships.values()) member.index.startAtMedian(member)
  }

  function countEngaged(before: AgentState, after: AgentState, left: string | null, entered: string | null): void {
    if (before.slot === after.slot) return
    if (before.slot === 'engaged' && left !== null) engagedByQueue.set(left, (engagedByQueue.get(left) ?? 0) - 1)
    if (after.slot === 'engaged' && entered !== null) {
      engagedByQueue.set(entered, (engagedByQueue.get(entered) ?? 0) + 1)
    }
  }

  function wrapped(
    agent: RosterAgent,
    context: RosterAgent['snapshot']['context'],
    by: WrappedSegment['by'],
    { disposition = null, notes = null }: { disposition?: string | null; notes?: string | null } = {},
  ): WrappedSegment {
    return {
      agentId: agent.config.id,
      segmentId: context.segmentId ?? '',
      callId: context.callId ?? '',
      queueId: context.queueId,
      wrapMs: Math.max(0, clock.now() - (context.wrapStartedAt ?? clock.now())),
      by,
      disposition,
      notes,
    }
  }

  /** Only the slot's events end wrap-up by timer, so `bySystem` is right for each timer of the machine. */
  function onTimer(agent: RosterAgent): void {
    settle(agent, bySystem)
  }

  function enrol(agent: RosterAgent, before: ReadonlyMap<string, Member>): void {
    const { config } = agent
    const served = membershipsOf(config)
    const first = Math.min(...served.map(({ priority }) => priority))
    for (const membership of served) {
      const queueId = membership.id
      const index = indexes.get(queueId)
      if (index === undefined) continue
      const member = createMember(agent, membership, index, first, before.get(queueId))
      agent.memberships.set(queueId, member)
      index.place(member, agent.state.standing)
      if (!before.has(queueId) && agent.state.session === 'online') {
        index.startAtMedian(member)
        if (agent.state.routable) tellRoutable(config.id)
      }
    }
  }

  function drop(agent: RosterAgent): void {
    for (const member of agent.memberships.values()) member.index.place(member, null)
    agents.delete(agent.config.id)
    agent.actor.stop()
  }

  function configure(configs: readonly AgentConfig[], queues: readonly QueueConfig[]): void {
    const waitingForAll = new Set<string>()
    deferred = waitingForAll
    const listed = new Set(configs.map(config => config.id))
    const fresh: RosterAgent[] = []
    indexes = new Map(queues.map(queue => [queue.id, new QueueIndex(queue)]))
    configs.forEach((config, order) => {
      const agent = agents.get(config.id)
      if (agent === undefined) {
        const added = createRosterAgent(config, order, options, onTimer)
        agents.set(config.id, added)
        fresh.push(added)
      } else {
        agent.config = config
        agent.queueIds = queueIdsOf(config)
        agent.order = order
      }
    })
    for (const agent of agents.values()) {
      const before = agent.memberships
      agent.memberships = new Map()
      enrol(agent, before)
    }
    for (const agent of [...agents.values()]) {
      if (listed.has(agent.config.id)) keep(agent)
      else dismiss(agent)
    }
    for (const agent of fresh) {
      if (agent.config.alwaysAvailable) signIn(agent, 'available', { actor: 'system', reason: 'alwaysAvailable' })
    }
    deferred = null
    for (const agentId of waitingForAll) if (agents.get(agentId)?.state.routable) options.onRoutable(agentId)
  }

  /** Brings the machine of a configured agent in line with its configuration. */
  function keep(agent: RosterAgent): void {
    const { config } = agent
    if (agent.leaving) {
      agent.leaving = false
      const { next } = agent.snapshot.context
      if (next?.reason === removal) apply(agent, { type: 'clearNext', at: clock.now() })
    }
    if (agent.snapshot.context.alwaysAvailable !== config.alwaysAvailable) {
      apply(agent, { type: 'setAlwaysAvailable', alwaysAvailable: config.alwaysAvailable, at: clock.now() })
      if (config.alwaysAvailable) signIn(agent, 'available', { actor: 'system', reason: 'alwaysAvailable' })
    }
    updateReachable(agent)
  }

  function dismiss(agent: RosterAgent): void {
    agent.leaving = true
    signOut(agent, { actor: 'system', reason: removal })
    if (agent.state.slot === 'idle' && agents.has(agent.config.id)) drop(agent)
  }

  function updateReachable(agent: RosterAgent): void {
    const reachable = agent.registered || hasFixedPhone(agent.config)
    if (reachable === agent.snapshot.context.reachable) return
    apply(agent, { type: reachable ? 'deviceFound' : 'deviceLost', at: clock.now() })
  }

  function signIn(agent: RosterAgent, availability: Availability | undefined, cause: Cause): void {
    if (agent.state.session === 'offline') {
      enter(agent, availability ?? 'notReady', 'login', cause)
      return
    }
    const { next } = agent.snapshot.context
    if (next?.availability === 'signOut') apply(agent, { type: 'clearNext', at: clock.now() }, cause)
    if (availability !== undefined) setAvailability(agent, availability, null, cause)
  }

  function enter(agent: RosterAgent, availability: Availability, reason: string | null, cause: Cause): void {
    const why = availability === 'available' ? null : reason
    apply(agent, { type: 'signIn', availability, reason: why, at: clock.now() }, cause)
  }

  function signOut(agent: RosterAgent, cause: Cause & { reason: string }): void {
    if (agent.state.session === 'offline') return
    apply(agent, { type: 'signOut', reason: cause.reason, at: clock.now() }, { ...cause, wrapUpBy: 'signOut' })
  }

  function setAvailability(agent: RosterAgent, availability: Availability, reason: string | null, cause: Cause): void {
    if (agent.state.session === 'offline') {
      enter(agent, availability, reason, cause)
      return
    }
    const why = availability === 'available' ? null : reason
    apply(agent, { type: 'setAvailability', availability, reason: why, at: clock.now() }, cause)
  }

  function miss(agent: RosterAgent, offerId: string, outcome: Extract<OfferEnding, { policy: MissPolicy }>): boolean {
    const { policy, kind, cause } = outcome
    rollDay()
    if (agent.snapshot.context.offerId !== offerId || !isOffered(agent.state)) return false
    agent.missedToday += 1
    const missed = {
      reason: missReasons[kind],
      cooldownMs: Math.max(policy.cooldownMs, policy.retryAfterMs ?? 0),
      limit: policy.missedToNotReady,
    }
    apply(agent, { type: 'offerMissed', offerId, miss: missed, at: clock.now() })
    if (agent.state.availability === 'notReady') {
      options.logger.info({ agentId: agent.config.id, cause, reason: missed.reason }, 'agent missed offers: notReady')
    }
    return true
  }

  return {
    configure,
    has: agentId => agents.has(agentId),
    view(agentId) {
      rollDay()
      return viewOf(known(agentId))
    },
    views() {
      rollDay()
      return [...agents.values()].map(viewOf)
    },
    queuesOf: agentId => known(agentId).queueIds,
    orderOf: agentId => agents.get(agentId)?.order ?? null,

    signIn(agentId, { availability, actor }) {
      signIn(staying(agentId), availability, { actor })
    },
    signOut(agentId, { actor, reason = 'signOut' }) {
      signOut(known(agentId), { actor, reason })
    },
    setAvailability(agentId, availability, { reason, actor }) {
      setAvailability(staying(agentId), availability, reason ?? null, { actor })
    },
    completeWrapUp(agentId, by, words = {}) {
      const agent = known(agentId)
      if (agent.state.slot !== 'wrapping') {
        throw new EngineError('agent.conflict', `Agent ${agentId} is not in wrap-up but ${agent.state.label}.`)
      }
      apply(agent, { type: 'wrapUpDone', at: clock.now() }, { actor: words.actor ?? by, wrapUpBy: by, words })
    },

    setReachable(agentId, reachable, devices) {
      const agent = known(agentId)
      agent.registered = reachable
      agent.devices = devices
      updateReachable(agent)
    },
    setInUse(agentId, inUse) {
      apply(known(agentId), { type: inUse ? 'foreignCallStarted' : 'foreignCallEnded', at: clock.now() })
    },

    reserve(agentId, offer) {
      const agent = known(agentId)
      if (!agent.state.routable || (offer.queueId !== null && !agent.memberships.has(offer.queueId))) return false
      return apply(agent, { type: 'reserve', ...offer, at: clock.now() })
    },
    ringing: (agentId, offerId) => apply(known(agentId), { type: 'ring', offerId, at: clock.now() }),
    engage: (agentId, offerId, work) => apply(known(agentId), { type: 'engage', offerId, ...work, at: clock.now() }),
    setHeld: (agentId, isHeld) => apply(known(agentId), { type: isHeld ? 'hold' : 'retrieve', at: clock.now() }),
    offerEnded(agentId, offerId, outcome) {
      const agent = known(agentId)
      if ('policy' in outcome) return miss(agent, offerId, outcome)
      return apply(agent, { type: 'offerWithdrawn', offerId, at: clock.now() })
    },
    callEnded(agentId, segmentId, wrapUpMs) {
      const agent = known(agentId)
      const { context } = agent.snapshot
      if (agent.state.slot !== 'engaged' || context.segmentId !== segmentId) return false
      rollDay()
      agent.handledToday += 1
      if (context.queueId !== null)
        for (const [queueId, member] of agent.memberships)
          if (queueId === context.queueId || member.index.countsAll) member.callsHandled += 1
      return apply(agent, { type: 'callEnded', segmentId, wrapUpMs, at: clock.now() })
    },

    idle(queueId) {
      rollDay()
      return indexOf(queueId).idle
    },
    pool(queueId, requirement) {
      rollDay()
      return indexOf(queueId).pool(requirement)
    },
    member: (queueId, agentId) => agents.get(agentId)?.memberships.get(queueId) ?? null,
    standingOf: agentId => agents.get(agentId)?.state.standing ?? null,
    delays: queueId => indexOf(queueId).delays,
    yields: queueId => indexOf(queueId).yields,
    notFree: queueId => indexOf(queueId).notFree(),
    counts: queueId => indexOf(queueId).counts(),
    engaged: queueId => engagedByQueue.get(queueId) ?? 0,
    stop() {
      for (const agent of agents.values()) agent.actor.stop()
    },
  }
}
