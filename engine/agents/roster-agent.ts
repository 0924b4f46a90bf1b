/** One agent of the roster: its configuration, its machine, its places in the queues, and how it is shown. */
import { type Actor, createActor } from 'xstate'
import type { AgentView } from '../api.ts'
import type { AgentConfig } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type AgentSnapshot, agentMachine } from './agent.machine.ts'
import { type AgentState, notRoutableBecause, stateOf } from './agent-state.ts'
import type { Member } from './queue-index.ts'

/** Instants are milliseconds since the epoch. */
export interface RosterAgent {
  readonly actor: Actor<typeof agentMachine>
  config: AgentConfig
  order: number
  /** As of the last time the roster looked. */
  snapshot: AgentSnapshot
  state: AgentState
  /** Since when label and reason hold. */
  since: number
  /** As the registrar said last; agents with a fixed phone are reachable all the same. */
  registered: boolean
  devices: readonly string[]
  idleSince: number
  handledToday: number
  missedToday: number
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
  const { clock, logger } = ports
  const actor = createActor(agentMachine, {
    input: { alwaysAvailable: config.alwaysAvailable },
    clock: {
      setTimeout: (callback: () => void, delayMs: number) =>
        clock.setTimeout(() => {
          callback()
          onTimer(agent)
        }, delayMs),
      clearTimeout: handle => clock.clearTimeout(handle),
    },
  })
  actor.subscribe({ error: err => logger.error({ err, agentId: config.id }, 'agent machine failed') })
  actor.start()
  const snapshot = actor.getSnapshot()
  const agent: RosterAgent = {
    actor,
    config,
    order,
    snapshot,
    state: stateOf(snapshot),
    since: clock.now(),
    registered: false,
    devices: [],
    idleSince: clock.now(),
    handledToday: 0,
    missedToday: 0,
    memberships: new Map(),
    nextActor: 'system',
    leaving: false,
  }
  return agent
}

/** True for agents whose phone is there without a registration. */
export function hasFixedPhone(config: AgentConfig): boolean {
  return config.alwaysAvailable || config.contact !== undefined
}

export function viewOf(agent: RosterAgent): AgentView {
  const { config, state, snapshot } = agent
  const { context } = snapshot
  const works = state.slot !== 'idle'
  return {
    id: config.id,
    name: config.name,
    queues: config.queues,
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
    devices: agent.devices,
    today: { handled: agent.handledToday, missed: agent.missedToday },
  }
}

/** RFC 3339 in UTC. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
