/** Which agents serve which queues: by the center, and by what the agents themselves join and leave. */
import type { Actor } from '../api.ts'
import { type Membership, membershipsOf } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { AgentDay } from './agent-day.ts'
import { createMember, idleSinceOf, type RosterAgent } from './roster-agent.ts'
import type { RosterCore } from './roster-core.ts'

export class RosterMemberships {
  readonly #core: RosterCore

  constructor(core: RosterCore) {
    this.#core = core
  }

  /**
   * Puts an agent into the queues that are configured now. What he has joined or left stays so.
   * @param today what somebody who is new to this process has done in the last one
   */
  enrol(agent: RosterAgent, today: AgentDay | null = null): void {
    const { config, memberships: before, away: leftBefore } = agent
    const served = membershipsOf(config)
    const first = Math.min(...served.map(({ priority }) => priority))
    agent.memberships = new Map()
    agent.away = new Set()
    for (const membership of served) {
      const queueId = membership.id
      const index = this.#core.indexes.get(queueId)
      if (index === undefined) continue
      const sums = before.get(queueId) ?? today?.queues.find(one => one.queueId === queueId)
      const member = createMember(agent, membership, index, first, sums)
      agent.memberships.set(queueId, member)
      index.enlist(member)
      if (before.has(queueId) ? leftBefore.has(queueId) : !this.#hasJoined(agent.config.id, membership)) {
        agent.away.add(queueId)
        continue
      }
      index.place(member, agent.state.standing)
      if (!before.has(queueId) && agent.state.session === 'online') {
        index.startAtMedian(member)
        if (agent.state.routable) this.#core.tellRoutable(config.id)
      }
    }
  }

  /** @throws EngineError `queue.unknown` for a queue that is not the agent's */
  set(agentId: string, queueId: string, isJoined: boolean, actor: Actor): void {
    const agent = this.#core.staying(agentId)
    const member = agent.memberships.get(queueId)
    if (member === undefined)
      throw new EngineError('queue.unknown', `Queue ${queueId} is none of those that agent ${agentId} serves.`)
    if (agent.away.has(queueId) !== isJoined) return
    if (isJoined) {
      agent.away.delete(queueId)
      member.idleSince = idleSinceOf(agent, member.index)
      member.index.place(member, agent.state.standing)
      if (agent.state.session === 'online') member.index.startAtMedian(member)
    } else {
      agent.away.add(queueId)
      member.index.place(member, null)
    }
    this.#core.options.emit('agent.queue_membership_changed', { agentId, queueId, signedIn: isJoined, actor })
    if (!isJoined) this.#core.tellAbsent(agentId, [queueId])
    else if (agent.state.routable) this.#core.tellRoutable(agentId)
  }

  /** Of a queue that is new to this process: what the last one was told goes before the definition. */
  #hasJoined(agentId: string, { id, signedIn }: Membership): boolean {
    return this.#core.options.said?.(agentId, id) ?? signedIn
  }

  joined(agentId: string): readonly string[] {
    const { queueIds, away } = this.#core.known(agentId)
    return away.size === 0 ? queueIds : queueIds.filter(queueId => !away.has(queueId))
  }
}
