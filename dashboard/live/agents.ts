/**
 * How the agents follow the events: agent.* and, for the deadline and today's counts, call.* and offer.*. Pure. An
 * event tells less than the REST resource: {@link needsRefetch} says when the rest has to be asked for.
 */
import type { AgentLabel, AnyEvent, EventData } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'

export type Agents = ReadonlyMap<string, AgentReply>

const slotOfLabel: Readonly<Partial<Record<AgentLabel, AgentReply['slot']>>> = {
  talking: 'engaged',
  held: 'engaged',
  consulting: 'engaged',
  conferencing: 'engaged',
  wrapUp: 'wrapping',
  ringing: 'ringing',
  reserved: 'reserved',
  notReady: 'idle',
  available: 'idle',
}

export function applyToAgents(agents: Agents, event: AnyEvent): Agents {
  switch (event.type) {
    case 'agent.state_changed':
      return change(agents, event.data.agentId, agent => stateChanged(agent, event.data))
    case 'agent.session_changed':
      return change(agents, event.data.agentId, agent => ({ ...agent, session: event.data.to }))
    case 'agent.next_status_set':
      return change(agents, event.data.agentId, agent => ({ ...agent, next: event.data.next }))
    case 'agent.devices_changed':
      return change(agents, event.data.agentId, agent => {
        const { devices, acting, endpoint } = event.data
        return { ...agent, devices, acting, endpoint }
      })
    case 'agent.queue_membership_changed':
      return change(agents, event.data.agentId, agent => moved(agent, event.data.queueId, event.data.signedIn))
    case 'agent.wrapup_changed':
      return change(agents, event.data.agentId, agent => {
        const { deadline, asked, disposition, notes } = event.data
        const wrapUp = agent.wrapUp === null ? null : { ...agent.wrapUp, asked, disposition, notes }
        return { ...agent, wrapUp, deadline: agent.slot === 'wrapping' ? deadline : agent.deadline }
      })
    case 'call.connected':
      return change(agents, event.data.agentId, agent => ({
        ...agent,
        queueId: event.data.queueId,
        today: { ...agent.today, handled: agent.today.handled + 1 },
      }))
    case 'call.wrapup_started':
      return change(agents, event.data.agentId, agent => ({ ...agent, deadline: event.data.deadline }))
    case 'offer.created':
      return change(agents, event.data.agentId, agent => ({ ...agent, queueId: event.data.queueId }))
    case 'offer.rejected':
    case 'offer.timed_out':
      return change(agents, event.data.agentId, agent => ({
        ...agent,
        today: { ...agent.today, missed: agent.today.missed + 1 },
      }))
    default:
      return agents
  }
}

function change(agents: Agents, agentId: string, next: (agent: AgentReply) => AgentReply): Agents {
  const agent = agents.get(agentId)
  return agent === undefined ? agents : new Map(agents).set(agentId, next(agent))
}

function moved(agent: AgentReply, queueId: string, isJoined: boolean): AgentReply {
  const [from, to] = isJoined ? [agent.queuesLeft, agent.queues] : [agent.queues, agent.queuesLeft]
  const left = from.filter(id => id !== queueId)
  const joined = [...to.filter(id => id !== queueId), queueId]
  return { ...agent, queues: isJoined ? joined : left, queuesLeft: isJoined ? left : joined }
}

function stateChanged(agent: AgentReply, data: EventData<'agent.state_changed'>): AgentReply {
  const { to, reason, since, callId } = data
  const isIdle = to === 'available' || to === 'notReady' || to === 'offline'
  return {
    ...agent,
    label: to,
    reason,
    since,
    callId,
    session: to === 'offline' ? 'offline' : 'online',
    availability: to === 'available' || to === 'notReady' ? to : agent.availability,
    endpoint: to === 'unreachable' ? 'unreachable' : to === 'offline' ? agent.endpoint : reachable(agent.endpoint),
    slot: slotOfLabel[to] ?? agent.slot,
    // A stored status is applied when the work ends: being idle means that it has been.
    next: isIdle ? null : agent.next,
    queueId: isIdle ? null : agent.queueId,
    deadline: to === 'wrapUp' ? agent.deadline : null,
    routable: to === 'available',
  }
}

function reachable(endpoint: AgentReply['endpoint']): AgentReply['endpoint'] {
  return endpoint === 'unreachable' ? 'reachable' : endpoint
}

/**
 * The agents about whom the event tells too little: those whose devices come or go, and `watchedId`, the reader's own
 * agent, whose desk shows everything.
 */
export function needsRefetch(event: AnyEvent, watchedId: string | null): string | null {
  if (!event.type.startsWith('agent.') || !('agentId' in event.data)) return null
  const { agentId } = event.data
  if (agentId === watchedId || event.type === 'agent.session_changed') return agentId
  if (event.type !== 'agent.state_changed') return null
  const { from, to } = event.data
  return [from, to].some(label => label === 'unreachable' || label === 'offline') ? agentId : null
}
