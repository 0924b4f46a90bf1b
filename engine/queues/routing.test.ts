/** Skills, steps, rings, preferences, delays and windows in the dispatcher, on the test clock. */
import { describe, expect, it, vi } from 'vitest'
import { createRoster, type Roster } from '../agents/roster.ts'
import type { CenterConfig, CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { Eligibility } from './eligibility.ts'
import { Estimates } from './estimate.ts'
import type { Assignment } from './match.ts'
import { RoutingPlans, type RoutingWishes } from './routing-plan.ts'
import { createTotals } from './totals.ts'
import { type PreferredAgent, VisitRouting } from './visit-routing.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)
const actor = 'user:sue'

const called = { kind: 'served', because: 'The customer is being called.' } as const

interface Wishes extends RoutingWishes {
  readonly preferred?: readonly PreferredAgent[]
  readonly avoid?: readonly string[]
  readonly priority?: number
  /** It is a callback, and the customer is called first. */
  readonly isCallback?: boolean
}

function start(input: CenterInput, onTurn?: (visitId: string) => void) {
  const clock = createTestClock()
  const assigned: Assignment[] = []
  const steps: string[] = []
  const plans = new RoutingPlans()
  const roster: Roster = createRoster({
    clock,
    logger: silent,
    emit() {},
    onRoutable: id => dispatcher.agentRoutable(id),
    onAbsent: (id, queueIds) => dispatcher.agentAbsent(id, queueIds),
    onWrapUpEnded() {},
    dayKey,
  })
  const dispatcher: Dispatcher = createDispatcher({
    clock,
    random: createSeededRandom(7),
    roster,
    totals: createTotals({ clock, dayKey }),
    estimates: new Estimates(),
    onStepChanged: ({ visitId }, { from, to, eligibleCount }) => {
      steps.push(`${visitId}: ${from} > ${to} (${eligibleCount})`)
    },
    onTurn(visit) {
      onTurn?.(visit.visitId)
      dispatcher.enqueue({ ...visit, callback: { mode: 'customer-first', dormant: called } })
    },
    onAssign(assignment) {
      assigned.push(assignment)
      const { visit, agentId } = assignment
      const offerId = `${visit.visitId}/${agentId}`
      return roster.reserve(agentId, { offerId, callId: visit.callId, queueId: visit.queueId })
    },
  })
  let center: CenterConfig
  const apply = (next: CenterInput) => {
    center = parseCenter(next)
    dispatcher.configure(center.queues)
    roster.configure(center.agents, center.queues)
    dispatcher.agentsConfigured()
  }
  apply(input)
  const enqueue = (visitId: string, queueId = 'q', wishes: Wishes = {}) => {
    const queue = center.queues.find(({ id }) => id === queueId)
    if (queue === undefined) throw new Error(`no queue ${queueId}`)
    const { preferred = [], avoid = [], priority = 0, isCallback = false } = wishes
    const routing = new VisitRouting(plans.of(queue, wishes), preferred, avoid)
    const visit = { visitId, callId: `c-${visitId}`, queueId, priority, enqueuedAt: clock.now(), routing }
    dispatcher.enqueue(isCallback ? { ...visit, callback: { mode: 'customer-first', dormant: null } } : visit)
  }
  const refuse = (visitId: string, agentId: string, cooldownMs = 0) => {
    const policy = { cooldownMs, missedToNotReady: 0 }
    roster.offerEnded(agentId, `${visitId}/${agentId}`, { kind: 'rejected', cause: 'declined', policy })
    dispatcher.pendingOffer(visitId, false)
  }
  const work = (visitId: string, agentId: string, queueId = 'q') => {
    roster.engage(agentId, `${visitId}/${agentId}`, { callId: `c-${visitId}`, segmentId: visitId, queueId })
    dispatcher.remove(visitId)
  }
  const free = (visitId: string, agentId: string) => roster.callEnded(agentId, visitId, 0)
  const pairs = () => assigned.map(({ visit, agentId }) => `${visit.visitId}>${agentId}`)
  const stop = () => {
    roster.stop()
    dispatcher.stop()
    expect(clock.pending).toBe(0)
  }
  return { clock, roster, dispatcher, assigned, steps, apply, enqueue, refuse, work, free, pairs, stop }
}

type AgentInput = NonNullable<CenterInput['agents']>[number]
const agent = (
  id: string,
  skills: Record<string, number | true> = {},
  queues: AgentInput['queues'] = ['q'],
): AgentInput => ({
  id,
  queues,
  skills,
  alwaysAvailable: true,
})

describe('routing by skill', () => {
  it('offers a call only to who has what it requires, and says what the others lack', () => {
    const { enqueue, pairs, assigned, stop } = start({
      queues: [{ id: 'q', requirements: 'billing' }],
      agents: [agent('a', { billing: 3 }), agent('b', { billing: 8, trainee: true }), agent('c', { billing: 9 })],
    })
    enqueue('v1', 'q', { requirements: 'billing >= 5 and not trainee' })
    expect(pairs()).toEqual(['v1>c'])
    expect(assigned[0]?.explanation.excluded).toEqual([
      { agentId: 'a', reason: 'billing: has 3, needs >= 5', unmet: [{ skill: 'billing', has: 3, needs: '>= 5' }] },
      { agentId: 'b', reason: 'trainee: has 10, needs none', unmet: [{ skill: 'trainee', has: 10, needs: 'none' }] },
    ])
    stop()
  })

  it('does not let a call that nobody suits hold up those behind it', () => {
    const { enqueue, pairs, dispatcher, apply, stop } = start({ queues: [{ id: 'q' }], agents: [agent('a')] })
    enqueue('v1', 'q', { requirements: 'rare', priority: 9 })
    enqueue('v2')
    expect(pairs()).toEqual(['v2>a'])
    expect(dispatcher.position('v1')).toBe(1)
    apply({ queues: [{ id: 'q' }], agents: [agent('a'), agent('b', { rare: true })] })
    expect(pairs()).toEqual(['v2>a', 'v1>b'])
    stop()
  })

  it('counts who waits for a rare skill in the place of those behind, so that no place grows when he asks for less', () => {
    const { enqueue, dispatcher, clock, stop } = start({
      queues: [{ id: 'q', steps: [{ expression: 'rare', afterMs: 30_000 }] }],
      agents: [{ id: 'plain', queues: ['q'] }],
    })
    const places = () => ['v1', 'v2', 'v3'].map(id => dispatcher.position(id))
    enqueue('v1')
    enqueue('v2', 'q', { steps: [] })
    enqueue('v3', 'q', { steps: [] })
    expect(places()).toEqual([1, 2, 3])
    clock.advance(30_000)
    expect(places()).toEqual([1, 2, 3])
    stop()
  })

  it('notices that an agent who is free has learned something', () => {
    const { enqueue, pairs, apply, dispatcher } = start({ queues: [{ id: 'q' }], agents: [agent('a', { x: 2 })] })
    enqueue('v1', 'q', { requirements: 'x >= 5' })
    expect(dispatcher.explain('q')).toBe('The free agent does not suit: it asks for x >= 5.')
    apply({ queues: [{ id: 'q' }], agents: [agent('a', { x: 5 })] })
    expect(pairs()).toEqual(['v1>a'])
  })

  it('looks at one of a thousand calls that ask for what the agent lacks', () => {
    const { enqueue, roster, dispatcher, pairs, stop } = start({
      queues: [{ id: 'q' }],
      agents: [{ id: 'a', queues: ['q'], contact: 'sip:a@127.0.0.1' }],
    })
    for (let number = 0; number < 1_000; number += 1) enqueue(`v${number}`, 'q', { requirements: 'x' })
    let asked = 0
    const { pool } = roster
    Object.assign(roster, {
      pool(...question: Parameters<Roster['pool']>) {
        asked += 1
        return pool(...question)
      },
    })
    roster.signIn('a', { availability: 'available', actor })
    expect(pairs()).toEqual([])
    expect(asked).toBeLessThan(5)
    expect(dispatcher.situation('q')).toMatchObject({ waiting: 1_000, free: 1 })
    stop()
  })

  it('looks at those alone, of a thousand calls that ask for different things, that ask for what the agent has', () => {
    const { enqueue, roster, pairs, stop } = start({
      queues: [{ id: 'q' }],
      agents: [{ id: 'a', queues: ['q'], contact: 'sip:a@127.0.0.1', skills: { s500: 5, s600: 5 } }],
    })
    for (let number = 0; number < 1_000; number += 1) {
      enqueue(`v${number}`, 'q', { requirements: `s${number} >= 5` })
      enqueue(`w${number}`, 'q', { requirements: `s500 >= 6 and s${number}` })
    }
    let asked = 0
    const { pool } = roster
    Object.assign(roster, {
      pool(...question: Parameters<Roster['pool']>) {
        asked += 1
        return pool(...question)
      },
    })
    roster.signIn('a', { availability: 'available', actor })
    expect(pairs()).toEqual(['v500>a'])
    expect(asked).toBeLessThan(20)
    stop()
  })
})

describe('routing steps', () => {
  const steps = [
    { expression: 'x >= 8', afterMs: 10_000 },
    { expression: 'x >= 3', afterMs: 20_000 },
  ]

  it('asks for less and less, and then for anyone', () => {
    const {
      enqueue,
      pairs,
      steps: told,
      clock,
      dispatcher,
      stop,
    } = start({
      queues: [{ id: 'q', steps }],
      agents: [agent('a')],
    })
    enqueue('v1')
    expect(dispatcher.situation('q').visits[0]).toMatchObject({ step: 'x >= 8', candidateCount: 0 })
    expect(dispatcher.explain('q')).toBe('The free agent does not suit: it asks for x >= 8. In 10 s it asks for less.')
    clock.advance(29_999)
    expect(told).toEqual(['v1: x >= 8 > x >= 3 (0)'])
    expect(pairs()).toEqual([])
    clock.advance(1)
    expect(told[1]).toBe('v1: x >= 3 > anyone (1)')
    expect(pairs()).toEqual(['v1>a'])
    stop()
  })

  it('needs one timer for any number of calls, and none for those who wait for good', () => {
    const { enqueue, clock, dispatcher } = start({ queues: [{ id: 'q', steps }, { id: 'r' }], agents: [] })
    const before = clock.pending
    for (let number = 0; number < 50; number += 1) enqueue(`v${number}`)
    enqueue('w', 'r')
    expect(clock.pending).toBe(before + 1)
    for (let number = 0; number < 50; number += 1) dispatcher.remove(`v${number}`)
    expect(clock.pending).toBe(before)
  })

  it('goes on while the call is being offered, so that a miss after a short step meets the next one', () => {
    const { enqueue, pairs, refuse, clock, stop } = start({
      queues: [{ id: 'q', steps: [{ expression: 'x >= 8', afterMs: 1_000 }] }],
      agents: [agent('expert', { x: 9 }), agent('other')],
    })
    enqueue('v1')
    expect(pairs()).toEqual(['v1>expert'])
    clock.advance(5_000)
    expect(pairs()).toEqual(['v1>expert'])
    refuse('v1', 'expert', 60_000)
    expect(pairs()).toEqual(['v1>expert', 'v1>other'])
    stop()
  })

  it('keeps what the call requires under every step', () => {
    const { enqueue, pairs, clock } = start({ queues: [{ id: 'q', steps }], agents: [agent('a', { x: 9 })] })
    enqueue('v1', 'q', { requirements: 'y' })
    clock.advance(100_000)
    expect(pairs()).toEqual([])
  })

  it('goes on where it was when the call comes back into the line', () => {
    const { dispatcher, clock, steps: told, enqueue } = start({ queues: [{ id: 'q', steps }], agents: [] })
    enqueue('v1')
    clock.advance(12_000)
    expect(told).toHaveLength(1)
    expect(dispatcher.situation('q').visits[0]?.step).toBe('x >= 3')
  })
})

describe('bullseye', () => {
  const bullseye = [
    { timeoutMs: 10_000, removeSkills: ['y'] },
    { timeoutMs: 10_000, removeSkills: ['z'] },
    { timeoutMs: 10_000, removeSkills: ['x'] },
  ]

  it('widens ring by ring, keeps who was in, and skips a ring that adds nobody', () => {
    const { enqueue, pairs, work, clock, steps, stop } = start({
      queues: [{ id: 'q', bullseye, requirements: 'x >= 5 and y and z' }],
      agents: [agent('inner', { x: 9, y: 1, z: 1 }), agent('second', { x: 5, z: 3 }), agent('last', {})],
    })
    enqueue('v1')
    enqueue('v2')
    enqueue('v3')
    expect(pairs()).toEqual(['v1>inner'])
    work('v1', 'inner')
    clock.advance(10_000)
    expect(pairs()).toEqual(['v1>inner', 'v2>second'])
    expect(steps).toContain('v3: ring 1 > ring 2 (2)')
    // Ring 3 removes z, which adds nobody: the next one comes in its place.
    clock.advance(10_000)
    expect(steps).toContain('v3: ring 2 > ring 4 (3)')
    expect(pairs()).toEqual(['v1>inner', 'v2>second', 'v3>last'])
    stop()
  })

  it('starts with the first ring that has anybody', () => {
    const { enqueue, pairs } = start({
      queues: [{ id: 'q', bullseye, requirements: 'x and y and z' }],
      agents: [agent('a', {})],
    })
    enqueue('v1')
    expect(pairs()).toEqual(['v1>a'])
  })
})

describe('preferred and avoided agents', () => {
  const center = {
    queues: [{ id: 'q', preferredAgents: { busyWaitMs: 20_000, offlineWaitMs: 0 } }],
    agents: [agent('a'), agent('b'), { id: 'off', queues: ['q'], contact: 'sip:off@127.0.0.1' }],
  }
  const wish = (agentId: string, score = 50, untilMs: number | null = null) => ({ agentId, score, untilMs })

  it('takes the one with the highest score who is free', () => {
    const { enqueue, assigned } = start(center)
    enqueue('v1', 'q', { preferred: [wish('a', 10), wish('b', 90)] })
    expect(assigned[0]).toMatchObject({
      agentId: 'b',
      explanation: { reason: 'preferred with score 90; longest idle: 0 s' },
    })
  })

  it('waits for one who is busy, at most as long as the queue says', () => {
    const { enqueue, pairs, work, free, clock, steps, dispatcher, stop } = start(center)
    enqueue('v1', 'q', { preferred: [wish('b')] })
    work('v1', 'b')
    enqueue('v2', 'q', { preferred: [wish('b')] })
    enqueue('v3', 'q', { preferred: [wish('b')] })
    expect(pairs()).toEqual(['v1>b'])
    expect(dispatcher.explain('q')).toBe('It waits for b, 20 s more at most.')
    clock.advance(5_000)
    free('v1', 'b')
    expect(pairs()).toEqual(['v1>b', 'v2>b'])
    clock.advance(15_000)
    expect(pairs()).toEqual(['v1>b', 'v2>b', 'v3>a'])
    expect(steps).toEqual(['v2: preferred agents > anyone (2)', 'v3: preferred agents > anyone (2)'])
    stop()
  })

  it('falls through at once for one who is away, whose wish has lapsed, or who serves other queues', () => {
    const { enqueue, pairs, clock, work } = start(center)
    enqueue('v1', 'q', { preferred: [wish('off'), wish('stranger')] })
    expect(pairs()).toEqual(['v1>a'])
    work('v1', 'a')
    enqueue('v2', 'q', { preferred: [wish('a', 50, clock.now())] })
    expect(pairs()).toEqual(['v1>a', 'v2>b'])
  })

  it('does not wait for one who has refused the call, and gives up when all whom it names have', () => {
    const named = { ...center, agents: [agent('a'), agent('b'), agent('c')] }
    const { enqueue, pairs, refuse, work, clock, steps, dispatcher, stop } = start(named)
    enqueue('v0', 'q', { preferred: [wish('c')] })
    work('v0', 'c')
    enqueue('v1', 'q', { preferred: [wish('b'), wish('c', 10)] })
    // Whether or not there is a time in which the agent isn't rung for the call again.
    dispatcher.exclude('v1', 'b', 'did not take this call', clock.now())
    refuse('v1', 'b', 3_000)
    expect(pairs()).toEqual(['v0>c', 'v1>b'])
    expect(dispatcher.explainVisit('v1')).toBe('It waits for c, 20 s more at most.')
    dispatcher.exclude('v1', 'c', 'transferred this call away')
    expect(steps).toEqual(['v1: preferred agents > anyone (3)'])
    expect(pairs()).toEqual(['v0>c', 'v1>b', 'v1>a'])
    clock.advance(3_000)
    stop()
  })

  it('where all are rung, rings the second of two whom it names as soon as he is free, when the first has refused', () => {
    const queues = center.queues.map(queue => ({ ...queue, strategy: 'ring-all' as const }))
    const named = { ...center, queues, agents: [agent('a'), agent('b'), agent('c')] }
    const { enqueue, pairs, refuse, work, free, clock, dispatcher, stop } = start(named)
    enqueue('v0', 'q', { preferred: [wish('c')] })
    work('v0', 'c')
    enqueue('v1', 'q', { preferred: [wish('b'), wish('c', 10)] })
    dispatcher.exclude('v1', 'b', 'did not take this call', clock.now())
    refuse('v1', 'b', 3_000)
    free('v0', 'c')
    expect(pairs()).toEqual(['v0>c', 'v1>b', 'v1>c'])
    clock.advance(3_000)
    stop()
  })

  it('keeps a call from an agent it is to avoid while anybody else is signed in', () => {
    const { enqueue, pairs, work, roster, clock, dispatcher, stop } = start(center)
    enqueue('v1', 'q', { preferred: [wish('b')] })
    work('v1', 'b')
    enqueue('v2', 'q', { avoid: ['a'] })
    expect(pairs()).toEqual(['v1>b'])
    expect(dispatcher.explain('q')).toBe('1 free agent, but kept from it: a (the call is to avoid this agent).')
    roster.signOut('b', { actor })
    roster.callEnded('b', 'v1', 0)
    clock.advance(250)
    expect(pairs()).toEqual(['v1>b', 'v2>a'])
    stop()
  })
})

describe('many who may not have the one who is free', () => {
  const center: CenterInput = { queues: [{ id: 'q', maxWaiting: 10_000 }], agents: [agent('a'), agent('b')] }

  function avoiding(count: number) {
    const world = start(center)
    world.enqueue('v0', 'q', { avoid: ['a'] })
    world.work('v0', 'b')
    for (let i = 1; i <= count; i++) world.enqueue(`v${i}`, 'q', { avoid: ['a'] })
    expect(world.pairs()).toEqual(['v0>b'])
    return world
  }

  it('cost each newcomer the same, however many they are', () => {
    const looks = [200, 800].map(count => {
      const { enqueue, stop } = avoiding(count)
      const barred = vi.spyOn(Eligibility.prototype, 'barred')
      enqueue('last', 'q', { avoid: ['a'] })
      const { length } = barred.mock.calls
      barred.mockRestore()
      stop()
      return length
    })
    expect(Math.max(...looks)).toBeLessThanOrEqual(70)
  })

  it('keep him from nobody behind them for long', () => {
    const { enqueue, pairs, clock, stop } = avoiding(300)
    enqueue('last')
    clock.advance(2_000)
    expect(pairs()).toEqual(['v0>b', 'last>a'])
    stop()
  })

  it('keep him from nobody who comes before them', () => {
    const { enqueue, pairs, stop } = avoiding(300)
    enqueue('urgent', 'q', { priority: 5 })
    expect(pairs()).toEqual(['v0>b', 'urgent>a'])
    stop()
  })

  it('have their turn in order when somebody else is free', () => {
    const { pairs, free, stop } = avoiding(300)
    free('v0', 'b')
    expect(pairs()).toEqual(['v0>b', 'v1>b'])
    stop()
  })
})

describe('an agent who goes away', () => {
  const person = (id: string, skills: Record<string, number> = {}): AgentInput => ({
    ...{ id, queues: ['q'], skills, contact: `sip:${id}@127.0.0.1` },
  })
  const wish = (agentId: string) => ({ agentId, score: 50, untilMs: null })
  const ringed: CenterInput = {
    queues: [
      {
        ...{ id: 'q', requirements: 'x and y', preferredAgents: { busyWaitMs: 20_000, offlineWaitMs: 5_000 } },
        bullseye: [
          { timeoutMs: 60_000, removeSkills: ['x'] },
          { timeoutMs: 60_000, removeSkills: ['y'] },
        ],
      },
    ],
    agents: [person('inner', { x: 5, y: 5 }), person('other', { x: 5, y: 5 }), agent('last')],
  }

  it.each([
    ['signs out', (roster: Roster) => roster.signOut('b', { actor }), 3_000],
    ['has a break', (roster: Roster) => roster.setAvailability('b', 'notReady', { actor }), 3_000],
    ['closes the desk', (roster: Roster) => roster.setDesk('b', true), 3_000],
    ['leaves the queue', (roster: Roster) => roster.setQueue('b', 'q', false, { actor }), 0],
  ] as const)('is waited for no longer than one who was away from the beginning: %s', (_how, goAway, leftMs) => {
    const { enqueue, pairs, roster, clock, steps, stop } = start({
      queues: [{ id: 'q', preferredAgents: { busyWaitMs: 20_000, offlineWaitMs: 5_000 } }],
      agents: [agent('a'), person('b'), agent('c')],
    })
    roster.signIn('b', { availability: 'available', actor })
    roster.reserve('b', { offerId: 'o', callId: 'c', queueId: null })
    const policy = { cooldownMs: 60_000, missedToNotReady: 0 }
    roster.offerEnded('b', 'o', { kind: 'rejected', cause: 'declined', policy })
    enqueue('v1', 'q', { preferred: [wish('b')] })
    clock.advance(4_000)
    enqueue('v2', 'q', { preferred: [wish('b')] })
    clock.advance(2_000)
    expect(pairs()).toEqual([])
    goAway(roster)
    expect(pairs()).toEqual(leftMs === 0 ? ['v1>a', 'v2>c'] : ['v1>a'])
    expect(steps[0]).toMatch('v1: preferred agents > anyone')
    clock.advance(leftMs)
    expect(pairs()).toEqual(['v1>a', 'v2>c'])
    stop()
  })

  it('leaves a ring that is skipped when he was the last one there', () => {
    const { enqueue, pairs, roster, steps, clock, stop } = start(ringed)
    for (const id of ['inner', 'other']) roster.signIn(id, { availability: 'notReady', actor })
    // Ahead of them is one who asks for the same, but for good.
    enqueue('v0', 'q', { steps: [{ expression: 'x', afterMs: 1_000 }] })
    clock.advance(1_000)
    expect(steps.splice(0)).toEqual(['v0: x > anyone (2)'])
    enqueue('v1')
    enqueue('v2')
    roster.signOut('inner', { actor })
    expect(steps).toEqual([])
    roster.setQueue('other', 'q', false, { actor })
    expect(steps).toEqual(['v1: ring 1 > ring 3 (1)', 'v2: ring 1 > ring 3 (1)'])
    expect(pairs()).toEqual(['v1>last'])
    stop()
  })

  it('costs nothing that grows with the calls that do not mind', () => {
    const work = (calls: number) => {
      const { enqueue, roster, stop } = start(ringed)
      for (const id of ['inner', 'other']) roster.signIn(id, { availability: 'available', actor })
      for (const id of ['inner', 'other']) roster.setInUse(id, true)
      for (let number = 0; number < calls; number += 1) {
        enqueue(`ring${number}`)
        enqueue(`hold${number}`, 'q', { preferred: [wish('other')] })
      }
      let asked = 0
      for (const name of ['pool', 'member', 'standingOf', 'idle', 'delays'] as const) {
        const method = roster[name] as (...question: never[]) => unknown
        Object.assign(roster, {
          [name](...question: never[]) {
            asked += 1
            return method(...question)
          },
        })
      }
      roster.signOut('inner', { actor })
      stop()
      return asked
    }
    expect(work(1)).toBeGreaterThan(0)
    expect(work(300)).toBe(work(1))
  })
})

describe('retry exclusion', () => {
  it('passes over who refused the call until it expires, but keeps the last candidate', () => {
    const { enqueue, pairs, refuse, dispatcher, clock, work } = start({
      queues: [{ id: 'q', strategy: 'linear' }],
      agents: [agent('a'), agent('b')],
    })
    enqueue('v1')
    dispatcher.exclude('v1', 'a', 'did not take this call', clock.now() + 10_000)
    refuse('v1', 'a')
    expect(pairs()).toEqual(['v1>a', 'v1>b'])
    refuse('v1', 'b')
    // Now a is excluded and b is not.
    expect(pairs().at(-1)).toBe('v1>b')
    clock.advance(10_000)
    refuse('v1', 'b')
    expect(pairs().at(-1)).toBe('v1>a')
    work('v1', 'a')
  })
})

describe('fairness across queues', () => {
  it('lets an agent take calls of the queue that goes first, however old the others are', () => {
    const { enqueue, pairs, work, free, clock, roster } = start({
      queues: [{ id: 'q' }, { id: 'r' }],
      agents: [
        agent('a', {}, [
          { id: 'q', priority: 2 },
          { id: 'r', priority: 1 },
        ]),
      ],
    })
    roster.setAvailability('a', 'notReady', { actor })
    enqueue('old')
    clock.advance(60_000)
    enqueue('new', 'r')
    roster.setAvailability('a', 'available', { actor })
    expect(pairs()).toEqual(['new>a'])
    work('new', 'a', 'r')
    free('new', 'a')
    expect(pairs()).toEqual(['new>a', 'old>a'])
  })

  it('gives the older call to somebody else in the same moment', () => {
    const { enqueue, pairs, roster, clock, stop } = start({
      queues: [{ id: 'q' }, { id: 'r' }],
      agents: [agent('a', {}, [{ id: 'q', priority: 2 }, 'r']), { id: 'b', queues: ['q'], contact: 'sip:b@127.0.0.1' }],
    })
    roster.setAvailability('a', 'notReady', { actor })
    enqueue('old')
    clock.advance(1_000)
    enqueue('new', 'r')
    roster.setAvailability('a', 'available', { actor })
    roster.signIn('b', { availability: 'available', actor })
    expect(pairs()).toEqual(['new>a', 'old>b'])
    stop()
  })

  it('gives an agent who stood back for nothing the call at once', () => {
    const queues = [{ id: 'q' }, { id: 'r' }]
    const agentsWith = (skills: Record<string, number>) => [
      agent('b', skills, ['r']),
      agent('a', skills, [{ id: 'q', priority: 2 }, 'r']),
    ]
    const { enqueue, pairs, clock, apply, stop } = start({ queues, agents: agentsWith({}) })
    enqueue('old', 'q', { requirements: 'x' })
    clock.advance(1_000)
    enqueue('new', 'r', { requirements: 'x' })
    apply({ queues, agents: agentsWith({ x: 1 }) })
    expect(pairs()).toEqual(['new>b', 'old>a'])
    stop()
  })

  it('lets a queue join only when its calls have waited long enough', () => {
    const { enqueue, pairs, clock, dispatcher, stop } = start({
      queues: [{ id: 'q' }],
      agents: [agent('backup', {}, [{ id: 'q', delayMs: 30_000 }])],
    })
    enqueue('v1')
    expect(dispatcher.explain('q')).toBe('The free agent does not suit: its time with them has not come.')
    clock.advance(10_000)
    enqueue('v2', 'q', { priority: 5 })
    clock.advance(19_999)
    expect(pairs()).toEqual([])
    clock.advance(1)
    expect(pairs()).toEqual(['v1>backup'])
    stop()
  })

  it('lets waiting raise the priority across queues', () => {
    const { enqueue, pairs, clock, roster } = start({
      queues: [{ id: 'q', aging: { perMinute: 2, max: 10 } }, { id: 'r' }],
      agents: [{ id: 'a', queues: ['q', 'r'], contact: 'sip:a@127.0.0.1' }],
    })
    enqueue('ages')
    clock.advance(120_000)
    enqueue('privileged', 'r', { priority: 3 })
    roster.signIn('a', { availability: 'available', actor })
    expect(pairs()).toEqual(['ages>a'])
  })

  it('takes the call that is furthest beyond its target under service-objective', () => {
    const { enqueue, pairs, clock, roster } = start({
      queues: [
        { id: 'q', strategy: 'service-objective', serviceLevel: { targetMs: 600_000 } },
        { id: 'r', strategy: 'service-objective', serviceLevel: { targetMs: 10_000 } },
      ],
      agents: [{ id: 'a', queues: ['q', 'r'], contact: 'sip:a@127.0.0.1' }],
    })
    enqueue('older')
    clock.advance(15_000)
    enqueue('urgent', 'r')
    clock.advance(15_000)
    roster.signIn('a', { availability: 'available', actor })
    expect(pairs()).toEqual(['urgent>a'])
  })
})

describe('progressive', () => {
  it('rings some at once and one more after each interval, until all ring or somebody answers', () => {
    const { enqueue, pairs, clock, dispatcher, stop } = start({
      queues: [{ id: 'q', strategy: 'progressive', strategyOptions: { atOnce: 2, addEveryMs: 4_000 } }],
      agents: ['a', 'b', 'c', 'd'].map(id => agent(id)),
    })
    enqueue('v1')
    expect(pairs()).toEqual(['v1>a', 'v1>b'])
    clock.advance(3_999)
    expect(pairs()).toHaveLength(2)
    clock.advance(1)
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v1>c'])
    // One of them declines: the next is rung in the place of that one.
    dispatcher.offerEnded('v1')
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v1>c', 'v1>d'])
    dispatcher.remove('v1')
    stop()
  })
})

describe('those who are rung together', () => {
  const center = (strategy: 'ring-all' | 'progressive'): CenterInput => ({
    queues: [{ id: 'q', strategy, strategyOptions: { atOnce: 2 } }],
    agents: [agent('a'), agent('b')],
  })

  it.each(['ring-all', 'progressive'] as const)(
    'does not ring who has refused the call again while another is rung for it: %s',
    strategy => {
      const { enqueue, pairs, dispatcher, roster, clock, refuse, stop } = start(center(strategy))
      enqueue('v1')
      expect(pairs()).toEqual(['v1>a', 'v1>b'])
      dispatcher.exclude('v1', 'a', 'did not take this call', clock.now() + 10_000)
      dispatcher.offerEnded('v1')
      const policy = { cooldownMs: 2_000, missedToNotReady: 0 }
      roster.offerEnded('a', 'v1/a', { kind: 'rejected', cause: 'declined', policy })
      clock.advance(9_999)
      expect(pairs()).toEqual(['v1>a', 'v1>b'])
      expect(dispatcher.situation('q').visits[0]).toMatchObject({
        because: 'An offer is pending.',
        excluded: [{ agentId: 'a', reason: 'did not take this call' }],
      })
      // Nobody is rung now: the one who is left had better be than none.
      dispatcher.exclude('v1', 'b', 'did not take this call', clock.now() + 10_000)
      refuse('v1', 'b', 2_000)
      expect(pairs()).toEqual(['v1>a', 'v1>b', 'v1>a'])
      stop()
    },
  )

  it.each(['ring-all', 'progressive'] as const)('has them for the next call meanwhile: %s', strategy => {
    const { enqueue, pairs, dispatcher, roster, clock, stop } = start(center(strategy))
    enqueue('v1')
    enqueue('v2')
    dispatcher.exclude('v1', 'a', 'did not take this call', clock.now() + 10_000)
    dispatcher.offerEnded('v1')
    const policy = { cooldownMs: 2_000, missedToNotReady: 0 }
    roster.offerEnded('a', 'v1/a', { kind: 'rejected', cause: 'declined', policy })
    clock.advance(2_000)
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v2>a'])
    stop()
  })

  it('does not let the first keep an agent whom it avoids from those behind it: ring-all', () => {
    const { enqueue, pairs, roster, dispatcher, stop } = start(center('ring-all'))
    roster.setAvailability('b', 'notReady', { actor })
    enqueue('v1', 'q', { avoid: ['a'] })
    expect(dispatcher.explain('q')).toBe('1 free agent, but kept from it: a (the call is to avoid this agent).')
    enqueue('v2')
    enqueue('v3')
    expect(pairs()).toEqual(['v2>a'])
    roster.setAvailability('b', 'available', { actor })
    expect(pairs()).toEqual(['v2>a', 'v1>b'])
    stop()
  })

  it('lets who stands back for another queue go when its call is not for him', () => {
    const { enqueue, pairs, dispatcher, roster, clock, stop } = start({
      queues: [{ id: 'q' }, { id: 'r', strategy: 'ring-all' }],
      agents: [agent('a', {}, [{ id: 'q', priority: 2 }, 'r']), agent('b', {}, ['r'])],
    })
    enqueue('v1', 'r')
    dispatcher.exclude('v1', 'a', 'did not take this call', clock.now() + 10_000)
    dispatcher.offerEnded('v1')
    enqueue('v2')
    const policy = { cooldownMs: 2_000, missedToNotReady: 0 }
    roster.offerEnded('a', 'v1/a', { kind: 'rejected', cause: 'declined', policy })
    clock.advance(2_000)
    expect(pairs()).toEqual(['v1>a', 'v1>b', 'v2>a'])
    stop()
  })
})

describe('optimal', () => {
  const center = (windowMs = 100): CenterInput => ({
    queues: [{ id: 'q', strategy: 'optimal', strategyOptions: { windowMs } }],
    agents: [agent('both', { x: 9, y: 9 }), agent('only', { x: 9 })],
  })

  it('keeps who can do more for the call that needs it, where one call after the other would not', () => {
    const { enqueue, pairs, clock, stop } = start(center())
    enqueue('v1', 'q', { requirements: 'x' })
    clock.advance(50)
    enqueue('v2', 'q', { requirements: 'y' })
    expect(pairs()).toEqual([])
    clock.advance(50)
    expect(pairs().sort()).toEqual(['v1>only', 'v2>both'])
    stop()
  })

  it('minds what one call says of agents, and who has refused it, though others ask for the same', () => {
    // Without skills, and as long idle: the first of the list would be as good as the second.
    const plain = { ...center(50), agents: [agent('one'), agent('two')] }
    const avoiding = start(plain)
    avoiding.enqueue('v1', 'q', { avoid: ['one'] })
    avoiding.clock.advance(50)
    expect(avoiding.pairs()).toEqual(['v1>two'])
    avoiding.stop()

    const [queue] = plain.queues ?? []
    const preferring = start({ ...plain, queues: [{ ...queue, preferredAgents: { busyWaitMs: 0 } }] })
    preferring.enqueue('v1', 'q', { preferred: [{ agentId: 'two', score: 1, untilMs: null }] })
    preferring.clock.advance(50)
    expect(preferring.pairs()).toEqual(['v1>two'])
    preferring.stop()

    const refused = start(plain)
    refused.enqueue('v1')
    refused.clock.advance(50)
    refused.dispatcher.exclude('v1', 'one', 'did not take this call')
    refused.refuse('v1', 'one')
    refused.clock.advance(50)
    expect(refused.pairs()).toEqual(['v1>one', 'v1>two'])
    refused.stop()
  })

  it('gives a call that holds out for several agents one of them, and not the one whom another holds out for alone', () => {
    const wishes = (...ids: string[]) => ({ preferred: ids.map(agentId => ({ agentId, score: 1, untilMs: null })) })
    const { enqueue, pairs, clock, stop } = start({
      ...center(50),
      agents: [agent('one'), agent('two'), agent('three')],
    })
    enqueue('v1', 'q', wishes('one', 'two'))
    enqueue('v2', 'q', wishes('one'))
    clock.advance(50)
    expect(pairs().sort()).toEqual(['v1>two', 'v2>one'])
    stop()
  })

  it('lets who takes calls of another queue first go last', () => {
    const { enqueue, pairs, clock, stop } = start({
      queues: [{ id: 'q', strategy: 'optimal', strategyOptions: { windowMs: 50 } }, { id: 'r' }],
      agents: [agent('other', {}, ['r', { id: 'q', priority: 2 }]), agent('own')],
    })
    enqueue('v1')
    clock.advance(50)
    expect(pairs()).toEqual(['v1>own'])
    stop()
  })

  it('tells of all who were free when the window ended, and who of them goes with another call', () => {
    const { enqueue, assigned, clock, roster, stop } = start({
      ...center(),
      agents: [agent('both', { x: 9, y: 9 }), agent('only', { x: 9 }), agent('other', { x: 1 }), agent('none')],
    })
    roster.setAvailability('other', 'notReady', { actor })
    enqueue('v1', 'q', { requirements: 'x' })
    enqueue('v2', 'q', { requirements: 'y' })
    clock.advance(60)
    roster.setAvailability('other', 'available', { actor })
    clock.advance(40)
    const lacks = (agentId: string, skill: string) => ({
      ...{ agentId, reason: `${skill}: has none, needs any` },
      unmet: [{ skill, has: 0, needs: 'any' }],
    })
    expect(assigned.map(({ explanation }) => explanation)).toEqual([
      {
        strategy: 'optimal',
        reason: 'best for all calls of the moment: fits by 54.1, idle for 0 s',
        candidates: [
          {
            ...{ agentId: 'only', score: 54.1, chosen: true },
            reason: 'best for all calls of the moment: fits by 54.1, idle for 0 s',
          },
          { agentId: 'both', score: 45.1, chosen: false, reason: 'goes with another call of the moment' },
          { agentId: 'other', score: 6.04, chosen: false, reason: 'fits by 6.0, idle for 0 s' },
        ],
        candidateCount: 3,
        excluded: [lacks('none', 'x')],
        notFree: {},
        ...{ waiting: 2, position: 1, step: null },
        scoreMeaning: 'fit in seconds: idle time + 6 × mean level asked for − sum of the other levels',
      },
      expect.objectContaining({
        candidates: [expect.objectContaining({ agentId: 'both', chosen: true })],
        candidateCount: 1,
        notFree: {},
        ...{ waiting: 2, position: 2 },
      }),
    ])
    stop()
  })

  it('tells each call of a group alike, but for whom it names, avoids, or was refused by', () => {
    const ids = Array.from({ length: 14 }, (_, order) => `a${String(order).padStart(2, '0')}`)
    const { enqueue, assigned, clock, refuse, dispatcher, stop } = start({
      ...center(),
      queues: [{ id: 'q', strategy: 'optimal', preferredAgents: { busyWaitMs: 0 } }],
      // Each can do more else than the one before, and fits a call that asks for nothing the less.
      agents: ids.map((id, order) =>
        agent(id, order === 0 ? {} : { s: Math.min(order, 10), t: Math.max(1, order - 9) }),
      ),
    })
    enqueue('v1')
    enqueue('v2', 'q', { preferred: [{ agentId: 'a13', score: 5, untilMs: null }], avoid: ['a01'] })
    clock.advance(100)
    expect(assigned.map(({ agentId }) => agentId)).toEqual(['a00', 'a13'])
    const [plain, picky] = assigned.map(({ explanation }) => explanation)
    expect(plain?.candidates.map(({ agentId }) => agentId)).toEqual(ids.slice(0, 10))
    expect(plain).toMatchObject({ candidateCount: 14, excluded: [] })
    // Nobody is named twice, and who is avoided makes room.
    expect(picky?.candidates.map(({ agentId }) => agentId)).toEqual(['a13', 'a00', ...ids.slice(2, 10)])
    expect(picky?.candidates[0]?.reason).toMatch(/^preferred with score 5; best for all calls of the moment: fits by/)
    expect(picky?.candidates[1]?.reason).toBe('goes with another call of the moment')
    expect(picky?.candidateCount).toBe(13)
    expect(picky?.excluded).toEqual([{ agentId: 'a01', reason: 'the call is to avoid this agent' }])

    dispatcher.exclude('v1', 'a00', 'did not take this call')
    refuse('v1', 'a00')
    clock.advance(100)
    expect(assigned.at(-1)?.explanation).toMatchObject({
      candidateCount: 12,
      excluded: [{ agentId: 'a00', reason: 'did not take this call' }],
      notFree: { reserved: 1 },
    })
    stop()
  })

  it('shows who was chosen, however far behind the best of those who go with others', () => {
    const ids = Array.from({ length: 14 }, (_, order) => `a${String(order).padStart(2, '0')}`)
    const { enqueue, assigned, clock, stop } = start({
      ...center(),
      agents: ids.map((id, order) =>
        agent(id, order === 0 ? {} : { s: Math.min(order, 10), t: Math.max(1, order - 9) }),
      ),
    })
    for (const id of ids) enqueue(id)
    clock.advance(100)
    const last = assigned.find(({ agentId }) => agentId === 'a13')?.explanation
    expect(last?.candidates.map(({ agentId }) => agentId)).toEqual([...ids.slice(0, 9), 'a13'])
    expect(last?.candidateCount).toBe(14)
    expect(assigned).toHaveLength(14)
    stop()
  })

  it('makes the pair of a call with the only one left for it, though he has refused it', () => {
    const { enqueue, pairs, clock, refuse, dispatcher, stop } = start({
      ...center(50),
      agents: [agent('one'), agent('two', { y: 1 })],
    })
    enqueue('v1')
    clock.advance(50)
    expect(pairs()).toEqual(['v1>one'])
    dispatcher.exclude('v1', 'one', 'did not take this call')
    refuse('v1', 'one')
    enqueue('v2', 'q', { requirements: 'y' })
    clock.advance(50)
    expect(pairs()).toEqual(['v1>one', 'v1>one', 'v2>two'])
    stop()
  })

  it('is not passed over by younger calls of a queue that is served at once', () => {
    const { enqueue, pairs, clock, work, free, stop } = start({
      queues: [{ id: 'q', strategy: 'optimal' }, { id: 'r' }],
      agents: [agent('ada', {}, ['q', 'r'])],
    })
    enqueue('v1', 'r')
    work('v1', 'ada', 'r')
    clock.advance(500)
    enqueue('old')
    for (const visitId of ['v2', 'v3', 'v4']) {
      clock.advance(1_000)
      enqueue(visitId, 'r')
    }
    free('v1', 'ada')
    expect(pairs()).toEqual(['v1>ada'])
    clock.advance(100)
    expect(pairs()).toEqual(['v1>ada', 'old>ada'])
    // Who is left does not wait for another window.
    work('old', 'ada')
    free('old', 'ada')
    expect(pairs()).toEqual(['v1>ada', 'old>ada', 'v2>ada'])
    stop()
  })

  it('leaves other agents, and those who take the other queue first, to calls that are served at once', () => {
    const { enqueue, pairs, clock, dispatcher, stop } = start({
      queues: [{ id: 'q', strategy: 'optimal' }, { id: 'r' }],
      agents: [
        agent('both', {}, ['q', 'r']),
        agent('own', {}, ['r']),
        agent('rather', {}, ['r', { id: 'q', priority: 2 }]),
      ],
    })
    enqueue('v1')
    clock.advance(10)
    enqueue('v2', 'r')
    enqueue('v3', 'r')
    enqueue('v4', 'r')
    expect(pairs()).toEqual(['v2>own', 'v3>rather'])
    expect(dispatcher.explainVisit('v4')).toBe(
      '1 free agent, but kept from it: both (is left to a call of q that goes first, for a moment).',
    )
    clock.advance(90)
    expect(pairs()).toEqual(['v2>own', 'v3>rather', 'v1>both'])
    stop()
  })

  it('lets older calls that stood back go before younger ones of the window, and serves all whom somebody is there for', () => {
    const { enqueue, pairs, clock, stop } = start({
      queues: [{ id: 'q', strategy: 'optimal' }, { id: 'r' }],
      agents: ['a', 'b', 'c'].map(id => agent(id, {}, ['q', 'r'])),
    })
    for (const [visitId, queueId] of [
      ['q1', 'q'],
      ['r2', 'r'],
      ['q3', 'q'],
      ['r4', 'r'],
      ['q5', 'q'],
    ] as const) {
      enqueue(visitId, queueId)
      clock.advance(10)
    }
    clock.advance(250)
    expect(pairs().map(pair => pair.slice(0, 2))).toEqual(['q1', 'r2', 'q3'])
    stop()
  })

  it('leaves the agent for whom a customer is called to the next one at once, and not after another window', () => {
    const turns: string[] = []
    const { enqueue, pairs, clock, stop } = start({ ...center(), agents: [agent('ada')] }, id => turns.push(id))
    enqueue('called', 'q', { isCallback: true })
    enqueue('later', 'q', { isCallback: true })
    enqueue('v1')
    clock.advance(100)
    expect(turns).toEqual(['called'])
    expect(pairs()).toEqual(['v1>ada'])
    stop()
  })

  it('keeps the turn across queues when it matches again without a customer who is called', () => {
    const turns: string[] = []
    const play = (...calls: readonly (readonly [visitId: string, queueId: string, wishes?: Wishes])[]) => {
      const { enqueue, pairs, clock, stop } = start(
        {
          queues: [{ id: 'q', strategy: 'optimal' }, { id: 'r' }],
          agents: [agent('ada', { x: 9, y: 1 }, ['q', 'r'])],
        },
        id => turns.push(id),
      )
      enqueue('called', 'q', { isCallback: true, priority: 5 })
      for (const call of calls) {
        clock.advance(10)
        enqueue(...call)
      }
      clock.advance(100 - 10 * calls.length)
      stop()
      return pairs()
    }
    // The sum of the window would be better with v2.
    expect(play(['v1', 'q', { requirements: 'y' }], ['r1', 'r'], ['v2', 'q', { requirements: 'x' }])).toEqual([
      'v1>ada',
    ])
    expect(play(['r1', 'r'], ['v1', 'q', { requirements: 'x' }])).toEqual(['r1>ada'])
    expect(turns).toEqual(['called', 'called'])
  })

  it('does not put a window off for a customer of another queue who is called, and takes nobody', () => {
    const turns: string[] = []
    const { enqueue, pairs, clock, roster, stop } = start(
      {
        queues: [{ id: 'q', strategy: 'optimal' }, { id: 'r' }],
        agents: [agent('ada', { x: 1 }, ['q', 'r']), agent('bob', { x: 9 }), agent('cara', {}, ['r'])],
      },
      id => turns.push(id),
    )
    roster.setAvailability('cara', 'notReady', { actor })
    enqueue('v1', 'q', { requirements: 'x' })
    clock.advance(10)
    enqueue('called', 'r', { isCallback: true })
    enqueue('r1', 'r', { avoid: ['ada'] })
    clock.advance(10)
    enqueue('v2')
    clock.advance(80)
    expect(turns).toEqual(['called'])
    expect(pairs()).toEqual(['v1>bob', 'v2>ada'])
    stop()
  })

  it('gives the agent to the higher priority, however long others have waited', () => {
    const { enqueue, pairs, clock, roster, stop } = start({
      ...center(),
      agents: [{ id: 'ada', queues: ['q'], contact: 'sip:ada@127.0.0.1' }],
    })
    enqueue('low')
    clock.advance(400_000)
    enqueue('high', 'q', { priority: 5 })
    roster.signIn('ada', { availability: 'available', actor })
    clock.advance(100)
    expect(pairs()).toEqual(['high>ada'])
    stop()
  })

  it('serves the more urgent ones when there are too few agents, and the rest later', () => {
    const { enqueue, pairs, clock, work, free, dispatcher, stop } = start(center(50))
    enqueue('v1')
    enqueue('v2', 'q', { priority: 5 })
    enqueue('v3', 'q', { priority: 1 })
    clock.advance(50)
    expect(pairs().map(pair => pair.slice(0, 2))).toEqual(['v2', 'v3'])
    const agentOfV2 = pairs()[0]?.slice(3) ?? ''
    work('v2', agentOfV2)
    free('v2', agentOfV2)
    expect(pairs()).toHaveLength(2)
    expect(dispatcher.position('v1')).toBe(2)
    clock.advance(50)
    expect(pairs().at(-1)).toBe(`v1>${agentOfV2}`)
    stop()
  })
})
