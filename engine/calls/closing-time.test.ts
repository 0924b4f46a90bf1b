/** Hours that end while callers wait, through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

async function begin(queue: Omit<NonNullable<CenterInput['queues']>[number], 'id'>): Promise<World> {
  const center: CenterInput = {
    queues: [{ id: 'support', hours: 'office', wrapUpMs: 0, ...queue }, { id: 'night' }],
    agents: [{ id: 'ada', queues: ['support'] }],
    numbers: [{ match: 'support', queue: 'support' }],
    hours: [{ id: 'office', emergency: 'open' }],
    media: { timeoutMs: 0 },
  }
  return createWorld({ seed: 5, center })
}

async function end(world: World): Promise<void> {
  await world.stop()
  expect(world.clock.pending).toBe(0)
}

describe('closing time', () => {
  it('leaves who waits in place, unless the queue says otherwise', async () => {
    const world = await begin({ closed: { queue: 'night' } })
    await world.call('support', patient)
    await world.run(1_000)
    world.engine.hours.override('office', 'closed')
    await world.run(120_000)
    expect(told(world, 'call.diverted')).toEqual([])
    expect(world.engine.queues.get('support').metrics.waiting).toBe(1)
    await end(world)
  })

  it('sends who waits where `closed` leads, as one that the queue did not serve', async () => {
    const world = await begin({ hoursWhileWaiting: true, closed: { queue: 'night' } })
    await world.call('support', patient)
    await world.run(40_000)
    expect(told(world, 'call.diverted')).toEqual([])
    world.engine.hours.override('office', 'closed')
    await world.run(16_000)
    expect(told(world, 'call.diverted')).toMatchObject([{ target: 'queue:night', reason: 'closed' }])
    expect(world.engine.calls.live()).toMatchObject([
      { queueId: 'night', visits: [{ outcome: 'closed' }, { outcome: null }] },
    ])
    expect(world.engine.queues.get('support').metrics.today).toMatchObject({ offered: 1, rejected: 1, abandoned: 0 })
    await end(world)
  })

  it('refuses who waits when nothing else is said, but not whom an agent is about to take', async () => {
    const world = await begin({ hoursWhileWaiting: true, ringTimeoutMs: 60_000 })
    world.react('ada', { kind: 'ignore', ringAfterMs: 100 })
    world.engine.agents.signIn('ada', { availability: 'available' })
    await world.call('support', patient)
    await world.call('support', patient)
    await world.run(1_000)
    world.engine.hours.override('office', 'closed')
    await world.run(14_500)
    expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'closed', sipCode: 480 }])
    expect(told(world, 'offer.canceled')).toEqual([])
    await end(world)
  })

  it('needs hours', () => {
    expect(() => parseCenter({ queues: [{ id: 'q', hoursWhileWaiting: true }] })).toThrow('only beside hours')
  })
})
