/** What strategies reckon with: idleness, work done, occupancy, and who suits what. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import type { Skills } from '../skills/expression.ts'
import { parseExpression } from '../skills/parser.ts'
import { requirement, suits } from '../skills/requirement.ts'
import { AgentLoad } from './agent-load.ts'
import type { Standing } from './agent-state.ts'
import { type Member, QueueIndex } from './queue-index.ts'
import { createRoster } from './roster.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)
const actor = 'user:sue'

function start(center: CenterInput) {
  const clock = createTestClock()
  const roster = createRoster({
    clock,
    logger: silent,
    emit() {},
    onRoutable() {},
    onAbsent() {},
    onWrapUpEnded() {},
    dayKey,
  })
  const { agents, queues } = parseCenter(center)
  roster.configure(agents, queues)
  let calls = 0
  /** Rings 2 s, talks, wraps up. */
  const work = (agentId: string, queueId: string, talkMs: number, wrapMs: number) => {
    calls += 1
    const [offerId, segmentId, callId] = [`o${calls}`, `s${calls}`, `c${calls}`]
    roster.reserve(agentId, { offerId, callId, queueId })
    clock.advance(2_000)
    roster.engage(agentId, offerId, { callId, segmentId, queueId })
    clock.advance(talkMs)
    roster.callEnded(agentId, segmentId, wrapMs)
    clock.advance(wrapMs)
  }
  const member = (agentId: string, queueId: string) => {
    const found = roster.member(queueId, agentId)
    if (found === null) throw new Error(`${agentId} does not serve ${queueId}`)
    return found
  }
  return { clock, roster, work, member }
}

describe('idleness', () => {
  it.each([
    ['ready', 20_000, 5_000],
    ['callEnd', 23_000, 38_000],
    ['offered', 33_000, 48_000],
    ['breakEnd', 23_000, 5_000],
    ['wrapUpEnd', 20_000, 35_000],
  ] as const)('since %s', (idleSince, afterCall, afterBreak) => {
    const { clock, roster, work, member } = start({
      queues: [{ id: 'q', strategyOptions: { idleSince } }],
      agents: [{ id: 'a', queues: ['q'], contact: 'sip:a@127.0.0.1' }],
    })
    roster.signIn('a', { availability: 'available', actor })
    clock.advance(7_000)
    // 2 s ringing, 8 s talk, 3 s wrap-up, 20 s idle.
    work('a', 'q', 8_000, 3_000)
    clock.advance(20_000)
    expect(clock.now() - member('a', 'q').idleSince).toBe(afterCall)
    // A break of 10 s begins and ends, then 5 s pass.
    roster.setAvailability('a', 'notReady', { actor })
    clock.advance(10_000)
    roster.setAvailability('a', 'available', { actor })
    clock.advance(5_000)
    expect(clock.now() - member('a', 'q').idleSince).toBe(afterBreak)
  })
})

describe('work', () => {
  const agents = ['a', 'b', 'c'].map(id => ({ id, queues: ['q', 'r'], contact: `sip:${id}@127.0.0.1` }))

  it('counts since the day began, or since the sign-in as well', () => {
    const { roster, work, member } = start({
      queues: [{ id: 'q' }, { id: 'r', strategyOptions: { countSince: 'signIn', count: 'center' } }],
      agents,
    })
    roster.signIn('a', { availability: 'available', actor })
    work('a', 'q', 8_000, 3_000)
    roster.signOut('a', { actor })
    expect(member('a', 'r')).toMatchObject({ callsHandled: 1, talkMs: 8_000 })
    roster.signIn('a', { availability: 'available', actor })
    expect(member('a', 'q')).toMatchObject({ callsHandled: 1, talkMs: 8_000, workMs: 11_000 })
    expect(member('a', 'r')).toMatchObject({ callsHandled: 0, talkMs: 0, workMs: 0 })
  })

  it('counts by queue, or altogether', () => {
    const { roster, work, member } = start({
      queues: [{ id: 'q' }, { id: 'r', strategyOptions: { count: 'center' } }],
      agents,
    })
    roster.signIn('a', { availability: 'available', actor })
    work('a', 'q', 8_000, 3_000)
    work('a', 'r', 1_000, 0)
    expect(member('a', 'q')).toMatchObject({ callsHandled: 1, talkMs: 8_000, workMs: 11_000 })
    expect(member('a', 'r')).toMatchObject({ callsHandled: 2, talkMs: 9_000, workMs: 12_000 })
  })

  it.each(['fewest-calls', 'least-talk-time', 'percent-allocation'] as const)(
    'lets a newcomer start at the median under %s',
    strategy => {
      const { roster, work, member } = start({ queues: [{ id: 'q', strategy }, { id: 'r' }], agents })
      for (const id of ['a', 'b']) roster.signIn(id, { availability: 'available', actor })
      work('a', 'q', 10_000, 1_000)
      work('b', 'q', 20_000, 1_000)
      roster.signIn('c', { availability: 'available', actor })
      expect(member('c', 'q')).toMatchObject({ callsHandled: 1, talkMs: 15_000, workMs: 16_000 })
      expect(member('c', 'r')).toMatchObject({ callsHandled: 0, talkMs: 0, workMs: 0 })
    },
  )

  it('makes occupancy, of the time signed in, and begins anew with the day', () => {
    const { clock, roster, work, member } = start({ queues: [{ id: 'q' }, { id: 'r' }], agents })
    clock.advance(60_000)
    roster.signIn('a', { availability: 'available', actor })
    work('a', 'q', 8_000, 3_000)
    clock.advance(7_000)
    const { load } = member('a', 'q')
    expect(load).toMatchObject({ ringMs: 2_000, talkMs: 8_000, wrapMs: 3_000 })
    expect(load.signedInMs(clock.now())).toBe(20_000)
    roster.signOut('a', { actor })
    clock.advance(5_000)
    expect(load.signedInMs(clock.now())).toBe(20_000)
    clock.advance(24 * 3_600_000)
    roster.views()
    expect(load).toMatchObject({ ringMs: 0, talkMs: 0, wrapMs: 0 })
    expect(load.signedInMs(clock.now())).toBe(0)
  })
})

describe('pools', () => {
  const config = {
    strategy: 'linear',
    strategyOptions: { idleSince: 'ready', count: 'queue', countSince: 'day' },
  } as const
  const requirements = [
    requirement(parseExpression('x'), Number.POSITIVE_INFINITY),
    requirement(parseExpression('x >= 5 and not y'), Number.POSITIVE_INFINITY),
    requirement(null, 0),
    requirement(parseExpression('y'), 10),
    requirement(parseExpression('x or y >= 7'), Number.POSITIVE_INFINITY),
    requirement(parseExpression('x < 3'), Number.POSITIVE_INFINITY),
    requirement(parseExpression('y and (not x or x >= 2)'), 20),
  ]
  /** More than are kept for nobody. */
  const others = Array.from({ length: 65 }, (_, number) => requirement(null, -1 - number))
  const standings: readonly (Standing | null)[] = ['available', 'offline', 'talking', 'notReady', 'wrapUp', null]
  const levels = fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ min: 1, max: 10 }))
  const change = fc.record({
    who: fc.nat({ max: 5 }),
    to: fc.constantFrom(...standings),
    ask: fc.nat({ max: requirements.length - 1 }),
    next: fc.constantFrom('nothing', 'nothing', 'wait', 'cease', 'crowd out'),
  })

  const memberOf = (index: QueueIndex, skills: Skills, order: number): Member => ({
    ...{ id: `a${order}`, order, idleSince: order % 3, callsHandled: 0, talkMs: 0, workMs: 0, skills, priority: 1 },
    ...{ yields: false, delayMs: (order % 3) * 10, weight: 1, load: new AgentLoad(0), index },
  })

  it('are kept, however many, while calls wait for them', () => {
    const held = new Set(others.map(({ key }) => key))
    const index = new QueueIndex(config, held)
    const pools = others.map(other => index.pool(other))
    expect(others.map(other => index.pool(other))).toEqual(pools)
    for (const [number, other] of others.entries()) expect(index.pool(other)).toBe(pools[number])
  })

  it('cost nothing any more once they are forgotten', () => {
    const index = new QueueIndex(config)
    const member = memberOf(index, { x: 5 }, 0)
    index.place(member, 'available')
    const [asked = requirement(null, 0)] = requirements
    const pool = index.pool(asked)
    for (const other of others) index.pool(other)
    index.place(member, 'talking')
    expect(pool.idle.size).toBe(1)
    expect(index.pool(asked).idle.size).toBe(0)
  })

  it('hold who suits and is free, whatever changes and whenever they are asked for', () => {
    fc.assert(
      fc.property(
        fc.array(levels, { minLength: 6, maxLength: 6 }),
        fc.array(change, { maxLength: 60 }),
        (all, steps) => {
          const held = new Set<string>()
          const index = new QueueIndex(config, held)
          const members = all.map((skills, order) => memberOf(index, skills, order))
          const placed = new Map<Member, Standing>()
          for (const { who, to, ask, next } of steps) {
            const member = members[who]
            if (member === undefined) continue
            index.place(member, to)
            if (to === null) placed.delete(member)
            else placed.set(member, to)
            const [asked] = requirements.slice(ask)
            if (asked === undefined) continue
            const suiting = [...placed].filter(([one]) => suits(asked, one))
            const pool = index.pool(asked)
            const free = suiting.filter(([, standing]) => standing === 'available').map(([{ id }]) => id)
            expect([...pool.idle].map(({ id }) => id).sort()).toEqual(free.sort())
            expect(pool.staffed).toBe(suiting.filter(([, standing]) => standing !== 'offline').length)
            if (next === 'wait') held.add(asked.key)
            if (next === 'cease') held.delete(asked.key)
            index.heldOtherwise(asked)
            if (next !== 'crowd out') continue
            for (const other of others) index.pool(other)
            // Those that nobody waits for are made anew.
            if (pool !== index) expect(index.pool(asked) === pool).toBe(held.has(asked.key))
          }
        },
      ),
    )
  })
})
