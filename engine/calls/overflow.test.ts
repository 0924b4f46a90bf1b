/** Where callers go who have little to hope for, by a whole engine on the virtual clock: on entering, while they wait, while somebody rings. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import type { MediaPort } from '../ports/media.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import { createWorld, type World } from '../simulation/world.ts'

type QueueInput = NonNullable<CenterInput['queues']>[number]

const patient = { patienceMs: null, talkMs: 60_000, talkFrom: 'join' } as const

function centerOf(queue: Omit<QueueInput, 'id'>, rest: CenterInput = {}): CenterInput {
  return {
    queues: [{ id: 'q', wrapUpMs: 0, ...queue }, { id: 'other' }],
    agents: [{ id: 'ada', queues: ['q'], alwaysAvailable: true }],
    numbers: [{ match: 'n', queue: 'q' }],
    media: { timeoutMs: 0 },
    ...rest,
  }
}

async function play(center: CenterInput, story: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld({ seed: 5, center, media: ({ clock }): MediaPort => createSilentMedia({ clock }) })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

/** Who comes, one second after the other. */
async function come(world: World, count: number, number = 'n'): Promise<void> {
  for (let i = 0; i < count; i++) {
    await world.call(number, patient)
    await world.run(1_000)
  }
}

const counted = (world: World) => world.engine.queues.get('q').metrics.today

describe('on entering, a call that has to wait goes', () => {
  it('where so many wait, itself included, before anybody answers it; and is told why', async () => {
    const overflow = [{ when: { waiting: { atLeast: 2 } }, to: { reject: 486 } }]
    await play(centerOf({ answer: 'immediately', overflow }), async world => {
      // One talks, one waits.
      await come(world, 2)
      const { call } = await world.call('n', patient)
      await world.run(100)
      expect(told(world, 'call.rejected')).toMatchObject([
        { queueId: 'q', waitMs: 0, reason: 'overflow', sipCode: 486, because: '2 wait in the queue' },
      ])
      expect(call.end?.status).toBe(486)
      expect(counted(world)).toMatchObject({ offered: 3, answered: 1, flowOut: 1, rejected: 0 })
      const explained = await world.engine.calls.explain(told(world, 'call.rejected')[0]?.callId ?? '')
      expect(explained?.visits[0]?.moments.at(-1)?.words).toBe(
        'Refused with 486 after 0.0 s (overflow: 2 wait in the queue).',
      )
    })
  })

  it('where nobody who is signed in has the skills, and stays where somebody has', async () => {
    const overflow = [{ when: { eligible: { atMost: 0 } }, to: { queue: 'other' } }]
    const numbers = [
      { match: 'n', queue: 'q' },
      { match: 'x', queue: 'q', requirements: 'x' },
    ]
    await play(centerOf({ overflow }, { numbers }), async world => {
      await come(world, 2)
      await come(world, 1, 'x')
      expect(told(world, 'call.diverted')).toMatchObject([
        { queueId: 'q', target: 'queue:other', waitMs: 0, because: '0 signed-in agents suit it' },
      ])
      await world.run(5_000)
      expect(told(world, 'call.queued').filter(({ queueId }) => queueId === 'other')).toHaveLength(1)
    })
  })

  it('where the wait is expected to be long, once there is something to expect it by', async () => {
    const overflow = [{ when: { ewtMs: { atLeast: 100_000 } }, to: { reject: 480 } }]
    await play(centerOf({ overflow }), async world => {
      await come(world, 4)
      expect(told(world, 'call.queued').map(({ ewtMs }) => ewtMs)).toEqual([0, null, null, null])
      expect(told(world, 'call.rejected')).toEqual([])
      // The first one has talked for a minute.
      await world.run(70_000)
      expect(told(world, 'call.rejected')).toMatchObject([
        { reason: 'overflow', because: expect.stringMatching(/12\d s/) },
      ])
      await come(world, 1)
      expect(told(world, 'call.queued').at(-1)).toMatchObject({ position: 2, ewt: { confidence: 1 / 11 } })
      expect(told(world, 'call.rejected')).toHaveLength(2)
    })
  })

  it('by the first rule that holds; one that leads nowhere now is passed over', async () => {
    const overflow: QueueInput['overflow'] = [
      { when: { waiting: { atLeast: 9 } }, to: { reject: 484 } },
      { when: { waiting: { atLeast: 1 } }, to: { number: 'n' } },
      { afterMs: 0, to: { reject: 481 } },
      { when: { waiting: { atLeast: 1 } }, to: { reject: 482 } },
    ]
    await play(centerOf({ overflow }), async world => {
      await come(world, 2)
      expect(told(world, 'call.rejected')).toMatchObject([{ sipCode: 481 }])
    })
  })

  it('nowhere, if an agent is free who gets it when the calls of a moment are matched together', async () => {
    const queue = {
      strategy: 'optimal',
      strategyOptions: { windowMs: 250 },
      overflow: [{ to: { queue: 'other' } }],
    } as const
    await play(centerOf(queue), async world => {
      await come(world, 1)
      await world.run(5_000)
      expect(told(world, 'call.diverted')).toEqual([])
      expect(told(world, 'call.connected')).toHaveLength(1)
      // He talks now.
      await come(world, 1)
      expect(told(world, 'call.diverted')).toMatchObject([{ target: 'queue:other', waitMs: 0 }])
    })
  })

  it('nowhere, if it holds out for one agent while another is free', async () => {
    const overflow = [{ when: { waiting: { atLeast: 1 } }, to: { reject: 480 } }]
    const agents = ['ada', 'bob'].map(id => ({ id, queues: ['q'], alwaysAvailable: true }))
    const numbers = [
      { match: 'n', queue: 'q' },
      { match: 'b', agent: 'bob' },
      { match: 'p', flow: 'p' },
    ]
    const flows = [{ id: 'p', steps: [{ set: { preferredAgents: 'bob' } }, { enqueue: 'q' }] }]
    await play(
      centerOf({ overflow, preferredAgents: { busyWaitMs: 20_000 } }, { agents, numbers, flows }),
      async world => {
        await come(world, 1, 'b')
        await come(world, 1, 'p')
        await world.run(10_000)
        expect(told(world, 'call.rejected')).toEqual([])
        await world.run(15_000)
        expect(told(world, 'offer.created').map(({ agentId }) => agentId)).toEqual(['bob', 'ada'])
      },
    )
  })

  it('nowhere, if an agent is free', async () => {
    const overflow = [{ when: { waiting: { atLeast: 0 } }, to: { reject: 480 } }]
    await play(centerOf({ overflow }), async world => {
      await come(world, 1)
      await world.run(5_000)
      expect(told(world, 'call.connected')).toHaveLength(1)
    })
  })
})

describe('while it waits, a call goes', () => {
  it('when the conditions of a rule come true after its time', async () => {
    const overflow = [{ afterMs: 30_000, when: { waiting: { atLeast: 2 } }, to: { queue: 'other' } }]
    await play(centerOf({ overflow }), async world => {
      await come(world, 2)
      await world.run(40_000)
      expect(told(world, 'call.diverted')).toEqual([])
      await come(world, 1)
      expect(told(world, 'call.diverted')).toMatchObject([
        { target: 'queue:other', because: expect.stringMatching(/^has waited 4\d s, 2 wait in the queue$/) },
      ])
    })
  })

  it('by its time alone, to the millisecond, and is told so', async () => {
    await play(centerOf({ overflow: [{ afterMs: 30_000, to: { reject: 480 } }] }), async world => {
      await come(world, 2)
      await world.run(40_000)
      expect(told(world, 'call.rejected')).toMatchObject([{ waitMs: 30_000, because: 'has waited 30 s' }])
    })
  })

  it('at the end of the wait, after the rules of the same moment, which are passed over if they lead nowhere', async () => {
    const overflow: QueueInput['overflow'] = [{ afterMs: 20_000, to: { number: 'n' } }]
    await play(centerOf({ maxWaitMs: 20_000, overflow }), async world => {
      await come(world, 2)
      await world.run(40_000)
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'maxWait', waitMs: 20_000 }])
    })
    const last: QueueInput['overflow'] = [{ afterMs: 20_000, to: { queue: 'other' } }]
    await play(centerOf({ maxWaitMs: 20_000, overflow: last }), async world => {
      await come(world, 2)
      await world.run(40_000)
      expect(told(world, 'call.diverted')).toMatchObject([{ reason: 'overflow', waitMs: 20_000 }])
    })
  })
})

describe('a rule that comes due while an agent is being rung', () => {
  const answering = (afterMs: number) => ({ kind: 'answer', ringAfterMs: 100, afterMs, talkMs: null }) as const

  it('waits for the answer', async () => {
    await play(centerOf({ overflow: [{ afterMs: 5_000, to: { queue: 'other' } }] }), async world => {
      world.react('ada', answering(8_000))
      await come(world, 1)
      await world.run(20_000)
      expect(told(world, 'call.diverted')).toEqual([])
      expect(told(world, 'offer.canceled')).toEqual([])
      expect(told(world, 'call.connected')).toHaveLength(1)
    })
  })

  it('takes the call as soon as nobody has answered, before anybody else is rung', async () => {
    const agents = ['ada', 'bob'].map(id => ({ id, queues: ['q'], alwaysAvailable: true }))
    const queue = { ringTimeoutMs: 8_000, overflow: [{ afterMs: 5_000, to: { queue: 'other' } }] }
    await play(centerOf(queue, { agents }), async world => {
      world.react('ada', answering(60_000))
      world.react('bob', answering(60_000))
      await come(world, 1)
      await world.run(20_000)
      expect(told(world, 'offer.created')).toHaveLength(1)
      expect(told(world, 'offer.timed_out')).toHaveLength(1)
      const [diverted] = told(world, 'call.diverted')
      expect(diverted).toMatchObject({ target: 'queue:other', reason: 'overflow', because: 'has waited 8 s' })
      expect(world.events.map(({ type }) => type).filter(type => /requeued|diverted/.test(type))).toEqual([
        'call.requeued',
        'call.diverted',
      ])
    })
  })

  it('leaves the call to the next agent who is free, if it asks for no time', async () => {
    const agents = ['ada', 'bob'].map(id => ({ id, queues: ['q'], alwaysAvailable: true }))
    const queue = { ringTimeoutMs: 8_000, overflow: [{ when: { waiting: { atLeast: 1 } }, to: { reject: 480 } }] }
    await play(centerOf(queue, { agents }), async world => {
      world.react('ada', answering(60_000))
      world.react('bob', answering(60_000))
      await come(world, 1)
      await world.run(10_000)
      expect(told(world, 'offer.timed_out')).toHaveLength(1)
      expect(told(world, 'offer.created').map(({ agentId }) => agentId)).toEqual(['ada', 'bob'])
    })
  })

  it('waits no longer than one ring where there is always somebody being rung', async () => {
    const agents = ['ada', 'bob'].map(id => ({ id, queues: ['q'], alwaysAvailable: true }))
    const rule = { afterMs: 5_000, to: { queue: 'other' } }
    const queue = { strategy: 'ring-all', ringTimeoutMs: 8_000, offerCooldownMs: 0, overflow: [rule] } as const
    await play(centerOf(queue, { agents }), async world => {
      world.react('ada', { kind: 'refuse', ringAfterMs: 100, afterMs: 3_000, status: 486 })
      world.react('bob', answering(60_000))
      await come(world, 1)
      await world.run(6_500)
      expect(told(world, 'call.diverted')).toEqual([])
      await world.run(20_000)
      expect(told(world, 'call.diverted')).toMatchObject([{ target: 'queue:other', waitMs: 8_250 }])
    })
  })

  it('but nobody waits longer than maxWaitMs, not even for that', async () => {
    await play(centerOf({ maxWaitMs: 5_000 }), async world => {
      world.react('ada', answering(8_000))
      await come(world, 1)
      await world.run(20_000)
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'maxWait', waitMs: 5_000 }])
      expect(told(world, 'offer.canceled')).toHaveLength(1)
    })
  })
})

describe('a full queue', () => {
  it('sends its calls where it says, and counts them as full', async () => {
    await play(centerOf({ maxWaiting: 1, full: { queue: 'other' } }), async world => {
      await come(world, 3)
      expect(told(world, 'call.diverted')).toMatchObject([
        { queueId: 'q', target: 'queue:other', reason: 'full', waitMs: 0 },
      ])
      expect(counted(world)).toMatchObject({ offered: 3, rejected: 1, flowOut: 0 })
      const [diverted] = told(world, 'call.diverted')
      expect((await world.engine.calls.get(diverted?.callId ?? ''))?.visits[0]).toMatchObject({ outcome: 'full' })
    })
  })

  it('refuses them with 486 where that is full as well', async () => {
    const queues = [
      { id: 'q', wrapUpMs: 0, maxWaiting: 1, full: { queue: 'other' } },
      { id: 'other', maxWaiting: 0 },
    ]
    await play(centerOf({}, { queues }), async world => {
      await come(world, 3)
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'full', sipCode: 486 }])
    })
  })
})

describe('a flow that leads back into the queue', () => {
  const flows = [{ id: 'f', steps: [{ enqueue: 'q' }] }]
  const visits = (world: World) => told(world, 'call.queued').length

  it('is not gone round where that is closed: the call is refused, and counted once', async () => {
    const rest = { flows, hours: [{ id: 'never' }] }
    await play(centerOf({ hours: 'never', closed: { flow: 'f' } }, rest), async world => {
      await come(world, 1)
      expect(visits(world)).toBe(1)
      expect(told(world, 'call.rejected')).toMatchObject([{ visitId: null, reason: 'closed', sipCode: 480 }])
      expect(counted(world)).toMatchObject({ offered: 1, rejected: 1 })
    })
  })

  it('is not gone round where that is full', async () => {
    await play(centerOf({ maxWaiting: 0, full: { flow: 'f' } }, { flows }), async world => {
      await come(world, 2)
      expect(visits(world)).toBe(2)
      expect(told(world, 'call.rejected')).toMatchObject([{ visitId: null, reason: 'full', sipCode: 486 }])
    })
  })

  it('is gone once from a rule that asks for no time: then he may wait', async () => {
    const overflow = [{ when: { waiting: { atLeast: 1 } }, to: { flow: 'f' } }]
    await play(centerOf({ overflow }, { flows }), async world => {
      await come(world, 2)
      expect(visits(world)).toBe(3)
      await world.run(90_000)
      expect(visits(world)).toBe(3)
      expect(told(world, 'call.connected')).toHaveLength(2)
    })
  })

  it('may be gone again and again by rules that let him wait between', async () => {
    const queue = { overflow: [{ afterMs: 10_000, to: { flow: 'f' } }] }
    await play(centerOf(queue, { flows }), async world => {
      await come(world, 2)
      await world.run(35_000)
      expect(visits(world)).toBe(5)
    })
  })
})
