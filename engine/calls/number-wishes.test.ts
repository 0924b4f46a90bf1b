/** What a number says of its calls, wherever they come to wait: through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'sales' }, { id: 'support' }],
  hours: [{ id: 'never' }],
  flows: [
    { id: 'main', steps: [{ enqueue: 'sales' }] },
    { id: 'own', steps: [{ enqueue: { queue: 'sales', priority: 3, requirements: 'lang.de' } }] },
    { id: 'undecided', steps: [{ set: { a: 'b' } }] },
  ],
  media: { timeoutMs: 0 },
}

const wishes = { priority: 9, requirements: 'billing >= 5' }

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

/** How the calls of one number are queued, one visit after the other. */
async function queuedBy(input: CenterInput, runMs = 1_000) {
  const world = await createWorld({ seed: 5, center: { ...center, ...input } })
  await world.call('dialled', patient)
  await world.run(runMs)
  const visits = told(world, 'call.queued').map(({ queueId, priority, requirements = '' }) =>
    [queueId, priority, requirements].join(' '),
  )
  await world.stop()
  return visits
}

describe('what a number asks for its calls', () => {
  it.each<[string, NonNullable<CenterInput['numbers']>[number], string]>([
    ['holds where a flow enqueues', { match: 'dialled', flow: 'main', ...wishes }, 'sales 9 billing >= 5'],
    [
      'holds beside the queue that the flow does not come to',
      { match: 'dialled', flow: 'main', queue: 'support', ...wishes },
      'sales 9 billing >= 5',
    ],
    ['is less than what a step says', { match: 'dialled', flow: 'own', ...wishes }, 'sales 3 lang.de'],
    [
      'holds where the flow decides nothing',
      { match: 'dialled', flow: 'undecided', queue: 'support', ...wishes },
      'support 9 billing >= 5',
    ],
    [
      'holds in the queue that takes the calls while it is closed',
      { match: 'dialled', queue: 'support', hours: 'never', closed: { queue: 'sales' }, ...wishes },
      'sales 9 billing >= 5',
    ],
    [
      'holds in the flow that does',
      { match: 'dialled', queue: 'support', hours: 'never', closed: { flow: 'main' }, ...wishes },
      'sales 9 billing >= 5',
    ],
  ])('%s', async (_, number, queued) => {
    expect(await queuedBy({ numbers: [number] })).toEqual([queued])
  })

  it('holds in a flow that its queue overflows to', async () => {
    const queues = [{ id: 'sales' }, { id: 'support', overflow: [{ afterMs: 5_000, to: { flow: 'main' } }] }]
    const numbers = [{ match: 'dialled', queue: 'support', ...wishes }]
    expect(await queuedBy({ queues, numbers }, 6_000)).toEqual(['support 9 billing >= 5', 'sales 9 billing >= 5'])
  })

  it('gives way to another number that the flow or a rule leads to', async () => {
    const flows = [{ id: 'main', steps: [{ transfer: { number: 'other' } }] }]
    const numbers = [
      { match: 'dialled', flow: 'main', ...wishes },
      { match: 'other', flow: 'then', priority: 2 },
    ]
    const then = { id: 'then', steps: [{ enqueue: 'sales' }] }
    expect(await queuedBy({ flows: [...flows, then], numbers })).toEqual(['sales 2 '])
  })

  it('goes with the place of a caller who is to be called back', async () => {
    const world = await createWorld({
      seed: 5,
      center: {
        ...center,
        countryCode: '44',
        trunks: [
          { id: 'people', addresses: ['10.1.0.0/16'] },
          { id: 'carrier', addresses: ['10.9.0.1'], host: '10.9.0.1' },
        ],
        outbound: [{ prefix: '+44', trunk: 'carrier' }],
        flows: [{ id: 'main', steps: [{ callback: 'sales' }, { hangup: true }] }],
        numbers: [{ match: 'dialled', flow: 'main', ...wishes }],
      },
    })
    const { call } = await world.call('dialled', patient)
    await world.run(4_000)
    for (const digit of '02079460000#') call.press(digit)
    await world.run(30_000)
    call.press('1')
    await world.run(2_000)
    expect(told(world, 'callback.requested')).toMatchObject([{ priority: 9 }])
    expect(told(world, 'call.queued')).toMatchObject([{ priority: 9, requirements: 'billing >= 5' }])
    await world.stop()
  })
})
