/** What one subscriber wants and may see: topics on the one hand, role and scopes on the other. */
import type { Engine } from '../../engine/api.ts'
import { EngineError } from '../../engine/errors.ts'
import { type AnyEvent, type EventType, type Topic, topicOf, topics } from '../../engine/events.ts'
import type { CallRecord } from '../../engine/records.ts'
import { type Permission, type Principal, type Reach, reachOf } from '../auth/permissions.ts'
import { isOwnCall } from '../ownership.ts'

const permissionOfTopic: Readonly<Record<Topic, Permission>> = {
  calls: 'calls.read',
  agents: 'agents.read',
  queues: 'queues.read',
  screenpop: 'screenpops.read',
}

const lostOffers: ReadonlySet<EventType> = new Set([
  'offer.rejected',
  'offer.timed_out',
  'offer.canceled',
  'offer.rescinded',
  'offer.failed',
])

export interface Interest {
  /** `topic` and `topic:id`, as they were asked for. */
  readonly keys: ReadonlySet<string>
  /** Whether this is subscribed to and permitted. Events have to be shown in order: it learns which calls are whose. */
  wants(event: AnyEvent): boolean
  /** As {@link wants}, for the past: looks up calls whose beginning was not replayed. */
  wantsPast(event: AnyEvent): Promise<boolean>
  /** Whether a whole topic or one id of it was asked for and is permitted. */
  includes(topic: Topic, id: string): boolean
  includesCall(call: CallRecord): boolean
  /** Whether a topic appears at all. */
  mentions(topic: Topic): boolean
}

/** The subscription keys under which an event travels. */
export function keysOf(event: AnyEvent): readonly [Topic, string] {
  const topic = topicOf(event.type)
  return [topic, `${topic}:${idIn(event, topic)}`]
}

/** @throws EngineError `request.invalid` for an unknown topic, `auth.forbidden` for one that is not permitted. */
export function createInterest(engine: Engine, principal: Principal, asked: readonly string[]): Interest {
  const reaches = new Map<Topic, Reach>()
  for (const key of asked) {
    const [name = '', id] = split(key)
    const topic = topics.find(known => known === name)
    if (topic === undefined || id === '')
      throw new EngineError(
        'request.invalid',
        `topics: got "${key}"; allowed: ${topics.join(', ')}, each also as topic:id`,
      )
    const reach = reachOf(principal, 'events.read') ?? reachOf(principal, permissionOfTopic[topic])
    if (reach === null) throw new EngineError('auth.forbidden', `This role or key may not subscribe to ${topic}.`)
    const isAgentTopic = topic === 'agents' || topic === 'screenpop'
    if (reach === 'own' && isAgentTopic && id !== undefined && id !== principal.agentId)
      throw new EngineError('auth.forbidden', `An agent may subscribe to ${topic} of its own only.`)
    reaches.set(topic, reach)
  }
  const keys = new Set(asked)
  const { agentId } = principal
  const knowsAllCalls = reaches.get('calls') !== 'own'
  /** Calls of which it is known whether they are the agent's own. */
  const calls = new Map<string, boolean>()
  if (!knowsAllCalls && agentId !== null)
    for (const call of engine.calls.live()) calls.set(call.callId, isOwnCall(call, agentId))

  const isAsked = (topic: Topic, id: string) => keys.has(topic) || keys.has(`${topic}:${id}`)

  function learn(event: AnyEvent): void {
    const { callId, agentId: ofAgent, fromAgentId } = references(event)
    if (callId === null || agentId === null || (ofAgent !== agentId && fromAgentId !== agentId)) return
    // An offer that came to nothing: what becomes of the call is not this agent's business any more.
    calls.set(callId, !lostOffers.has(event.type))
  }

  function permits(event: AnyEvent, topic: Topic): boolean {
    if (reaches.get(topic) !== 'own') return true
    const { callId, agentId: ofAgent } = references(event)
    if (topic !== 'calls') return ofAgent === agentId
    if (ofAgent !== null) return ofAgent === agentId
    return callId !== null && calls.get(callId) === true
  }

  function wants(event: AnyEvent): boolean {
    const topic = topicOf(event.type)
    if (!isAsked(topic, idIn(event, topic))) return false
    if (topic === 'calls' && !knowsAllCalls) learn(event)
    const isWanted = permits(event, topic)
    if (event.type === 'call.ended') calls.delete(event.data.callId)
    return isWanted
  }

  return {
    keys,
    wants,
    async wantsPast(event) {
      const topic = topicOf(event.type)
      if (topic === 'calls' && !knowsAllCalls && agentId !== null && isAsked(topic, idIn(event, topic))) {
        const { callId } = references(event)
        if (callId !== null && calls.get(callId) === undefined) {
          const call = await engine.calls.get(callId)
          calls.set(callId, call !== null && isOwnCall(call, agentId))
        }
      }
      return wants(event)
    },
    includes(topic, id) {
      if (!isAsked(topic, id)) return false
      return reaches.get(topic) !== 'own' || topic === 'queues' || id === agentId
    },
    includesCall: call =>
      isAsked('calls', call.callId) && (knowsAllCalls || (agentId !== null && isOwnCall(call, agentId))),
    mentions: topic => reaches.has(topic),
  }
}

function split(key: string): readonly [string, string?] {
  const colon = key.indexOf(':')
  return colon === -1 ? [key] : [key.slice(0, colon), key.slice(colon + 1)]
}

function idIn(event: AnyEvent, topic: Topic): string {
  const ids = references(event)
  const id = { calls: ids.callId, agents: ids.agentId, queues: ids.queueId, screenpop: ids.agentId }[topic]
  return id ?? ''
}

interface References {
  readonly callId: string | null
  readonly agentId: string | null
  readonly queueId: string | null
  readonly fromAgentId: string | null
}

function references({ data }: AnyEvent): References {
  const { callId = null, agentId = null, queueId = null, fromAgentId = null } = data as Partial<References>
  return { callId, agentId, queueId, fromAgentId }
}
