/** Where agents sat, and which queues they had joined, through a whole engine that is killed, or stopped, and started again. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { createWorld, type World } from '../simulation/world.ts'
import type { RungPhone } from './agent-phones.ts'
import { AgentPhones } from './agent-phones.ts'

const waits = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'sales', wrapUpMs: 0 }, { id: 'support' }, { id: 'night' }],
  devices: [{ id: 'desk1' }, { id: 'desk2' }],
  agents: [
    { id: 'ada', queues: ['sales', 'support', { id: 'night', signedIn: false }] },
    { id: 'bob', queues: ['sales'] },
    { id: 'eve', queues: ['sales'], alwaysAvailable: true },
  ],
  numbers: [{ match: 'sales', queue: 'sales' }],
  media: { timeoutMs: 0 },
}

async function killed(world: World): Promise<void> {
  // What was said is written with the next group.
  await world.run(100)
  await world.restart()
}

async function stopped(world: World): Promise<void> {
  const stopping = world.engine.stop()
  await world.run(2_000)
  await stopping
  await world.restart()
}

const ways = [
  ['killed', killed],
  ['stopped', stopped],
] as const

async function play(story: (world: World) => Promise<void>, input = center): Promise<void> {
  const world = await createWorld({ seed: 9, center: input })
  try {
    await story(world)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

const sitters = (world: World) => world.engine.devices.list().map(({ agentId }) => agentId)

describe.each(ways)('an engine that was %s', (_way, again) => {
  it('knows which queues agents have joined and left', async () => {
    await play(async world => {
      const { agents } = world.engine
      agents.setQueue('ada', 'support', false)
      agents.setQueue('ada', 'night', true)
      agents.setQueue('bob', 'sales', false)
      agents.setQueue('bob', 'sales', true)
      await again(world)
      expect(world.engine.agents.get('ada')).toMatchObject({ queues: ['sales', 'night'], queuesLeft: ['support'] })
      expect(world.engine.agents.get('bob')).toMatchObject({ queues: ['sales'], queuesLeft: [] })
      world.engine.agents.setQueue('ada', 'support', true)
      await again(world)
      expect(world.engine.agents.get('ada')).toMatchObject({ queuesLeft: [] })
    })
  })

  it('forgets it for queues that the agent has not served in between', async () => {
    await play(async world => {
      world.engine.agents.setQueue('ada', 'support', false)
      const agents = (center.agents ?? []).map(agent => (agent.id === 'ada' ? { ...agent, queues: ['sales'] } : agent))
      await world.engine.applyCenter(world.furnished({ ...center, agents }))
      await again(world)
      await world.engine.applyCenter(world.furnished(center))
      expect(world.engine.agents.get('ada').queuesLeft).toEqual(['night'])
      await world.run(100)
      const { checkpoints } = await world.store.open()
      expect(checkpoints.filter(({ kind }) => kind === 'membership')).toEqual([])
    })
  })

  it('gives an agent his seat back when he signs in, and nobody sits there until then', async () => {
    await play(async world => {
      world.engine.agents.setDevice('ada', 'desk1')
      world.engine.agents.signIn('ada', { availability: 'available' })
      await again(world)
      expect(sitters(world)).toEqual([null, null])
      world.engine.agents.signIn('ada', { availability: 'available' })
      expect(sitters(world)).toEqual(['ada', null])
      expect(world.engine.agents.get('ada')).toMatchObject({ acting: 'desk1', routable: true })
      world.engine.agents.setAvailability('eve', 'notReady')
      await world.call('sales', waits)
      await world.run(3_000)
      const rung = world.events.filter(event => event.type === 'offer.ringing').map(({ data }) => data.device)
      expect(rung).toEqual([expect.stringContaining('desk1@')])
    })
  })

  it('lets anybody else sit down there meanwhile, whatever the center says of occupied phones', async () => {
    await play(async world => {
      world.engine.agents.setDevice('ada', 'desk1')
      world.engine.agents.signIn('ada')
      await again(world)
      world.engine.agents.setDevice('bob', 'desk1')
      expect(sitters(world)).toEqual(['bob', null])
      world.engine.agents.signIn('ada')
      expect(world.engine.agents.get('ada')).toMatchObject({ session: 'online', acting: 'ada' })
      expect(() => world.engine.agents.setDevice('ada', 'desk1')).toThrow(/bob sits at desk1/)
    })
  })

  it('lets him sit down elsewhere, where moving is refused to others', async () => {
    const agentPolicy = { hotDesk: { elsewhere: 'refuse' } } as const
    await play(
      async world => {
        world.engine.agents.setDevice('ada', 'desk1')
        world.engine.agents.signIn('ada')
        await again(world)
        world.engine.agents.setDevice('ada', 'desk2')
        expect(sitters(world)).toEqual([null, 'ada'])
        expect(() => world.engine.agents.setDevice('ada', 'desk1')).toThrow(/sits at desk2/)
      },
      { ...center, agentPolicy },
    )
  })

  it('seats those who are always there at once', async () => {
    await play(async world => {
      world.engine.agents.setDevice('eve', 'desk2')
      await again(world)
      expect(sitters(world)).toEqual([null, 'eve'])
      expect(world.engine.agents.get('eve')).toMatchObject({ acting: 'desk2' })
    })
  })

  it('keeps no seat of who had signed out, nor at a phone that is no more', async () => {
    await play(async world => {
      const { agents } = world.engine
      for (const [agentId, deviceId] of [
        ['ada', 'desk1'],
        ['bob', 'desk2'],
      ] as const) {
        agents.setDevice(agentId, deviceId)
        agents.signIn(agentId)
      }
      agents.signOut('ada')
      await again(world)
      await world.engine.applyCenter(world.furnished({ ...center, devices: [{ id: 'desk1' }] }))
      for (const agentId of ['ada', 'bob']) world.engine.agents.signIn(agentId)
      expect(sitters(world)).toEqual([null])
      expect(world.engine.agents.get('bob').acting).toBe('bob')
      await world.run(100)
      const { checkpoints } = await world.store.open()
      expect(checkpoints.filter(({ kind }) => kind === 'seat')).toEqual([])
    })
  })
})

it('a kept seat is what is rung for its agent, from the beginning and whenever its phone comes', () => {
  const told: unknown[] = []
  const registered = new Set<string>()
  const phoneOf = (id: string) => (registered.has(id) ? ({} as RungPhone) : null)
  const phones = new AgentPhones({
    phones: { phoneOf, phonesOf: id => [phoneOf(id)].filter(phone => phone !== null) },
    hotDesk: () => parseCenter({}).agentPolicy.hotDesk,
    onChange: (agentId, { reachable, acting, isElsewhere }) => told.push([agentId, reachable, acting, isElsewhere]),
    onTakenOver() {},
    onSeat() {},
  })
  phones.restore([['ada', 'desk1']])
  phones.configure(parseCenter({ devices: [{ id: 'desk1' }], agents: [{ id: 'ada', contact: 'sip:ada@10.0.0.2' }] }))
  expect(told.splice(0)).toEqual([['ada', false, null, true]])
  registered.add('desk1')
  phones.accountChanged('desk1', ['sip:desk1@10.0.0.3'])
  expect(told).toEqual([['ada', true, 'desk1', true]])
})
