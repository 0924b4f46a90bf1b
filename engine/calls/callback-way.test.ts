/** Callers who are offered a callback, in a whole center on the virtual network: what they press, and what becomes of them. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import type { PhoneCall } from '../simulation/phone-call.ts'
import { createWorld, type World } from '../simulation/world.ts'

type QueueInput = NonNullable<CenterInput['queues']>[number]

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const
const offer = { key: '5', afterMs: 1_000 }

/** The callers of this world have names, no numbers: whoever wants to be called back has to enter one. */
function centerOf(queue: Omit<QueueInput, 'id'> = {}, rest: CenterInput = {}): CenterInput {
  return {
    queues: [{ id: 'support', wrapUpMs: 0, callback: { offer }, ...queue }],
    agents: [{ id: 'ada', queues: ['support'] }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [
      { id: 'people', addresses: ['10.1.0.0/16'] },
      { id: 'carrier', addresses: ['10.3.0.1'], host: '10.3.0.1' },
    ],
    outbound: [{ prefix: '+4420', trunk: 'carrier' }],
    countryCode: '44',
    media: { timeoutMs: 0 },
    ...rest,
  }
}

async function play(center: CenterInput, story: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld({ seed: 3, center })
  try {
    await story(world)
    for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    await world.run(40_000)
    expect(world.engine.counters()).toMatchObject({ callsActive: 0, rtpSessions: 0, sipDialogs: 0 })
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

async function press(world: World, call: PhoneCall, keys: string): Promise<void> {
  for (const key of keys) {
    call.press(key)
    await world.run(300)
  }
}

/** Identity of FEATURES, reporting. */
function expectSum(world: World): void {
  const { metrics } = world.engine.queues.get('support')
  const { offered, answered, abandoned, flowOut, callbackAccepted, rejected } = metrics.today
  expect(offered).toBe(answered + abandoned + flowOut + callbackAccepted + rejected + metrics.waiting)
}

describe('a caller who waits', () => {
  it('presses the key, enters a number, confirms it, and his place is kept', async () => {
    await play(centerOf(), async world => {
      const { call } = await world.call('support', patient)
      await world.run(3_000)
      const [queued] = told(world, 'call.queued')
      await press(world, call, '5')
      await world.run(5_000)
      await press(world, call, '02070000001#')
      expectSum(world)
      await world.run(3_000)
      await press(world, call, '1')
      await world.run(5_000)
      expect(told(world, 'callback.requested')).toMatchObject([
        { number: '+442070000001', queueId: 'support', position: 1, callId: queued?.callId, actor: 'caller' },
      ])
      const [open] = world.engine.callbacks.list()
      expect(open?.enqueuedAt).toBe(queued?.enqueuedAt)
      expect(told(world, 'call.diverted')).toMatchObject([
        { target: 'callback:support', reason: 'callbackAccepted', visitId: queued?.visitId },
      ])
      expect(call.end).toMatchObject({ by: 'peer' })
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'diverted', cause: 'callbackAccepted' }])
      expect(told(world, 'call.abandoned')).toEqual([])
      const record = await world.engine.calls.get(queued?.callId ?? '')
      expect(record?.visits).toMatchObject([{ outcome: 'callbackAccepted' }])
      expectSum(world)
    })
  })

  it('may hang up as soon as it is settled; before that he is one who gave up', async () => {
    await play(centerOf(), async world => {
      const { call } = await world.call('support', patient)
      await world.run(3_000)
      await press(world, call, '5')
      call.hangup()
      await world.run(1_000)
      expect(told(world, 'call.abandoned')).toHaveLength(1)
      expect(world.engine.callbacks.list()).toEqual([])
      const { call: other } = await world.call('support', patient)
      await world.run(3_000)
      await press(world, other, '502070000001#1')
      other.hangup()
      await world.run(1_000)
      expect(told(world, 'call.abandoned')).toHaveLength(1)
      expect(told(world, 'call.ended').at(-1)).toMatchObject({ ending: 'diverted', endedBy: 'customer' })
      expect(world.engine.callbacks.list()).toHaveLength(1)
      expectSum(world)
    })
  })

  it('hears no from a number that may not be called, and waits on', async () => {
    await play(centerOf(), async world => {
      const { call } = await world.call('support', patient)
      await world.run(3_000)
      for (const number of ['5004930000000#', '*21*1#', '09001#']) {
        await press(world, call, number)
        await world.run(5_000)
      }
      await world.run(60_000)
      expect(world.engine.callbacks.list()).toEqual([])
      expect(call.state).toBe('answered')
      expect(world.engine.calls.live()).toMatchObject([{ state: 'queued' }])
      call.hangup()
    })
  })

  it('waits on in his place when another one takes the last room while both are being asked', async () => {
    await play(centerOf({ callback: { offer, maxOpen: 1 } }), async world => {
      const { call: one } = await world.call('support', patient)
      await world.run(500)
      const { call: two } = await world.call('support', patient)
      await world.run(3_000)
      for (const call of [one, two]) await press(world, call, '5')
      await press(world, one, '02070000001#')
      await press(world, two, '02070000002#')
      await world.run(3_000)
      await press(world, two, '1')
      await press(world, one, '1')
      await world.run(10_000)
      expect(told(world, 'callback.requested')).toMatchObject([{ number: '+442070000002' }])
      expect(two.state).toBe('ended')
      const [queued] = told(world, 'call.queued')
      expect(world.engine.calls.live()).toMatchObject([{ callId: queued?.callId, state: 'queued' }])
      expect(told(world, 'call.diverted')).toHaveLength(1)
      expectSum(world)
      // He is the first in line, as he was, and there is nothing that he could be talked into now.
      world.engine.agents.signIn('ada', { availability: 'available' })
      await world.run(5_000)
      expect(told(world, 'call.connected')).toMatchObject([{ callId: queued?.callId, agentId: 'ada' }])
      one.hangup()
    })
  })

  it('who hangs up when there is no room for him any more has given up', async () => {
    await play(centerOf({ callback: { offer, maxOpen: 1 } }), async world => {
      const { call } = await world.call('support', patient, '+442070000001')
      await world.run(3_000)
      await press(world, call, '5')
      world.engine.callbacks.request('support', { number: '+442070000002' })
      call.hangup()
      await world.run(1_000)
      expect(told(world, 'call.abandoned')).toHaveLength(1)
      expect(told(world, 'callback.requested')).toHaveLength(1)
      expectSum(world)
    })
  })

  it('is interrupted by an agent, and talks to him', async () => {
    await play(centerOf(), async world => {
      const { call } = await world.call('support', patient)
      await world.run(3_000)
      await press(world, call, '50207')
      world.engine.agents.signIn('ada', { availability: 'available' })
      await world.run(3_000)
      expect(world.engine.calls.live()).toMatchObject([{ state: 'connected', agentId: 'ada' }])
      await press(world, call, '#1')
      expect(world.engine.callbacks.list()).toEqual([])
      call.hangup()
    })
  })

  it('is asked by an overflow rule, and the next rule comes in its time if he does not want it', async () => {
    const overflow: QueueInput['overflow'] = [
      { afterMs: 5_000, to: { callback: 'support' } },
      { afterMs: 60_000, to: { reject: 486 } },
    ]
    await play(centerOf({ overflow, callback: {} }), async world => {
      const { call } = await world.call('support', patient)
      await world.run(8_000)
      await press(world, call, '02070000001#1')
      await world.run(5_000)
      expect(world.engine.callbacks.list()).toHaveLength(1)
      await world.call('support', patient)
      await world.run(59_000)
      expect(world.engine.calls.live()).toMatchObject([{ state: 'queued' }])
      await world.run(5_000)
      expect(told(world, 'call.rejected')).toMatchObject([{ reason: 'overflow', sipCode: 486 }])
      expectSum(world)
    })
  })
})

describe('a caller who does not wait yet', () => {
  const hours: CenterInput['hours'] = [{ id: 'office', weekly: [{ days: ['sun'], from: '10:00', to: '18:00' }] }]

  it.each([
    [
      'a flow',
      centerOf(
        {},
        {
          numbers: [{ match: 'support', flow: 'main' }],
          flows: [{ id: 'main', steps: [{ callback: 'support' }, { hangup: true }] }],
        },
      ),
    ],
    [
      'a closed number',
      centerOf(
        {},
        { hours, numbers: [{ match: 'support', queue: 'support', hours: 'office', closed: { callback: 'support' } }] },
      ),
    ],
    ['a closed queue', centerOf({ hours: 'office', closed: { callback: 'support' } }, { hours })],
    ['a queue without agents', centerOf({ admission: { noneSignedIn: { callback: 'support' } } })],
  ])('is offered it by %s', async (_what, center) => {
    await play(center, async world => {
      const { call } = await world.call('support', patient)
      await world.run(4_000)
      await press(world, call, '02070000001#1')
      await world.run(5_000)
      expect(world.engine.callbacks.list()).toMatchObject([{ number: '+442070000001', queueId: 'support' }])
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'diverted', cause: 'callbackAccepted' }])
      expectSum(world)
      // Who does not want it goes where he would have gone.
      const { call: other } = await world.call('support', patient)
      await world.run(120_000)
      expect(other.state).toBe('ended')
      expect(told(world, 'call.rejected')).toHaveLength(1)
      expectSum(world)
    })
  })
})

describe('a callback rule that comes due while an agent is being rung', () => {
  const silentPhone = { kind: 'answer', ringAfterMs: 100, afterMs: 600_000, talkMs: null } as const
  const rung: Omit<QueueInput, 'id'> = {
    ringTimeoutMs: 8_000,
    retryExclusionMs: 0,
    offerCooldownMs: 0,
    overflow: [{ afterMs: 5_000, to: { callback: 'support' } }],
  }
  const agents = ['ada', 'bob'].map(id => ({ id, queues: ['support'], alwaysAvailable: true }))

  it('leaves the call in line where nobody can be called back now', async () => {
    await play(centerOf({ ...rung, callback: { maxOpen: 0 } }, { agents }), async world => {
      for (const { id } of agents) world.react(id, silentPhone)
      const { call } = await world.call('support', patient)
      await world.run(30_000)
      expect(told(world, 'offer.created').length).toBeGreaterThan(2)
      expect(call.state).not.toBe('ended')
      call.hangup()
    })
  })

  it('asks the caller, who keeps his place: the next agent is rung, and he may be called back all the same', async () => {
    await play(centerOf({ ...rung, answer: 'immediately', callback: {} }, { agents }), async world => {
      for (const { id } of agents) world.react(id, silentPhone)
      const { call } = await world.call('support', patient)
      await world.run(10_000)
      expect(told(world, 'call.requeued')).toHaveLength(1)
      expect(told(world, 'offer.created')).toHaveLength(2)
      await press(world, call, '02070000001#1')
      await world.run(5_000)
      expect(world.engine.callbacks.list()).toHaveLength(1)
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'diverted', cause: 'callbackAccepted' }])
    })
  })

  it('and who enters a number then is not sent elsewhere by the next rule', async () => {
    const overflow: QueueInput['overflow'] = [
      { afterMs: 5_000, to: { callback: 'support' } },
      { afterMs: 9_000, to: { reject: 486 } },
    ]
    const queue = { ...rung, overflow, ringTimeoutMs: 6_000, callback: {} }
    await play(centerOf(queue), async world => {
      world.react('ada', silentPhone)
      const { call } = await world.call('support', patient)
      await world.run(6_000)
      world.engine.agents.signIn('ada', { availability: 'available' })
      for (const key of '0207000') {
        await world.run(1_000)
        await press(world, call, key)
      }
      expect(told(world, 'call.requeued')).toHaveLength(1)
      expect(told(world, 'call.rejected')).toEqual([])
      await press(world, call, '0001#1')
      await world.run(5_000)
      expect(world.engine.callbacks.list()).toHaveLength(1)
    })
  })
})
