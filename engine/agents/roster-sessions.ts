/** Signing in and out, being available or not, having a phone or not: what people, phones and the center decide about an agent. */
import type { Actor, Availability } from '../api.ts'
import type { AgentConfig, QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import { type AgentDay, resumeDay } from './agent-day.ts'
import { createRosterAgent, hasFixedPhone, queueIdsOf, type RosterAgent } from './roster-agent.ts'
import type { Cause, RosterCore } from './roster-core.ts'
import type { RosterMemberships } from './roster-memberships.ts'

const removal = 'removed'

export class RosterSessions {
  readonly #core: RosterCore
  readonly #memberships: RosterMemberships

  constructor(core: RosterCore, memberships: RosterMemberships) {
    this.#core = core
    this.#memberships = memberships
  }

  configure(configs: readonly AgentConfig[], queues: readonly QueueConfig[]): void {
    const { agents, options, onTimer } = this.#core
    this.#core.configured(queues, () => {
      const listed = new Set(configs.map(config => config.id))
      const fresh = new Map<RosterAgent, AgentDay | null>()
      configs.forEach((config, order) => {
        const agent = agents.get(config.id)
        if (agent === undefined) {
          const added = createRosterAgent(config, order, options, onTimer)
          agents.set(config.id, added)
          const today = options.day?.(config.id) ?? null
          if (today !== null) resumeDay(added, today)
          fresh.set(added, today)
        } else {
          agent.config = config
          agent.queueIds = queueIdsOf(config)
          agent.order = order
        }
      })
      for (const agent of agents.values()) this.#memberships.enrol(agent, fresh.get(agent))
      for (const agent of [...agents.values()]) {
        if (listed.has(agent.config.id)) this.#keep(agent)
        else this.#dismiss(agent)
      }
      for (const agent of fresh.keys()) if (agent.config.alwaysAvailable) this.#signInAlways(agent)
    })
  }

  signIn(agentId: string, availability: Availability | undefined, actor: Actor): void {
    this.#signIn(this.#core.staying(agentId), availability, { actor })
  }

  signOut(agentId: string, actor: Actor, reason: string): void {
    const agent = this.#core.known(agentId)
    const works = agent.state.slot !== 'idle' && agent.state.slot !== 'wrapping'
    if (works && actor !== 'system' && this.#core.policy.signOutWhileWorking === 'refuse')
      throw new EngineError('agent.conflict', `Agent ${agentId} has work to do: ${agent.state.label}.`)
    this.#signOut(agent, { actor, reason })
  }

  setAvailability(agentId: string, availability: Availability, reason: string | null, actor: Actor): void {
    this.#setAvailability(this.#core.staying(agentId), availability, reason, { actor })
  }

  setReachable(
    agentId: string,
    reachable: boolean,
    devices: readonly string[],
    acting: string | null,
    isElsewhere: boolean,
  ): void {
    const agent = this.#core.known(agentId)
    const before = agent.state.endpoint
    const told = agent.acting !== acting || !isSame(agent.devices, devices)
    agent.registered = reachable
    agent.devices = devices
    agent.acting = acting
    agent.elsewhere = isElsewhere
    this.#updateReachable(agent)
    if (told && agent.state.endpoint === before && agent.state.session === 'online')
      this.#core.tellDevices(agent, 'system')
  }

  /** The desk of an agent who has to keep it open is gone, or back. */
  setDesk(agentId: string, isLost: boolean): void {
    const agent = this.#core.known(agentId)
    agent.deskLost = isLost
    this.#updateReachable(agent)
  }

  /** Calls overlap: the agent is in use until the last of them has ended. */
  setInUse(agentId: string, inUse: boolean): void {
    const agent = this.#core.agents.get(agentId)
    if (agent === undefined) return
    agent.ownCalls = Math.max(0, agent.ownCalls + (inUse ? 1 : -1))
    this.#updateInUse(agent)
  }

  #updateInUse(agent: RosterAgent): void {
    const isInUse = agent.ownCalls > 0
    if (isInUse === (agent.state.endpoint === 'inUse')) return
    this.#core.apply(agent, { type: isInUse ? 'foreignCallStarted' : 'foreignCallEnded', at: this.#core.nowMs })
  }

  /** Brings the machine of a configured agent in line with its configuration. */
  #keep(agent: RosterAgent): void {
    const { config } = agent
    if (agent.leaving) {
      agent.leaving = false
      const { next } = agent.snapshot.context
      if (next?.reason === removal) this.#core.apply(agent, { type: 'clearNext', at: this.#core.nowMs })
    }
    if (agent.snapshot.context.alwaysAvailable !== config.alwaysAvailable) {
      const { alwaysAvailable } = config
      this.#core.apply(agent, { type: 'setAlwaysAvailable', alwaysAvailable, at: this.#core.nowMs })
      if (alwaysAvailable) this.#signInAlways(agent)
    }
    this.#updateReachable(agent)
    this.#updateInUse(agent)
  }

  #dismiss(agent: RosterAgent): void {
    agent.leaving = true
    this.#signOut(agent, { actor: 'system', reason: removal })
    if (agent.state.slot === 'idle' && this.#core.agents.has(agent.config.id)) this.#core.drop(agent)
  }

  #updateReachable(agent: RosterAgent): void {
    const { config } = agent
    const reachable =
      config.alwaysAvailable || ((agent.registered || (hasFixedPhone(config) && !agent.elsewhere)) && !agent.deskLost)
    if (reachable === agent.snapshot.context.reachable) return
    this.#core.apply(agent, { type: reachable ? 'deviceFound' : 'deviceLost', at: this.#core.nowMs })
  }

  #signInAlways(agent: RosterAgent): void {
    this.#signIn(agent, 'available', { actor: 'system', reason: 'alwaysAvailable' })
  }

  #signIn(agent: RosterAgent, availability: Availability | undefined, cause: Cause): void {
    if (agent.state.session === 'offline') {
      this.#enter(agent, availability ?? this.#core.policy.afterSignIn, 'login', cause)
      return
    }
    const { next } = agent.snapshot.context
    if (next?.availability === 'signOut') this.#core.apply(agent, { type: 'clearNext', at: this.#core.nowMs }, cause)
    if (availability !== undefined) this.#setAvailability(agent, availability, null, cause)
  }

  #enter(agent: RosterAgent, availability: Availability, reason: string | null, cause: Cause): void {
    const why = availability === 'available' ? null : reason
    this.#core.apply(agent, { type: 'signIn', availability, reason: why, at: this.#core.nowMs }, cause)
  }

  #signOut(agent: RosterAgent, cause: Cause & { reason: string }): void {
    if (agent.state.session === 'offline') return
    const { reason } = cause
    this.#core.apply(agent, { type: 'signOut', reason, at: this.#core.nowMs }, { ...cause, wrapUpBy: 'signOut' })
  }

  #setAvailability(agent: RosterAgent, availability: Availability, reason: string | null, cause: Cause): void {
    if (agent.state.session === 'offline') {
      this.#enter(agent, availability, reason, cause)
      return
    }
    const why = availability === 'available' ? null : reason
    this.#core.apply(agent, { type: 'setAvailability', availability, reason: why, at: this.#core.nowMs }, cause)
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
