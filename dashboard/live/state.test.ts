/** The live state against whole stories told in events, as the server tells them. */
import { describe, expect, test } from 'vitest'
import type { AnyEvent } from '../../engine/events.ts'
import { needsRefetch } from './agents.ts'
import { agentOf as agentOnCall, talkOf, waitOf } from './calls.ts'
import { agentOf, at, eventOf, metricsOf, queueOf, step } from './fixtures.ts'
import { popInTimeline, popOf } from './screenpops.ts'
import {
  apply,
  applyAll,
  emptyState,
  fromSnapshot,
  isIncomplete,
  type LiveState,
  maxEnded,
  withAgent,
} from './state.ts'

const base = fromSnapshot(emptyState, {
  serverTime: at(0),
  queues: [queueOf()],
  agents: [agentOf()],
  calls: [],
  screenpops: [],
})

const callAfter = (...events: AnyEvent[]) => {
  const call = applyAll(base, events).calls.get('c1')
  if (call === undefined) throw new Error('the call is not live')
  return call
}

describe('a call', () => {
  test('waits, rings, talks and ends', () => {
    const waiting = callAfter(step.arrived(0), step.queued(1))
    expect(waiting.state).toBe('queued')
    expect(waitOf(waiting)).toEqual({ since: at(1) })
    expect(talkOf(waiting)).toBeNull()

    const events = [step.arrived(0), step.queued(1), step.offered(5), step.ringing(6)]
    const offered = callAfter(...events)
    expect(offered.state).toBe('offered')
    expect(offered.visits[0]?.offers[0]).toMatchObject({ agentId: 'ada', ringingAt: at(6), outcome: null })
    expect(waitOf(offered)).toEqual({ since: at(1) })

    events.push(step.accepted(8), step.connected(8, 7_000))
    const talking = callAfter(...events)
    expect(talking).toMatchObject({ state: 'connected', agentId: 'ada', connectedAt: at(8), queueId: 'support' })
    expect(talking.visits[0]).toMatchObject({ outcome: 'answered', waitMs: 7_000, agentId: 'ada' })
    expect(waitOf(talking)).toEqual({ ms: 7_000 })
    expect(talkOf(talking)).toEqual({ since: at(8) })

    events.push(step.segmentEnded(30, 22_000), step.ended(30))
    const state = applyAll(base, events)
    expect(state.calls.size).toBe(0)
    expect(state.ended[0]).toMatchObject({ callId: 'c1', state: 'completed', endedAt: at(30), endedBy: 'customer' })
    expect(state.ended.map(talkOf)).toEqual([{ ms: 22_000 }])
  })

  test('keeps its place and its waiting time when an offer is missed', () => {
    const events = [step.arrived(0), step.queued(1), step.offered(2), step.timedOut(17), step.requeued(17, 1)]
    const call = callAfter(...events)
    expect(call.state).toBe('queued')
    expect(call.since).toBe(at(17))
    expect(waitOf(call)).toEqual({ since: at(1) })
    expect(call.visits[0]?.offers[0]).toMatchObject({ outcome: 'timed_out', reason: 'noAnswer', ringMs: 15_000 })
  })

  test('that comes back into a queue waits from when it first did', () => {
    const call = callAfter(step.arrived(0), step.queued(60, { visitId: 'v2', enqueuedAt: at(1) }))
    expect(waitOf(call)).toEqual({ since: at(1) })
  })

  test('that several agents are offered has several offers, each with its own end', () => {
    const call = callAfter(
      step.arrived(0),
      step.queued(1),
      step.offered(2, 'o1', 'ada'),
      step.offered(2, 'o2', 'grace'),
      step.timedOut(4, 'o2', 'grace'),
      step.accepted(5, 'o1', 'ada'),
    )
    expect(call.state).toBe('connecting')
    expect(agentOnCall(callAfter(step.arrived(0), step.queued(1), step.offered(2, 'o2', 'grace')))).toBe('grace')
    expect(call.visits[0]?.offers.map(offer => [offer.agentId, offer.outcome])).toEqual([
      ['ada', 'accepted'],
      ['grace', 'timed_out'],
    ])
  })

  test('that overflows ends one visit and begins another', () => {
    const diverted = eventOf('call.diverted', 60, {
      callId: 'c1',
      visitId: 'v1',
      queueId: 'support',
      waitMs: 59_000,
      target: 'queue:sales',
      reason: 'overflow',
    })
    const call = callAfter(
      step.arrived(0),
      step.queued(1),
      diverted,
      step.queued(60, { visitId: 'v2', queueId: 'sales' }),
    )
    expect(call.queueId).toBe('sales')
    expect(call.visits.map(visit => visit.outcome)).toEqual(['flowOut', null])
    expect(waitOf(call)).toEqual({ since: at(60) })
  })

  test('whose caller leaves has stopped waiting before it has ended', () => {
    const abandoned = eventOf('call.abandoned', 9, {
      callId: 'c1',
      visitId: 'v1',
      queueId: 'support',
      waitMs: 8_000,
      stage: 'queued',
      short: false,
    })
    const events = [step.arrived(0), step.queued(1), abandoned]
    expect(waitOf(callAfter(...events))).toEqual({ ms: 8_000 })
    const state = applyAll(base, [...events, step.ended(9, 'abandoned')])
    expect(state.ended[0]?.state).toBe('abandoned')
  })

  test('remembers who holds it, until it is taken back', () => {
    const talking = [step.arrived(0), step.queued(1), step.offered(2), step.accepted(3), step.connected(3, 2_000)]
    const held = eventOf('call.held', 5, { callId: 'c1', by: 'agent' })
    const retrieved = eventOf('call.retrieved', 9, { callId: 'c1', by: 'agent', heldMs: 4_000 })
    expect(callAfter(...talking, held).heldBy).toBe('agent')
    expect(callAfter(...talking, held, retrieved).heldBy).toBeNull()
  })

  test('takes new attributes beside the old ones', () => {
    const set = (changed: Record<string, string>) =>
      eventOf('call.attributes_updated', 1, { callId: 'c1', changed, origin: 'lookup' })
    const call = callAfter(step.arrived(0), set({ tier: 'gold', city: 'Ulm' }), set({ city: 'Bonn' }))
    expect(call.attributes).toEqual({ tier: 'gold', city: 'Bonn' })
  })

  test('told twice changes nothing', () => {
    const events = [step.arrived(0), step.queued(1), step.offered(2), step.accepted(3), step.connected(3, 2_000)]
    const once = applyAll(base, events).calls.get('c1')
    const twice = applyAll(
      base,
      events.flatMap(event => [event, event]),
    ).calls.get('c1')
    expect(twice).toEqual(once)
  })

  test('that began before we listened and isn’t in the snapshot is left alone', () => {
    expect(applyAll(base, [step.queued(1), step.connected(2, 1_000), step.ended(3)]).calls.size).toBe(0)
  })

  test('that has ended still takes the wrap-up that follows', () => {
    const wrapped = eventOf('call.wrapup_completed', 40, {
      callId: 'c1',
      segmentId: 's1',
      agentId: 'ada',
      wrapMs: 9_000,
      by: 'agent',
      disposition: 'Resolved',
      notes: null,
    })
    const events = [step.arrived(0), step.queued(1), step.offered(2), step.accepted(3), step.connected(3, 2_000)]
    const state = applyAll(base, [...events, step.segmentEnded(30, 27_000), step.ended(30), wrapped])
    expect(state.calls.size).toBe(0)
    expect(state.ended).toHaveLength(1)
    expect(state.ended[0]?.segments[0]).toMatchObject({ wrapMs: 9_000, disposition: 'Resolved', talkMs: 27_000 })
  })

  test('only so many ended ones are kept', () => {
    let state: LiveState = base
    for (let i = 0; i < maxEnded + 20; i += 1) state = applyAll(state, [step.arrived(i), step.ended(i)])
    expect(state.ended).toHaveLength(maxEnded)
    expect(state.ended[0]?.endedAt).toBe(at(maxEnded + 19))
  })
})

describe('an agent', () => {
  const stateChanged = (sec: number, from: 'available' | 'talking' | 'wrapUp' | 'unreachable', to: typeof from) =>
    eventOf('agent.state_changed', sec, {
      agentId: 'ada',
      from,
      to,
      reason: null,
      since: at(sec),
      actor: 'system',
      callId: to === 'talking' || to === 'wrapUp' ? 'c1' : null,
    })
  const ada = (...events: AnyEvent[]) => applyAll(base, events).agents.get('ada')

  test('shows label, since and call', () => {
    expect(ada(stateChanged(5, 'available', 'talking'))).toMatchObject({
      label: 'talking',
      slot: 'engaged',
      since: at(5),
      callId: 'c1',
      routable: false,
      availability: 'available',
    })
  })

  test('has a wrap-up deadline until the wrap-up is over', () => {
    const started = eventOf('call.wrapup_started', 20, {
      callId: 'c1',
      segmentId: 's1',
      agentId: 'ada',
      queueId: 'support',
      deadline: at(30),
    })
    const wrapping = [stateChanged(20, 'talking', 'wrapUp'), started]
    expect(ada(...wrapping)?.deadline).toBe(at(30))
    expect(ada(started, stateChanged(20, 'talking', 'wrapUp'))?.deadline).toBe(at(30))
    expect(ada(...wrapping, stateChanged(30, 'wrapUp', 'available'))?.deadline).toBeNull()
  })

  test('shows what comes next, until it has come', () => {
    const next = eventOf('agent.next_status_set', 10, {
      agentId: 'ada',
      next: { availability: 'notReady', reason: 'break' },
      actor: 'user:ada',
    })
    const working = [stateChanged(5, 'available', 'talking'), next]
    expect(ada(...working)?.next).toEqual({ availability: 'notReady', reason: 'break' })
    expect(ada(...working, stateChanged(20, 'talking', 'available'))?.next).toBeNull()
  })

  test('is counted for what was handled and missed', () => {
    expect(ada(step.timedOut(3), step.connected(9, 1_000))?.today).toEqual({ handled: 1, missed: 1 })
  })

  test('is asked for again when devices come or go, and always when it is our own', () => {
    const lost = stateChanged(5, 'available', 'unreachable')
    expect(needsRefetch(lost, null)).toBe('ada')
    const talking = stateChanged(5, 'available', 'talking')
    expect(needsRefetch(talking, null)).toBeNull()
    expect(needsRefetch(talking, 'ada')).toBe('ada')
    expect(needsRefetch(step.connected(1, 1), 'ada')).toBeNull()
  })

  test('is not put back by an answer that is older than the last event', () => {
    const state = apply(base, stateChanged(5, 'available', 'talking'))
    expect(withAgent(state, agentOf({ since: at(1) })).agents.get('ada')?.label).toBe('talking')
    expect(withAgent(state, agentOf({ since: at(6) })).agents.get('ada')?.label).toBe('available')
  })

  test('nobody has heard of makes the state incomplete', () => {
    const event = eventOf('agent.next_status_set', 1, { agentId: 'new', next: null, actor: 'x' })
    expect(isIncomplete(base, event)).toBe(true)
    expect(isIncomplete(base, stateChanged(1, 'available', 'talking'))).toBe(false)
    expect(apply(base, event).agents).toBe(base.agents)
  })
})

describe('a queue', () => {
  test('takes new metrics and keeps its name', () => {
    const state = apply(base, eventOf('queue.snapshot', 1, metricsOf({ waiting: 3, oldestEnqueuedAt: at(0) })))
    expect(state.queues.get('support')).toMatchObject({ name: 'Support', metrics: { waiting: 3 } })
  })

  test('nobody has heard of is asked for', () => {
    const event = eventOf('queue.snapshot', 1, metricsOf({ queueId: 'new' }))
    expect(isIncomplete(base, event)).toBe(true)
    expect(apply(base, event)).toBe(base)
  })
})

describe('a pop', () => {
  const popData = {
    popId: 'p1',
    callId: 'c1',
    offerId: 'o1',
    agentId: 'ada',
    trigger: 'offer' as const,
    ani: { e164: null, raw: '100', name: null, withheld: false },
    dnis: 'support',
    queueId: 'support',
    queueName: 'Support',
    waitMs: 1_000,
    ivr: { path: [], digits: '' },
    attributes: {},
    matchStatus: 'pending' as const,
    matches: [],
    target: null,
    expiresAt: at(60),
  }
  const requested = eventOf('screenpop.requested', 1, popData)

  test('is shown, replaced by its update, and taken away', () => {
    const updated = eventOf('screenpop.updated', 2, { ...popData, matchStatus: 'single' })
    const state = applyAll(base, [requested, updated])
    expect(popOf(state.pops, 'ada', 'c1')?.matchStatus).toBe('single')
    expect(popOf(state.pops, 'grace', 'c1')).toBeNull()
    const ref = { popId: 'p1', callId: 'c1', offerId: 'o1', agentId: 'ada' }
    const withdrawn = eventOf('screenpop.withdrawn', 3, { ...ref, reason: 'rescinded' })
    expect(apply(state, withdrawn).pops.size).toBe(0)
  })

  test('is found in the journal after a reload, for its own agent only', () => {
    const updated = eventOf('screenpop.updated', 2, { ...popData, matchStatus: 'single' })
    const timeline = [requested, updated, step.ended(9)].map(({ time, type, data }) => ({
      cursor: '1',
      time,
      type,
      data,
    }))
    expect(popInTimeline({ timeline }, 'ada')?.matchStatus).toBe('single')
    expect(popInTimeline({ timeline }, 'grace')).toBeNull()
    expect(popInTimeline(null, 'ada')).toBeNull()
  })

  test('that was acknowledged stays on the card', () => {
    const acknowledged = eventOf('screenpop.acknowledged', 2, {
      popId: 'p1',
      callId: 'c1',
      agentId: 'ada',
      result: 'shown',
      actor: 'user:ada',
    })
    expect(applyAll(base, [requested, acknowledged]).pops.size).toBe(1)
  })
})

describe('snapshots and the journal', () => {
  test('a snapshot leaves alone what wasn’t asked for', () => {
    const state = fromSnapshot(base, { serverTime: at(9), queues: [] })
    expect(state.queues.size).toBe(0)
    expect(state.agents).toBe(base.agents)
  })

  test('events that the store hasn’t confirmed tell since when it is behind, until one is confirmed', () => {
    const attributes = { callId: 'c1', changed: {}, origin: 'api' }
    const early = eventOf('call.attributes_updated', 3, attributes, false)
    const later = eventOf('call.attributes_updated', 5, attributes, false)
    const durable = eventOf('call.attributes_updated', 6, attributes)
    expect(applyAll(base, [early, later]).journalBehindSince).toBe(at(3))
    expect(applyAll(base, [early, eventOf('queue.snapshot', 4, metricsOf())]).journalBehindSince).toBe(at(3))
    expect(applyAll(base, [early, durable]).journalBehindSince).toBeNull()
  })
})
