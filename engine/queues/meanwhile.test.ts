/** Who was served while a visit waited, as the dispatcher counts it on the test clock. */
import { describe, expect, it } from 'vitest'
import { createRoster } from '../agents/roster.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { Meanwhile } from '../events.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { Estimates } from './estimate.ts'
import { meanwhileWords } from './meanwhile.ts'
import { RoutingPlans } from './routing-plan.ts'
import { createTotals } from './totals.ts'
import { VisitRouting } from './visit-routing.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const dayKey = (nowMs: number) => new Date(nowMs).toISOString().slice(0, 10)

function start(input: CenterInput) {
  const clock = createTestClock()
  const told = new Map<string, Meanwhile | undefined>()
  const served: string[] = []
  const roster = createRoster({
    ...{ clock, logger: silent, dayKey },
    emit() {},
    onRoutable: id => dispatcher.agentRoutable(id),
    onAbsent() {},
    onWrapUpEnded() {},
  })
  const dispatcher: Dispatcher = createDispatcher({
    ...{ clock, roster, random: createSeededRandom(7), estimates: new Estimates() },
    totals: createTotals({ clock, dayKey }),
    onAssign({ visit: { visitId, callId, queueId }, agentId, explanation }) {
      served.push(visitId)
      told.set(visitId, explanation.meanwhile)
      return roster.reserve(agentId, { offerId: `${visitId}/${agentId}`, callId, queueId })
    },
  })
  const center = parseCenter(input)
  dispatcher.configure(center.queues)
  roster.configure(center.agents, center.queues)
  dispatcher.agentsConfigured()
  const plans = new RoutingPlans()
  const enqueue = (visitId: string, queueId = 'q', priority = 0, requirements?: string) => {
    const queue = center.queues.find(({ id }) => id === queueId)
    if (queue === undefined) throw new Error(queueId)
    const routing = requirements === undefined ? {} : { routing: new VisitRouting(plans.of(queue, { requirements })) }
    dispatcher.enqueue({ visitId, callId: visitId, queueId, priority, enqueuedAt: clock.now(), ...routing })
    clock.advance(1_000)
  }
  /** The agent takes what he is rung for, and is free again. */
  const serve = (agentId: string) => {
    const visitId = served.at(-1) ?? ''
    roster.engage(agentId, `${visitId}/${agentId}`, { callId: visitId, segmentId: visitId, queueId: 'q' })
    dispatcher.remove(visitId)
    clock.advance(1_000)
    roster.callEnded(agentId, visitId, 0)
  }
  return { clock, roster, dispatcher, told, served, enqueue, serve }
}

const always = (
  id: string,
  queues: NonNullable<NonNullable<CenterInput['agents']>[number]['queues']>,
  skills = {},
) => ({
  ...{ id, queues, skills, alwaysAvailable: true },
})

describe('who was served while a visit waited', () => {
  it('is counted by who was before it in line, and who overtook it by priority', () => {
    const { enqueue, serve, told, served, dispatcher } = start({
      queues: [{ id: 'q' }],
      agents: [always('a', ['q'])],
    })
    for (const visitId of ['v0', 'v1', 'v2', 'late']) enqueue(visitId)
    enqueue('vip1', 'q', 5)
    enqueue('vip2', 'q', 7)
    for (let turn = 0; turn < 2; turn += 1) serve('a')
    expect(dispatcher.meanwhile('late')).toEqual({ agents: 2, priority: 2 })
    for (let turn = 0; turn < 3; turn += 1) serve('a')
    expect(served).toEqual(['v0', 'vip2', 'vip1', 'v1', 'v2', 'late'])
    expect(told.get('late')).toEqual({ agents: 4, before: 2, priority: 2 })
    // Who is served at once, or as the next one, has been passed over by nobody.
    expect(told.get('v0')).toBeUndefined()
    expect(told.get('vip2')).toBeUndefined()
    expect(told.get('vip1')).toEqual({ agents: 1, priority: 1 })
    expect(dispatcher.meanwhile('late')).toBeNull()
  })

  it('is counted by the rule between queues: the order of the agent, or the target', () => {
    const queues = [{ id: 'q' }, { id: 'first' }]
    const own = start({
      queues,
      agents: [
        always('a', [
          { id: 'q', priority: 2 },
          { id: 'first', priority: 1 },
        ]),
      ],
    })
    own.enqueue('v0', 'first')
    own.enqueue('late')
    own.enqueue('v1', 'first')
    own.serve('a')
    own.serve('a')
    expect(own.told.get('late')).toEqual({ agents: 1, queue: 1 })

    const strategy = 'service-objective' as const
    const byTarget = start({
      queues: [
        { id: 'q', strategy, serviceLevel: { targetMs: 60_000 } },
        { id: 'gold', strategy, serviceLevel: { targetMs: 1_000 } },
      ],
      agents: [always('a', ['q', 'gold'])],
    })
    byTarget.enqueue('v0', 'gold')
    byTarget.enqueue('late')
    byTarget.enqueue('v1', 'gold')
    byTarget.serve('a')
    byTarget.serve('a')
    expect(byTarget.told.get('late')).toEqual({ agents: 1, objective: 1 })
  })

  it('leaves out agents who do not suit it, and what was before it came', () => {
    const { enqueue, serve, told, served, roster } = start({
      queues: [{ id: 'q' }],
      agents: [always('a', ['q']), always('b', ['q'], { german: 5 })],
    })
    roster.setAvailability('b', 'notReady', { actor: 'user:sue' })
    for (const visitId of ['v0', 'v1']) enqueue(visitId)
    serve('a')
    enqueue('late', 'q', 0, 'german')
    enqueue('v2')
    serve('a')
    expect(served).toEqual(['v0', 'v1', 'v2'])
    roster.setAvailability('b', 'available', { actor: 'user:sue' })
    expect(served).toEqual(['v0', 'v1', 'v2', 'late'])
    expect(told.get('late')).toBeUndefined()
  })

  it('is told in words', () => {
    expect(meanwhileWords({ agents: 14, before: 9, priority: 5 })).toBe(
      '14 agents who suit it were given to others: 9 calls were before it in line, 5 overtook it by priority',
    )
    expect(meanwhileWords({ agents: 1, queue: 1 })).toBe(
      '1 agent who suits it was given to another call: 1 call is of a queue that its agent takes first',
    )
    expect(meanwhileWords({ agents: 5, before: 1, objective: 2, fit: 1, kept: 1 })).toBe(
      '5 agents who suit it were given to others: 1 call was before it in line, 2 were nearer to missing their targets, ' +
        '1 fitted its agent better, 1 was before it, or it is kept from that agent',
    )
  })
})
