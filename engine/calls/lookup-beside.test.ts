/** Lookups that no call waits for: of a number, in a flow, and of an embedder. Through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { EngineOptions, LookupAnswer } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'support', strategy: 'linear', wrapUpMs: 0, preferredAgents: { offlineWaitMs: 20_000 } }],
  agents: [
    { id: 'ada', queues: ['support'] },
    { id: 'bob', queues: ['support'] },
  ],
  hours: [{ id: 'never' }],
  flows: [{ id: 'main', steps: [{ lookup: { function: 'crm', deadlineMs: 0 } }, { enqueue: 'support' }] }],
  media: { timeoutMs: 0 },
}

const beside = { function: 'crm' }
const byNumber = { match: 'dialled', queue: 'support', lookup: beside }

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

const steps = (world: World) =>
  told(world, 'call.flow_step_taken').map(({ step, action, result }) => `${step} ${action}: ${result}`)

/** A CRM that answers when it is told to. */
function slowCrm() {
  const waiting: ((answer: LookupAnswer) => void)[] = []
  const asked: string[] = []
  const lookups: NonNullable<EngineOptions['lookups']> = {
    crm: ({ dnis }) => {
      asked.push(dnis)
      return new Promise(resolve => waiting.push(resolve))
    },
  }
  return { lookups, asked, answer: (answer: LookupAnswer) => waiting.shift()?.(answer) }
}

async function play(
  numbers: CenterInput['numbers'],
  story: (world: World) => Promise<void>,
  lookups: NonNullable<EngineOptions['lookups']>,
): Promise<void> {
  const world = await createWorld({ seed: 5, center: { ...center, ...(numbers ? { numbers } : {}) }, lookups })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

describe('a lookup that no call waits for', () => {
  it.each<[string, NonNullable<CenterInput['numbers']>[number], string]>([
    ['of a number with a queue', byNumber, 'dialled'],
    ['of a flow without a deadline', { match: 'dialled', flow: 'main' }, '#1'],
  ])('%s does not delay queueing, and names the agent when it is answered', async (_, number, step) => {
    const { lookups, answer } = slowCrm()
    await play(
      [number],
      async world => {
        await world.call('dialled', patient)
        await world.run(50)
        const [arrived, queued] = ['call.arrived', 'call.queued'].map(
          type => world.events.find(event => event.type === type)?.time ?? '',
        )
        expect(Date.parse(queued ?? '') - Date.parse(arrived ?? '')).toBeLessThan(20)
        expect(told(world, 'call.queued')).toMatchObject([{ enqueuedAt: queued }])
        await world.run(2_000)
        answer({ attributes: { priority: '50' }, preferredAgents: ['bob'] })
        await world.run(100)
        expect(steps(world).filter(text => text.includes('lookup'))).toEqual([
          `${step} lookup: asked; nothing waits for the answer`,
          `${step} lookup: priority = 50, preferredAgents = bob`,
        ])
        world.engine.agents.signIn('ada', { availability: 'available' })
        world.engine.agents.signIn('bob', { availability: 'available' })
        await world.run(1_000)
        expect(told(world, 'offer.created')).toMatchObject([{ agentId: 'bob' }])
      },
      lookups,
    )
  })

  it('tells the pop of a phone that rings already', async () => {
    const { lookups, answer } = slowCrm()
    await play(
      [byNumber],
      async world => {
        world.react('ada', { kind: 'ignore', ringAfterMs: 10 })
        world.engine.agents.signIn('ada', { availability: 'available' })
        await world.call('dialled', patient)
        await world.run(500)
        expect(told(world, 'screenpop.requested')).toMatchObject([{ matchStatus: 'pending' }])
        answer({ matches: [{ system: 'crm', objectType: 'c', recordId: '1', label: 'x', url: null, confidence: 1 }] })
        await world.run(100)
        expect(told(world, 'screenpop.updated').at(-1)).toMatchObject({ matchStatus: 'single' })
      },
      lookups,
    )
  })

  it('is given up in its time, and forgotten with its call', async () => {
    const { lookups, answer } = slowCrm()
    await play(
      [{ ...byNumber, lookup: { ...beside, lateMs: 3_000 } }],
      async world => {
        const { call } = await world.call('dialled', patient)
        await world.run(3_500)
        expect(steps(world).at(-1)).toBe('dialled lookup: no answer at all')
        call.hangup()
        await world.run(500)
        answer({ attributes: { late: 'yes' } })
        await world.run(500)
        expect(told(world, 'call.attributes_updated')).toEqual([])
      },
      lookups,
    )
  })

  it('asks about nobody who is turned away, and about who goes elsewhere while the number is closed', async () => {
    const { lookups, asked } = slowCrm()
    const shut = { ...byNumber, hours: 'never' }
    await play(
      [
        { ...shut, match: 'refused' },
        { ...shut, match: 'elsewhere', closed: { queue: 'support' } },
      ],
      async world => {
        await world.call('refused', patient)
        await world.call('elsewhere', patient)
        await world.run(500)
        expect(asked).toEqual(['elsewhere'])
      },
      lookups,
    )
  })
})

describe('a definition of lookups', () => {
  it.each<[CenterInput, string, string]>([
    [
      { numbers: [{ match: '1', queue: 'support', lookup: {} }] },
      'numbers[0].lookup',
      'exactly one of url and function',
    ],
    [
      { numbers: [{ match: '1', queue: 'support', lookup: { url: 'https://crm.example/{nothing}' } }] },
      'numbers[0].lookup.url',
      '{…} of',
    ],
    [
      { numbers: [{ match: '1', queue: 'support', lookup: { function: 'crm', deadlineMs: 5 } as never }] },
      'numbers[0].lookup.deadlineMs',
      'the keys',
    ],
    [
      { numbers: [{ match: '1', queue: 'support', lookup: { function: 'crm', lateMs: 0 } }] },
      'numbers[0].lookup.lateMs',
      'at least 1 without a deadline',
    ],
    [
      { flows: [{ id: 'main', steps: [{ lookup: { function: 'crm', deadlineMs: 0, lateMs: 0 } }] }] },
      'flows[0].steps[0].lookup.lateMs',
      'at least 1 without a deadline',
    ],
    [
      {
        flows: [
          {
            id: 'main',
            steps: [
              { lookup: { function: 'crm', deadlineMs: 0, otherwise: 'end' } },
              { id: 'end', enqueue: 'support' },
            ],
          },
        ],
      },
      'flows[0].steps[0].lookup.otherwise',
      'only with a deadline',
    ],
  ])('is refused: %j', (input, path, allowed) => {
    expect(() => parseCenter({ ...center, ...input })).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ path, allowed: expect.stringContaining(allowed) })],
      }),
    )
  })
})
