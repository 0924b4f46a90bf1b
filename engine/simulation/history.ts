/**
 * What a recorded journal tells of a working day: which calls came to which queue and when, how long their callers were ready
 * to wait, how long agents handled them, and who was there. What another policy, or other people, would have made of the same
 * calls is simulated from this.
 */
import type { AgentLabel, AnyEvent, Attributes, EventData } from '../events.ts'
import { type RecordedWishes, routingPart, type WishChange, wishesRecorded } from './wishes.ts'

/**
 * A call as it entered its first queue, and, if an agent sent it on to another one or was lost, as it entered that: each part
 * with what its own agent made of it. Durations in ms.
 */
export interface HistoryCall extends RecordedWishes {
  readonly callId: string
  readonly atMs: number
  readonly number: string
  readonly queueId: string
  readonly priority: number
  /** What was said of it while it waited, in order; not by the center itself, which says it again. */
  readonly changes: readonly WishChange[]
  readonly ending: 'answered' | 'abandoned' | 'other'
  /** From there, in all queues, up to the answer, the hang-up or whatever else ended it. */
  readonly waitMs: number
  /** With the agents of this part, hold included; 0 if nobody answered. */
  readonly talkMs: number
  readonly wrapUpMs: number
  /** What came after it had been answered; null: nothing in a queue. */
  readonly next: HistoryCall | null
}

/** What a replay does not repeat. */
export interface LeftOut {
  /** Calls that never entered a queue: they ended in a menu or a mailbox, or went to an agent or a number outside. */
  readonly calls: number
  /** Talks of agents that no queue gave them: calls to them by name, transferred ones included, and callbacks. */
  readonly talks: number
  /** What those took of the agents' time: ring, talk, hold and wrap-up, in ms. */
  readonly busyMs: number
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
  readonly leftOut: LeftOut
  readonly events: readonly AnyEvent[]
}

type Part = { -readonly [key in keyof HistoryCall]: HistoryCall[key] }

/** What flows and recipes say is said again where they act again. */
const saidAgain = /^(?:flow|recipe):/

const awayLabels: ReadonlySet<AgentLabel> = new Set<AgentLabel>(['offline', 'unreachable', 'notReady'])

/** @param events in the order of their cursors */
export function historyOf(events: readonly AnyEvent[]): History {
  const fromMs = Date.parse(events[0]?.time ?? '1970-01-01T00:00:00Z')
  const toMs = Date.parse(events.at(-1)?.time ?? '1970-01-01T00:00:00Z')
  const numbers = new Map<string, string>()
  /** By call: what has been said of its routing. */
  const said = new Map<string, Attributes>()
  const calls = new Map<string, Part>()
  /** By call: the part in progress; by visit, and by an agent's segment: whose it is. */
  const current = new Map<string, Part>()
  const byVisit = new Map<string, Part>()
  const bySegment = new Map<string, Part>()
  const ended = new Set<Part>()
  const unqueued = new Set<string>()
  const otherSegments = new Set<string>()
  let otherBusyMs = 0
  const presence = new Map<string, { fromMs: number; toMs: number }[]>()
  const present = new Map<string, number>()
  const ringMs = new Map<string, number[]>()

  function entered(event: Extract<AnyEvent, { type: 'call.queued' }>): void {
    const { callId, visitId, queueId, priority, callbackId } = event.data
    unqueued.delete(callId)
    // Whoever is called back was counted when he asked for it.
    if (callbackId !== undefined) return
    const before = current.get(callId)
    // Where the center itself sends a call on that waits, it does so again.
    if (before !== undefined && before.ending !== 'answered') {
      byVisit.set(visitId, before)
      return
    }
    const part: Part = {
      ...{ callId, queueId, priority, changes: [], ending: 'other', next: null },
      ...wishesRecorded(event.data, said.get(callId) ?? {}),
      ...{ atMs: Date.parse(event.time), number: numbers.get(callId) ?? queueId, waitMs: 0, talkMs: 0, wrapUpMs: 0 },
    }
    if (before === undefined) calls.set(callId, part)
    else before.next = part
    current.set(callId, part)
    byVisit.set(visitId, part)
  }

  function toldOf({ time, data }: Extract<AnyEvent, { type: 'call.attributes_updated' }>): void {
    const { callId, changed, origin } = data
    const routing = routingPart(changed)
    if (routing === null) return
    said.set(callId, { ...said.get(callId), ...routing })
    const part = current.get(callId)
    if (part === undefined || ended.has(part) || saidAgain.test(origin)) return
    part.changes = [...part.changes, { afterMs: Math.max(0, Date.parse(time) - part.atMs), changed: routing }]
  }

  /** What lapses while a call waits was no requirement; only older journals leave that open. */
  function lapsed({ visitId, from, recipe }: EventData<'call.routing_step_changed'>): void {
    const part = byVisit.get(visitId)
    if (part !== undefined && recipe === undefined && part.askedTogether === from) part.askedTogether = null
  }

  function decided(part: Part | undefined, time: string, ending: HistoryCall['ending']): void {
    if (part === undefined || ended.has(part)) return
    ended.add(part)
    part.ending = ending
    part.waitMs = Math.max(0, Date.parse(time) - part.atMs)
  }

  function connected({ time, data }: Extract<AnyEvent, { type: 'call.connected' }>): void {
    const part = data.visitId === null ? undefined : byVisit.get(data.visitId)
    if (part === undefined) return
    decided(part, time, 'answered')
    bySegment.set(data.segmentId, part)
  }

  /** A consultation becomes the call's own: who was asked goes on with it, or it takes over the place in line. */
  function transferred({ callId, consultCallId }: EventData<'call.transferred'>): void {
    const consulted = consultCallId === null ? undefined : calls.get(consultCallId)
    if (consultCallId === null || consulted === undefined) return
    if (consulted.ending === 'answered') current.set(callId, consulted)
    else calls.delete(consultCallId)
  }

  function worked({ callId, segmentId, visitId, queueId, ...ms }: EventData<'call.segment_ended'>): void {
    // Who was asked before goes on, as an agent of the queue, in another segment without a visit.
    const goesOn = visitId === null && queueId !== null ? current.get(callId) : undefined
    const part = bySegment.get(segmentId) ?? goesOn
    if (part === undefined) {
      otherSegments.add(segmentId)
      otherBusyMs += ms.ringMs + ms.talkMs + ms.holdMs
      return
    }
    bySegment.set(segmentId, part)
    part.talkMs += ms.talkMs + ms.holdMs
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
      const untilMs = Date.parse(time)
      // Who came and went in one moment was not there.
      if (since !== undefined && since < untilMs) presence.get(agentId)?.push({ fromMs: since, toMs: untilMs })
    } else if (since === undefined) present.set(agentId, Date.parse(time))
  }

  for (const event of events) {
    switch (event.type) {
      case 'call.arrived':
        numbers.set(event.data.callId, event.data.dnis)
        if (event.data.direction === 'inbound') unqueued.add(event.data.callId)
        break
      case 'call.queued':
        entered(event)
        break
      case 'call.attributes_updated':
        toldOf(event)
        break
      case 'call.routing_step_changed':
        lapsed(event.data)
        break
      case 'call.connected':
        connected(event)
        break
      case 'call.transferred':
        transferred(event.data)
        break
      case 'call.abandoned':
        decided(current.get(event.data.callId), event.time, 'abandoned')
        break
      case 'call.ended':
        decided(current.get(event.data.callId), event.time, 'other')
        said.delete(event.data.callId)
        break
      case 'offer.accepted':
        ringMs.set(event.data.agentId, [...(ringMs.get(event.data.agentId) ?? []), event.data.ringMs])
        break
      case 'call.segment_ended':
        worked(event.data)
        break
      case 'call.wrapup_completed': {
        const part = bySegment.get(event.data.segmentId)
        if (part !== undefined) part.wrapUpMs += event.data.wrapMs
        else if (otherSegments.has(event.data.segmentId)) otherBusyMs += event.data.wrapMs
        break
      }
      case 'agent.state_changed':
        changed(event)
        break
    }
  }
  // Who waits or talks when the journal ends has not decided anything; what is known of him holds up to there.
  for (const part of partsOf([...calls.values()]))
    if (!ended.has(part)) (part as Part).waitMs = Math.max(0, toMs - part.atMs)
  for (const [agentId, since] of present) presence.get(agentId)?.push({ fromMs: since, toMs })
  const leftOut = { calls: unqueued.size, talks: otherSegments.size, busyMs: otherBusyMs }
  return { fromMs, toMs, calls: [...calls.values()], presence, ringMs, leftOut, events }
}

/** All parts of calls: what was told of a queue, whoever sent the call there. */
export function partsOf(calls: readonly HistoryCall[]): readonly HistoryCall[] {
  const parts: HistoryCall[] = []
  for (const call of calls) for (let part: HistoryCall | null = call; part !== null; part = part.next) parts.push(part)
  return parts
}
