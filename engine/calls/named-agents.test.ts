/** Agents whom a call would rather have, or not have, by every way that says so: through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { CallbackRequest } from '../api-callbacks.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { EngineError } from '../errors.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World, type WorldOptions } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

/** `linear`: without a wish it is always ada. */
const center: CenterInput = {
  countryCode: '44',
  queues: [
    {
      id: 'support',
      strategy: 'linear',
      wrapUpMs: 0,
      preferredAgents: { busyWaitMs: 20_000 },
    },
  ],
  agents: [
    { id: 'ada', queues: ['support'], alwaysAvailable: true },
    { id: 'bob', queues: ['support'], alwaysAvailable: true },
    { id: 'eve', queues: ['support'], alwaysAvailable: true },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [
    { id: 'people', addresses: ['10.1.0.0/16'] },
    { id: 'carrier', addresses: ['10.9.0.1'], host: '10.9.0.1' },
  ],
  outbound: [{ prefix: '+44', trunk: 'carrier' }],
  media: { timeoutMs: 0 },
}

type Flow = NonNullable<CenterInput['flows']>[number]
const flowing = (steps: Flow['steps']): CenterInput => ({
  ...center,
  flows: [{ id: 'main', steps: steps ?? [] }],
  numbers: [
    { match: 'main', flow: 'main' },
    { match: 'support', queue: 'support' },
  ],
})

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

const offers = (world: World) => told(world, 'offer.created').map(({ agentId }) => agentId)

async function play(
  input: CenterInput,
  story: (world: World) => Promise<void>,
  options: Pick<WorldOptions, 'lookups'> = {},
): Promise<void> {
  const world = await createWorld({ seed: 3, center: input, ...options })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

describe('agents that a call names', () => {
  it.each<[string, Flow['steps'], string]>([
    ['one', [{ enqueue: { queue: 'support', preferredAgents: ['bob'] } }], 'bob'],
    [
      'the one with the highest score',
      [{ enqueue: { queue: 'support', preferredAgents: ['bob', { agentId: 'eve', score: 80 }] } }],
      'eve',
    ],
    ['none of those to avoid', [{ enqueue: { queue: 'support', avoidAgents: ['ada', 'bob'] } }], 'eve'],
    [
      'one out of an attribute',
      [{ set: { manager: 'bob' } }, { set: { preferredAgents: '{attributes.manager}:90' } }, { enqueue: 'support' }],
      'bob',
    ],
    [
      'nobody where the attribute is absent',
      [{ set: { preferredAgents: '{attributes.manager}:90' } }, { enqueue: 'support' }],
      'ada',
    ],
    [
      'the attribute before the step',
      [
        { set: { preferredAgents: 'eve', avoidAgents: '' } },
        { enqueue: { queue: 'support', preferredAgents: ['bob'], avoidAgents: ['eve'] } },
      ],
      'eve',
    ],
  ])('are written in a step of a flow: %s', async (_, steps, agentId) => {
    await play(flowing(steps), async world => {
      await world.call('main', patient)
      await world.run(2_000)
      expect(offers(world)).toEqual([agentId])
    })
  })

  it.each([
    [
      'beside its attributes',
      { attributes: { tier: 'gold' }, preferredAgents: ['nobody', { agentId: 'bob', score: 90 }] },
    ],
    ['alone', { avoidAgents: ['ada'] }],
    ['among its attributes', { attributes: { preferredAgents: 'eve:10, bob:90' } }],
    ['in an answer that is all attributes', { preferredAgents: 'bob until 2999-01-01T00:00:00Z', tier: 'gold' }],
  ])('are named by a lookup %s', async (_, answer) => {
    const steps: Flow['steps'] = [{ lookup: { function: 'crm' } }, { enqueue: 'support' }]
    const crm = () => answer as never
    await play(
      flowing(steps),
      async world => {
        await world.call('main', patient)
        await world.run(2_000)
        expect(offers(world)).toEqual(['bob'])
      },
      { lookups: { crm } },
    )
  })

  it('are left out, and told, if a lookup names them so that they can not be read', async () => {
    const crm = () => ({ attributes: { vip: 'y' }, preferredAgents: 'ada:x, bob' }) as never
    await play(
      flowing([{ lookup: { function: 'crm' } }, { enqueue: 'support' }]),
      async world => {
        await world.call('main', patient)
        await world.run(2_000)
        expect(offers(world)).toEqual(['bob'])
        expect(told(world, 'call.attributes_updated')).toMatchObject([{ changed: { vip: 'y' } }])
        expect(told(world, 'call.flow_step_taken')[0]?.result).toBe(
          'vip = y, preferredAgents = bob; left out: preferredAgents "ada:x"',
        )
      },
      { lookups: { crm } },
    )
  })

  it('may be named while the call waits: it holds out for them, and keeps its place', async () => {
    await play(center, async world => {
      world.engine.onInbound(call => call.enqueue('support'))
      for (let busy = 0; busy < 3; busy++) {
        await world.call('support', { ...patient, talkMs: 30_000 + busy * 1_000, talkFrom: 'join' })
        await world.run(500)
      }
      await world.call('support', patient)
      await world.run(1_000)
      const callId = world.engine.calls.live().find(({ state }) => state === 'queued')?.callId ?? ''
      world.engine.calls.setAttributes(callId, { preferredAgents: 'eve' })
      await world.run(1_000)
      expect((await world.engine.calls.explain(callId))?.summary).toContain('It waits for eve')
      await world.run(25_000)
      // Longer than the queue holds out: the first who is free has it.
      await world.run(10_000)
      expect(told(world, 'call.routing_step_changed')).toMatchObject([
        { callId, from: 'preferred agents', to: 'anyone' },
      ])
      expect(told(world, 'call.connected').at(-1)).toMatchObject({ callId, agentId: 'ada' })
    })
  })

  it('may be avoided from the moment that it is said', async () => {
    await play({ ...center, queues: [{ id: 'support', requirements: 'rare' }] }, async world => {
      await world.call('support', patient)
      await world.run(1_000)
      const [{ callId } = { callId: '' }] = world.engine.calls.live()
      world.engine.calls.setAttributes(callId, { avoidAgents: 'ada, bob' })
      await world.engine.applyCenter(
        world.furnished({
          ...center,
          agents: center.agents?.map(agent => ({ ...agent, skills: { rare: true } })),
          queues: [{ id: 'support', requirements: 'rare' }],
        } as CenterInput),
      )
      await world.run(1_000)
      expect(offers(world)).toEqual(['eve'])
    })
  })

  it('stay at the step that the call has come to when others are named', async () => {
    const steps = [{ expression: 'rare', afterMs: 5_000 }]
    await play({ ...center, agents: [{ id: 'ada', queues: ['support'] }] }, async world => {
      world.engine.onInbound(call => call.enqueue('support', { steps }))
      await world.call('support', patient)
      await world.run(6_000)
      const [{ callId } = { callId: '' }] = world.engine.calls.live()
      world.engine.calls.setAttributes(callId, { preferredAgents: 'ada' })
      await world.run(1_000)
      expect(told(world, 'call.routing_step_changed')).toMatchObject([{ from: 'rare', to: 'anyone' }])
      world.engine.agents.signIn('ada', { availability: 'available' })
      await world.run(1_000)
      expect(offers(world)).toEqual(['ada'])
      expect(told(world, 'offer.created')[0]?.explanation.step).toBe('anyone')
    })
  })

  it('are named by a flow until an instant, and then no longer', async () => {
    const wish = (until: string) => ({ enqueue: { queue: 'support', preferredAgents: [{ agentId: 'bob', until }] } })
    const flows = [
      { id: 'lapsed', steps: [wish('1970-01-01T00:00:00Z')] },
      { id: 'lasting', steps: [wish('2999-01-01T00:00:00+01:00')] },
    ]
    const numbers = flows.map(({ id }) => ({ match: id, flow: id }))
    await play(
      { ...center, flows, numbers, queues: [{ id: 'support', strategy: 'linear', wrapUpMs: 0 }] },
      async world => {
        for (const { id } of flows) {
          const { call } = await world.call(id, patient)
          await world.run(5_000)
          call.hangup()
          await world.run(1_000)
        }
        expect(offers(world)).toEqual(['ada', 'bob'])
      },
    )
  })

  it('hold out for an agent at work no longer than the flow says', async () => {
    const steps = [{ enqueue: { queue: 'support', preferredAgents: [{ agentId: 'bob', forMs: 8_000 }] } }]
    await play(flowing(steps), async world => {
      // Bob is at work, and the queue would have the call wait for him for 20 s.
      await world.call('main', patient)
      await world.run(3_000)
      expect(offers(world)).toEqual(['bob'])
      await world.call('main', patient)
      await world.run(7_000)
      expect(offers(world)).toEqual(['bob'])
      await world.run(3_000)
      expect(offers(world)).toEqual(['bob', 'ada'])
    })
  })

  it.each<[string, Omit<CallbackRequest, 'number'>]>([
    ['its wishes', { preferredAgents: [{ agentId: 'bob' }] }],
    ['whom it avoids', { avoidAgents: ['ada'] }],
    ['its attributes', { attributes: { preferredAgents: 'bob' } }],
    ['its steps', { steps: [{ expression: 'german', afterMs: 60_000 }] }],
  ])('are kept with a callback: by %s', async (_, wishes) => {
    const [ada, bob, eve] = center.agents ?? []
    const agents = [ada, { ...bob, skills: { german: 5 } }, eve] as CenterInput['agents']
    await play({ ...center, agents } as CenterInput, async world => {
      world.engine.callbacks.request('support', { number: '+442079460000', ...wishes })
      await world.run(3_000)
      expect(offers(world)[0]).toBe('bob')
      for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
      await world.run(40_000)
    })
  })

  it.each([
    [{ preferredAgents: 'ada:101' }, 'preferredAgents[0].score'],
    [{ preferredAgents: 'ada:high' }, 'preferredAgents[0].score'],
    [{ preferredAgents: 'bob, ada until soon' }, 'preferredAgents[1].until'],
    [{ preferredAgents: 'Ada Byron' }, 'preferredAgents[0].agentId'],
    [{ avoidAgents: 'a/b' }, 'avoidAgents[0]'],
    [{ avoidAgents: Array.from({ length: 21 }, (_, i) => `a${i}`).join() }, 'preferredAgents'],
  ])('are refused where they can not be read: %j', async (attributes, path) => {
    await play({ ...center, agents: [] }, async world => {
      await world.call('support', patient)
      await world.run(500)
      const [{ callId } = { callId: '' }] = world.engine.calls.live()
      const set = () => world.engine.calls.setAttributes(callId, attributes as Record<string, string>)
      expect(set).toThrow(
        expect.objectContaining({
          code: 'request.invalid',
          problems: [expect.objectContaining({ path })],
        }),
      )
    })
  })

  it.each([
    [{ preferredAgents: ['zoe'] }, 'preferredAgents[0]', 'the id of an agent'],
    [{ preferredAgents: ['ada', { agentId: 'zoe' }] }, 'preferredAgents[1].agentId', 'the id of an agent'],
    [{ avoidAgents: ['zoe'] }, 'avoidAgents[0]', 'the id of an agent'],
    [{ steps: [{ expression: 'a >', afterMs: 1 }] }, 'steps[0].expression', 'an expression'],
    [
      { preferredAgents: Array.from({ length: 12 }, () => 'ada'), avoidAgents: Array.from({ length: 9 }, () => 'bob') },
      'preferredAgents',
      '20 agents',
    ],
  ])('are checked in a definition: %j', (wishes, path, allowed) => {
    for (const step of ['enqueue', 'callback']) {
      let problems: unknown
      try {
        parseCenter(flowing([{ [step]: { queue: 'support', ...wishes } }] as never))
      } catch (error) {
        if (error instanceof EngineError) problems = error.problems
      }
      expect(problems).toMatchObject([
        { path: `flows[0].steps[0].${step}.${path}`, allowed: expect.stringContaining(allowed) },
      ])
    }
  })
})
