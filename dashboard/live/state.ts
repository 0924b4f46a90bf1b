/**
 * The live state of the page and how it changes: a snapshot replaces it, an event moves it on. Pure: no clock, no
 * network, no DOM; every instant comes out of the events.
 */
import type { AnyEvent, ScreenPop } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'
import type { QueueReply } from '../../server/api/queues.ts'
import type { Snapshot } from '../../server/api/realtime.ts'
import { applyToAgents } from './agents.ts'
import { applyToCall, isEnded, type LiveCall, liveCall } from './calls.ts'
import { applyToPops } from './screenpops.ts'

export interface LiveState {
  readonly queues: ReadonlyMap<string, QueueReply>
  readonly agents: ReadonlyMap<string, AgentReply>
  /** Calls in progress, in order of arrival. */
  readonly calls: ReadonlyMap<string, LiveCall>
  /** Calls that ended while we watched, newest first; at most {@link maxEnded}. */
  readonly ended: readonly LiveCall[]
  readonly pops: ReadonlyMap<string, ScreenPop>
  /** Since when events arrive before the store has confirmed them (DESIGN §5); null when all is well. */
  readonly journalBehindSince: string | null
}

export const maxEnded = 100

export const emptyState: LiveState = {
  queues: new Map(),
  agents: new Map(),
  calls: new Map(),
  ended: [],
  pops: new Map(),
  journalBehindSince: null,
}

function byId<T>(items: readonly T[], id: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map(item => [id(item), item]))
}

/** What a snapshot says; what it leaves out because it wasn't asked for stays as it is. */
export function fromSnapshot(state: LiveState, snapshot: Snapshot): LiveState {
  return {
    queues: snapshot.queues === undefined ? state.queues : byId(snapshot.queues, queue => queue.id),
    agents: snapshot.agents === undefined ? state.agents : byId(snapshot.agents, agent => agent.id),
    calls:
      snapshot.calls === undefined
        ? state.calls
        : byId(snapshot.calls.filter(call => !isEnded(call)).map(liveCall), call => call.callId),
    ended: state.ended,
    pops: snapshot.screenpops === undefined ? state.pops : byId(snapshot.screenpops, pop => pop.popId),
    journalBehindSince: null,
  }
}

/** An agent as REST tells it, unless a newer event has already moved it on. */
export function withAgent(state: LiveState, agent: AgentReply): LiveState {
  const known = state.agents.get(agent.id)
  if (known !== undefined && Date.parse(known.since) > Date.parse(agent.since)) return state
  return { ...state, agents: new Map(state.agents).set(agent.id, agent) }
}

export function applyAll(state: LiveState, events: readonly AnyEvent[]): LiveState {
  return events.reduce(apply, state)
}

export function apply(state: LiveState, event: AnyEvent): LiveState {
  const next = withJournalHealth(state, event)
  if (event.type === 'queue.snapshot') return applyQueueSnapshot(next, event)
  if (event.type.startsWith('screenpop.')) return patch(next, 'pops', applyToPops(next.pops, event))
  const agents = applyToAgents(next.agents, event)
  return applyCallEvent(patch(next, 'agents', agents), event)
}

function patch<K extends keyof LiveState>(state: LiveState, key: K, value: LiveState[K]): LiveState {
  return state[key] === value ? state : { ...state, [key]: value }
}

function withJournalHealth(state: LiveState, event: AnyEvent): LiveState {
  if (event.cursor === undefined) return state
  if (event.durable === false) return patch(state, 'journalBehindSince', state.journalBehindSince ?? event.time)
  return patch(state, 'journalBehindSince', null)
}

function applyQueueSnapshot(state: LiveState, event: Extract<AnyEvent, { type: 'queue.snapshot' }>): LiveState {
  const queue = state.queues.get(event.data.queueId)
  if (queue === undefined) return state
  return { ...state, queues: new Map(state.queues).set(queue.id, { ...queue, metrics: event.data }) }
}

function applyCallEvent(state: LiveState, event: AnyEvent): LiveState {
  if (!('callId' in event.data) || event.data.callId === null) return state
  const { callId } = event.data
  const before = state.calls.get(callId)
  const after = applyToCall(before ?? null, event)
  if (after !== null && !isEnded(after)) {
    return after === before ? state : { ...state, calls: new Map(state.calls).set(callId, after) }
  }
  if (after !== null) {
    const calls = new Map(state.calls)
    calls.delete(callId)
    return { ...state, calls, ended: [after, ...state.ended].slice(0, maxEnded) }
  }
  return withLateWrapUp(state, callId, event)
}

/** Wrap-up may follow the end of the call (FEATURES §4), so it can concern one of the ended ones. */
function withLateWrapUp(state: LiveState, callId: string, event: AnyEvent): LiveState {
  if (event.type !== 'call.wrapup_completed') return state
  const index = state.ended.findIndex(call => call.callId === callId)
  const call = state.ended[index]
  if (call === undefined) return state
  return { ...state, ended: state.ended.with(index, applyToCall(call, event) ?? call) }
}

/** True when the event speaks of an agent or a queue that we have never heard of, or tells too little about one. */
export function isIncomplete(state: LiveState, event: AnyEvent): boolean {
  if (event.type === 'queue.snapshot') return !state.queues.has(event.data.queueId)
  if (!event.type.startsWith('agent.') || !('agentId' in event.data) || event.data.agentId === null) return false
  return !state.agents.has(event.data.agentId)
}
