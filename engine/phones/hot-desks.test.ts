/** Agents and their phones through a whole engine on the virtual clock: signing in by phone, several phones, codes. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'answer' } as const
const waits = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [
    { id: 'sales', wrapUpMs: 0, code: '1' },
    {
      id: 'support',
      wrapUpMs: 60_000,
      code: '2',
      wrapUp: { mode: 'untilDisposition', dispositions: ['Sold', 'Lost'] },
    },
  ],
  devices: [{ id: 'desk1' }, { id: 'desk2', autoAnswer: 'call-info' }],
  agents: [
    { id: 'ada', number: '1001', pin: '4711', queues: ['sales', 'support'] },
    { id: 'bob', number: '1002', pin: '0815', queues: ['sales'] },
  ],
  numbers: [
    { match: 'sales', queue: 'sales' },
    { match: 'support', queue: 'support' },
  ],
  media: { timeoutMs: 0 },
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}
const results = (world: World) => told(world, 'call.flow_step_taken').map(({ step, result }) => `${step}: ${result}`)

async function play(input: CenterInput, story: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld({ seed: 9, center: input })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

/** Dials a code at a phone, presses what is to be pressed, and waits until the call is over. */
async function dial(world: World, phone: string, code: string, ...pressed: readonly string[]) {
  const call = await world.phones.get(phone)?.dial(`sip:${encodeURIComponent(code)}@10.0.0.1:5060`, patient)
  if (call === undefined) throw new Error('no such phone')
  for (const digits of pressed) {
    await world.run(500)
    for (const digit of digits) call.press(digit)
  }
  await world.runUntil(() => call.state === 'ended', 60_000)
  return call
}

describe('signing in at a phone', () => {
  it('asks for number and PIN; calls ring there from then on, and the agent’s own phone no more', async () => {
    await play(center, async world => {
      await dial(world, 'desk1', '*11', '1001#', '4711#')
      expect(results(world)).toEqual(['signIn: ada'])
      expect(world.engine.agents.get('ada')).toMatchObject({ session: 'online', reason: 'login', acting: 'desk1' })
      expect(world.engine.devices.list()).toMatchObject([
        { id: 'desk1', agentId: 'ada', reachable: true },
        { id: 'desk2', agentId: null },
      ])
      await dial(world, 'desk1', '*13')
      expect(world.engine.agents.get('ada')).toMatchObject({ routable: true })
      await world.call('sales', waits)
      await world.run(3_000)
      expect(told(world, 'offer.ringing')).toMatchObject([
        { agentId: 'ada', device: expect.stringContaining('desk1@') },
      ])
      expect(told(world, 'call.connected')).toMatchObject([{ agentId: 'ada' }])
      const [session] = told(world, 'agent.session_changed')
      expect(session).toMatchObject({ agentId: 'ada', to: 'online', actor: 'phone:desk1' })
      // A code is answered and over: nobody was refused anything.
      expect(told(world, 'call.ended')[0]).toMatchObject({ ending: 'completed', cause: 'phoneCode' })
      expect(told(world, 'call.arrived')[0]).toMatchObject({ direction: 'internal', fromAgentId: null })
    })
  })

  it('takes the number and the PIN in what is dialled, and tells the PIN nobody', async () => {
    await play(center, async world => {
      await dial(world, 'desk1', '*111001*4711#')
      expect(world.engine.agents.get('ada').acting).toBe('desk1')
      await dial(world, 'desk2', '*11*1002', '0815#')
      expect(world.engine.agents.get('bob').acting).toBe('desk2')
      const everything = JSON.stringify([
        world.events,
        world.engine.center(),
        await world.engine.calls.ended({ limit: 9 }),
      ])
      for (const pin of ['4711', '0815']) expect(everything).not.toContain(pin)
      expect(told(world, 'call.arrived').map(({ dnis }) => dnis)).toEqual(['*111001', '*11*1002'])
    })
  })

  it('asks again after a wrong PIN, and locks the phone after too many; another phone still works', async () => {
    await play({ ...center, agentPolicy: { hotDesk: { maxWrongPins: 4, lockMs: 60_000 } } }, async world => {
      await dial(world, 'desk1', '*111001', '0000#', '1111#', '2222#')
      expect(results(world)).toEqual(['signIn: wrong'])
      expect(world.engine.agents.get('ada').session).toBe('offline')
      await dial(world, 'desk1', '*111001', '3333#')
      expect(told(world, 'security.pin_locked')).toMatchObject([{ what: 'phone', id: 'desk1', failures: 4 }])
      await dial(world, 'desk1', '*111001*4711')
      expect(results(world)).toEqual(['signIn: wrong', 'signIn: locked', 'signIn: locked'])
      await dial(world, 'desk2', '*111001*4711')
      expect(world.engine.agents.get('ada').acting).toBe('desk2')
      await world.run(60_000)
      await dial(world, 'desk1', '*111002*0815')
      expect(world.engine.agents.get('bob').acting).toBe('desk1')
    })
  })

  it('says the same to a number that nobody has', async () => {
    await play(center, async world => {
      await dial(world, 'desk1', '*119999', '4711#', '4711#', '4711#')
      expect(results(world)).toEqual(['signIn: wrong'])
    })
  })

  it('moves an agent who sits elsewhere, and refuses a phone at which somebody sits', async () => {
    await play(center, async world => {
      await dial(world, 'desk1', '*111001*4711')
      await dial(world, 'desk1', '*111002*0815')
      expect(results(world).at(-1)).toBe('signIn: agent.conflict')
      expect(world.engine.agents.get('bob').session).toBe('offline')
      await dial(world, 'desk2', '*111001*4711')
      expect(world.engine.devices.list()).toMatchObject([{ agentId: null }, { agentId: 'ada' }])
    })
  })

  it('takes a phone over, or keeps an agent where he is, if the center says so', async () => {
    const hotDesk = { occupied: 'takeOver', elsewhere: 'refuse' } as const
    await play({ ...center, agentPolicy: { hotDesk } }, async world => {
      await dial(world, 'desk1', '*111001*4711')
      await dial(world, 'desk1', '*111002*0815')
      expect(world.engine.agents.get('ada').session).toBe('offline')
      expect(world.engine.devices.list()).toMatchObject([{ agentId: 'bob' }, { agentId: null }])
      await dial(world, 'desk2', '*111002*0815')
      expect(world.engine.agents.get('bob').acting).toBe('desk1')
    })
  })

  it('ends by a code or on the desk, and leaves the phone to others', async () => {
    await play(center, async world => {
      await dial(world, 'desk1', '*111001*4711')
      await dial(world, 'desk1', '*12')
      expect(world.engine.agents.get('ada')).toMatchObject({ session: 'offline' })
      expect(world.engine.devices.list()[0]).toMatchObject({ agentId: null })
      await dial(world, 'desk1', '*13')
      expect(results(world).at(-1)).toBe('available: nobody is signed in here')
      world.engine.agents.setDevice('bob', 'desk1', { actor: 'user:bob' })
      world.engine.agents.signIn('bob')
      expect(world.engine.devices.list()[0]).toMatchObject({ agentId: 'bob' })
      expect(() => world.engine.agents.setDevice('ada', 'desk1')).toThrow(/sits at/)
      expect(() => world.engine.agents.setDevice('ada', 'bob')).toThrow(/no phone/)
      world.engine.agents.setDevice('bob', null)
      expect(world.engine.agents.get('bob').acting).toBe('bob')
    })
  })

  it('needs no PIN at one’s own phone', async () => {
    await play(center, async world => {
      await dial(world, 'ada', '*11')
      expect(world.engine.agents.get('ada')).toMatchObject({ session: 'online', acting: 'ada' })
      await dial(world, 'bob', '*111001*4711')
      expect(results(world).at(-1)).toBe('signIn: not a phone to sign in at')
    })
  })
})

describe('an agent without any phone', () => {
  it('is made notReady after the time that the center gives him, counted from when it does', async () => {
    await play(center, async world => {
      const larger = { ...center, agents: [...(center.agents ?? []), { id: 'eve', queues: ['sales'] }] }
      await world.engine.applyCenter(larger)
      world.engine.agents.signIn('eve', { availability: 'available' })
      await world.run(120_000)
      expect(world.engine.agents.get('eve')).toMatchObject({ label: 'unreachable', availability: 'available' })
      await world.engine.applyCenter({ ...larger, agentPolicy: { liveness: { notReadyAfterMs: 60_000 } } })
      await world.run(59_000)
      expect(world.engine.agents.get('eve')).toMatchObject({ availability: 'available' })
      await world.run(2_000)
      expect(world.engine.agents.get('eve')).toMatchObject({ availability: 'notReady', reason: 'unreachable' })
    })
  })
})

describe('codes', () => {
  it('change what the agent is, with a reason by digit', async () => {
    await play({ ...center, agentPolicy: { notReadyReasons: ['Tea', 'Lunch'] } }, async world => {
      await dial(world, 'ada', '*11')
      await dial(world, 'ada', '*13')
      expect(world.engine.agents.get('ada').availability).toBe('available')
      await dial(world, 'ada', '*142')
      expect(world.engine.agents.get('ada')).toMatchObject({ availability: 'notReady', reason: 'Lunch' })
      await dial(world, 'ada', '*149')
      expect(results(world).at(-1)).toBe('notReady: request.invalid')
    })
  })

  it('join and leave queues', async () => {
    await play(center, async world => {
      await dial(world, 'ada', '*11')
      await dial(world, 'ada', '*161')
      expect(world.engine.agents.get('ada')).toMatchObject({ queues: ['support'], queuesLeft: ['sales'] })
      await dial(world, 'ada', '*16')
      expect(world.engine.queues.get('support').metrics.agents.signedIn).toBe(0)
      await dial(world, 'ada', '*152')
      expect(world.engine.queues.get('support').metrics.agents.signedIn).toBe(1)
      await dial(world, 'ada', '*157')
      expect(results(world).at(-1)).toBe('joinQueue: queue.unknown')
    })
  })

  it('end a wrap-up with one of its dispositions', async () => {
    await play(center, async world => {
      await dial(world, 'ada', '*11')
      await dial(world, 'ada', '*13')
      const { call } = await world.call('support', waits)
      await world.run(3_000)
      call.hangup()
      await world.run(120_000)
      expect(world.engine.agents.get('ada')).toMatchObject({ slot: 'wrapping', deadline: null })
      await dial(world, 'ada', '*17')
      expect(world.engine.agents.get('ada').slot).toBe('wrapping')
      await dial(world, 'ada', '*172')
      expect(told(world, 'call.wrapup_completed')).toMatchObject([{ by: 'agent', disposition: 'Lost' }])
      expect(world.engine.agents.get('ada').slot).toBe('idle')
    })
  })

  it('are nothing to callers from outside', async () => {
    await play(center, async world => {
      const { call } = await world.call('*11', patient)
      await world.run(1_000)
      expect(call.end).toMatchObject({ status: 404 })
    })
  })
})

describe('several phones of an agent', () => {
  const both: CenterInput = {
    ...center,
    agents: [{ id: 'ada', queues: ['sales'], devices: ['desk1'], ring: 'all' }],
  }

  it('ring together; the one that is answered has the call', async () => {
    await play(both, async world => {
      world.engine.agents.signIn('ada', { availability: 'available' })
      expect(world.engine.agents.get('ada').devices).toHaveLength(2)
      world.react('ada', { kind: 'ignore', ringAfterMs: 100 })
      const { call } = await world.call('sales', waits)
      await world.run(3_000)
      expect(told(world, 'call.connected')).toMatchObject([{ agentId: 'ada' }])
      expect(told(world, 'offer.accepted')).toHaveLength(1)
      call.hangup()
      await world.run(1_000)
      expect(world.engine.agents.get('ada')).toMatchObject({ slot: 'idle', today: { handled: 1, missed: 0 } })
    })
  })

  it('one may be busy; a decline at one speaks for all', async () => {
    await play(both, async world => {
      world.engine.agents.signIn('ada', { availability: 'available' })
      world.react('ada', { kind: 'refuse', ringAfterMs: 100, afterMs: 200, status: 486 })
      const { call } = await world.call('sales', waits)
      await world.run(3_000)
      expect(told(world, 'offer.accepted')).toHaveLength(1)
      call.hangup()
      await world.run(1_000)
      world.react('ada', { kind: 'refuse', ringAfterMs: 100, afterMs: 200, status: 603 })
      await world.call('sales', waits)
      await world.run(900)
      expect(told(world, 'offer.rejected')).toMatchObject([{ agentId: 'ada', reason: 'declined', sipCode: 603 }])
    })
  })

  it('only the acting one rings otherwise: the one that was chosen', async () => {
    await play({ ...both, agents: [{ id: 'ada', queues: ['sales'], devices: ['desk1'] }] }, async world => {
      world.engine.agents.signIn('ada', { availability: 'available' })
      world.engine.agents.setDevice('ada', 'desk1')
      await world.run(100)
      expect(told(world, 'agent.devices_changed').at(-1)).toMatchObject({ agentId: 'ada', acting: 'desk1' })
      world.react('ada', { kind: 'refuse', ringAfterMs: 100, afterMs: 100, status: 603 })
      await world.call('sales', waits)
      await world.run(3_000)
      expect(told(world, 'call.connected')).toHaveLength(1)
    })
  })
})

describe('an agent’s own calls', () => {
  const own: CenterInput = {
    ...center,
    numbers: [
      { match: 'sales', queue: 'sales' },
      { match: 'bob', agent: 'bob' },
    ],
  }

  it.each([true, false])('keep queues away if they count (%s)', async countNonQueueCalls => {
    await play({ ...own, agentPolicy: { countNonQueueCalls } }, async world => {
      world.engine.agents.signIn('ada', { availability: 'available' })
      world.engine.agents.signIn('bob', { availability: 'available' })
      const call = await world.phones.get('ada')?.dial('sip:bob@10.0.0.1:5060', patient)
      await world.run(3_000)
      expect(world.engine.agents.get('ada').routable).toBe(!countNonQueueCalls)
      expect(world.engine.agents.get('bob').routable).toBe(!countNonQueueCalls)
      call?.hangup()
      await world.run(1_000)
      expect(world.engine.agents.get('ada').routable).toBe(true)
      expect(world.engine.agents.get('bob').routable).toBe(true)
    })
  })
})
