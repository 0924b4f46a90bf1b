import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createRoster, type OfferEnding, type WrappedSegment } from './roster.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)

const center: CenterInput = {
  queues: [{ id: 'q' }, { id: 'few', strategy: 'fewest-calls' }],
  agents: [
    { id: 'ada', queues: ['q', 'few'], skills: { billing: 8 } },
    { id: 'bob', queues: ['q'], contact: 'sip:bob@127.0.0.1:5090' },
    { id: 'fix', queues: ['q'], alwaysAvailable: true },
  ],
}

function start(input: CenterInput = center) {
  const clock = createTestClock()
  const events: { type: string; [key: string]: unknown }[] = []
  const calls: string[] = []
  const wrapUps: WrappedSegment[] = []
  const roster = createRoster({
    clock,
    logger: silent,
    emit: (type, data) => events.push({ type, ...data }),
    onRoutable: id => calls.push(`+${id}`),
    onAbsent: (id, queueIds) => calls.push(`-${id}/${queueIds}`),
    onWrapUpEnded: segment => wrapUps.push(segment),
    dayKey,
  })
  const apply = (next: CenterInput) => {
    const parsed = parseCenter(next)
    roster.configure(parsed.agents, parsed.queues)
  }
  apply(input)
  const work = (id: string, queueId: string | null = 'q', wrapUpMs = 0) => {
    roster.reserve(id, { offerId: 'o', callId: 'c', queueId })
    roster.ringing(id, 'o')
    roster.engage(id, 'o', { callId: 'c', segmentId: 's', queueId })
    return () => roster.callEnded(id, 's', wrapUpMs)
  }
  return { clock, events, calls, wrapUps, roster, apply, work }
}

function missed(kind: 'timed_out' | 'rejected' | 'failed', missedToNotReady: number, cooldownMs = 5000): OfferEnding {
  return { kind, cause: kind, policy: { cooldownMs, missedToNotReady } }
}

const actor = 'user:ada'
const order = (roster: ReturnType<typeof start>['roster'], queueId = 'q') =>
  [...roster.idle(queueId)].map(agent => agent.id)

describe('roster: configuration', () => {
  it('has agents with alwaysAvailable online and routable at start', () => {
    const { roster, calls } = start()
    expect(roster.view('fix')).toMatchObject({ label: 'available', routable: true, notRoutableBecause: null })
    expect(roster.view('ada')).toMatchObject({ label: 'offline', routable: false, notRoutableBecause: 'offline' })
    expect(calls).toEqual(['+fix'])
    expect(roster.counts('q')).toMatchObject({ signedIn: 1, available: 1 })
    expect(roster.notFree('q')).toEqual({ offline: 2 })
  })

  it('adds, changes and removes', () => {
    const { roster, apply, calls } = start()
    apply({
      queues: [{ id: 'q' }, { id: 'new' }],
      agents: [
        { id: 'fix', queues: ['q', 'new'], alwaysAvailable: true },
        { id: 'eve', queues: ['new'], alwaysAvailable: true },
      ],
    })
    expect(roster.has('ada')).toBe(false)
    expect(order(roster, 'new')).toEqual(['fix', 'eve'])
    expect(order(roster)).toEqual(['fix'])
    expect(roster.counts('few').signedIn).toBe(0)
    // Joining a queue while free is told too, so that the queue is looked at.
    expect(calls).toEqual(['+fix', '+fix', '+eve'])
  })

  it('lets a removed agent finish', () => {
    const { roster, apply, work, events } = start()
    const end = work('fix')
    apply({ queues: [{ id: 'q' }] })
    expect(roster.view('fix')).toMatchObject({ label: 'talking', next: { availability: 'signOut' } })
    end()
    expect(roster.has('fix')).toBe(false)
    expect(events.at(-1)).toMatchObject({ type: 'agent.state_changed', from: 'talking', to: 'offline' })
    expect(roster.counts('q').signedIn).toBe(0)
  })

  it('does not let a removed agent stay by signing in', () => {
    const { roster, apply, work, events } = start()
    const end = work('fix')
    apply({ queues: [{ id: 'q' }] })
    const conflict = expect.objectContaining({ code: 'agent.conflict' })
    expect(() => roster.signIn('fix', { actor })).toThrow(conflict)
    expect(() => roster.setAvailability('fix', 'available', { actor })).toThrow(conflict)
    end()
    expect(roster.has('fix')).toBe(false)
    expect(events.filter(({ type }) => type === 'agent.session_changed').at(-1)).toMatchObject({ to: 'offline' })
  })

  it('keeps an agent who is removed and added again during a call', () => {
    const { roster, apply, work } = start()
    const end = work('fix')
    apply({ queues: [{ id: 'q' }] })
    apply(center)
    end()
    expect(roster.view('fix')).toMatchObject({ label: 'available', next: null, routable: true })
  })

  it('does not know strangers', () => {
    const { roster } = start()
    const attempts = [
      () => roster.view('eve'),
      () => roster.signIn('eve', { actor }),
      () => roster.setReachable('eve', true, []),
      () => roster.reserve('eve', { offerId: 'o', callId: 'c', queueId: null }),
      () => roster.completeWrapUp('eve', 'agent'),
    ]
    for (const attempt of attempts) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'agent.unknown' }))
    }
  })
})

describe('roster: sessions and availability', () => {
  it('signs in as notReady(login) and becomes routable when available and reachable', () => {
    const { roster, events, calls } = start()
    calls.length = 0
    roster.signIn('ada', { actor })
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', notRoutableBecause: 'notReady(login)' })
    roster.setAvailability('ada', 'available', { actor })
    expect(roster.view('ada')).toMatchObject({ label: 'unreachable', notRoutableBecause: 'unreachable' })
    roster.setReachable('ada', true, ['sip:ada@127.0.0.1:5070'])
    expect(roster.view('ada')).toMatchObject({ label: 'available', devices: ['sip:ada@127.0.0.1:5070'] })
    expect(calls).toEqual(['+ada'])
    expect(events.slice(-4)).toMatchObject([
      { type: 'agent.session_changed', from: 'offline', to: 'online', reason: 'signIn', actor },
      { type: 'agent.state_changed', from: 'offline', to: 'unreachable', actor },
      { type: 'agent.devices_changed', devices: ['sip:ada@127.0.0.1:5070'], endpoint: 'reachable', actor: 'system' },
      { type: 'agent.state_changed', from: 'unreachable', to: 'available', actor: 'system' },
    ])
  })

  it('tells changes of the reason, and since when each holds', () => {
    const { roster, clock, events } = start()
    roster.signIn('bob', { availability: 'available', actor })
    roster.setAvailability('bob', 'notReady', { reason: 'lunch', actor })
    const lunch = roster.view('bob').since
    clock.advance(60_000)
    roster.setAvailability('bob', 'notReady', { reason: 'training', actor })
    expect(events.at(-1)).toMatchObject({ from: 'notReady', to: 'notReady', reason: 'training' })
    expect(Date.parse(roster.view('bob').since) - Date.parse(lunch)).toBe(60_000)
    expect(roster.view('bob').notRoutableBecause).toBe('notReady(training)')
  })

  it('signs in by a change of availability', () => {
    const { roster } = start()
    roster.setAvailability('bob', 'available', { actor })
    expect(roster.view('bob')).toMatchObject({ session: 'online', routable: true })
  })

  it('stores a status while working: the latest wins, routing stops now', () => {
    const { roster, work, events, clock } = start()
    const end = work('fix', 'q', 10_000)
    roster.setAvailability('fix', 'notReady', { reason: 'lunch', actor: 'user:eve' })
    roster.setAvailability('fix', 'notReady', { reason: 'home', actor: 'user:sue' })
    expect(roster.view('fix')).toMatchObject({
      label: 'talking',
      next: { availability: 'notReady', reason: 'home' },
      notRoutableBecause: 'next status set',
    })
    end()
    clock.advance(10_000)
    expect(roster.view('fix')).toMatchObject({ label: 'notReady', reason: 'home', next: null })
    expect(events.at(-1)).toMatchObject({ type: 'agent.state_changed', to: 'notReady', actor: 'user:sue' })
    expect(events.filter(event => event.type === 'agent.next_status_set')).toHaveLength(2)
  })

  it('defers a sign-out during a call, and signing in takes it back', () => {
    const { roster, work, events } = start()
    const end = work('fix')
    roster.signOut('fix', { actor, reason: 'shift over' })
    expect(roster.view('fix')).toMatchObject({ session: 'online', next: { availability: 'signOut' } })
    roster.signIn('fix', { actor })
    expect(roster.view('fix').next).toBeNull()
    expect(events.at(-1)).toMatchObject({ type: 'agent.next_status_set', next: null })
    roster.signOut('fix', { actor, reason: 'shift over' })
    end()
    expect(roster.view('fix').session).toBe('offline')
    expect(events.at(-2)).toMatchObject({ type: 'agent.session_changed', to: 'offline', reason: 'shift over', actor })
  })
})

describe('roster: work', () => {
  it('goes through a call, telling each label', () => {
    const { roster, events, clock, wrapUps, calls } = start()
    events.length = 0
    calls.length = 0
    expect(roster.reserve('fix', { offerId: 'o', callId: 'c', queueId: 'q' })).toBe(true)
    expect(roster.reserve('fix', { offerId: 'p', callId: 'd', queueId: 'q' })).toBe(false)
    roster.ringing('fix', 'o')
    expect(roster.counts('q')).toMatchObject({ available: 0, ringing: 1 })
    expect(roster.engage('fix', 'other', { callId: 'c', segmentId: 's', queueId: 'q' })).toBe(false)
    expect(roster.engage('fix', 'o', { callId: 'c', segmentId: 's', queueId: 'q' })).toBe(true)
    expect(roster.engaged('q')).toBe(1)
    roster.setHeld('fix', true)
    roster.setHeld('fix', false)
    expect(roster.callEnded('fix', 'other', 10_000)).toBe(false)
    expect(roster.callEnded('fix', 's', 10_000)).toBe(true)
    expect(roster.view('fix').deadline).toBe(new Date(clock.now() + 10_000).toISOString())
    expect(roster.engaged('q')).toBe(0)
    clock.advance(10_000)
    expect(wrapUps).toMatchObject([
      { agentId: 'fix', segmentId: 's', callId: 'c', queueId: 'q', wrapMs: 10_000, by: 'timer', disposition: null },
    ])
    expect(events.map(event => [event.to, event.callId])).toEqual([
      ['reserved', 'c'],
      ['ringing', 'c'],
      ['talking', 'c'],
      ['held', 'c'],
      ['talking', 'c'],
      ['wrapUp', 'c'],
      ['available', null],
    ])
    expect(calls).toEqual(['+fix'])
    expect(roster.view('fix').today).toEqual({ handled: 1, missed: 0 })
  })

  it('ends wrap-up early: by the agent, who says how it went, or by signing out', () => {
    const { roster, work, clock, wrapUps } = start()
    work('fix', 'q', 10_000)()
    clock.advance(3_000)
    roster.completeWrapUp('fix', 'agent', { disposition: 'sold' })
    expect(wrapUps.splice(0)).toMatchObject([
      { wrapMs: 3_000, by: 'agent', segmentId: 's', disposition: 'sold', notes: null },
    ])
    expect(() => roster.completeWrapUp('fix', 'agent')).toThrow(expect.objectContaining({ code: 'agent.conflict' }))
    work('fix', 'q', 10_000)()
    clock.advance(4_000)
    roster.signOut('fix', { actor })
    expect(wrapUps).toMatchObject([{ by: 'signOut', wrapMs: 4_000 }])
    expect(clock.pending).toBe(0)
  })

  it('tells of the end of a wrap-up before the agent is given anything else', () => {
    const { roster, work, wrapUps, calls } = start()
    work('fix', 'q', 10_000)()
    calls.length = 0
    const seen: string[] = []
    const push = calls.push.bind(calls)
    calls.push = (...told) => {
      seen.push(...told, `${wrapUps.length} wrapped up`)
      return push(...told)
    }
    roster.completeWrapUp('fix', 'supervisor', { actor })
    expect(seen).toEqual(['+fix', '1 wrapped up'])
  })

  it('may be called back into when an agent becomes routable', () => {
    const clock = createTestClock()
    const reserved: boolean[] = []
    const roster = createRoster({
      clock,
      logger: silent,
      emit() {},
      onRoutable: id => reserved.push(roster.reserve(id, { offerId: 'o', callId: 'c', queueId: 'q' })),
      onAbsent() {},
      onWrapUpEnded() {},
      dayKey,
    })
    const { agents, queues } = parseCenter(center)
    roster.configure(agents, queues)
    roster.engage('fix', 'o', { callId: 'c', segmentId: 's', queueId: 'q' })
    roster.callEnded('fix', 's', 1_000)
    clock.advance(1_000)
    expect(reserved).toEqual([true, true])
    expect(roster.view('fix').label).toBe('reserved')
  })

  it.each([
    ['timed_out', 'noAnswer'],
    ['rejected', 'declined'],
    ['failed', 'unreachable'],
  ] as const)('makes an agent notReady after consecutive misses: %s', (kind, reason) => {
    const { roster, clock } = start()
    roster.signIn('bob', { availability: 'available', actor })
    for (let count = 1; count <= 2; count += 1) {
      roster.reserve('bob', { offerId: 'o', callId: 'c', queueId: 'q' })
      roster.offerEnded('bob', 'o', missed(kind, 2))
      if (count === 1) {
        const until = new Date(clock.now() + 5_000).toISOString()
        expect(roster.view('bob')).toMatchObject({
          label: 'available',
          routable: false,
          notRoutableBecause: `cooldown until ${until}`,
        })
        expect(roster.notFree('q')).toMatchObject({ cooldown: 1 })
        clock.advance(5_000)
        expect(roster.view('bob').routable).toBe(true)
      }
    }
    expect(roster.view('bob')).toMatchObject({ label: 'notReady', reason, today: { handled: 0, missed: 2 } })
    expect(clock.pending).toBe(0)
  })

  it('counts who cools down among those who take calls, and as paused who has said so, with a phone or without', () => {
    const { roster, clock } = start()
    const counts = () => [roster.active('q'), roster.paused('q'), roster.counts('q').signedIn]
    roster.signOut('fix', { actor })
    expect(counts()).toEqual([0, 0, 0])
    roster.signIn('bob', { availability: 'available', actor })
    roster.reserve('bob', { offerId: 'o', callId: 'c', queueId: 'q' })
    expect(counts()).toEqual([1, 0, 1])
    roster.offerEnded('bob', 'o', missed('timed_out', 0))
    expect(counts()).toEqual([1, 0, 1])
    clock.advance(5_000)
    // Ada has no phone: as long as she wants to take calls she does not pause.
    roster.signIn('ada', { availability: 'available', actor })
    expect(counts()).toEqual([1, 0, 2])
    roster.setAvailability('ada', 'notReady', { actor })
    expect(counts()).toEqual([1, 1, 2])
    expect(roster.notFree('q')).toEqual({ offline: 1, unreachable: 1 })
    expect(roster.counts('q')).toMatchObject({ unreachable: 1, notReady: 0 })
    roster.setReachable('ada', true, [])
    roster.setAvailability('bob', 'notReady', { actor })
    expect(counts()).toEqual([0, 2, 2])
    expect(roster.notFree('q')).toEqual({ offline: 1, notReady: 2 })
  })

  it('never makes alwaysAvailable agents notReady; Retry-After lengthens their cooldown', () => {
    const { roster, clock } = start()
    for (let count = 0; count < 5; count += 1) {
      roster.reserve('fix', { offerId: 'o', callId: 'c', queueId: 'q' })
      const policy = { cooldownMs: 5_000, missedToNotReady: 1, retryAfterMs: 30_000 }
      roster.offerEnded('fix', 'o', { kind: 'failed', cause: 'unreachable', policy })
      clock.advance(29_999)
      expect(roster.view('fix')).toMatchObject({ label: 'available', routable: false })
      clock.advance(1)
      expect(roster.view('fix').routable).toBe(true)
    }
  })

  it.each(['canceled', 'rescinded'] as const)('does not punish an offer that was %s', kind => {
    const { roster } = start()
    roster.reserve('fix', { offerId: 'o', callId: 'c', queueId: 'q' })
    roster.ringing('fix', 'o')
    roster.offerEnded('fix', 'o', { kind })
    expect(roster.view('fix')).toMatchObject({ routable: true, today: { handled: 0, missed: 0 } })
  })

  it('tells each time that an agent is further away, in his queues or the one that he has left', () => {
    const { roster, calls, work, apply } = start()
    roster.signIn('ada', { availability: 'available', actor })
    const end = work('fix')
    end()
    expect(calls.splice(0)).toEqual(['+fix', '+fix'])
    roster.setReachable('ada', true, ['sip:ada@127.0.0.1'])
    roster.setReachable('ada', false, [])
    roster.setAvailability('ada', 'notReady', { actor })
    roster.signOut('ada', { actor })
    roster.setQueue('fix', 'q', false, { actor })
    expect(calls.splice(0)).toEqual(['+ada', '-ada/q,few', '-ada/q,few', '-fix/q'])
    // Where a center is applied, all who wait are looked at.
    apply({ ...center, agents: [] })
    expect(calls).toEqual([])
  })

  it('does not offer anything during a call that is not ours', () => {
    const { roster, calls } = start()
    roster.setInUse('fix', true)
    expect(roster.view('fix')).toMatchObject({ endpoint: 'inUse', notRoutableBecause: 'in use' })
    expect(roster.counts('q')).toMatchObject({ available: 0, busy: 1 })
    expect(roster.reserve('fix', { offerId: 'o', callId: 'c', queueId: 'q' })).toBe(false)
    roster.setInUse('fix', false)
    expect(calls).toEqual(['+fix', '+fix'])
  })

  it('reserves for a call without a queue, but not for a queue that the agent does not serve', () => {
    const { roster } = start()
    expect(roster.reserve('fix', { offerId: 'o', callId: 'c', queueId: 'few' })).toBe(false)
    expect(roster.reserve('fix', { offerId: 'o', callId: 'c', queueId: null })).toBe(true)
  })

  it('leaves no timer behind', () => {
    const { roster, work, clock } = start()
    work('fix', 'q', 10_000)()
    roster.signIn('bob', { availability: 'available', actor })
    roster.reserve('bob', { offerId: 'o', callId: 'c', queueId: 'q' })
    roster.offerEnded('bob', 'o', missed('timed_out', 0))
    expect(clock.pending).toBe(2)
    roster.stop()
    expect(clock.pending).toBe(0)
  })
})

describe('roster: order of the idle', () => {
  const three: CenterInput = {
    queues: [{ id: 'q' }],
    agents: ['a', 'b', 'c'].map(id => ({ id, queues: ['q'], alwaysAvailable: true })),
  }

  it('is by configuration at first, then by the end of the last routed call', () => {
    const { roster, work, clock } = start(three)
    expect(order(roster)).toEqual(['a', 'b', 'c'])
    clock.advance(1000)
    work('a')()
    expect(order(roster)).toEqual(['b', 'c', 'a'])
  })

  it('is not changed by withdrawn offers or calls without a queue', () => {
    const { roster, work, clock } = start(three)
    clock.advance(1000)
    roster.reserve('a', { offerId: 'o', callId: 'c', queueId: 'q' })
    expect(order(roster)).toEqual(['b', 'c'])
    roster.offerEnded('a', 'o', { kind: 'canceled' })
    work('a', null)()
    expect(order(roster)).toEqual(['a', 'b', 'c'])
  })

  it('begins anew after a break and after a cooldown', () => {
    const { roster, clock } = start(three)
    clock.advance(1000)
    roster.setAvailability('a', 'notReady', { reason: 'lunch', actor })
    roster.setAvailability('a', 'available', { actor })
    expect(order(roster)).toEqual(['b', 'c', 'a'])
    roster.reserve('b', { offerId: 'o', callId: 'c', queueId: 'q' })
    roster.offerEnded('b', 'o', missed('timed_out', 0))
    clock.advance(5_000)
    expect(order(roster)).toEqual(['c', 'a', 'b'])
  })
})

describe('roster: counters of the day', () => {
  const few: CenterInput = {
    queues: [{ id: 'q', strategy: 'fewest-calls' }],
    agents: [...['a', 'b', 'c'].map(id => ({ id, queues: ['q'], alwaysAvailable: true })), { id: 'd', queues: ['q'] }],
  }
  const handled = (roster: ReturnType<typeof start>['roster']) =>
    Object.fromEntries([...roster.idle('q')].map(agent => [agent.id, agent.callsHandled]))

  it('start a newcomer at the median', () => {
    const { roster, work } = start(few)
    for (let count = 0; count < 3; count += 1) work('a')()
    for (let count = 0; count < 5; count += 1) work('b')()
    roster.setReachable('d', true, [])
    roster.signIn('d', { availability: 'available', actor })
    expect(handled(roster)).toEqual({ a: 3, b: 5, c: 0, d: 3 })
  })

  it('start a newcomer between the two in the middle of an even number', () => {
    const { roster, work } = start({
      ...few,
      agents: [...(few.agents ?? []), { id: 'e', queues: ['q'], alwaysAvailable: true }],
    })
    for (const [id, calls] of Object.entries({ a: 2, b: 7, c: 3 })) for (let n = 0; n < calls; n += 1) work(id)()
    roster.setReachable('d', true, [])
    roster.signIn('d', { availability: 'available', actor })
    expect(handled(roster)).toEqual({ a: 2, b: 7, c: 3, e: 0, d: 2.5 })
  })

  it("are reset at the tenant's midnight", () => {
    const { roster, work, clock } = start(few)
    work('a')()
    expect(roster.view('a').today.handled).toBe(1)
    clock.advance(24 * 3_600_000)
    expect(roster.view('a').today.handled).toBe(0)
    expect(handled(roster)).toEqual({ a: 0, b: 0, c: 0 })
  })
})
