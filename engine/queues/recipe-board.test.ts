/** When recipes act, on the test clock: by time, by what is counted, once or again and again, and at what cost. */
import { describe, expect, it } from 'vitest'
import { createRoster, type Roster } from '../agents/roster.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { Estimates } from './estimate.ts'
import { RecipeBoard, type RecipeVisit } from './recipe-board.ts'
import { RecipeProgress } from './recipe-progress.ts'
import { RoutingPlans } from './routing-plan.ts'
import { createTotals } from './totals.ts'
import { VisitRouting } from './visit-routing.ts'
import type { WaitingVisit } from './waiting-list.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)
const actor = 'user:sue'

type QueueInput = NonNullable<CenterInput['queues']>[number]
type Recipes = NonNullable<QueueInput['recipes']>

interface Around {
  readonly agents?: CenterInput['agents']
  readonly aging?: object
  readonly overflow?: NonNullable<QueueInput['overflow']>
}

function start(recipes: Recipes, { agents = [], aging, overflow = [] }: Around = {}) {
  const clock = createTestClock()
  const estimates = new Estimates()
  const startedAt = clock.now()
  const plans = new RoutingPlans()
  const acted: string[] = []
  const looked = { positions: 0, pools: 0 }
  const offered = new Set<string>()
  const isOpen = { day: true }
  const places = new Map<string, WaitingVisit>()
  const touchAll = () => board.touch('q')
  const roster: Roster = createRoster({
    clock,
    logger: silent,
    emit: touchAll,
    onRoutable() {},
    onAbsent() {},
    onWrapUpEnded() {},
    dayKey,
  })
  const dispatcher: Dispatcher = createDispatcher({
    clock,
    random: createSeededRandom(7),
    roster,
    totals: createTotals({ clock, dayKey }),
    estimates,
    onAssign: () => false,
  })
  const board = new RecipeBoard({
    clock,
    roster: {
      ...roster,
      pool(queueId, requirement) {
        looked.pools += 1
        return roster.pool(queueId, requirement)
      },
    },
    line: {
      ...dispatcher,
      position(visitId) {
        looked.positions += 1
        return dispatcher.position(visitId)
      },
    },
    hoursOf: id => (id === 'day' ? { open: isOpen.day, nextChangeMs: null } : null),
  })
  const center = parseCenter({
    queues: [{ id: 'q', recipes, overflow, ...(aging === undefined ? {} : { aging }) }],
    agents: agents.map(agent => ({ contact: `sip:${agent.id}@127.0.0.1`, queues: ['q'], ...agent })),
    hours: [{ id: 'day' }, { id: 'gone' }],
  })
  dispatcher.configure(center.queues)
  roster.configure(center.agents, center.queues)
  const [queue] = center.queues
  if (queue === undefined) throw new Error('no queue')
  /** What acting does beside being told. */
  const effects = new Map<number, (visitId: string) => void>()
  const enqueue = (visitId: string, { priority = 0, requirements = '' } = {}) => {
    const routing = requirements === '' ? null : new VisitRouting(plans.of(queue, { requirements }))
    const place = { visitId, callId: visitId, queueId: 'q', priority, enqueuedAt: clock.now() }
    places.set(visitId, routing === null ? place : { ...place, routing })
    const visit: RecipeVisit = {
      visitId,
      queue,
      progress: new RecipeProgress(board.rules.of(queue), clock.now()),
      sinceMs: clock.now(),
      get place() {
        return places.get(visitId) as WaitingVisit
      },
      get rungUntilMs() {
        return offered.has(visitId) ? Number.POSITIVE_INFINITY : null
      },
      act(index, because) {
        acted.push(`${clock.now() - startedAt} ${visitId} #${index + 1} ${because}`)
        effects.get(index)?.(visitId)
      },
    }
    board.join(visit)
    dispatcher.enqueue(visit.place)
  }
  const leave = (visitId: string) => {
    board.leave(visitId)
    dispatcher.remove(visitId)
  }
  /** As a priority that is set, or a skill that is given up. */
  const move = (visitId: string, changed: Partial<WaitingVisit>) => {
    places.set(visitId, { ...(places.get(visitId) as WaitingVisit), ...changed })
    board.moved(visitId)
    dispatcher.enqueue(places.get(visitId) as WaitingVisit)
  }
  const signIn = (id: string) => roster.signIn(id, { availability: 'available', actor })
  return {
    clock,
    estimates,
    roster,
    board,
    dispatcher,
    acted,
    looked,
    offered,
    isOpen,
    effects,
    plans,
    queue,
    enqueue,
    leave,
    move,
    signIn,
  }
}

const act = { priority: 5 }

describe('a recipe', () => {
  it('acts at its time, once for each call', () => {
    const { clock, acted, enqueue, leave } = start([{ when: { waitedMs: 60_000 }, do: act }])
    enqueue('a')
    clock.advance(10_000)
    enqueue('b')
    enqueue('c')
    clock.advance(55_000)
    leave('c')
    clock.advance(600_000)
    expect(acted).toEqual(['60000 a #1 has waited 60 s', '70000 b #1 has waited 60 s'])
    expect(clock.pending).toBe(0)
  })

  it('acts again and again where it says so, and from the beginning without conditions', () => {
    const { clock, acted, enqueue, leave } = start([{ do: act, everyMs: 10_000 }])
    enqueue('a')
    clock.advance(25_000)
    expect(acted).toEqual(['250 a #1 it waits', '10250 a #1 it waits', '20250 a #1 it waits'])
    leave('a')
    expect(clock.pending).toBe(0)
  })

  it('goes before those that are written after it', () => {
    const { clock, acted, enqueue } = start([
      { when: { waitedMs: 1_000 }, do: act },
      { when: { waitedMs: 1_000, waiting: { atLeast: 2 } }, do: act },
    ])
    enqueue('b')
    enqueue('a')
    clock.advance(5_000)
    expect(acted.map(line => line.split(' ').slice(1, 3).join(' '))).toEqual(['a #1', 'b #1', 'a #2', 'b #2'])
  })

  it('asks how many wait, anew after each call that it has sent away', () => {
    const { clock, acted, effects, enqueue, leave } = start([{ when: { waiting: { atLeast: 3 } }, do: act }])
    effects.set(0, leave)
    for (const id of ['a', 'b', 'c', 'd']) {
      clock.advance(1_000)
      enqueue(id)
    }
    clock.advance(1_000)
    expect(acted).toEqual(['3250 a #1 3 wait in the queue', '4250 b #1 3 wait in the queue'])
  })

  it.each<[string, object, readonly string[]]>([
    ['at most', { atMost: 2 }, ['v', 'a']],
    ['at least', { atLeast: 3 }, ['b', 'c']],
    ['between', { atLeast: 2, atMost: 3 }, ['a', 'b']],
  ])('asks for places: %s', (_what, position, expected) => {
    const { clock, acted, enqueue } = start([{ when: { position }, do: act }])
    for (const id of ['a', 'b', 'c']) enqueue(id)
    enqueue('v', { priority: 9 })
    clock.advance(1_000)
    expect(acted.map(line => line.split(' ')[1])).toEqual(expected)
  })

  it('sees that a place has become better, by leaving and by priority', () => {
    const { clock, acted, enqueue, leave, move } = start([{ when: { position: { atMost: 1 } }, do: act }])
    for (const id of ['a', 'b', 'c']) enqueue(id)
    clock.advance(1_000)
    leave('a')
    clock.advance(1_000)
    move('c', { priority: 9 })
    clock.advance(1_000)
    expect(acted).toEqual(['250 a #1 is at place 1', '1250 b #1 is at place 1', '2250 c #1 is at place 1'])
  })

  it('asks for agents who suit the call, and for free ones', () => {
    const agents = [{ id: 'x', skills: { x: 5 } }, { id: 'y' }]
    const { clock, roster, acted, enqueue, signIn } = start(
      [
        { when: { eligible: { atMost: 0 } }, do: act, everyMs: 3_600_000 },
        { when: { available: { atLeast: 1 } }, do: act },
      ],
      { agents },
    )
    signIn('y')
    enqueue('any')
    enqueue('some', { requirements: 'x' })
    clock.advance(1_000)
    expect(acted).toEqual(['250 some #1 0 signed-in agents suit it', '250 any #2 1 free agent suits it'])
    roster.signIn('x', { actor })
    clock.advance(1_000)
    expect(acted).toHaveLength(2)
    roster.setAvailability('x', 'available', { actor })
    clock.advance(1_000)
    expect(acted.slice(2)).toEqual(['2250 some #2 1 free agent suits it'])
  })

  it('asks for what is left to wait, place by place, once something is known of it', () => {
    const { clock, acted, effects, enqueue, leave, signIn, estimates, board, dispatcher } = start(
      [{ when: { ewtMs: { atLeast: 120_000 } }, do: act }],
      { agents: [{ id: 'y' }] },
    )
    effects.set(0, leave)
    signIn('y')
    for (const id of ['a', 'b', 'c', 'd']) enqueue(id)
    clock.advance(1_000)
    // Ninety seconds for each, because there is a default: nobody is sent away by that.
    estimates.handled('elsewhere', ['q', 'elsewhere'], 60_000)
    board.touch('q')
    clock.advance(1_000)
    expect(acted).toEqual([])
    estimates.handled('q', ['q'], 60_000)
    board.touch('q')
    clock.advance(1_000)
    // Half of the agent's time goes elsewhere, so it is two minutes for each; who comes after the one that left is where he was.
    expect(acted.map(line => line.split(' ').slice(1).join(' '))).toEqual(
      ['b', 'c', 'd'].map(id => `${id} #1 is expected to wait 238 s`),
    )
    expect(dispatcher.position('a')).toBe(1)
  })

  it('leaves alone those whose wait is short enough, or too short', () => {
    const { clock, acted, enqueue, signIn, estimates } = start(
      [
        { when: { ewtMs: { atLeast: 120_000, atMost: 180_000 } }, do: act },
        { when: { ewtMs: { atMost: 60_000 } }, do: act },
      ],
      { agents: [{ id: 'y' }] },
    )
    signIn('y')
    estimates.handled('q', ['q'], 60_000)
    for (const id of ['a', 'b', 'c', 'd']) enqueue(id)
    clock.advance(1_000)
    expect(acted).toEqual([
      '250 b #1 is expected to wait 120 s',
      '250 c #1 is expected to wait 180 s',
      '250 a #2 is expected to wait 60 s',
    ])
  })

  it('sees that the call asks for something else', () => {
    const { clock, acted, plans, queue, enqueue, move, signIn } = start(
      [{ when: { available: { atLeast: 1 } }, do: act }],
      {
        agents: [{ id: 'y' }],
      },
    )
    signIn('y')
    enqueue('some', { requirements: 'x' })
    clock.advance(1_000)
    expect(acted).toEqual([])
    move('some', { routing: new VisitRouting(plans.of(queue, { requirements: 'not x' })) })
    clock.advance(1_000)
    expect(acted).toEqual(['1250 some #1 1 free agent suits it'])
  })

  it('holds all of its conditions against one moment', () => {
    const { clock, acted, enqueue, leave, signIn, roster } = start(
      [{ when: { waitedMs: 5_000, available: { atMost: 0 }, waiting: { atLeast: 2 } }, do: act }],
      { agents: [{ id: 'y' }] },
    )
    signIn('y')
    enqueue('a')
    enqueue('b')
    clock.advance(10_000)
    leave('b')
    roster.setAvailability('y', 'notReady', { actor })
    clock.advance(10_000)
    expect(acted).toEqual([])
    enqueue('c')
    clock.advance(1_000)
    expect(acted).toEqual(['20250 a #1 has waited 20 s, 2 wait in the queue, 0 free agents suit it'])
  })

  it('lets a call alone while an agent is rung for it', () => {
    const { clock, acted, offered, board, enqueue } = start([{ when: { waitedMs: 1_000 }, do: act }])
    enqueue('a')
    offered.add('a')
    clock.advance(10_000)
    expect(acted).toEqual([])
    offered.delete('a')
    board.touch('q')
    clock.advance(1_000)
    expect(acted).toEqual(['10250 a #1 has waited 10 s'])
  })

  it('waits for hours to begin or to end', () => {
    const { clock, acted, isOpen, enqueue, leave } = start([
      { when: { closed: 'day' }, do: act },
      { when: { open: 'day' }, do: act },
      { when: { open: 'gone' }, do: act },
    ])
    enqueue('a')
    clock.advance(20_000)
    isOpen.day = false
    clock.advance(20_000)
    expect(acted).toEqual(['250 a #2 day is open', '30250 a #1 day is closed'])
    leave('a')
    expect(clock.pending).toBe(0)
  })

  it('orders those who age as the line does', () => {
    const { clock, acted, enqueue } = start([{ when: { waitedMs: 60_000, position: { atMost: 1 } }, do: act }], {
      aging: { perMinute: 10, max: 100 },
    })
    enqueue('old')
    clock.advance(60_000)
    enqueue('new', { priority: 5 })
    clock.advance(60_000)
    expect(acted).toEqual(['60000 old #1 has waited 60 s, is at place 1'])
  })
})

describe('a rule that sends calls away', () => {
  const to = { reject: 480 }
  const around = { agents: [{ id: 'y' }, { id: 'x', skills: { x: 5 } }] }
  const when = { waiting: { atLeast: 1 } }

  it.each<[string, Recipes, Around['overflow']]>([
    ['an overflow rule', [], [{ when, to }]],
    ['a recipe', [{ when, do: { to } }], []],
    ['a recipe that acts again', [{ when: { ...when, waitedMs: 0 }, do: { to }, everyMs: 30_000 }], []],
  ])(
    'without a time leaves a call to the agent who is free, and is asked again when he is not: %s',
    (_, recipes, overflow = []) => {
      const { clock, roster, acted, enqueue, signIn } = start(recipes, { ...around, overflow })
      signIn('y')
      enqueue('any')
      enqueue('some', { requirements: 'x' })
      clock.advance(10_000)
      expect(acted).toEqual([expect.stringMatching(/^250 some #1 .*2 wait in the queue$/)])
      roster.setAvailability('y', 'notReady', { actor })
      clock.advance(1_000)
      expect(acted.slice(1)).toEqual([expect.stringMatching(/^10250 any #1 .*2 wait in the queue$/)])
    },
  )

  it.each<[string, Recipes, Around['overflow']]>([
    ['an overflow rule', [], [{ afterMs: 5_000, to }]],
    ['a recipe', [{ when: { waitedMs: 5_000 }, do: { to } }], []],
  ])('after a time does not: %s', (_, recipes, overflow = []) => {
    const { clock, acted, enqueue, signIn } = start(recipes, { ...around, overflow })
    signIn('y')
    enqueue('any')
    clock.advance(10_000)
    expect(acted).toEqual(['5000 any #1 has waited 5 s'])
  })
})

describe('the cost of recipes', () => {
  const crowd = 2_000
  const name = (i: number) => `v${String(i).padStart(4, '0')}`

  it('is bounded in one turn: the rest acts in the next ones, in the same order', () => {
    const { clock, looked, acted, effects, enqueue, leave } = start([{ when: { position: { atLeast: 180 } }, do: act }])
    effects.set(0, leave)
    for (let i = 0; i < crowd; i++) enqueue(name(i))
    let first = 0
    clock.setTimeout(() => (first = acted.length), 250)
    clock.advance(5_000)
    expect(first).toBe(100)
    expect(acted.map(line => line.split(' ')[1])).toEqual(Array.from({ length: crowd - 179 }, (_, i) => name(i + 179)))
    // Each turn begins at the head once, not each act.
    expect(looked.positions).toBeLessThan(crowd + 40 * 180)
  })

  it('is bounded in one turn where many are looked at in vain, and they are all looked at in the end', () => {
    const overflow = [{ when: { waiting: { atLeast: 1 } }, to: { reject: 480 } }]
    const { clock, looked, acted, enqueue, signIn } = start([], { agents: [{ id: 'y' }], overflow })
    signIn('y')
    for (let i = 0; i < crowd; i++) enqueue(name(i))
    // The only one whom nobody suits who is free.
    enqueue('last', { requirements: 'x' })
    looked.positions = 0
    const seen: number[] = []
    clock.setTimeout(() => seen.push(looked.positions), 250)
    clock.advance(249)
    expect(looked.positions).toBe(0)
    clock.advance(1)
    expect(seen).toEqual([1_000])
    expect(acted).toEqual([`250 last #1 ${crowd + 1} wait in the queue`])
    expect(looked.positions).toBe(crowd + 1)
  })

  it('does not miss what changes while a look takes several turns', () => {
    const overflow = [{ when: { waiting: { atLeast: 1 } }, to: { reject: 480 } }]
    const { clock, acted, roster, enqueue, signIn } = start([], { agents: [{ id: 'y' }], overflow })
    signIn('y')
    for (let i = 0; i < crowd; i++) enqueue(name(i))
    // The head has been looked at, and was left to the agent; the rest is not looked at yet.
    clock.setTimeout(() => roster.setAvailability('y', 'notReady', { actor }), 250)
    clock.advance(250)
    expect(new Set(acted.map(line => line.split(' ')[1])).has(name(0))).toBe(false)
    expect(acted.length).toBeGreaterThan(0)
    clock.advance(5_000)
    expect(new Set(acted.map(line => line.split(' ')[1])).size).toBe(crowd)
  })

  it('is bounded where many become ripe at one instant; then who is first in line is first, whenever he became so', () => {
    const { clock, acted, effects, enqueue, leave } = start([
      { when: { waitedMs: 5_000, waiting: { atLeast: crowd - 2 } }, do: act },
    ])
    effects.set(0, leave)
    // The last to be woken is the first in line.
    for (let i = 0; i < crowd; i++) enqueue(name(i), { priority: i === crowd - 1 ? 9 : 0 })
    clock.advance(4_999)
    let others = 0
    const count = () => {
      others += 1
      if (acted.length === 0) clock.setTimeout(count, 0)
    }
    clock.setTimeout(count, 1)
    clock.advance(2_000)
    expect(acted.map(line => line.split(' ')[1])).toEqual([name(crowd - 1), name(0), name(1)])
    // Other work was done between: five hundred become ripe in each turn.
    expect(others).toBeGreaterThanOrEqual(4)
  })

  it('acts where the last of those who become ripe at one instant leaves before his turn', () => {
    const { clock, acted, enqueue, leave } = start([{ when: { waitedMs: 5_000 }, do: act }])
    for (let i = 0; i < 501; i++) enqueue(name(i))
    clock.setTimeout(() => leave(name(500)), 5_000)
    clock.advance(10_000)
    expect(acted).toHaveLength(500)
  })

  it('goes on in the order of the line under aging, too', () => {
    const { clock, acted, enqueue } = start([{ do: act }], { aging: { perMinute: 10, max: 100 } })
    for (let i = 0; i < 150; i++) enqueue(name(i), { priority: i % 2 === 0 ? 100 : 0 })
    clock.advance(1_000)
    const order = Array.from({ length: 150 }, (_, i) => name(i < 75 ? 2 * i : 2 * (i - 75) + 1))
    expect(acted.map(line => line.split(' ')[1])).toEqual(order)
  })

  it('does not grow with those who wait, whatever changes, while nothing comes true', () => {
    const { clock, looked, board, enqueue } = start([
      { when: { waiting: { atLeast: 5_000 } }, do: act },
      { when: { position: { atMost: 3 }, available: { atLeast: 1 } }, do: act },
      { when: { eligible: { atLeast: 1 } }, do: act },
      { when: { ewtMs: { atLeast: 60_000 } }, do: act },
      { when: { waitedMs: 3_600_000 }, do: act },
    ])
    for (let i = 0; i < crowd; i++) enqueue(`v${i}`)
    clock.advance(1_000)
    Object.assign(looked, { positions: 0, pools: 0 })
    for (let i = 0; i < 1_000; i++) board.touch('q')
    clock.advance(1_000)
    // One look for a thousand changes, and the two recipes that ask for agents ask once for all who ask for the same.
    expect(looked).toEqual({ positions: 0, pools: 2 })
  })

  it('is bounded by the places that are asked for', () => {
    const { clock, looked, board, acted, enqueue } = start([{ when: { position: { atLeast: 2, atMost: 3 } }, do: act }])
    for (let i = 0; i < crowd; i++) enqueue(`v${String(i).padStart(4, '0')}`)
    clock.advance(1_000)
    expect(acted).toHaveLength(2)
    looked.positions = 0
    board.touch('q')
    clock.advance(1_000)
    // The first is at place 1, the next one at 4: too far back, and so is everybody behind.
    expect(looked.positions).toBe(2)
  })

  it('is nothing for queues without recipes', () => {
    const { clock, board } = start([])
    board.touch('q')
    expect(clock.pending).toBe(0)
  })
})
