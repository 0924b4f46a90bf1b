import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AgentLoad } from '../agents/agent-load.ts'
import type { IdleAgent } from '../agents/queue-index.ts'
import { type QueueConfig, type StrategyName, strategyNames } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { nothingWanted, wantedSkills } from '../skills/expression.ts'
import { parseExpression } from '../skills/parser.ts'
import { requirement } from '../skills/requirement.ts'
import { type MatchInput, match } from './match.ts'
import { strategies } from './strategies.ts'
import type { StrategyContext } from './strategy.ts'
import type { WaitingVisit } from './waiting-list.ts'

const nowMs = 100_000

function agent(id: string, order: number, idleSec: number, callsHandled = 0, more: Partial<IdleAgent> = {}): IdleAgent {
  return {
    id,
    order,
    idleSince: nowMs - idleSec * 1000,
    callsHandled,
    talkMs: 0,
    workMs: 0,
    skills: {},
    priority: 1,
    yields: false,
    delayMs: 0,
    weight: 1,
    load: new AgentLoad(0),
    ...more,
  }
}

const asks = (text: string) => wantedSkills(parseExpression(text))

const { strategyOptions: options } = parseCenter({ queues: [{ id: 'q' }] }).queues[0] as QueueConfig

function contextOf(more: Partial<StrategyContext> = {}): StrategyContext {
  return { nowMs, lastOffered: null, seed: 1, options, wanted: nothingWanted, ...more }
}

function visit(number: number): WaitingVisit {
  return { visitId: `v${number}`, callId: `c${number}`, queueId: 'q', priority: 0, enqueuedAt: number }
}

/** As the roster gives them: the longest idle first. Counts how many are looked at. */
class Idle implements Iterable<IdleAgent> {
  looks = 0
  readonly #agents: readonly IdleAgent[]

  constructor(agents: readonly IdleAgent[]) {
    this.#agents = [...agents].sort((a, b) => a.idleSince - b.idleSince || a.order - b.order)
  }

  get size(): number {
    return this.#agents.length
  }

  *[Symbol.iterator](): Generator<IdleAgent> {
    for (const one of this.#agents) {
      this.looks += 1
      yield one
    }
  }
}

function input(strategy: StrategyName, agents: readonly IdleAgent[], more: Partial<MatchInput> = {}): MatchInput {
  return {
    strategy: strategies[strategy],
    context: contextOf(),
    visits: [visit(1)],
    position: () => 1,
    waiting: 1,
    idle: new Idle(agents),
    notFree: () => ({ talking: 3 }),
    ...more,
  }
}

const team = [agent('a', 0, 10, 2), agent('b', 1, 42, 5), agent('c', 2, 30, 1)]
const chosen = (given: MatchInput) => match(given).map(({ agentId }) => agentId)

describe('match: strategies', () => {
  it.each<[StrategyName, readonly string[], string]>([
    ['longest-idle', ['b'], 'longest idle: 42 s'],
    ['fewest-calls', ['c'], 'fewest calls: 1 today'],
    ['linear', ['a'], 'first in order: place 1'],
    ['round-robin', ['a'], 'in turn: place 1, nobody was offered a call before'],
    ['ring-all', ['b', 'c', 'a'], 'everybody free rings; idle for 42 s'],
  ])('%s', (name, ids, reason) => {
    const assignments = match(input(name, team))
    expect(assignments.map(({ agentId }) => agentId)).toEqual(ids)
    expect(assignments[0]?.explanation).toMatchObject({ strategy: name, reason, candidateCount: 3 })
  })

  it.each([
    [null, 'a'],
    [0, 'b'],
    [1, 'c'],
    [2, 'a'],
    [7, 'a'],
  ])('round-robin goes on after the last offered: %s', (lastOffered, id) => {
    expect(chosen(input('round-robin', team, { context: contextOf({ lastOffered }) }))).toEqual([id])
  })

  it('round-robin skips who is busy and moves its cursor from visit to visit', () => {
    const given = input('round-robin', [agent('a', 0, 1), agent('c', 2, 1), agent('d', 3, 1)], {
      visits: [visit(1), visit(2), visit(3), visit(4)],
      context: contextOf({ lastOffered: 1 }),
    })
    expect(chosen(given)).toEqual(['c', 'd', 'a'])
  })

  it('fewest-calls and equals: the longest idle wins', () => {
    expect(chosen(input('fewest-calls', [agent('a', 0, 1, 4), agent('b', 1, 9, 4)]))).toEqual(['b'])
  })

  it('random gives everybody an equal chance', () => {
    const agents = Array.from({ length: 5 }, (_, order) => agent(`a${order}`, order, order))
    const wins = new Map<string, number>()
    const rounds = 10_000
    for (let seed = 0; seed < rounds; seed += 1) {
      const [winner = ''] = chosen(input('random', agents, { context: contextOf({ seed }) }))
      wins.set(winner, (wins.get(winner) ?? 0) + 1)
    }
    // Five standard deviations of a binomial with p = 1/5.
    const slack = 5 * Math.sqrt(rounds * 0.2 * 0.8)
    for (const one of agents) expect(Math.abs((wins.get(one.id) ?? 0) - rounds / 5)).toBeLessThan(slack)
  })
})

describe('match: strategies that look at more', () => {
  /** Signed in for 100 s, of which some were spent with callers, wrapping up and being rung. */
  function loaded(talkMs: number, wrapMs = 0, ringMs = 0): AgentLoad {
    const load = new AgentLoad(0)
    Object.assign(load, { talkMs, wrapMs, ringMs })
    Object.assign(load, { signedInMs: () => 100_000 })
    return load
  }
  const skilled = (levels: Record<string, number | true>) => ({ skills: levels })

  it.each<[StrategyName, readonly IdleAgent[], Partial<StrategyContext>, string, string]>([
    [
      'least-occupied',
      [agent('a', 0, 9, 0, { load: loaded(30_000) }), agent('b', 1, 1, 0, { load: loaded(20_000, 5_000, 1_000) })],
      {},
      'b',
      'least occupied: 26 % of the time',
    ],
    [
      'least-occupied',
      [agent('a', 0, 9, 0, { load: loaded(30_000) }), agent('b', 1, 1, 0, { load: loaded(20_000, 15_000) })],
      {},
      'a',
      'least occupied: 30 % of the time',
    ],
    [
      'least-occupied',
      [agent('a', 0, 9, 0, { load: loaded(30_000) }), agent('b', 1, 1, 0, { load: loaded(20_000, 15_000) })],
      { options: { ...options, countWrapUp: false } },
      'b',
      'least occupied: 20 % of the time',
    ],
    [
      'least-talk-time',
      [agent('a', 0, 9, 0, { talkMs: 5_000 }), agent('b', 1, 1, 0, { talkMs: 4_000 })],
      {},
      'b',
      'least talk: 4 s today',
    ],
    [
      'most-skilled',
      [agent('a', 0, 9, 0, skilled({ x: 5, y: 5 })), agent('b', 1, 1, 0, skilled({ x: true }))],
      { wanted: asks('x') },
      'b',
      'most skilled: x 10',
    ],
    [
      'most-skilled',
      [agent('a', 0, 1, 0, skilled({ x: 5 })), agent('b', 1, 9, 0, skilled({ x: 5 }))],
      { wanted: asks('x') },
      'b',
      'most skilled: x 5',
    ],
    [
      'most-skilled',
      [agent('a', 0, 1, 0, skilled({ en: 10 })), agent('b', 1, 9, 0, skilled({ en: 4, de: 7 }))],
      { wanted: asks('en or de') },
      'a',
      'most skilled: en 10',
    ],
    [
      'most-skilled',
      [agent('a', 0, 9, 0, skilled({ x: 9, en: 2, de: 5 })), agent('b', 1, 1, 0, skilled({ x: 8, en: 7 }))],
      { wanted: asks('x and (en or de)') },
      'b',
      'most skilled: x 8, en 7',
    ],
    [
      'most-skilled',
      [agent('a', 0, 9, 0, skilled({ x: 5, seniority: 7 })), agent('b', 1, 1, 0, skilled({ x: 6, seniority: 1 }))],
      { wanted: asks('x and seniority <= 8') },
      'b',
      'most skilled: x 6',
    ],
    ['most-skilled', team, {}, 'b', 'the call asks for no skill: longest idle'],
    [
      'least-skilled-sufficient',
      [agent('a', 0, 9, 0, skilled({ x: 5, y: 5 })), agent('b', 1, 1, 0, skilled({ x: 9 }))],
      { wanted: asks('x') },
      'b',
      'least skilled who suffices: levels add up to 9',
    ],
    [
      'percent-allocation',
      [agent('a', 0, 9, 0, { workMs: 60_000, weight: 3 }), agent('b', 1, 1, 0, { workMs: 30_000 })],
      {},
      'a',
      'furthest behind: 20 s of work per weight',
    ],
    ['progressive', team, {}, 'b', 'next to ring along: idle for 42 s'],
    ['service-objective', team, {}, 'b', 'the call is closest to its target or furthest beyond; longest idle: 42 s'],
  ])('%s', (name, agents, more, id, reason) => {
    const [first] = match(input(name, agents, { context: contextOf(more) }))
    expect(first).toMatchObject({ agentId: id, explanation: { strategy: name, reason } })
    expect(first?.explanation.scoreMeaning).toBe(strategies[name].meaning)
  })

  it('weighted-random gives chances in proportion to the weights', () => {
    const agents = [1, 2, 5].map((weight, order) => agent(`a${order}`, order, 0, 0, { weight }))
    const wins = new Map<string, number>()
    const rounds = 16_000
    for (let seed = 0; seed < rounds; seed += 1) {
      const [winner = ''] = chosen(input('weighted-random', agents, { context: contextOf({ seed }) }))
      wins.set(winner, (wins.get(winner) ?? 0) + 1)
    }
    for (const { id, weight } of agents) {
      const share = weight / 8
      // Five standard deviations of a binomial.
      const slack = 5 * Math.sqrt(rounds * share * (1 - share))
      expect(Math.abs((wins.get(id) ?? 0) - rounds * share)).toBeLessThan(slack)
    }
  })

  it('progressive rings as many as it is told to', () => {
    expect(chosen(input('progressive', team, { most: 2 }))).toEqual(['b', 'c'])
  })
})

describe('match: what the call would rather have', () => {
  it('takes a preferred agent before any score, the higher wish first', () => {
    const wishes: Record<string, number> = { a: 10, c: 90 }
    const preference = (_visit: WaitingVisit, { id }: IdleAgent) => wishes[id] ?? 0
    const [first] = match(input('longest-idle', team, { preference }))
    expect(first).toMatchObject({
      agentId: 'c',
      explanation: { reason: 'preferred with score 90; longest idle: 30 s' },
    })
    expect(first?.explanation.candidates.map(({ agentId }) => agentId)).toEqual(['c', 'a', 'b'])
  })

  it('among equal scores takes the inner ring of a bullseye, and only then', () => {
    const rings = [parseExpression('x >= 8'), parseExpression('x >= 3')]
    const outer = agent('outer', 0, 10, 0, { skills: { x: 4 } })
    expect(chosen(input('longest-idle', [outer, agent('inner', 1, 10, 0, { skills: { x: 9 } })], { rings }))).toEqual([
      'inner',
    ])
    expect(chosen(input('longest-idle', [outer, agent('inner', 1, 9, 0, { skills: { x: 9 } })], { rings }))).toEqual([
      'outer',
    ])
  })

  it('says of free agents who do not suit what they lack', () => {
    const asked = requirement(parseExpression('x >= 5'), 0)
    const able = agent('able', 1, 1, 0, { skills: { x: 5 } })
    const late = agent('late', 2, 1, 0, { skills: { x: 5 }, delayMs: 30_000 })
    const given = { idle: new Idle([agent('a', 0, 10, 0, { skills: { x: 3 } }), able, late]), requirement: asked }
    const [first] = match(input('longest-idle', [able], { unsuitable: given, step: 'x >= 5' }))
    expect(first?.explanation).toMatchObject({
      step: 'x >= 5',
      excluded: [
        { agentId: 'a', reason: 'x: has 3, needs >= 5', unmet: [{ skill: 'x', has: 3, needs: '>= 5' }] },
        { agentId: 'late', reason: 'takes calls of this queue after 30 s' },
      ],
    })
  })
})

describe('match: explanation', () => {
  it('says who else there was, who was not free, and where the visit stood', () => {
    const many = Array.from({ length: 30 }, (_, order) => agent(`a${order}`, order, order, order))
    for (const name of strategyNames) {
      const [first] = match(input(name, many, { waiting: 7, position: () => 2 }))
      const explanation = first?.explanation
      expect(explanation).toMatchObject({ candidateCount: 30, waiting: 7, position: 2, notFree: { talking: 3 } })
      expect(explanation?.candidates).toHaveLength(10)
      expect(explanation?.candidates[0]).toMatchObject({ agentId: first?.agentId, chosen: true })
      const scores = explanation?.candidates.map(({ score }) => score) ?? []
      expect(scores).toEqual([...scores].sort((a, b) => b - a))
    }
  })

  it('counts those reserved for earlier visits as not free', () => {
    const [, second] = match(input('longest-idle', team, { visits: [visit(1), visit(2)] }))
    expect(second).toMatchObject({
      agentId: 'c',
      explanation: { candidateCount: 2, notFree: { talking: 3, reserved: 1 } },
    })
  })
})

describe('match: exclusion', () => {
  it('passes over who is unwanted, and says so', () => {
    const unwanted = (_visit: WaitingVisit, { id }: IdleAgent) => (id === 'b' ? 'declined this call' : null)
    const [first] = match(input('longest-idle', team, { unwanted }))
    expect(first?.agentId).toBe('c')
    expect(first?.explanation.excluded).toEqual([{ agentId: 'b', reason: 'declined this call' }])
    expect(first?.explanation.candidateCount).toBe(2)
  })

  it('never removes the last candidate', () => {
    expect(chosen(input('longest-idle', team, { unwanted: () => 'declined this call' }))).toEqual(['b'])
  })

  it('gives nothing to who is barred', () => {
    expect(chosen(input('longest-idle', team, { barred: () => 'tried' }))).toEqual([])
  })
})

describe('match: cost and correctness', () => {
  it('looks at ten agents at most where the longest idle wins', () => {
    const idle = new Idle(Array.from({ length: 1000 }, (_, order) => agent(`a${order}`, order, order)))
    match(input('longest-idle', [], { idle }))
    expect(idle.looks).toBeLessThanOrEqual(11)
  })

  it('gives each visit one agent and each agent one visit, in the order of the visits', () => {
    const agents = fc.uniqueArray(fc.record({ id: fc.nat({ max: 40 }), idle: fc.nat(50), calls: fc.nat(9) }), {
      selector: one => one.id,
      maxLength: 25,
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...strategyNames.filter(name => name !== 'ring-all')),
        agents,
        fc.nat({ max: 25 }),
        fc.nat(),
        (name, raw, count, seed) => {
          const idle = raw.map(({ id, idle: sec, calls }) => agent(`a${id}`, id, sec, calls))
          const visits = Array.from({ length: count }, (_, number) => visit(number))
          const context = contextOf({ seed })
          const result = match(input(name, idle, { visits, context }))
          const most = Math.min(count, idle.length)
          expect(result.map(one => one.visit.visitId)).toEqual(visits.slice(0, most).map(one => one.visitId))
          expect(new Set(result.map(one => one.agentId)).size).toBe(most)
        },
      ),
    )
  })
})
