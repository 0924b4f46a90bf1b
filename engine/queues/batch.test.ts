/** Windows that hold more than can be matched exactly: the most urgent are, and nobody whom somebody free suits is left. */
import { describe, expect, it } from 'vitest'
import { AgentLoad } from '../agents/agent-load.ts'
import type { IdleAgent } from '../agents/queue-index.ts'
import { type BatchVisit, matchBatch, mostMatchedExactly } from './batch.ts'

const nowMs = 10_000_000

function agent(id: string, order: number): IdleAgent {
  return {
    ...{ id, order, idleSince: 0, callsHandled: 0, talkMs: 0, workMs: 0, skills: {}, priority: 1 },
    ...{ yields: false, delayMs: 0, weight: 1, load: new AgentLoad(0) },
  }
}

const places = { of: () => 1 }

/** The older, the more urgent: v0 came first. */
function visit(number: number, kind: object, fit: BatchVisit['fit'], own: BatchVisit['own'] = new Map()): BatchVisit {
  const [visitId, enqueuedAt] = [`v${number}`, number]
  const placed = { priority: 0, goesFirst: false, places }
  return { visit: { visitId, callId: visitId, queueId: 'q', priority: 0, enqueuedAt }, ...placed, kind, fit, own }
}

describe('a batch', () => {
  it('asks for the fit of a kind once for each agent', () => {
    let asked = 0
    const kind = {}
    const visits = Array.from({ length: 50 }, (_, number) =>
      visit(number, kind, () => {
        asked += 1
        return 1
      }),
    )
    const agents = Array.from({ length: 20 }, (_, order) => agent(`a${order}`, order))
    const pairs = matchBatch(visits, agents, nowMs)
    expect(pairs.map(({ of }) => of.visit.visitId)).toEqual(visits.slice(0, 20).map(one => one.visit.visitId))
    expect(asked).toBe(20)
  })

  it('minds what a visit says of single agents, matched exactly or not', () => {
    const kind = {}
    const agents = Array.from({ length: 4 }, (_, order) => agent(`a${order}`, order))
    for (const others of [0, mostMatchedExactly]) {
      const wishes = [new Map([['a2', 60]]), new Map([['a0', null]]), new Map([['unknown', 90]])]
      // The others must not have anybody but one who is not there; they are more urgent.
      const nobody = Array.from({ length: others }, (_, number) => visit(number, {}, () => null))
      const visits = wishes.map((own, number) => visit(others + number, kind, ({ order }) => -order, own))
      const pairs = matchBatch([...nobody, ...visits], agents, nowMs)
      expect(pairs.map(({ agentId }) => agentId)).toEqual(['a2', 'a1', 'a0'])
    }
  })

  it('serves the higher priority, however much longer others wait and however well they fit, in one window and in a larger one', () => {
    for (const others of [2, mostMatchedExactly + 50]) {
      const kind = {}
      const visits = Array.from({ length: others }, (_, number) => visit(number, kind, () => 5_000))
      const urgent = { ...visit(nowMs - 1, {}, () => -5_000), priority: 0.5 }
      const pairs = matchBatch([...visits, urgent], [agent('a0', 0)], nowMs)
      expect(pairs.map(({ of }) => of)).toEqual([urgent])
      const first = { ...visit(nowMs, {}, () => -5_000), goesFirst: true }
      expect(matchBatch([...visits, urgent, first], [agent('a0', 0)], nowMs).map(({ of }) => of)).toEqual([first])
    }
  })

  it('gives agents calls of the queue that is first for them, whatever the others are worth, if none needs to go without', () => {
    const [own, other] = [{ of: ({ id }: IdleAgent) => (id === 'a0' ? 1 : 2) }, { of: () => 1 }]
    const [a0, a1] = [agent('a0', 0), agent('a1', 1)]
    // Longer and better; but a1 takes those of the other queue first.
    const longer = { ...visit(0, {}, ({ id }) => (id === 'a1' ? 5_000 : 0)), priority: 5, places: own }
    const shorter = { ...visit(nowMs, {}, () => 0), places: other }
    const of = (agents: IdleAgent[]) =>
      matchBatch([longer, shorter], agents, nowMs).map(pair => `${pair.of.visit.visitId}>${pair.agentId}`)
    expect(of([a1])).toEqual([`v${nowMs}>a1`])
    expect(of([a0, a1])).toEqual(['v0>a0', `v${nowMs}>a1`])
    // Nobody is left alone for it.
    const picky = { ...shorter, fit: ({ id }: IdleAgent) => (id === 'a0' ? 0 : null) }
    expect(matchBatch([longer, picky], [a0, a1], nowMs)).toHaveLength(2)
  })

  it('larger than can be matched exactly leaves nobody alone whom somebody free suits', () => {
    const [common, special] = [{}, {}]
    // The last and least urgent call alone suits the agent who comes last.
    const last = mostMatchedExactly + 100
    const visits = Array.from({ length: last }, (_, number) =>
      visit(number, common, ({ id }) => (id === 'special' ? null : 1)),
    )
    visits.push(visit(last, special, ({ id }) => (id === 'special' ? 1 : null)))
    const agents = [...Array.from({ length: 10 }, (_, order) => agent(`a${order}`, order)), agent('special', 10)]
    const pairs = matchBatch(visits, agents, nowMs)
    expect(pairs.map(({ of, agentId }) => `${of.visit.visitId}${agentId === 'special' ? ' special' : ''}`)).toEqual([
      ...visits.slice(0, 10).map(one => one.visit.visitId),
      `v${last} special`,
    ])
  })
})
