/** What happens to calls before they wait, through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { EngineOptions } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { EventData, EventType } from '../events.ts'
import type { HttpRequest } from '../ports/http.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [
    { id: 'sales', wrapUpMs: 0 },
    { id: 'support', wrapUpMs: 0 },
  ],
  agents: [{ id: 'ada', queues: ['sales'], alwaysAvailable: true }],
  numbers: [{ match: 'sales', queue: 'sales' }],
  flows: [],
  media: { timeoutMs: 0 },
}

const menu: NonNullable<CenterInput['flows']> = [
  {
    id: 'main',
    steps: [
      { say: 'welcome' },
      { id: 'menu', gather: { into: 'choice', say: ['please-hold'], accept: ['1', '2'], otherwise: 'bye' } },
      { branch: { on: 'choice', cases: { '1': 'sales' } } },
      { enqueue: 'support' },
      { id: 'sales', enqueue: 'sales' },
      { id: 'bye', say: 'goodbye' },
      { hangup: true },
    ],
  },
]

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

const steps = (world: World) =>
  told(world, 'call.flow_step_taken').map(({ step, action, result }) => `${step} ${action}: ${result}`)

async function play(
  input: CenterInput,
  story: (world: World) => Promise<void>,
  options: Pick<EngineOptions, 'lookups' | 'http'> = {},
): Promise<void> {
  const world = await createWorld({ seed: 5, center: input, ...options })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

describe('a menu', () => {
  it('takes a digit and leads to the queue of the choice, whose agent sees what was pressed', async () => {
    await play({ ...center, numbers: [{ match: 'main', flow: 'main' }], flows: menu }, async world => {
      const { call } = await world.call('main', patient)
      await world.run(1_500)
      expect(call.state).toBe('answered')
      expect(world.engine.calls.live()[0]?.state).toBe('screening')
      call.press('1')
      await world.run(3_000)
      expect(steps(world)).toEqual([
        '#1 say: welcome',
        'menu gather: choice = 1',
        '#3 branch: choice is 1: sales',
        'sales enqueue: sales',
      ])
      const [record] = world.engine.calls.live()
      expect(record).toMatchObject({ state: 'connected', agentId: 'ada', attributes: { choice: '1' } })
      expect(record?.flowPath?.map(({ flowId, step }) => `${flowId}/${step}`)).toEqual([
        'main/#1',
        'main/menu',
        'main/#3',
        'main/sales',
      ])
      expect(told(world, 'screenpop.requested')[0]?.ivr).toEqual({
        path: ['main/#1', 'main/menu', 'main/#3', 'main/sales'],
        digits: '1',
      })
      const explained = await world.engine.calls.explain(record?.callId ?? '')
      expect(explained?.flow?.map(({ step }) => step)).toEqual(['#1', 'menu', '#3', 'sales'])
      call.hangup()
      await world.run(1_000)
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'completed', totals: { waitMs: expect.any(Number) } }])
    })
  })

  it('and the next one are answered by digits that were pressed before either was asked', async () => {
    const asking = (into: string) => ({ gather: { into, say: 'please-hold', tries: 1 } })
    const flows = [{ id: 'main', steps: [{ say: 'welcome' }, asking('first'), asking('second'), { enqueue: 'sales' }] }]
    await play({ ...center, numbers: [{ match: 'main', flow: 'main' }], flows }, async world => {
      const { call } = await world.call('main', patient)
      await world.run(300)
      for (const digit of '12') {
        call.press(digit)
        await world.run(300)
      }
      await world.run(3_000)
      expect(told(world, 'call.attributes_updated').map(({ changed }) => changed)).toEqual([
        { first: '1' },
        { second: '2' },
      ])
      expect(told(world, 'call.queued')).toHaveLength(1)
    })
  })

  it('is left by a caller who hangs up: abandoned at stage screening, and nothing goes on', async () => {
    await play({ ...center, numbers: [{ match: 'main', flow: 'main' }], flows: menu }, async world => {
      const { call } = await world.call('main', patient)
      await world.run(1_500)
      call.hangup()
      await world.run(60_000)
      expect(told(world, 'call.abandoned')).toMatchObject([{ stage: 'screening', visitId: null, waitMs: 0 }])
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'abandoned', endedBy: 'customer' }])
      expect(told(world, 'call.queued')).toEqual([])
      expect(world.engine.counters()).toMatchObject({ callsActive: 0, rtpSessions: 0 })
    })
  })

  it('gives a silent caller up after three questions', async () => {
    await play({ ...center, numbers: [{ match: 'main', flow: 'main' }], flows: menu }, async world => {
      const { call } = await world.call('main', patient)
      await world.run(25_000)
      expect(call.end).toMatchObject({ by: 'peer' })
      expect(steps(world).slice(-3)).toEqual([
        'menu gather: nothing was pressed',
        'bye say: goodbye',
        '#7 hangup: the flow hangs up',
      ])
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'flowHangup', visitId: null }])
    })
  })

  it('goes to the queue of its number when it ends without a decision, and in its language', async () => {
    const flows: CenterInput['flows'] = [{ id: 'main', language: 'de', steps: [{ say: 'welcome' }] }]
    const numbers = [{ match: 'main', flow: 'main', queue: 'sales', priority: 7 }]
    await play({ ...center, flows, numbers }, async world => {
      await world.call('main', patient)
      await world.run(3_000)
      expect(told(world, 'call.queued')).toMatchObject([{ queueId: 'sales', priority: 7, cause: 'inbound' }])
      expect(told(world, 'call.attributes_updated')).toMatchObject([
        { changed: { language: 'de' }, origin: 'flow:main' },
      ])
    })
  })

  it('ends a loop', async () => {
    const flows: CenterInput['flows'] = [{ id: 'main', steps: [{ id: 'x', set: { a: 'b' } }, { goto: 'x' }] }]
    await play({ ...center, numbers: [{ match: 'main', flow: 'main' }], flows }, async world => {
      const { call } = await world.call('main', patient)
      await world.run(500)
      expect(call.end).toMatchObject({ status: 480 })
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'flowTooLong' }])
      expect(steps(world)).toHaveLength(200)
    })
  })
})

describe('a lookup', () => {
  const flows: CenterInput['flows'] = [
    {
      id: 'main',
      steps: [{ lookup: { url: 'https://crm.example/c?n={ani.raw}', deadlineMs: 800 } }, { enqueue: 'support' }],
    },
  ]
  const numbers = [
    { match: 'main', flow: 'main' },
    { match: 'support', queue: 'support' },
  ]
  const agents = [{ id: 'bob', queues: ['support'] }]

  it('that comes late moves the call ahead and updates the pop', async () => {
    const asked: HttpRequest[] = []
    let answer: (body: string) => void = () => {}
    const http = {
      get: (request: HttpRequest) => {
        asked.push(request)
        return new Promise<{ status: number; body: string }>(resolve => {
          answer = body => resolve({ status: 200, body })
        })
      },
    }
    await play(
      { ...center, flows, numbers, agents },
      async world => {
        await world.call('support', patient)
        await world.run(500)
        await world.call('main', patient)
        await world.run(700)
        expect(told(world, 'call.queued')).toHaveLength(1)
        await world.run(300)
        // Not delayed beyond the deadline.
        const [first, second] = told(world, 'call.queued')
        expect(second).toMatchObject({ position: 2, priority: 0 })
        expect(asked[0]?.url).toMatch(/^https:\/\/crm\.example\/c\?n=caller2$/)
        world.react('bob', { kind: 'ignore', ringAfterMs: 10 })
        answer(
          JSON.stringify({
            attributes: { priority: '50', tier: 'gold' },
            matches: [{ recordId: 'r1', label: 'Gold' }],
          }),
        )
        await world.run(100)
        expect(world.engine.calls.live().find(({ callId }) => callId === second?.callId)?.attributes).toEqual({
          priority: '50',
          tier: 'gold',
        })
        world.engine.agents.signIn('bob', { availability: 'available' })
        await world.run(1_000)
        expect(told(world, 'offer.created')[0]?.callId).toBe(second?.callId)
        expect(first?.callId).not.toBe(second?.callId)
        expect(told(world, 'screenpop.requested')[0]).toMatchObject({
          matchStatus: 'single',
          attributes: { tier: 'gold' },
        })
        expect(steps(world)[0]).toBe('#1 lookup: no answer within 800 ms')
        expect(steps(world)).toContain('#1 lookup: late: priority = 50, tier = gold; 1 found')
      },
      { http },
    )
  })

  it('updates a pop that is on the screen', async () => {
    let answer: (found: null | { attributes: Record<string, string> }) => void = () => {}
    const crm = () =>
      new Promise<null | { attributes: Record<string, string> }>(resolve => {
        answer = resolve
      })
    const byFunction: CenterInput['flows'] = [
      { id: 'main', steps: [{ lookup: { function: 'crm', deadlineMs: 100 } }, { enqueue: 'sales' }] },
    ]
    await play(
      { ...center, numbers: [{ match: 'main', flow: 'main' }], flows: byFunction },
      async world => {
        world.react('ada', { kind: 'ignore', ringAfterMs: 10 })
        await world.call('main', patient)
        await world.run(500)
        expect(told(world, 'screenpop.requested')).toMatchObject([{ matchStatus: 'pending' }])
        answer({ attributes: { name: 'Grace' } })
        await world.run(100)
        expect(told(world, 'screenpop.updated').at(-1)).toMatchObject({
          matchStatus: 'none',
          attributes: { name: 'Grace' },
        })
      },
      { lookups: { crm } },
    )
  })

  it('goes nowhere when the caller has left before the deadline', async () => {
    const byFunction: CenterInput['flows'] = [
      { id: 'main', steps: [{ lookup: { function: 'crm', deadlineMs: 800 } }, { enqueue: 'sales' }] },
    ]
    await play(
      { ...center, numbers: [{ match: 'main', flow: 'main' }], flows: byFunction },
      async world => {
        const { call } = await world.call('main', patient)
        await world.run(300)
        call.hangup()
        await world.run(20_000)
        expect(told(world, 'call.abandoned')).toMatchObject([{ stage: 'screening' }])
        expect(told(world, 'call.ended')).toHaveLength(1)
        expect(world.events.map(({ type }) => type).at(-1)).toBe('call.ended')
      },
      { lookups: { crm: () => new Promise(() => {}) } },
    )
  })

  it('is no fault of the call when it fails', async () => {
    const crm = () => Promise.reject(new Error('no such table'))
    const byFunction: CenterInput['flows'] = [
      { id: 'main', steps: [{ lookup: { function: 'crm' } }, { enqueue: 'sales' }] },
    ]
    await play(
      { ...center, numbers: [{ match: 'main', flow: 'main' }], flows: byFunction },
      async world => {
        await world.call('main', patient)
        await world.run(3_000)
        expect(steps(world)[0]).toBe('#1 lookup: no such table')
        expect(told(world, 'call.connected')).toHaveLength(1)
      },
      { lookups: { crm } },
    )
  })
})

describe('opening hours', () => {
  const hours = [{ id: 'office', emergency: 'closed' as const }]

  it('send the calls of a number elsewhere', async () => {
    const numbers = [
      { match: 'main', queue: 'support', hours: 'office', closed: { number: 'night' } },
      { match: 'night', queue: 'sales', priority: 3 },
    ]
    await play({ ...center, numbers, hours }, async world => {
      await world.call('main', patient)
      await world.run(2_000)
      expect(told(world, 'call.queued')).toMatchObject([{ queueId: 'sales', priority: 3 }])
      expect(steps(world)).toEqual(['main hours: office: closed (emergency)'])
    })
  })

  it('are looked at again on entering a queue, and a closed one counts the visit as closed', async () => {
    const [sales, support] = center.queues ?? []
    const queues = [
      { ...sales, id: 'sales', hours: 'office', closed: { queue: 'support' } },
      { ...support, id: 'support' },
    ]
    await play({ ...center, queues, hours }, async world => {
      await world.call('sales', patient)
      await world.run(1_000)
      expect(told(world, 'call.diverted')).toMatchObject([
        { queueId: 'sales', reason: 'closed', target: 'queue:support' },
      ])
      const [record] = world.engine.calls.live()
      expect(record?.visits).toMatchObject([
        { queueId: 'sales', outcome: 'closed', reason: 'closed' },
        { queueId: 'support', outcome: null },
      ])
      expect(world.engine.queues.get('sales').metrics.today).toMatchObject({ offered: 1, rejected: 1, flowOut: 0 })
    })
  })

  it('refuse with 480 unless told otherwise, and open when a supervisor says so', async () => {
    const [sales] = center.queues ?? []
    const queues = [{ ...sales, id: 'sales', hours: 'office' }, { id: 'support' }]
    await play({ ...center, queues, hours }, async world => {
      const { call } = await world.call('sales', patient)
      await world.run(500)
      expect(call.end).toMatchObject({ status: 480 })
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'closed', queueId: 'sales' }])
      const until = new Date(world.clock.now() + 60_000).toISOString()
      const view = world.engine.hours.override('office', 'open', { until, actor: 'user:sue', reason: 'fair' })
      expect(view).toMatchObject({ open: true, because: 'emergency', nextChangeAt: until })
      await world.call('sales', patient)
      await world.run(2_000)
      expect(told(world, 'call.connected')).toHaveLength(1)
      await world.run(60_000)
      expect(world.engine.hours.get('office')).toMatchObject({ open: false, override: null })
      expect(told(world, 'hours.override_set')).toEqual([
        { hoursId: 'office', state: 'open', until, reason: 'fair', actor: 'user:sue' },
        { hoursId: 'office', state: null, until: null, reason: 'ended', actor: 'system' },
      ])
    })
  })

  it('keep what a supervisor has said over a restart', async () => {
    await play({ ...center, hours: [{ id: 'office' }] }, async world => {
      world.engine.hours.override('office', 'open')
      await world.run(1_000)
      await world.restart()
      expect(world.engine.hours.get('office')).toMatchObject({ open: true, override: { state: 'open' } })
      world.engine.hours.override('office', null)
      await world.run(1_000)
      await world.restart()
      expect(world.engine.hours.get('office')).toMatchObject({ open: false, override: null })
      expect(() => world.engine.hours.override('office', 'open', { until: '2001-01-01T00:00:00Z' })).toThrow(
        EngineError,
      )
      expect(() => world.engine.hours.get('nowhere')).toThrow('no opening hours')
    })
  })

  it('end in a refusal where closed queues lead on to each other, even over a flow', async () => {
    const queues = [
      { id: 'sales', hours: 'office', closed: { queue: 'support' } },
      { id: 'support', hours: 'office', closed: { flow: 'main' } },
    ]
    const flows = [{ id: 'main', steps: [{ enqueue: 'sales' }] }]
    await play({ ...center, queues, hours, flows }, async world => {
      const { call } = await world.call('sales', patient)
      await world.run(1_000)
      expect(call.end).toMatchObject({ status: 480 })
    })
  })
})

describe('who is not let in', () => {
  it.each([
    ['caller1', 'caller1'],
    ['call*', 'call*'],
  ])('refuses a caller of the block list (%s) with 603, unanswered, and says so', async (match, by) => {
    await play({ ...center, blocked: [{ match, note: 'nuisance' }] }, async world => {
      const { call } = await world.call('sales', patient)
      await world.run(500)
      expect(call.end).toMatchObject({ status: 603 })
      expect(told(world, 'call.blocked')).toMatchObject([{ match: by, target: 'reject:603', note: 'nuisance' }])
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'blocked', sipCode: 603 }])
    })
  })

  it('lets a blocked caller wait in a silent queue, without asking the embedder', async () => {
    await play({ ...center, blocked: [{ match: 'caller1', to: { queue: 'support' } }] }, async world => {
      world.engine.onInbound(call => call.enqueue('sales'))
      await world.call('sales', patient)
      await world.call('sales', patient)
      await world.run(2_000)
      expect(told(world, 'call.queued').map(({ queueId }) => queueId)).toEqual(['support', 'sales'])
    })
  })

  it.each([
    ['noneSignedIn', [], undefined],
    ['allPaused', [{ id: 'bob', queues: ['sales'] }], undefined],
    ['noneQualified', [{ id: 'bob', queues: ['sales'], alwaysAvailable: true }], 'billing >= 5'],
  ] as const)('turns calls away when %s', async (rule, agents, requirements) => {
    const queues = [{ id: 'sales', admission: { [rule]: { queue: 'support' } } }, { id: 'support' }]
    const numbers = [{ match: 'sales', queue: 'sales', ...(requirements === undefined ? {} : { requirements }) }]
    await play({ ...center, queues, numbers, agents }, async world => {
      if (rule === 'allPaused') world.engine.agents.signIn('bob')
      await world.call('sales', patient)
      await world.run(1_000)
      expect(told(world, 'call.diverted')).toMatchObject([{ reason: rule, target: 'queue:support' }])
      expect(world.engine.calls.live()[0]?.visits[0]).toMatchObject({ outcome: 'empty', reason: rule })
    })
  })

  it('lets calls in while the only agent cools down, and knows how long they will wait', async () => {
    const rules = { allPaused: { reject: 480 } } as const
    const queues = [{ id: 'sales', wrapUpMs: 0, missedOffersToNotReady: 0, offerCooldownMs: 5_000, admission: rules }]
    await play({ ...center, queues, agents: [{ id: 'bob', queues: ['sales'] }] }, async world => {
      world.engine.agents.signIn('bob', { availability: 'available' })
      const { call } = await world.call('sales', patient)
      await world.run(20_000)
      call.hangup()
      await world.run(1_000)
      world.react('bob', { kind: 'refuse', ringAfterMs: 100, afterMs: 500, status: 486 })
      await world.call('sales', patient)
      await world.run(1_500)
      expect(world.engine.agents.get('bob').notRoutableBecause).toMatch(/^cooldown/)
      expect(world.engine.queues.get('sales').metrics.ewtMs).toBeGreaterThan(0)
      await world.call('sales', patient)
      await world.run(500)
      expect(told(world, 'call.rejected')).toEqual([])
      expect(told(world, 'call.queued').at(-1)).toMatchObject({ ewtMs: expect.any(Number) })
      world.engine.agents.setAvailability('bob', 'notReady')
      await world.run(6_000)
      await world.call('sales', patient)
      await world.run(1_000)
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'allPaused', sipCode: 480 }])
    })
  })

  it('lets calls in where the rule says nothing of their case', async () => {
    const queues = [{ id: 'sales', admission: { allPaused: { reject: 480 } } }, { id: 'support' }]
    await play({ ...center, queues, agents: [{ id: 'bob', queues: ['sales'] }] }, async world => {
      await world.call('sales', patient)
      await world.run(1_000)
      expect(world.engine.calls.live()).toMatchObject([{ state: 'queued' }])
    })
  })
})

describe('an embedder who talks to the caller', () => {
  it('says, asks and decides', async () => {
    await play(center, async world => {
      const answers: unknown[] = []
      world.engine.onInbound(async call => {
        answers.push(await call.say('welcome'))
        const { digits } = await call.gather({ say: 'please-hold', digits: 4, finishOn: '#' })
        answers.push(digits)
        call.enqueue('sales', { attributes: { pin: digits } })
      })
      const { call } = await world.call('sales', patient)
      await world.run(1_500)
      call.press('12#')
      await world.run(3_000)
      expect(answers).toEqual([true, '12'])
      expect(world.engine.calls.live()).toMatchObject([{ state: 'connected', attributes: { pin: '12' } }])
    })
  })

  it('hears that the caller has left', async () => {
    await play(center, async world => {
      const codes: string[] = []
      world.engine.onInbound(async call => {
        try {
          await call.gather({ say: 'welcome' })
        } catch (error) {
          if (error instanceof EngineError) codes.push(error.code)
        }
      })
      const { call } = await world.call('sales', patient)
      await world.run(500)
      call.hangup()
      await world.run(500)
      expect(codes).toEqual(['call.conflict'])
      expect(told(world, 'call.abandoned')).toMatchObject([{ stage: 'screening' }])
    })
  })

  it('hands a call to a flow of the center', async () => {
    await play({ ...center, flows: [{ id: 'short', steps: [{ enqueue: 'sales' }] }] }, async world => {
      const codes: string[] = []
      world.engine.onInbound(call => {
        try {
          call.flow('long')
        } catch (error) {
          if (error instanceof EngineError) codes.push(error.code)
        }
        call.flow('short')
      })
      await world.call('sales', patient)
      await world.run(2_000)
      expect(codes).toEqual(['flow.unknown'])
      expect(told(world, 'call.connected')).toHaveLength(1)
    })
  })
})
