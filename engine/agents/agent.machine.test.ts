import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { createTestClock } from '../simulation/test-clock.ts'
import { type AgentEvent, agentMachine } from './agent.machine.ts'
import type { MissReason } from './misses.ts'

type Step = AgentEvent extends infer E ? (E extends { at: number } ? Omit<E, 'at'> : never) : never

type Persisted = ReturnType<(typeof agentMachine)['getPersistedSnapshot']>

function start(alwaysAvailable = false, snapshot?: Persisted) {
  const clock = createTestClock(0)
  const options = { clock, input: { alwaysAvailable } }
  const actor = createActor(agentMachine, snapshot === undefined ? options : { ...options, snapshot }).start()
  const send = (step: Step) => actor.send({ ...step, at: clock.now() } as AgentEvent)
  return { clock, actor, send, value: () => actor.getSnapshot().value, context: () => actor.getSnapshot().context }
}

function ready() {
  const agent = start()
  agent.send({ type: 'signIn', availability: 'available', reason: null })
  agent.send({ type: 'deviceFound' })
  return agent
}

const offer = { offerId: 'o1', callId: 'c1', queueId: 'q' }
const reserve = { type: 'reserve', ...offer } as const
const ring = { type: 'ring', offerId: 'o1' } as const
const engage = { type: 'engage', ...offer, segmentId: 's1' } as const
const wrapping = { wrapping: 'timed' } as const
const callEnded = { type: 'callEnded', segmentId: 's1', wrapUpMs: 10_000 } as const
const missed = (cooldownMs: number, limit: number, reason: MissReason = 'noAnswer', growth = 1) =>
  ({ type: 'offerMissed', offerId: 'o1', miss: { reason, cooldownMs, growth, maxCooldownMs: 60_000, limit } }) as const

describe('agent machine: slot', () => {
  const free = { idle: 'free' }
  const talking = { engaged: 'talking' }
  const cases: readonly [string, readonly Step[], unknown][] = [
    ['reserves', [reserve], 'reserved'],
    ['rings', [reserve, ring], 'ringing'],
    ['ignores the ringing of another offer', [reserve, { type: 'ring', offerId: 'o0' }], 'reserved'],
    ['engages from reserved', [reserve, engage], talking],
    ['engages from ringing', [reserve, ring, engage], talking],
    ['ignores the answer to another offer', [reserve, ring, { ...engage, offerId: 'o0' }], 'ringing'],
    ['is not engaged without an offer', [engage], free],
    ['is freed by a withdrawn offer', [reserve, ring, { type: 'offerWithdrawn', offerId: 'o1' }], free],
    ['ignores the withdrawal of another offer', [reserve, { type: 'offerWithdrawn', offerId: 'o0' }], 'reserved'],
    ['ignores the miss of another offer', [reserve, ring, { ...missed(5000, 2), offerId: 'o0' }], 'ringing'],
    ['cools down after a miss', [reserve, ring, missed(5000, 2)], { idle: 'cooling' }],
    ['takes no reservation while it cools down', [reserve, missed(5000, 2), reserve], { idle: 'cooling' }],
    ['does not cool down without a cooldown', [reserve, missed(0, 2)], free],
    ['is reserved once', [reserve, { ...reserve, offerId: 'o2' }, ring], 'ringing'],
    ['holds', [reserve, engage, { type: 'hold' }], { engaged: 'held' }],
    ['retrieves', [reserve, engage, { type: 'hold' }, { type: 'retrieve' }], talking],
    ['consults', [reserve, engage, { type: 'consult' }], { engaged: 'consulting' }],
    [
      'merges a consultation',
      [reserve, engage, { type: 'consult' }, { type: 'conference' }],
      { engaged: 'conferencing' },
    ],
    ['wraps up', [reserve, engage, callEnded], wrapping],
    ['wraps up from hold', [reserve, engage, { type: 'hold' }, callEnded], wrapping],
    ['wraps up without a deadline', [reserve, engage, { ...callEnded, wrapUpMs: null }], { wrapping: 'open' }],
    ['has no wrap-up of 0 ms', [reserve, engage, { ...callEnded, wrapUpMs: 0 }], free],
    ['ignores the end of another segment', [reserve, engage, { ...callEnded, segmentId: 's0' }], talking],
    ['is done with wrap-up', [reserve, engage, callEnded, { type: 'wrapUpDone' }], free],
    ['ends wrap-up on signing out', [reserve, engage, callEnded, { type: 'signOut', reason: 'home' }], free],
    ['keeps the call when the device is lost', [reserve, engage, { type: 'deviceLost' }], talking],
  ]
  it.each(cases)('%s', (_name, steps, slot) => {
    const agent = ready()
    for (const step of steps) agent.send(step)
    expect(agent.value().slot).toEqual(slot)
  })

  it('ends wrap-up and cooldown at their deadlines', () => {
    const agent = ready()
    for (const step of [reserve, engage, callEnded]) agent.send(step)
    agent.clock.advance(9_999)
    expect(agent.value().slot).toEqual(wrapping)
    agent.clock.advance(1)
    expect(agent.value().slot).toEqual(free)
    for (const step of [reserve, missed(5000, 0)]) agent.send(step)
    agent.clock.advance(4_999)
    expect(agent.value().slot).toEqual({ idle: 'cooling' })
    agent.clock.advance(1)
    expect(agent.value().slot).toEqual(free)
    expect(agent.clock.pending).toBe(0)
  })

  it('leaves no timer when wrap-up ends early or the actor stops', () => {
    const agent = ready()
    for (const step of [reserve, engage, callEnded, { type: 'wrapUpDone' } as const]) agent.send(step)
    expect(agent.clock.pending).toBe(0)
    for (const step of [reserve, engage, callEnded]) agent.send(step)
    expect(agent.clock.pending).toBe(1)
    agent.actor.stop()
    expect(agent.clock.pending).toBe(0)
  })

  it('comes back from its persisted state with the rest of its deadline', () => {
    const before = ready()
    for (const step of [reserve, engage, callEnded]) before.send(step)
    before.clock.advance(4_000)
    const persisted = JSON.parse(JSON.stringify(before.actor.getPersistedSnapshot()))
    before.actor.stop()

    const after = start(false, persisted)
    after.clock.advance(4_000)
    after.send({ type: 'resume' })
    after.clock.advance(5_999)
    expect(after.value().slot).toEqual(wrapping)
    after.clock.advance(1)
    expect(after.value().slot).toEqual(free)
  })
})

describe('agent machine: availability', () => {
  it.each([
    ['at the first miss of one', 1, 1, 'notReady'],
    ['not before the limit', 2, 1, 'available'],
    ['at the limit', 2, 2, 'notReady'],
    ['never with a limit of 0', 0, 5, 'available'],
  ])('is taken by missed offers: %s', (_name, limit, misses, availability) => {
    const agent = ready()
    for (let count = 0; count < misses; count += 1) {
      agent.send(reserve)
      agent.send(missed(1000, limit))
      agent.clock.advance(1000)
    }
    expect(agent.value().availability).toBe(availability)
    expect(agent.context().reason).toBe(availability === 'notReady' ? 'noAnswer' : null)
  })

  it('is not taken by missed offers that an answered one parts', () => {
    const agent = ready()
    for (const step of [reserve, missed(0, 2), reserve, engage, { ...callEnded, wrapUpMs: 0 }, reserve, missed(0, 2)]) {
      agent.send(step)
    }
    expect(agent.value().availability).toBe('available')
  })

  it('is taken by as many misses of one reason as it allows, whatever else was missed', () => {
    const agent = ready()
    const miss = (reason: MissReason, limit: number) => {
      for (const step of [reserve, missed(0, limit, reason)]) agent.send(step)
      return agent.value().availability
    }
    // Refusing costs nothing, not even with calls that were let ring before and after.
    expect([miss('declined', 0), miss('declined', 0)]).toEqual(['available', 'available'])
    expect([miss('noAnswer', 3), miss('declined', 0), miss('noAnswer', 3)]).toEqual([
      'available',
      'available',
      'available',
    ])
    expect(agent.context().misses).toEqual({ noAnswer: 2, declined: 3, unreachable: 0 })
    expect(miss('noAnswer', 3)).toBe('notReady')
    expect(agent.context()).toMatchObject({
      reason: 'noAnswer',
      misses: { noAnswer: 0, declined: 0, unreachable: 0 },
    })
  })

  it('cools down for longer with every miss of the same reason only', () => {
    const agent = ready()
    const cooldownMs = (reason: MissReason) => {
      for (const step of [reserve, missed(5_000, 0, reason, 2)]) agent.send(step)
      const ms = agent.context().cooldownUntil - agent.clock.now()
      agent.clock.advance(ms)
      return ms
    }
    expect([cooldownMs('declined'), cooldownMs('noAnswer'), cooldownMs('declined'), cooldownMs('noAnswer')]).toEqual([
      5_000, 5_000, 10_000, 10_000,
    ])
    for (const step of [reserve, engage, { ...callEnded, wrapUpMs: 0 }]) agent.send(step)
    expect([cooldownMs('declined'), cooldownMs('noAnswer')]).toEqual([5_000, 5_000])
  })

  it('is not taken from those who are always available', () => {
    const agent = start(true)
    agent.send({ type: 'signIn', availability: 'available', reason: null })
    agent.send({ type: 'deviceFound' })
    for (let count = 0; count < 5; count += 1) {
      agent.send(reserve)
      agent.send(missed(0, 1))
    }
    expect(agent.value().availability).toBe('available')
  })

  it('stores a change while working, and the latest one wins', () => {
    const agent = ready()
    for (const step of [reserve, engage] as const) agent.send(step)
    agent.send({ type: 'setAvailability', availability: 'notReady', reason: 'lunch' })
    agent.send({ type: 'setAvailability', availability: 'notReady', reason: 'training' })
    expect(agent.value().availability).toBe('available')
    expect(agent.context().next).toEqual({ availability: 'notReady', reason: 'training' })
    agent.send(callEnded)
    expect(agent.value().availability).toBe('available')
    agent.clock.advance(10_000)
    expect(agent.value()).toMatchObject({ availability: 'notReady', slot: { idle: 'free' } })
    expect(agent.context()).toMatchObject({ reason: 'training', next: null })
  })

  it('takes a stored change back when what holds already is asked for', () => {
    const agent = ready()
    agent.send(reserve)
    agent.send({ type: 'setAvailability', availability: 'notReady', reason: 'lunch' })
    agent.send({ type: 'setAvailability', availability: 'available', reason: null })
    expect(agent.context().next).toBeNull()
  })

  it('defers a sign-out during a call, not during wrap-up', () => {
    const agent = ready()
    for (const step of [reserve, engage, { type: 'signOut', reason: 'home' }] as const) agent.send(step)
    expect(agent.value().session).toBe('online')
    agent.send({ ...callEnded, wrapUpMs: 0 })
    expect(agent.value()).toMatchObject({ session: 'offline', availability: 'notReady' })

    const other = ready()
    for (const step of [reserve, engage, callEnded, { type: 'signOut', reason: 'home' }] as const) other.send(step)
    expect(other.value().session).toBe('offline')
    expect(other.clock.pending).toBe(0)
  })

  it('lets the penalty stand against a wish to be available that was stored while the device rang', () => {
    const agent = ready()
    agent.send({ type: 'setAvailability', availability: 'notReady', reason: 'x' })
    agent.send({ type: 'setAvailability', availability: 'available', reason: null })
    for (const step of [reserve, ring] as const) agent.send(step)
    agent.send({ type: 'setAvailability', availability: 'notReady', reason: 'lunch' })
    agent.send({ type: 'setAvailability', availability: 'available', reason: null })
    agent.send(missed(0, 1))
    expect(agent.value().availability).toBe('notReady')
    expect(agent.context()).toMatchObject({ reason: 'noAnswer', next: null })
  })
})

describe('agent machine: endpoint', () => {
  const cases: readonly [string, readonly Step['type'][], string][] = [
    ['is found', ['deviceFound'], 'reachable'],
    ['is lost', ['deviceFound', 'deviceLost'], 'unreachable'],
    ['is in use', ['deviceFound', 'foreignCallStarted'], 'inUse'],
    ['is reachable after use', ['deviceFound', 'foreignCallStarted', 'foreignCallEnded'], 'reachable'],
    ['is lost in use', ['deviceFound', 'foreignCallStarted', 'deviceLost', 'foreignCallEnded'], 'unreachable'],
    ['is found in use', ['foreignCallStarted', 'deviceFound', 'foreignCallEnded'], 'reachable'],
  ]
  it.each(cases)('%s', (_name, types, endpoint) => {
    const agent = start()
    for (const type of types) agent.send({ type } as Step)
    expect(agent.value().endpoint).toBe(endpoint)
  })
})
