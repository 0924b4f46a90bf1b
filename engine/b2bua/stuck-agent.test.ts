/** Nobody stays on a call with a phone that is gone (issue: no stuck agent), in a whole engine on the test clock. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { createWorld, type World } from '../simulation/index.ts'
import { createToldMedia, type ToldMedia, type ToldSession } from './testing/told-media.ts'

const talkOn = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

function center(answer: 'immediately' | 'with-agent', timeoutMs = 60_000): CenterInput {
  return {
    queues: [{ id: 'support', wrapUpMs: 0, answer }],
    agents: [{ id: 'ada', queues: ['support'], alwaysAvailable: true }],
    numbers: [{ match: 'support', queue: 'support' }],
    media: { mode: 'relay', timeoutMs },
  }
}

interface Talk {
  readonly world: World
  readonly media: ToldMedia
  readonly customer: ToldSession
  readonly agent: ToldSession
  readonly callerHost: string
  readonly callerState: () => string
  readonly ended: () => object | undefined
}

/** A caller and ada, connected. */
async function talking(answer: 'immediately' | 'with-agent' = 'immediately', timeoutMs = 60_000): Promise<Talk> {
  const media = createToldMedia()
  const world = await createWorld({ seed: 1, center: center(answer, timeoutMs), media: () => media })
  const { call, host } = await world.call('support', talkOn)
  await world.run(3_000)
  expect(world.engine.agents.get('ada').slot).toBe('engaged')
  const [first, second] = media.sessions
  if (first === undefined || second === undefined) throw new Error('there is no audio')
  const [customer, agent] = answer === 'immediately' ? [first, second] : [second, first]
  const ended = () => world.events.find(event => event.type === 'call.ended')?.data
  return { world, media, customer, agent, callerHost: host, callerState: () => call.state, ended }
}

const silent = { type: 'silent', silentMs: 30_000 } as const

describe.each(['immediately', 'with-agent'] as const)(
  'an agent’s phone that is gone while the caller talks (%s)',
  answer => {
    it('is found out within the time-out after its silence: the call ends, the agent is free', async () => {
      const { world, agent, callerState, ended } = await talking(answer)
      world.network.partition(world.hostOf('ada'))
      agent.hears(silent)
      await world.run(59_000)
      expect(ended()).toBeUndefined()
      await world.run(1_500)
      expect(ended()).toMatchObject({ ending: 'completed', endedBy: 'system', cause: 'agentDead' })
      expect(callerState()).toBe('ended')
      expect(world.engine.agents.get('ada')).toMatchObject({ slot: 'idle', routable: true })
      await world.stop()
    })

    it('is never found out if nobody looks: this is why it is asked', async () => {
      const { world, ended } = await talking(answer)
      world.network.partition(world.hostOf('ada'))
      await world.run(600_000)
      expect(ended()).toBeUndefined()
      await world.stop()
    })
  },
)

it('a phone that is only mute answers, and talks for hours', async () => {
  const { world, agent, customer, ended } = await talking()
  agent.hears(silent)
  customer.hears(silent)
  await world.run(7_200_000)
  expect(ended()).toBeUndefined()
  await world.stop()
})

it('a phone that is heard again is left in peace, and may be gone for good later', async () => {
  const { world, agent, ended } = await talking()
  agent.hears(silent)
  await world.run(5_000)
  agent.hears({ type: 'heard' })
  world.network.partition(world.hostOf('ada'))
  await world.run(300_000)
  expect(ended()).toBeUndefined()
  agent.hears(silent)
  await world.run(61_000)
  expect(ended()).toMatchObject({ cause: 'agentDead' })
  await world.stop()
})

it('a caller who is gone while the agent talks is found out as well', async () => {
  const { world, customer, callerHost, ended } = await talking()
  world.network.partition(callerHost)
  customer.hears(silent)
  await world.run(61_000)
  expect(ended()).toMatchObject({ ending: 'completed', endedBy: 'system', cause: 'customerDead' })
  expect(world.engine.agents.get('ada')).toMatchObject({ slot: 'idle' })
  await world.stop()
})

it('both silent beyond the time-out end the call at once, as before', async () => {
  const { world, customer, agent, ended } = await talking()
  for (const side of [customer, agent]) side.hears({ type: 'mediaLost', silentMs: 60_000 })
  await world.run(100)
  expect(ended()).toMatchObject({ cause: 'mediaTimeout' })
  await world.stop()
})

it('a phone that vanishes on hold, where no audio tells, is asked every minute', async () => {
  const media = createToldMedia()
  const world = await createWorld({ seed: 2, center: center('immediately'), media: () => media })
  world.react('ada', { kind: 'answer', ringAfterMs: 0, afterMs: 100, talkMs: null, hold: { afterMs: 500, forMs: 1e7 } })
  await world.call('support', talkOn)
  await world.run(3_000)
  expect(world.engine.agents.get('ada').label).toBe('held')
  world.network.partition(world.hostOf('ada'))
  await world.run(130_000)
  expect(world.engine.agents.get('ada')).toMatchObject({ slot: 'idle' })
  await world.stop()
})
