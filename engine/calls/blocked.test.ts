/** Callers of the block list, through a whole engine on the virtual clock: what they hear of it, and who hides his number. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import type { Playback } from '../ports/media.ts'
import { createWorld, engineHost, type World } from '../simulation/world.ts'
import { message, offerSdp, requestText } from '../sip/testing/wire.ts'
import { watchedMedia } from './testing/watched-media.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

/** Everything that a queue could do for a caller, and that a blocked one is not to notice. */
const center: CenterInput = {
  countryCode: '44',
  queues: [
    {
      id: 'nowhere',
      maxWaitMs: 120_000,
      maxWaiting: 1,
      wrapUpMs: 0,
      reentryGraceMs: 60_000,
      announce: { position: true, wait: true, everyMs: 5_000 },
      callback: { offer: { afterMs: 5_000 } },
      overflow: [
        { when: { waiting: { atLeast: 0 } }, to: { queue: 'sales' } },
        { afterMs: 10_000, to: { queue: 'sales' } },
      ],
      recipes: [{ when: { waitedMs: 7_000 }, do: { announce: { say: 'please-hold' } } }],
    },
    { id: 'sales', wrapUpMs: 0 },
  ],
  agents: [{ id: 'ada', queues: ['nowhere', 'sales'], alwaysAvailable: true }],
  numbers: [{ match: 'sales', queue: 'sales' }],
  outbound: [{ prefix: '+44', trunk: 'people' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'], host: '10.1.0.1', trusted: true }],
  blocked: [{ match: '+44900*', to: { queue: 'nowhere' }, note: 'premium' }],
  media: { timeoutMs: 0 },
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

async function play(input: CenterInput, story: (world: World, heard: Playback[]) => Promise<void>): Promise<void> {
  const heard: Playback[] = []
  const media = watchedMedia(session => ({
    play(playback) {
      heard.push(playback)
      session.play(playback)
    },
  }))
  const world = await createWorld({ seed: 5, center: input, media })
  try {
    await story(world, heard)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

describe('a blocked caller in a silent queue', () => {
  it('hears nothing, reaches nobody, and is let go when the longest wait is over', async () => {
    await play(center, async (world, heard) => {
      const { call } = await world.call('sales', patient, '09001234567')
      await world.run(119_000)
      expect(call.state).toBe('answered')
      expect(told(world, 'call.blocked')).toMatchObject([
        { match: '+44900*', target: 'queue:nowhere', note: 'premium' },
      ])
      const [live] = world.engine.calls.live()
      expect(live).toMatchObject({ state: 'queued', visits: [{ queueId: 'nowhere' }] })
      const explained = await world.engine.calls.explain(live?.callId ?? '')
      expect(JSON.stringify(explained)).toContain('on the block list')
      await world.run(2_000)
      expect(heard).toEqual([{ kind: 'music', name: 'silence' }])
      expect(told(world, 'offer.created')).toEqual([])
      expect(told(world, 'call.diverted')).toEqual([])
      expect(told(world, 'call.ended')).toMatchObject([{ ending: 'rejected', cause: 'maxWait' }])
      expect(world.engine.calls.live()).toEqual([])
    })
  })

  it('is in nobody’s way: others find the line as it is without him, and the agent free', async () => {
    await play({ ...center, numbers: [{ match: 'sales', queue: 'nowhere' }] }, async world => {
      for (const from of ['0900123456', '0900123456', '0900123456']) await world.call('sales', patient, from)
      await world.run(1_000)
      expect(world.engine.queues.get('nowhere').metrics.waiting).toBe(0)
      await world.call('sales', patient, '02079460000')
      await world.run(3_000)
      expect(told(world, 'call.connected')).toMatchObject([{ agentId: 'ada' }])
    })
  })

  it('hears ringing, and no more, where the queue does not answer; who leaves has no place to come back to', async () => {
    const [queue, sales] = center.queues ?? []
    const queues = [
      { ...queue, id: 'nowhere', answer: 'with-agent' as const },
      { id: 'sales', ...sales },
    ]
    await play({ ...center, queues }, async (world, heard) => {
      const { call } = await world.call('sales', patient, '0900123456')
      await world.run(30_000)
      expect(call.state).toBe('ringing')
      call.hangup()
      await world.run(1_000)
      expect(told(world, 'call.abandoned')).toMatchObject([{ queueId: 'nowhere', stage: 'queued' }])
      await world.call('sales', patient, '0900123456')
      await world.run(1_000)
      expect(told(world, 'call.queued')[1]).not.toHaveProperty('resumed')
      expect(heard).toEqual([])
    })
  })
})

describe('a caller who withholds his number', () => {
  const asserted = 'P-Asserted-Identity: <sip:+449001234567@carrier.example>'

  async function invite(world: World, headers: readonly string[]): Promise<(number | undefined)[]> {
    const statuses: number[] = []
    const host = '10.1.0.9'
    const socket = await world.network.host(host).bindDatagram(
      { host, port: 5060 },
      {
        onMessage(bytes) {
          const it = message(Buffer.from(bytes).toString())
          if (it.kind === 'response') statuses.push(it.status)
        },
        onError: () => {},
      },
    )
    socket.send(
      requestText({
        method: 'INVITE',
        uri: `sip:sales@${engineHost}`,
        via: `SIP/2.0/UDP ${host}:5060;branch=z9hG4bK-hidden;rport`,
        from: '"Anonymous" <sip:anonymous@anonymous.invalid>',
        headers: [`Contact: <sip:anonymous@${host}>`, 'Privacy: id', ...headers],
        body: offerSdp,
      }),
      { host: engineHost, port: 5060 },
    )
    await world.run(1_000)
    return statuses
  }

  const blocked = [{ match: '+449001234567', note: 'premium' }]

  it('is blocked by what a trusted trunk says of him, and nothing tells his number', async () => {
    await play({ ...center, blocked }, async world => {
      expect(await invite(world, [asserted])).toContain(603)
      expect(told(world, 'call.blocked')).toMatchObject([{ match: 'anonymous', target: 'reject:603' }])
      expect(told(world, 'call.arrived')).toMatchObject([{ ani: { withheld: true, e164: null, raw: 'anonymous' } }])
      expect(JSON.stringify(world.events)).not.toContain('9001234567')
    })
  })

  it('is blocked by neither what an untrusted trunk says, nor an entry for others', async () => {
    const trunks = [{ id: 'people', addresses: ['10.1.0.0/16'], host: '10.1.0.1' }]
    await play({ ...center, trunks, blocked }, async world => {
      expect(await invite(world, [asserted])).not.toContain(603)
    })
    await play({ ...center, blocked: [{ match: '+44901*' }] }, async world => {
      expect(await invite(world, [asserted])).not.toContain(603)
      expect(told(world, 'call.blocked')).toEqual([])
    })
  })

  it('falls under `anonymous` all the same', async () => {
    await play({ ...center, blocked: [{ match: 'anonymous', to: { reject: 433 } }] }, async world => {
      expect(await invite(world, [asserted])).toContain(433)
    })
  })
})
