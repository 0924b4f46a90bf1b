/** What an embedder, a number or REST asks for, through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { InboundCall } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { EngineError } from '../errors.ts'
import type { EventData, EventType } from '../events.ts'
import { RoutingPlans } from '../queues/routing-plan.ts'
import { createWorld, type World } from '../simulation/world.ts'
import { checkRouting, routingFor } from './routing-request.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 0, offerCooldownMs: 0, missedOffersToNotReady: 0 }],
  agents: [
    { id: 'ada', queues: ['support'], skills: { billing: 3 }, alwaysAvailable: true },
    { id: 'bob', queues: ['support'], skills: { billing: 8 }, alwaysAvailable: true },
  ],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'bills', queue: 'support', requirements: 'billing >= 5' },
  ],
  media: { timeoutMs: 0 },
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

const offers = (world: World) => told(world, 'offer.created').map(({ agentId }) => agentId)

async function play(input: CenterInput, story: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld({ seed: 3, center: input })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

describe('routing through an engine', () => {
  it('takes what the number requires, and tells it', async () => {
    await play(center, async world => {
      await world.call('bills', patient)
      await world.run(2_000)
      expect(offers(world)).toEqual(['bob'])
      expect(told(world, 'call.queued')[0]).toMatchObject({ requirements: 'billing >= 5' })
      expect(told(world, 'offer.created')[0]?.explanation.excluded[0]).toMatchObject({
        agentId: 'ada',
        unmet: [{ skill: 'billing', has: 3, needs: '>= 5' }],
      })
    })
  })

  it('takes another requirement while the call waits, and refuses one that is none', async () => {
    await play(center, async world => {
      world.engine.onInbound(call => call.enqueue('support', { requirements: 'rare' }))
      await world.call('support', patient)
      await world.run(1_000)
      expect(offers(world)).toEqual([])
      const [{ callId } = { callId: '' }] = world.engine.calls.live()
      expect((await world.engine.calls.explain(callId))?.summary).toBe(
        'Position 1 of 1. The 2 free agents do not suit: it asks for rare.',
      )
      expect(world.engine.queues.explain('support').visits[0]?.excluded).toHaveLength(2)
      const wrong = () => world.engine.calls.setAttributes(callId, { requirements: 'billing >' })
      expect(wrong).toThrow(expect.objectContaining({ code: 'request.invalid' }))
      world.engine.calls.setAttributes(callId, { requirements: 'billing < 5' })
      await world.run(1_000)
      expect(offers(world)).toEqual(['ada'])
    })
  })

  it('relaxes step by step, tells each, and keeps the last in the record', async () => {
    await play(center, async world => {
      const steps = [
        { expression: 'billing >= 9', afterMs: 5_000 },
        { expression: 'billing = 10', afterMs: 5_000 },
      ]
      world.engine.onInbound(call => call.enqueue('support', { steps }))
      await world.call('support', patient)
      await world.run(12_000)
      const changes = told(world, 'call.routing_step_changed')
      expect(changes.map(({ from, to, eligibleCount }) => [from, to, eligibleCount])).toEqual([
        ['billing >= 9', 'billing = 10', 0],
        ['billing = 10', 'anyone', 2],
      ])
      expect(offers(world)).toHaveLength(1)
      expect(told(world, 'offer.created')[0]?.explanation.step).toBe('anyone')
      expect(world.engine.calls.live()[0]?.visits[0]?.step).toBe('anyone')
    })
  })

  it('does not ring who has just refused the call, if the queue says so and somebody else is there', async () => {
    const [queue] = center.queues ?? []
    const linear = { ...queue, id: 'support', strategy: 'linear' as const }
    const agents = [...(center.agents ?? []), { id: 'eve', queues: ['support'], alwaysAvailable: true }]
    for (const [retryExclusionMs, third] of [
      [0, 'ada'],
      [60_000, 'eve'],
    ] as const) {
      await play({ ...center, agents, queues: [{ ...linear, retryExclusionMs }] }, async world => {
        for (const id of ['ada', 'bob']) world.react(id, { kind: 'refuse', ringAfterMs: 10, afterMs: 100, status: 486 })
        await world.call('support', patient)
        await world.run(350)
        expect(offers(world).slice(0, 3)).toEqual(['ada', 'bob', third])
      })
    }
  })

  it.each([0, 60_000])(
    'rings another when the agent whom the call prefers has refused it; exclusion for %i ms',
    async ms => {
      const [queue] = center.queues ?? []
      const waits = { busyWaitMs: 60_000, offlineWaitMs: 0 }
      const waiting = { ...queue, id: 'support', offerCooldownMs: 3_000, retryExclusionMs: ms, preferredAgents: waits }
      await play({ ...center, queues: [waiting] }, async world => {
        world.react('ada', { kind: 'refuse', ringAfterMs: 10, afterMs: 500, status: 486 })
        world.engine.onInbound(call => call.enqueue('support', { preferredAgents: [{ agentId: 'ada' }] }))
        await world.call('support', patient)
        await world.run(30_000)
        expect(offers(world)).toEqual(['ada', 'bob'])
        expect(told(world, 'call.routing_step_changed')).toMatchObject([{ from: 'preferred agents', to: 'anyone' }])
      })
    },
  )

  it.each([
    [60_000, 'bob'],
    [0, 'ada'],
  ])('rings in the next queue, too, whoever has not refused the call; exclusion for %i ms: %s', async (ms, first) => {
    const [queue] = center.queues ?? []
    const plain = { ...queue, strategy: 'linear' } as const
    const overflow = [{ afterMs: 6_000, to: { queue: 'second' } }]
    const queues = [
      { ...plain, id: 'support', offerCooldownMs: 4_000, retryExclusionMs: ms, overflow },
      { ...plain, id: 'second' },
    ]
    // Both are free when the call has waited for ten seconds in the second queue.
    const second = { id: 'second', delayMs: 10_000 }
    const agents = [
      { id: 'ada', queues: ['support', second], alwaysAvailable: true },
      { id: 'bob', queues: [second], alwaysAvailable: true },
    ]
    await play({ ...center, queues, agents, numbers: [{ match: 'support', queue: 'support' }] }, async world => {
      world.react('ada', { kind: 'refuse', ringAfterMs: 10, afterMs: 100, status: 486 })
      await world.call('support', patient)
      await world.run(20_000)
      // Where she is the only one she is rung again.
      const offered = told(world, 'offer.created')
      expect(offered.filter(({ queueId }) => queueId === 'support').map(({ agentId }) => agentId)).toEqual([
        'ada',
        'ada',
      ])
      expect(offered.find(({ queueId }) => queueId === 'second')?.agentId).toBe(first)
    })
  })

  it('waits no longer for an agent who has signed out, nor in a ring that has lost its last', async () => {
    const bullseye = [{ timeoutMs: 60_000, removeSkills: ['billing'] }]
    const leaving: CenterInput = {
      ...center,
      queues: [
        { id: 'support', wrapUpMs: 0, preferredAgents: { busyWaitMs: 60_000, offlineWaitMs: 0 } },
        { id: 'rings', wrapUpMs: 0, requirements: 'billing', bullseye },
      ],
      agents: [
        { id: 'ada', queues: ['support', 'rings'], skills: { billing: 3 } },
        { id: 'bob', queues: ['support'], alwaysAvailable: true },
        { id: 'eve', queues: ['rings'], alwaysAvailable: true },
      ],
      numbers: ['support', 'rings'].map(queue => ({ match: queue, queue })),
    }
    await play(leaving, async world => {
      world.engine.agents.signIn('ada', { availability: 'available' })
      world.engine.onInbound(call =>
        call.enqueue(call.dnis, call.dnis === 'rings' ? {} : { preferredAgents: [{ agentId: 'ada' }] }),
      )
      await world.call('support', { ...patient, talkMs: 10_000 })
      await world.run(2_000)
      await world.call('support', patient)
      await world.call('rings', patient)
      await world.run(2_000)
      expect(offers(world)).toEqual(['ada'])
      // The sign-out is stored until the call has ended.
      world.engine.agents.signOut('ada')
      await world.run(10_000)
      expect(offers(world)).toEqual(['ada', 'bob', 'eve'])
    })
  })

  it('is full for a call that no free agent suits', async () => {
    const [queue] = center.queues ?? []
    await play({ ...center, queues: [{ ...queue, id: 'support', maxWaiting: 1 }] }, async world => {
      world.engine.onInbound(call => call.enqueue('support', { requirements: 'rare' }))
      for (let calls = 0; calls < 3; calls += 1) await world.call('support', patient)
      await world.run(1_000)
      expect(told(world, 'call.rejected').map(({ reason }) => reason)).toEqual(['full', 'full'])
    })
  })

  it('rings one more under progressive when another has refused', async () => {
    const [queue] = center.queues ?? []
    const progressive = { ...queue, id: 'support', strategy: 'progressive' as const, offerCooldownMs: 60_000 }
    const agents = [...(center.agents ?? []), { id: 'eve', queues: ['support'], alwaysAvailable: true }]
    const options = { atOnce: 2, addEveryMs: 600_000 }
    await play({ ...center, agents, queues: [{ ...progressive, strategyOptions: options }] }, async world => {
      world.react('ada', { kind: 'refuse', ringAfterMs: 10, afterMs: 500, status: 486 })
      for (const agentId of ['bob', 'eve']) world.react(agentId, { kind: 'ignore', ringAfterMs: 10 })
      await world.call('support', patient)
      await world.run(300)
      expect(offers(world).sort()).toEqual(['ada', 'bob'])
      await world.run(700)
      expect(offers(world).sort()).toEqual(['ada', 'bob', 'eve'])
    })
  })

  it('refuses a request that can not be, and leaves the call undecided', async () => {
    await play(center, async world => {
      const calls: InboundCall[] = []
      const codes: string[] = []
      world.engine.onInbound(call => {
        calls.push(call)
        try {
          call.enqueue('support', { requirements: '(' })
        } catch (error) {
          if (error instanceof EngineError) codes.push(error.code)
        }
      })
      await world.call('support', patient)
      await world.run(500)
      expect(codes).toEqual(['request.invalid'])
      // The number table decides then.
      expect(offers(world)).toHaveLength(1)
    })
  })
})

describe('checkRouting', () => {
  it.each([
    [{ requirements: 'a and' }, 'requirements'],
    [{ steps: [{ expression: ')', afterMs: 5 }] }, 'steps[0].expression'],
    [{ steps: [{ expression: 'a', afterMs: 0 }] }, 'steps[0].afterMs'],
    [{ steps: [{ expression: 'a', afterMs: Number.NaN }] }, 'steps[0].afterMs'],
    [{ steps: Array.from({ length: 21 }, () => ({ expression: 'a', afterMs: 5 })) }, 'steps'],
    [{ preferredAgents: [{ agentId: 'a', score: 0 }] }, 'preferredAgents[0].score'],
    [{ preferredAgents: [{ agentId: 'a', until: 'soon' }] }, 'preferredAgents[0].until'],
    [{ preferredAgents: Array.from({ length: 21 }, () => ({ agentId: 'a' })) }, 'preferredAgents'],
  ])('%j', (request, path) => {
    expect(() => checkRouting(request)).toThrow(
      expect.objectContaining({ code: 'request.invalid', problems: [expect.objectContaining({ path })] }),
    )
  })

  it('shares one plan among calls that ask for the same, and none among those who ask for nothing', () => {
    const [queue] = parseCenter({ queues: [{ id: 'q' }] }).queues
    if (queue === undefined) throw new Error('no queue')
    const plans = new RoutingPlans()
    expect(routingFor(plans, queue, {}, {})).toBeNull()
    expect(routingFor(plans, queue, { requirements: 'x' }, { requirements: '' })).toBeNull()
    const [first, second] = [1, 2].map(() => routingFor(plans, queue, { requirements: 'x' }, {}))
    expect(first?.plan).toBe(second?.plan)
    expect(first).not.toBe(second)
  })

  it('keeps the steps of the queue for the others where one call asks for none', () => {
    const [queue] = parseCenter({ queues: [{ id: 'q', steps: [{ expression: 'x', afterMs: 1_000 }] }] }).queues
    if (queue === undefined) throw new Error('no queue')
    const plans = new RoutingPlans()
    expect(routingFor(plans, queue, { steps: [] }, {})).toBeNull()
    expect(routingFor(plans, queue, {}, {})?.plan.stages).toHaveLength(2)
    expect(routingFor(plans, queue, { steps: [] }, {})).toBeNull()
  })
})
