import { describe, expect, it } from 'vitest'
import type { IdleAgent, IdleAgents } from '../agents/queue-index.ts'
import { createRoster } from '../agents/roster.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './dispatcher.ts'
import { Estimates } from './estimate.ts'
import type { Assignment } from './match.ts'
import { createTotals } from './totals.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)
const actor = 'user:sue'
const always = (id: string, ...queues: string[]) => ({ id, queues, alwaysAvailable: true })

interface StartOptions {
  /** What `onAssign` does instead of reserving. */
  onAssign?(assignment: Assignment): boolean
  roster?(roster: ReturnType<typeof createRoster>): DispatcherOptions['roster']
}

function start(input: CenterInput, options: StartOptions = {}) {
  const clock = createTestClock()
  const assigned: Assignment[] = []
  const roster = createRoster({
    clock,
    logger: silent,
    emit() {},
    onRoutable: id => dispatcher.agentRoutable(id),
    onAbsent() {},
    onWrapUpEnded() {},
    dayKey,
  })
  const totals = createTotals({ clock, dayKey })
  const estimates = new Estimates()
  const dispatcher: Dispatcher = createDispatcher({
    clock,
    random: createSeededRandom(7),
    roster: options.roster?.(roster) ?? roster,
    totals,
    estimates,
    onAssign(assignment) {
      assigned.push(assignment)
      if (options.onAssign !== undefined) return options.onAssign(assignment)
      const { visit, agentId } = assignment
      return roster.reserve(agentId, {
        offerId: `${visit.visitId}/${agentId}`,
        callId: visit.callId,
        queueId: visit.queueId,
      })
    },
  })
  const apply = (next: CenterInput) => {
    const center = parseCenter(next)
    dispatcher.configure(center.queues)
    roster.configure(center.agents, center.queues)
    dispatcher.agentsConfigured()
  }
  apply(input)
  const enqueue = (visitId: string, queueId = 'q', more: { priority?: number; enqueuedAt?: number } = {}) =>
    dispatcher.enqueue({ visitId, callId: `c-${visitId}`, queueId, priority: 0, enqueuedAt: clock.now(), ...more })
  const pairs = () => assigned.map(({ visit, agentId }) => `${visit.visitId}>${agentId}`)
  const withdraw = (visitId: string, agentId: string) => {
    roster.offerEnded(agentId, `${visitId}/${agentId}`, { kind: 'canceled' })
  }
  return { clock, roster, dispatcher, totals, estimates, assigned, apply, enqueue, pairs, withdraw }
}

describe('dispatcher: matching', () => {
  it('offers a call at once to a free agent, and to the next who becomes free', () => {
    const { enqueue, pairs, roster, dispatcher } = start({ queues: [{ id: 'q' }], agents: [always('a', 'q')] })
    enqueue('v1')
    enqueue('v2')
    expect(pairs()).toEqual(['v1>a'])
    expect(dispatcher.position('v2')).toBe(2)
    roster.engage('a', 'v1/a', { callId: 'c', segmentId: 's', queueId: 'q' })
    dispatcher.remove('v1')
    expect(dispatcher.position('v2')).toBe(1)
    roster.callEnded('a', 's', 0)
    expect(pairs()).toEqual(['v1>a', 'v2>a'])
  })

  it('offers a refused call to the next agent, in its old place', () => {
    const center = { queues: [{ id: 'q' }], agents: [always('a', 'q'), always('b', 'q')] }
    const { enqueue, pairs, roster, dispatcher } = start(center)
    roster.setAvailability('b', 'notReady', { actor })
    enqueue('v1')
    enqueue('v2')
    const policy = { cooldownMs: 5_000, missedToNotReady: 2 }
    roster.offerEnded('a', 'v1/a', { kind: 'rejected', cause: 'declined', policy })
    dispatcher.pendingOffer('v1', false)
    expect(pairs()).toEqual(['v1>a'])
    roster.setAvailability('b', 'available', { actor })
    expect(pairs()).toEqual(['v1>a', 'v1>b'])
  })

  it('takes the best claim of all queues that the agent serves: priority, then age', () => {
    const { enqueue, pairs, roster, clock } = start({
      queues: [{ id: 'q' }, { id: 'r' }, { id: 's' }],
      agents: [{ id: 'a', queues: ['s', 'r', 'q'], contact: 'sip:a@127.0.0.1' }],
    })
    enqueue('v1', 'r')
    clock.advance(10)
    enqueue('v2', 's')
    clock.advance(10)
    enqueue('v3', 'q', { priority: 5 })
    roster.signIn('a', { availability: 'available', actor })
    for (const visitId of ['v3', 'v1']) {
      roster.engage('a', `${visitId}/a`, { callId: 'c', segmentId: 's', queueId: 'q' })
      roster.callEnded('a', 's', 0)
    }
    expect(pairs()).toEqual(['v3>a', 'v1>a', 'v2>a'])
  })

  it('moves the cursor of round-robin with each offer, taken or not', () => {
    const agents = [always('a', 'q'), always('b', 'q'), always('c', 'q')]
    const { enqueue, pairs, dispatcher, withdraw } = start({ queues: [{ id: 'q', strategy: 'round-robin' }], agents })
    for (const [visitId, agentId] of [
      ['v1', 'a'],
      ['v2', 'b'],
      ['v3', 'c'],
      ['v4', 'a'],
    ] as const) {
      enqueue(visitId)
      dispatcher.remove(visitId)
      withdraw(visitId, agentId)
    }
    expect(pairs()).toEqual(['v1>a', 'v2>b', 'v3>c', 'v4>a'])
  })

  it('goes on when the center is changed under it', () => {
    const { enqueue, pairs, apply, dispatcher } = start({ queues: [{ id: 'q' }, { id: 'old' }], agents: [] })
    enqueue('v1')
    enqueue('v2', 'old')
    apply({ queues: [{ id: 'q' }], agents: [always('a', 'q')] })
    expect(pairs()).toEqual(['v1>a'])
    // A queue that is gone from the center stays until its last visit leaves.
    expect(dispatcher.waiting('old')).toBe(1)
    dispatcher.remove('v2')
    expect(() => dispatcher.waiting('old')).toThrow(expect.objectContaining({ code: 'queue.unknown' }))
  })

  it('prefers who has not refused this visit, but keeps the last candidate', () => {
    const agents = [always('a', 'q'), always('b', 'q')]
    const { enqueue, pairs, dispatcher, withdraw } = start({ queues: [{ id: 'q', strategy: 'linear' }], agents })
    enqueue('v1')
    dispatcher.exclude('v1', 'a', 'declined this call')
    withdraw('v1', 'a')
    dispatcher.pendingOffer('v1', false)
    dispatcher.exclude('v1', 'b', 'declined this call')
    withdraw('v1', 'b')
    dispatcher.pendingOffer('v1', false)
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v1>a'])
  })
})

describe('dispatcher: ring-all', () => {
  const ringAll: CenterInput = {
    queues: [{ id: 'q', strategy: 'ring-all' }],
    agents: [always('a', 'q'), always('b', 'q'), { id: 'late', queues: ['q'], contact: 'sip:l@127.0.0.1' }],
  }

  it('rings everybody for the first visit, and who becomes free joins', () => {
    const { enqueue, pairs, roster } = start(ringAll)
    enqueue('v1')
    enqueue('v2')
    roster.signIn('late', { availability: 'available', actor })
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v1>late'])
  })

  it('goes on with the next visit when the first is answered', () => {
    const { enqueue, pairs, roster, dispatcher, withdraw } = start(ringAll)
    enqueue('v1')
    enqueue('v2')
    roster.engage('b', 'v1/b', { callId: 'c', segmentId: 's', queueId: 'q' })
    dispatcher.remove('v1')
    withdraw('v1', 'a')
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v2>a'])
  })

  it('stops assigning when the first of them answers at once', () => {
    const dispatchers: Dispatcher[] = []
    const { enqueue, pairs, dispatcher } = start(ringAll, {
      onAssign({ visit }) {
        dispatchers[0]?.remove(visit.visitId)
        return true
      },
    })
    dispatchers.push(dispatcher)
    enqueue('v1')
    expect(pairs()).toEqual(['v1>a'])
  })
})

describe('dispatcher: failed assignments', () => {
  const two: CenterInput = { queues: [{ id: 'q' }], agents: [always('a', 'q'), always('b', 'q')] }

  it('skips an agent who could not be reserved for the rest of the run, and tries again soon', () => {
    const { enqueue, pairs, clock, dispatcher } = start(two, { onAssign: ({ agentId }) => agentId === 'b' })
    enqueue('v1')
    expect(pairs()).toEqual(['v1>a', 'v1>b'])
    expect(dispatcher.metrics('q')).toMatchObject({ waiting: 1, offering: 1 })
    enqueue('v2')
    // Nobody was reserved in the roster: the free agents are passed over until the retry.
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v2>a', 'v2>b'])
    expect(clock.pending).toBe(0)
  })

  it('ends a run although offers fail while they are made, and tries again after a moment', () => {
    const dispatchers: Dispatcher[] = []
    const { enqueue, pairs, clock, dispatcher } = start(two, {
      onAssign({ visit }) {
        dispatchers[0]?.pendingOffer(visit.visitId, true)
        dispatchers[0]?.pendingOffer(visit.visitId, false)
        return true
      },
    })
    dispatchers.push(dispatcher)
    enqueue('v1')
    expect(pairs()).toEqual(['v1>a', 'v1>b'])
    clock.advance(249)
    expect(pairs()).toHaveLength(2)
    clock.advance(1)
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v1>a', 'v1>b'])
    dispatcher.stop()
    expect(clock.pending).toBe(0)
  })

  it('lets an error through and can go on afterwards', () => {
    let fails = true
    const { enqueue, pairs } = start(two, {
      onAssign() {
        if (fails) throw new Error('out of memory')
        return true
      },
    })
    expect(() => enqueue('v1')).toThrow('out of memory')
    fails = false
    enqueue('v2')
    expect(pairs()).toEqual(['v1>a', 'v1>a', 'v2>a'])
  })
})

describe('dispatcher: what it tells', () => {
  it('has the metrics of a queue', () => {
    const { enqueue, dispatcher, roster, totals, clock, estimates } = start({
      queues: [{ id: 'q' }],
      agents: [always('a', 'q'), always('b', 'q'), { id: 'off', queues: ['q'] }],
    })
    enqueue('v1')
    enqueue('v2', 'q', { enqueuedAt: clock.now() - 5_000 })
    enqueue('v3', 'q', { priority: 3 })
    roster.engage('b', 'v2/b', { callId: 'c', segmentId: 's', queueId: 'q' })
    dispatcher.remove('v2')
    totals.offered('q')
    estimates.handled('q', ['q'], 60_000)
    expect(dispatcher.metrics('q')).toEqual({
      queueId: 'q',
      waiting: 2,
      callbacks: 0,
      oldestEnqueuedAt: new Date(clock.now()).toISOString(),
      offering: 1,
      talking: 1,
      agents: { signedIn: 2, available: 0, ringing: 1, busy: 1, wrapUp: 0, notReady: 0, unreachable: 0 },
      today: expect.objectContaining({ offered: 1 }),
      // One waits without an offer, one would join: 60 s × 2 ÷ 2 agents.
      ewtMs: 60_000,
      ewt: { valueMs: 60_000, lowMs: expect.any(Number), highMs: expect.any(Number), confidence: 1 / 11 },
    })
  })

  it('says what a newcomer would meet', () => {
    const { enqueue, dispatcher, clock, estimates } = start({ queues: [{ id: 'q' }], agents: [always('a', 'q')] })
    const visit = { visitId: 'v9', callId: 'c9', queueId: 'q', priority: 0, enqueuedAt: clock.now() + 1 }
    expect(dispatcher.prospect(visit)).toMatchObject({ position: 1, wait: { valueMs: 0 } })
    enqueue('v1')
    enqueue('v2')
    expect(dispatcher.prospect(visit)).toEqual({ position: 3, wait: null })
    estimates.handled('q', ['q'], 90_000)
    expect(dispatcher.prospect(visit)).toMatchObject({ position: 3, wait: { valueMs: 180_000 } })
    // Who goes before the others waits for none of them.
    expect(dispatcher.prospect({ ...visit, priority: 9 })).toMatchObject({ position: 1, wait: { valueMs: 90_000 } })
    expect(dispatcher.waitAt('q', 1)).toMatchObject({ valueMs: 90_000 })
    // One of the three is being offered to somebody.
    enqueue('v3')
    expect(dispatcher.waitAt('q', 3)).toMatchObject({ valueMs: 180_000 })
  })

  it('explains in a sentence why nobody is rung', () => {
    const { enqueue, dispatcher, roster } = start({
      queues: [{ id: 'q' }, { id: 'empty' }],
      agents: [always('a', 'q'), { id: 'off', queues: ['q'] }],
    })
    expect(dispatcher.explain('q')).toBe('Nobody is waiting.')
    enqueue('v1')
    expect(dispatcher.explain('q')).toBe('An offer is pending for each of the 1 waiting.')
    enqueue('v2')
    roster.ringing('a', 'v1/a')
    expect(dispatcher.explain('q')).toBe('No agent is free: 1 offline, 1 ringing.')
    enqueue('v3', 'empty')
    expect(dispatcher.explain('empty')).toBe('The queue has no agents.')
    expect(() => dispatcher.explain('nowhere')).toThrow(expect.objectContaining({ code: 'queue.unknown' }))
  })
})

describe('dispatcher: cost', () => {
  /** Agents looked at and roster calls made for one call with one free agent, while `busy` others are on calls. */
  function workFor(busy: number, otherQueues: number): number {
    let work = 0
    const counted = (idle: IdleAgents): IdleAgents => ({
      size: idle.size,
      *[Symbol.iterator](): Generator<IdleAgent> {
        for (const one of idle) {
          work += 1
          yield one
        }
      },
    })
    const count = <A extends unknown[], R>(method: (...args: A) => R) => {
      return (...args: A) => {
        work += 1
        return method(...args)
      }
    }
    const names = Array.from({ length: otherQueues }, (_, number) => `other${number}`)
    const { roster, enqueue, dispatcher } = start(
      {
        queues: [{ id: 'q', maxWaiting: 100_000 }, ...names.map(id => ({ id }))],
        agents: Array.from({ length: busy + 1 }, (_, number) => always(`a${number}`, 'q')),
      },
      {
        roster: real => ({
          has: count(real.has),
          idle: count(queueId => counted(real.idle(queueId))),
          notFree: count(real.notFree),
          counts: count(real.counts),
          active: count(real.active),
          engaged: count(real.engaged),
          queuesOf: count(real.queuesOf),
          orderOf: count(real.orderOf),
          pool: count(real.pool),
          holdPool: count(real.holdPool),
          member: count(real.member),
          standingOf: count(real.standingOf),
          absenceOf: count(real.absenceOf),
          delays: count(real.delays),
          yields: count(real.yields),
        }),
      },
    )
    for (const queueId of names) enqueue(`w-${queueId}`, queueId)
    for (let number = 0; number < busy; number += 1) {
      enqueue(`v${number}`)
      roster.engage(`a${number}`, `v${number}/a${number}`, { callId: 'c', segmentId: `s${number}`, queueId: 'q' })
      dispatcher.remove(`v${number}`)
    }
    work = 0
    enqueue('last')
    roster.engage(`a${busy}`, `last/a${busy}`, { callId: 'c', segmentId: 's', queueId: 'q' })
    dispatcher.remove('last')
    roster.callEnded(`a${busy}`, 's', 0)
    return work
  }

  it('does not grow with the number of busy agents or of other queues', () => {
    const little = workFor(1, 0)
    expect(little).toBeGreaterThan(0)
    expect(workFor(500, 0)).toBe(little)
    expect(workFor(1, 200)).toBe(little)
  })
})
