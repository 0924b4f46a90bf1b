/**
 * All agents of the center: one machine each, and the indexes that let a queue find its free agents without looking at
 * the others. Every method is synchronous; when it returns, machines, indexes and views agree. Callbacks are called
 * when the agent concerned is already in its new state, and may call back into the roster.
 *
 * Work per change depends on how many queues the agent serves, not on how many agents or calls there are.
 */
import { dayOf } from './agent-day.ts'
import { absenceOf, isOffered } from './agent-state.ts'
import { missedOffer, missReasonOf } from './miss-policy.ts'
import { type RosterAgent, viewOf } from './roster-agent.ts'
import { type Cause, RosterCore } from './roster-core.ts'
import { RosterMemberships } from './roster-memberships.ts'
import { RosterSessions } from './roster-sessions.ts'
import type { MissPolicy, OfferEnding, Roster, RosterOptions } from './roster-types.ts'
import { RosterWrapUps } from './roster-wrap-ups.ts'

export type { MissPolicy, OfferEnding, Roster, RosterOptions, WrappedSegment } from './roster-types.ts'

const back: Cause = { actor: 'system', wrapUpBy: 'recall' }

export function createRoster(options: RosterOptions): Roster {
  const { clock } = options
  const core = new RosterCore(options)
  const memberships = new RosterMemberships(core)
  const sessions = new RosterSessions(core, memberships)
  const wrapUps = new RosterWrapUps(core)
  const { agents } = core
  const known = (agentId: string) => core.known(agentId)
  const view = (agent: RosterAgent) => viewOf(agent, core.wrapUpRule(agent.snapshot.context.queueId))

  function miss(agent: RosterAgent, offerId: string, outcome: Extract<OfferEnding, { policy: MissPolicy }>): boolean {
    const { policy, kind, cause } = outcome
    core.rollDay()
    if (agent.snapshot.context.offerId !== offerId || !isOffered(agent.state)) return false
    const missed = missedOffer(missReasonOf[kind], policy)
    agent.missedToday += 1
    agent.missedBy[missed.reason] += 1
    core.apply(agent, { type: 'offerMissed', offerId, miss: missed, at: clock.now() })
    if (agent.state.availability === 'notReady')
      options.logger.info({ agentId: agent.config.id, cause, reason: missed.reason }, 'agent missed offers: notReady')
    return true
  }

  return {
    configure: (configs, queues) => sessions.configure(configs, queues),
    has: agentId => agents.has(agentId),
    view(agentId) {
      core.rollDay()
      return view(known(agentId))
    },
    views() {
      core.rollDay()
      return [...agents.values()].map(view)
    },
    queuesOf: agentId => memberships.joined(agentId),
    dayOf(agentId) {
      const { today } = core
      return dayOf(known(agentId), today)
    },
    orderOf: agentId => agents.get(agentId)?.order ?? null,

    signIn: (agentId, { availability, actor }) => sessions.signIn(agentId, availability, actor),
    signOut: (agentId, { actor, reason = 'signOut' }) => sessions.signOut(agentId, actor, reason),
    setAvailability: (agentId, availability, { reason = null, actor }) =>
      sessions.setAvailability(agentId, availability, reason, actor),
    setQueue: (agentId, queueId, isJoined, { actor }) => memberships.set(agentId, queueId, isJoined, actor),

    completeWrapUp: (agentId, by, words = {}) => wrapUps.complete(agentId, by, words),
    noteWrapUp: (agentId, by, words) => wrapUps.note(agentId, by, words),
    askWrapUp: (agentId, { actor }) => wrapUps.ask(agentId, actor),
    extendWrapUp: (agentId, by, { actor, byMs }) => wrapUps.extend(agentId, by, actor, byMs),
    wrapUpTime: agentId => wrapUps.timeFor(agentId),
    wrapUpNotes: agentId => wrapUps.saidBy(agentId),

    setReachable: (agentId, reachable, devices, acting = null, isElsewhere = false) =>
      sessions.setReachable(agentId, reachable, devices, acting, isElsewhere),
    setDesk: (agentId, isLost) => sessions.setDesk(agentId, isLost),
    setInUse: (agentId, inUse) => sessions.setInUse(agentId, inUse),

    reserve(agentId, offer) {
      const agent = known(agentId)
      const { queueId } = offer
      const isBack = agent.state.slot === 'wrapping' && agent.snapshot.context.callId === offer.callId
      if (!agent.state.routable && !isBack) return false
      if (queueId !== null && (!agent.memberships.has(queueId) || agent.away.has(queueId))) return false
      return core.apply(agent, { type: 'reserve', ...offer, at: clock.now() }, isBack ? back : undefined)
    },
    reoffer: (agentId, fromOfferId, offer) =>
      core.apply(known(agentId), { type: 'reoffer', fromOfferId, ...offer, at: clock.now() }),
    ringing: (agentId, offerId) => core.apply(known(agentId), { type: 'ring', offerId, at: clock.now() }),
    engage(agentId, offerId, work) {
      const agent = known(agentId)
      if (agent.snapshot.context.offerId === offerId) wrapUps.begin(agent)
      return core.apply(agent, { type: 'engage', offerId, ...work, at: clock.now() })
    },
    takeOn(agentId, work) {
      const agent = known(agentId)
      const isTaken = core.apply(agent, { type: 'takeOn', ...work, at: clock.now() })
      if (isTaken) wrapUps.begin(agent)
      return isTaken
    },
    reassign(agentId, fromSegmentId, to) {
      const agent = known(agentId)
      return core.apply(agent, { type: 'reassign', fromSegmentId, ...to, at: clock.now() }, back)
    },
    setConsulting: (agentId, isConsulting) =>
      core.apply(known(agentId), { type: isConsulting ? 'consult' : 'endConsult', at: clock.now() }),
    setHeld(agentId, isHeld, segmentId) {
      const agent = known(agentId)
      if (segmentId !== undefined && agent.snapshot.context.segmentId !== segmentId) return false
      return core.apply(agent, { type: isHeld ? 'hold' : 'retrieve', at: clock.now() })
    },
    offerEnded(agentId, offerId, outcome) {
      const agent = known(agentId)
      if ('policy' in outcome) return miss(agent, offerId, outcome)
      return core.apply(agent, { type: 'offerWithdrawn', offerId, at: clock.now() })
    },
    callEnded(agentId, segmentId, wrapUpMs) {
      const agent = known(agentId)
      const { context } = agent.snapshot
      if (agent.state.slot !== 'engaged' || context.segmentId !== segmentId) return false
      core.rollDay()
      agent.handledToday += 1
      if (context.queueId !== null)
        for (const [queueId, member] of agent.memberships)
          if (queueId === context.queueId || member.index.countsAll) member.callsHandled += 1
      return core.apply(agent, { type: 'callEnded', segmentId, wrapUpMs, at: clock.now() })
    },
    callLost(agentId, segmentId, cooldownMs) {
      const agent = known(agentId)
      if (agent.state.slot !== 'engaged' || agent.snapshot.context.segmentId !== segmentId) return false
      return core.apply(agent, { type: 'callLost', segmentId, cooldownMs, at: clock.now() })
    },

    idle(queueId) {
      core.rollDay()
      return core.indexOf(queueId).idle
    },
    pool(queueId, requirement) {
      core.rollDay()
      return core.indexOf(queueId).pool(requirement)
    },
    holdPool: (queueId, requirement, isHeld) => core.setHeld(queueId, requirement, isHeld),
    member(queueId, agentId) {
      const agent = agents.get(agentId)
      return agent?.away.has(queueId) === true ? null : (agent?.memberships.get(queueId) ?? null)
    },
    standingOf: agentId => agents.get(agentId)?.state.standing ?? null,
    absenceOf(agentId) {
      const agent = agents.get(agentId)
      return agent === undefined ? null : absenceOf(agent.state.standing)
    },
    delays: queueId => core.indexOf(queueId).delays,
    yields: queueId => core.indexOf(queueId).yields,
    notFree: queueId => core.indexOf(queueId).notFree(),
    counts: queueId => core.indexOf(queueId).counts(),
    active: queueId => core.indexOf(queueId).active,
    paused: queueId => core.indexOf(queueId).paused,
    engaged: queueId => core.engaged.get(queueId) ?? 0,
    stop() {
      for (const agent of agents.values()) agent.actor.stop()
    },
  }
}
