/** One agent of the roster: its configuration, its machine, its places in the queues, and how it is shown. */
import type { AgentView } from '../api.ts'
import { type AgentConfig, type Membership, membershipsOf } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type ChartActor, startChart } from '../statechart/chart-actor.ts'
import { type AgentSnapshot, agentMachine } from './agent.machine.ts'
import type { QueueSums } from './agent-day.ts'
import { AgentLoad } from './agent-load.ts'
import { type AgentState, becameReady, notRoutableBecause, stateOf } from './agent-state.ts'
import type { MissReason } from './misses.ts'
import type { Member, QueueIndex } from './queue-index.ts'
import { noNotes, type WrapUpNotes, type WrapUpRule } from './wrap-up-rules.ts'

/** Instants are milliseconds since the epoch. */
export interface RosterAgent {
  actor: ChartActor<typeof agentMachine>
  config: AgentConfig
  queueIds: readonly string[]
  order: number
  /** As of the last time the roster looked. */
  snapshot: AgentSnapshot
  state: AgentState
  /** Since when label and reason hold. */
  since: number
  /** As the registrar said last; agents with a fixed phone are reachable all the same. */
  registered: boolean
  devices: readonly string[]
  /** The phone that is rung; null: none. */
  acting: string | null
  /** The phone that is rung is not of his own account. */
  elsewhere: boolean
  /** Has to keep the desk open, and does not. */
  deskLost: boolean
  /** Calls under way that no queue brought. */
  ownCalls: number
  /** Ready since. */
  idleSince: number
  /** End of the last call that a queue routed, or sign-in. */
  callEndedAt: number
  /** The end of the last wrap-up of a queue's call, or of the call if there was none. */
  workEndedAt: number
  breakEndedAt: number
  /** When a call was offered last, or sign-in. */
  offeredAt: number
  readonly load: AgentLoad
  handledToday: number
  missedToday: number
  missedBy: Record<MissReason, number>
  /** Queues that the agent serves by the center, and has left. */
  away: Set<string>
  // About the call at hand, or the last one.
  said: WrapUpNotes
  wrapUpAsked: boolean
  extensions: number
  /** By queue id, in the configured order. */
  memberships: Map<string, Member>
  /** Who asked for the stored next status. */
  nextActor: string
  /** No longer configured: goes when its work is done. */
  leaving: boolean
}

/** @param onTimer called after each timer of the machine, outside of it, so that commands may be sent to it again */
export function createRosterAgent(
  config: AgentConfig,
  order: number,
  ports: { clock: Clock; logger: Logger },
  onTimer: (agent: RosterAgent) => void,
): RosterAgent {
  const { clock } = ports
  const actor = startMachine(config, ports, () => onTimer(agent))
  const snapshot = actor.getSnapshot()
  const agent: RosterAgent = {
    actor,
    config,
    queueIds: queueIdsOf(config),
    order,
    snapshot,
    state: stateOf(snapshot),
    since: clock.now(),
    registered: false,
    devices: [],
    acting: null,
    elsewhere: false,
    deskLost: false,
    ownCalls: 0,
    idleSince: clock.now(),
    callEndedAt: clock.now(),
    workEndedAt: clock.now(),
    breakEndedAt: clock.now(),
    offeredAt: clock.now(),
    load: new AgentLoad(clock.now()),
    handledToday: 0,
    missedToday: 0,
    missedBy: { noAnswer: 0, declined: 0, unreachable: 0 },
    away: new Set(),
    said: noNotes,
    wrapUpAsked: false,
    extensions: 0,
    memberships: new Map(),
    nextActor: 'system',
    leaving: false,
  }
  return agent
}

function startMachine(
  config: AgentConfig,
  { clock, logger }: { clock: Clock; logger: Logger },
  onTimer: () => void,
): ChartActor<typeof agentMachine> {
  return startChart(agentMachine, {
    input: { alwaysAvailable: config.alwaysAvailable },
    clock: {
      now: () => clock.now(),
      setTimeout: (callback: () => void, delayMs: number) =>
        clock.setTimeout(() => {
          callback()
          onTimer()
        }, delayMs),
      clearTimeout: handle => clock.clearTimeout(handle),
    },
    onError: err => logger.error({ err, agentId: config.id }, 'agent machine failed'),
  })
}

/**
 * A machine that threw is dead (XState): the agent goes on with a new one in the old session and availability, free.
 * @returns the call that the agent was at, which nobody will end otherwise; null: none
 */
export function renewMachine(
  agent: RosterAgent,
  ports: { clock: Clock; logger: Logger },
  onTimer: (agent: RosterAgent) => void,
): string | null {
  const { state, snapshot } = agent
  const { reachable, reason, callId } = snapshot.context
  const at = ports.clock.now()
  agent.actor = startMachine(agent.config, ports, () => onTimer(agent))
  if (reachable) agent.actor.send({ type: 'deviceFound', at })
  if (state.session === 'online') agent.actor.send({ type: 'signIn', availability: state.availability, reason, at })
  return state.slot === 'idle' || state.slot === 'wrapping' ? null : callId
}

export function queueIdsOf(config: AgentConfig): readonly string[] {
  return membershipsOf(config).map(({ id }) => id)
}

/**
 * An agent's place in a queue.
 * @param first the lowest priority number of the queues that the agent serves
 * @param before the sums of the same place under the center before, or in the last process, which go on
 */
export function createMember(
  agent: RosterAgent,
  { priority, delayMs, weight }: Membership,
  index: QueueIndex,
  first: number,
  before: QueueSums | undefined,
): Member {
  return {
    id: agent.config.id,
    skills: agent.config.skills,
    index,
    order: agent.order,
    idleSince: idleSinceOf(agent, index),
    callsHandled: before?.callsHandled ?? 0,
    talkMs: before?.talkMs ?? 0,
    workMs: before?.workMs ?? 0,
    priority,
    yields: priority > first,
    delayMs,
    weight,
    load: agent.load,
  }
}

/** Since when the agent counts as idle in a queue. */
export function idleSinceOf(agent: RosterAgent, { idleSince }: QueueIndex): number {
  switch (idleSince) {
    case 'ready':
      return agent.idleSince
    case 'callEnd':
      return agent.callEndedAt
    case 'breakEnd':
      return Math.max(agent.callEndedAt, agent.breakEndedAt)
    case 'wrapUpEnd':
      return agent.workEndedAt
    case 'offered':
      return agent.offeredAt
  }
}

/**
 * Notes what idleness and workload are reckoned from, after a change of state.
 * @param queueId the queue of the work that the agent had before; null for none
 */
export function noteTimes(agent: RosterAgent, before: AgentState, queueId: string | null, nowMs: number): void {
  const { state, load } = agent
  const cameOnline = before.session === 'offline' && state.session === 'online'
  if (becameReady(before, state, queueId)) agent.idleSince = nowMs
  if (cameOnline || (before.slot === 'engaged' && state.slot !== 'engaged' && queueId !== null))
    agent.callEndedAt = nowMs
  const worked = before.slot === 'engaged' || before.slot === 'wrapping'
  if (cameOnline || (worked && state.slot === 'idle' && queueId !== null)) agent.workEndedAt = nowMs
  if (cameOnline || (before.availability === 'notReady' && state.availability === 'available'))
    agent.breakEndedAt = nowMs
  if (cameOnline || (before.slot === 'idle' && state.slot === 'reserved')) agent.offeredAt = nowMs
  const spentMs = load.moved(before, state, nowMs)
  if (spentMs === 0 || queueId === null || !worked) return
  for (const [id, member] of agent.memberships) {
    if (id !== queueId && !member.index.countsAll) continue
    if (before.slot === 'engaged') member.talkMs += spentMs
    member.workMs += spentMs
  }
}

/** True for agents whose phone is there without a registration. */
export function hasFixedPhone(config: AgentConfig): boolean {
  return config.alwaysAvailable || config.contact !== undefined
}

/** @param rule of the queue that the work comes from */
export function viewOf(agent: RosterAgent, rule: WrapUpRule): AgentView {
  const { config, state, snapshot } = agent
  const { context } = snapshot
  const works = state.slot !== 'idle'
  const { away } = agent
  const { noAnswer, declined, unreachable } = context.misses
  return {
    id: config.id,
    name: config.name,
    queues: away.size === 0 ? agent.queueIds : agent.queueIds.filter(queueId => !away.has(queueId)),
    queuesLeft: agent.queueIds.filter(queueId => away.has(queueId)),
    skills: config.skills,
    label: state.label,
    since: instant(agent.since),
    session: state.session,
    availability: state.availability,
    reason: context.reason,
    next: context.next,
    endpoint: state.endpoint,
    slot: state.slot,
    callId: works ? context.callId : null,
    queueId: works ? context.queueId : null,
    deadline: state.slot === 'wrapping' && context.wrapUntil !== null ? instant(context.wrapUntil) : null,
    routable: state.routable,
    notRoutableBecause: notRoutableBecause(state, snapshot),
    wrapUp: state.slot === 'engaged' || state.slot === 'wrapping' ? wrapUpView(agent, rule) : null,
    devices: agent.devices,
    acting: agent.acting,
    misses: noAnswer + declined + unreachable,
    missesInARow: context.misses,
    today: { handled: agent.handledToday, missed: agent.missedToday },
    missedBy: { ...agent.missedBy },
  }
}

function wrapUpView(agent: RosterAgent, rule: WrapUpRule): AgentView['wrapUp'] {
  const { mode, extendMs, maxExtensions, dispositions } = rule
  const extensionsLeft = extendMs === 0 ? 0 : Math.max(0, maxExtensions - agent.extensions)
  return { mode, asked: agent.wrapUpAsked, extendMs, extensionsLeft, dispositions, ...agent.said }
}

/** RFC 3339 in UTC. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
