/**
 * What a recorded journal tells of a working day: which calls came to which queue and when, how long their callers were ready
 * to wait, how long agents handled them, and who was there. What another policy, or other people, would have made of the same
 * calls is simulated from this.
 */
import type { AgentLabel, AnyEvent } from '../events.ts'

/** A call as it entered its first queue. Durations in ms. */
export interface HistoryCall {
  readonly callId: string
  readonly atMs: number
  readonly number: string
  readonly queueId: string
  readonly priority: number
  readonly requirements: string | null
  readonly ending: 'answered' | 'abandoned' | 'other'
  /** In all queues, up to the answer, the hang-up or whatever else ended it. */
  readonly waitMs: number
  /** With agents, hold included; 0 if nobody answered. */
  readonly talkMs: number
  readonly wrapUpMs: number
}

export interface Presence {
  readonly fromMs: number
  readonly toMs: number
}

export interface History {
  /** Of the first and the last event. Milliseconds since the epoch, as all instants here. */
  readonly fromMs: number
  readonly toMs: number
  readonly calls: readonly HistoryCall[]
  /** When each agent was there to take calls: neither offline, unreachable nor notReady. */
  readonly presence: ReadonlyMap<string, readonly Presence[]>
  /** By agent: how long it rang each time until the answer. */
  readonly ringMs: ReadonlyMap<string, readonly number[]>
  readonly events: readonly AnyEvent[]
}

const awayLabels: ReadonlySet<AgentLabel> = new Set<AgentLabel>(['offline', 'unreachable', 'notReady'])

/** @param events in the order of their cursors */
export function historyOf(events: readonly AnyEvent[]): History {
  const fromMs = Date.parse(events[0]?.time ?? '1970-01-01T00:00:00Z')
  const toMs = Date.parse(events.at(-1)?.time ?? '1970-01-01T00:00:00Z')
  const numbers = new Map<string, string>()
  const calls = new Map<string, { -readonly [key in keyof HistoryCall]: HistoryCall[key] }>()
  const ended = new Set<string>()
  const presence = new Map<string, { fromMs: number; toMs: number }[]>()
  const present = new Map<string, number>()
  const ringMs = new Map<string, number[]>()

  function entered(event: Extract<AnyEvent, { type: 'call.queued' }>): void {
    const { callId, queueId, priority, requirements = null, callbackId } = event.data
    // Whoever is called back was counted when he asked for it.
    if (callbackId !== undefined || calls.has(callId)) return
    calls.set(callId, {
      ...{ callId, queueId, priority, requirements, ending: 'other' },
      ...{ atMs: Date.parse(event.time), number: numbers.get(callId) ?? queueId, waitMs: 0, talkMs: 0, wrapUpMs: 0 },
    })
  }

  function decided(callId: string, time: string, ending: HistoryCall['ending']): void {
    const call = calls.get(callId)
    if (call === undefined || ended.has(callId)) return
    ended.add(callId)
    call.ending = ending
    call.waitMs = Math.max(0, Date.parse(time) - call.atMs)
  }

  function changed({ time, data }: Extract<AnyEvent, { type: 'agent.state_changed' }>): void {
    const { agentId, from, to } = data
    const known = presence.get(agentId)
    if (known === undefined) {
      presence.set(agentId, [])
      // The journal begins while the agent is there.
      if (!awayLabels.has(from)) present.set(agentId, fromMs)
    }
    const since = present.get(agentId)
    if (awayLabels.has(to)) {
      present.delete(agentId)
      if (since !== undefined) presence.get(agentId)?.push({ fromMs: since, toMs: Date.parse(time) })
    } else if (since === undefined) present.set(agentId, Date.parse(time))
  }

  for (const event of events) {
    switch (event.type) {
      case 'call.arrived':
        numbers.set(event.data.callId, event.data.dnis)
        break
      case 'call.queued':
        entered(event)
        break
      case 'call.connected':
        decided(event.data.callId, event.time, 'answered')
        break
      case 'call.abandoned':
        decided(event.data.callId, event.time, 'abandoned')
        break
      case 'call.ended':
        decided(event.data.callId, event.time, 'other')
        break
      case 'offer.accepted':
        ringMs.set(event.data.agentId, [...(ringMs.get(event.data.agentId) ?? []), event.data.ringMs])
        break
      case 'call.segment_ended': {
        const call = calls.get(event.data.callId)
        if (call !== undefined) call.talkMs += event.data.talkMs + event.data.holdMs
        break
      }
      case 'call.wrapup_completed': {
        const call = calls.get(event.data.callId)
        if (call !== undefined) call.wrapUpMs += event.data.wrapMs
        break
      }
      case 'agent.state_changed':
        changed(event)
        break
    }
  }
  // Who waits or talks when the journal ends has not decided anything; what is known of him holds up to there.
  for (const call of calls.values()) if (!ended.has(call.callId)) call.waitMs = Math.max(0, toMs - call.atMs)
  for (const [agentId, since] of present) presence.get(agentId)?.push({ fromMs: since, toMs })
  return { fromMs, toMs, calls: [...calls.values()], presence, ringMs, events }
}
