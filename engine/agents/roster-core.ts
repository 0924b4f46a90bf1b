/**
 * The heart of the roster: all agents, each with a machine, and what follows from every change of one: indexes, times,
 * events, and whoever waits for a free agent. What is done with agents is in the files around it.
 */
import type { Actor } from '../api.ts'
import type { QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { Requirement } from '../skills/requirement.ts'
import type { AgentEvent } from './agent.machine.ts'
import { type AgentState, absenceOf, appliedNext, stateOf } from './agent-state.ts'
import { QueueIndex } from './queue-index.ts'
import { idleSinceOf, instant, noteTimes, type RosterAgent, renewMachine } from './roster-agent.ts'
import type { RosterOptions, WrappedSegment, WrapUpWords } from './roster-types.ts'
import { noWrapUp, type WrapUpRule } from './wrap-up-rules.ts'

/** Why something happens to an agent. */
export interface Cause {
  readonly actor: Actor
  /** Of a change of session. */
  readonly reason?: string
  /** Who ends the wrap-up, if this does. */
  readonly wrapUpBy?: WrappedSegment['by']
  readonly words?: WrapUpWords
}

const plainPolicy = { afterSignIn: 'notReady', signOutWhileWorking: 'defer' } as const
const bySystem: Cause = { actor: 'system', wrapUpBy: 'timer' }

export class RosterCore {
  readonly options: RosterOptions
  readonly agents = new Map<string, RosterAgent>()
  indexes: ReadonlyMap<string, QueueIndex> = new Map()
  readonly engaged = new Map<string, number>()
  /** By queue, keys of the requirements that its calls wait with, and how many groups of them do. */
  readonly #held = new Map<string, Map<string, number>>()
  #rules: ReadonlyMap<string, WrapUpRule> = new Map()
  /** While a center is applied: who has become routable, told when all is in place. */
  #deferred: Set<string> | null = null
  /** Stands for a queue that is not configured. */
  readonly #none = new QueueIndex({
    strategy: 'longest-idle',
    strategyOptions: { idleSince: 'ready', count: 'queue', countSince: 'day' },
  })
  #checkedMinute = -1
  #today = ''
  // Several changes fall on one millisecond, and writing an instant costs as much as a transition's bookkeeping.
  #writtenMs = Number.NaN
  #written = ''

  constructor(options: RosterOptions) {
    this.options = options
  }

  get policy(): NonNullable<ReturnType<NonNullable<RosterOptions['policy']>>> {
    return this.options.policy?.() ?? plainPolicy
  }

  /** The tenant's calendar day. */
  get today(): string {
    this.rollDay()
    return this.#today
  }

  get nowMs(): number {
    return this.options.clock.now()
  }

  /** @throws EngineError `agent.unknown` */
  known(agentId: string): RosterAgent {
    const agent = this.agents.get(agentId)
    if (agent === undefined) throw new EngineError('agent.unknown', `There is no agent ${agentId}.`)
    return agent
  }

  /** Someone who has been removed and finishes a call can't take the sign-out back that is to follow. */
  staying(agentId: string): RosterAgent {
    const agent = this.known(agentId)
    if (agent.leaving) throw new EngineError('agent.conflict', `Agent ${agentId} has been removed.`)
    return agent
  }

  indexOf(queueId: string): QueueIndex {
    return this.indexes.get(queueId) ?? this.#none
  }

  /** Calls wait with a requirement from now on, or none does any more. */
  setHeld(queueId: string, requirement: Requirement, isHeld: boolean): void {
    const held = this.#heldIn(queueId)
    // Rings of several plans may ask for the same.
    const groups = (held.get(requirement.key) ?? 0) + (isHeld ? 1 : -1)
    if (groups > 0) held.set(requirement.key, groups)
    else held.delete(requirement.key)
    this.indexes.get(queueId)?.heldOtherwise(requirement)
    if (held.size === 0 && !this.indexes.has(queueId)) this.#held.delete(queueId)
  }

  /** The after-call work of the queue that the agent's work comes from. */
  wrapUpRule(queueId: string | null): WrapUpRule {
    return (queueId === null ? undefined : this.#rules.get(queueId)) ?? noWrapUp
  }

  /** While `work` runs, nobody is told that an agent has become routable, or is absent. */
  configured(queues: readonly QueueConfig[], work: () => void): void {
    const waitingForAll = new Set<string>()
    this.#deferred = waitingForAll
    // Not only when somebody looks: what the last process has counted today would be taken for yesterday's then.
    this.rollDay()
    this.indexes = new Map(queues.map(queue => [queue.id, new QueueIndex(queue, this.#heldIn(queue.id))]))
    this.#rules = new Map(queues.map(({ id, wrapUp, wrapUpMs }) => [id, { ...wrapUp, wrapUpMs }]))
    work()
    this.#deferred = null
    for (const agentId of waitingForAll) if (this.agents.get(agentId)?.state.routable) this.options.onRoutable(agentId)
  }

  /** Midnight falls on a whole minute in every zone, so the calendar is asked once a minute at most. */
  rollDay(): void {
    const minute = Math.floor(this.nowMs / 60_000)
    if (minute === this.#checkedMinute) return
    this.#checkedMinute = minute
    const day = this.options.dayKey(this.nowMs)
    if (day === this.#today) return
    this.#today = day
    for (const agent of this.agents.values()) {
      agent.handledToday = 0
      agent.missedToday = 0
      agent.missedBy = { noAnswer: 0, declined: 0, unreachable: 0 }
      agent.load.restart(this.nowMs)
      for (const member of agent.memberships.values()) Object.assign(member, { callsHandled: 0, talkMs: 0, workMs: 0 })
    }
  }

  /** Sends an event and brings everything that follows from it up to date. False if it changed nothing. */
  apply(agent: RosterAgent, event: AgentEvent, cause: Cause = bySystem): boolean {
    agent.actor.send(event)
    return this.#settle(agent, cause)
  }

  /** Only the slot's events end wrap-up by timer, so `bySystem` is right for each timer of the machine. */
  onTimer = (agent: RosterAgent): void => {
    this.#settle(agent, bySystem)
  }

  tellRoutable(agentId: string): void {
    if (this.#deferred === null) this.options.onRoutable(agentId)
    else this.#deferred.add(agentId)
  }

  tellAbsent(agentId: string, queueIds: readonly string[]): void {
    if (this.#deferred === null) this.options.onAbsent(agentId, queueIds)
  }

  /** Phones, the one that is rung, or whether it can be, have changed. */
  tellDevices(agent: RosterAgent, actor: Actor): void {
    const { devices, acting, state, config } = agent
    const { endpoint } = state
    this.options.emit('agent.devices_changed', { agentId: config.id, devices: [...devices], acting, endpoint, actor })
  }

  #heldIn(queueId: string): Map<string, number> {
    let held = this.#held.get(queueId)
    if (held === undefined) {
      held = new Map()
      this.#held.set(queueId, held)
    }
    return held
  }

  drop(agent: RosterAgent): void {
    for (const member of agent.memberships.values()) member.index.place(member, null)
    this.agents.delete(agent.config.id)
    agent.actor.stop()
    // What was counted of him is nothing any more.
    this.options.onCounted?.(agent.config.id)
  }

  #settle(agent: RosterAgent, cause: Cause): boolean {
    const { options } = this
    const previous = agent.snapshot
    if (agent.actor.getSnapshot().status === 'error') {
      const callId = renewMachine(agent, options, this.onTimer)
      // Not in the turn of whoever set the fault off: he may be in the middle of that very call.
      if (callId !== null) options.clock.setTimeout(() => options.onFault?.(callId), 0)
    }
    const snapshot = agent.actor.getSnapshot()
    if (snapshot === previous) return false
    const before = agent.state
    const state = stateOf(snapshot)
    agent.snapshot = snapshot
    agent.state = state
    const { nowMs } = this
    noteTimes(agent, before, previous.context.queueId, nowMs)
    const isFree = state.slot === 'idle' || state.slot === 'wrapping'
    if (before.session !== state.session || (before.slot !== state.slot && isFree)) options.onCounted?.(agent.config.id)
    if (before.session === 'offline' && state.session === 'online') this.#beginSession(agent)
    if (before.standing !== state.standing) this.#place(agent)
    this.#countEngaged(before, state, previous.context.queueId, snapshot.context.queueId)
    const relabelled = before.label !== state.label || before.reason !== state.reason
    if (relabelled) agent.since = nowMs

    const applied = appliedNext(previous.context.next, before, state)
    const actor = applied === null ? cause.actor : agent.nextActor
    const agentId = agent.config.id
    if (before.slot === 'wrapping' && state.slot !== 'wrapping' && cause.wrapUpBy !== undefined) {
      if (previous.context.segmentId !== null && previous.context.callId !== null)
        options.onWrapUpEnded(this.#wrapped(agent, previous.context, cause.wrapUpBy, cause.words))
    }
    if (before.session !== state.session) {
      const reason = applied?.reason ?? cause.reason ?? (state.session === 'online' ? 'signIn' : 'signOut')
      const since = this.#nowInWords()
      options.emit('agent.session_changed', { agentId, from: before.session, to: state.session, reason, since, actor })
    }
    const { next } = snapshot.context
    if (next !== previous.context.next && (next !== null || state.slot !== 'idle')) {
      agent.nextActor = cause.actor
      options.emit('agent.next_status_set', { agentId, next, actor })
    }
    if (before.endpoint !== state.endpoint && state.session === 'online') this.tellDevices(agent, actor)
    if (
      before.endpoint !== state.endpoint ||
      before.session !== state.session ||
      before.availability !== state.availability ||
      next !== previous.context.next
    )
      options.onPresence?.(agentId)
    if (relabelled) {
      options.emit('agent.state_changed', {
        agentId,
        from: before.label,
        to: state.label,
        reason: state.reason,
        since: this.#nowInWords(),
        actor,
        callId: state.slot === 'idle' ? null : snapshot.context.callId,
      })
    }
    if (absenceOf(before.standing) < absenceOf(state.standing)) this.tellAbsent(agentId, agent.queueIds)
    if (!before.routable && state.routable) this.tellRoutable(agentId)
    if (agent.leaving && agent.state.slot === 'idle') this.drop(agent)
    return true
  }

  #place(agent: RosterAgent): void {
    for (const [queueId, member] of agent.memberships) {
      if (agent.away.has(queueId)) continue
      if (agent.state.standing === 'available') member.idleSince = idleSinceOf(agent, member.index)
      member.index.place(member, agent.state.standing)
    }
  }

  /** So that someone who comes late isn't flooded under fewest-calls. */
  #beginSession(agent: RosterAgent): void {
    this.rollDay()
    for (const member of agent.memberships.values()) member.index.beginSession(member)
  }

  #countEngaged(before: AgentState, after: AgentState, left: string | null, entered: string | null): void {
    if (before.slot === after.slot) return
    const { engaged } = this
    if (before.slot === 'engaged' && left !== null) engaged.set(left, (engaged.get(left) ?? 0) - 1)
    if (after.slot === 'engaged' && entered !== null) engaged.set(entered, (engaged.get(entered) ?? 0) + 1)
  }

  /** What was said when it ended goes before what was said until then. */
  #wrapped(
    agent: RosterAgent,
    context: RosterAgent['snapshot']['context'],
    by: WrappedSegment['by'],
    words: WrapUpWords = {},
  ): WrappedSegment {
    const { said } = agent
    const { disposition = said.disposition, notes = said.notes } = words
    return {
      agentId: agent.config.id,
      segmentId: context.segmentId ?? '',
      callId: context.callId ?? '',
      queueId: context.queueId,
      wrapMs: Math.max(0, this.nowMs - (context.wrapStartedAt ?? this.nowMs)),
      by,
      disposition,
      notes,
    }
  }

  #nowInWords(): string {
    const { nowMs } = this
    if (nowMs !== this.#writtenMs) {
      this.#writtenMs = nowMs
      this.#written = instant(nowMs)
    }
    return this.#written
  }
}
