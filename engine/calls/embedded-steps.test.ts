/** What an embedder's handler can do as a flow can: look up, offer a callback. Through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { InboundCall, LookupAnswer, LookupReply } from '../api.ts'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World, type WorldOptions } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  countryCode: '44',
  queues: [{ id: 'support' }, { id: 'full', callback: { maxOpen: 0 } }, { id: 'scarce', callback: { maxOpen: 1 } }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [
    { id: 'people', addresses: ['10.1.0.0/16'] },
    { id: 'carrier', addresses: ['10.9.0.1'], host: '10.9.0.1' },
  ],
  outbound: [{ prefix: '+44', trunk: 'carrier' }],
  media: { timeoutMs: 0 },
}

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

async function play(
  handler: (call: InboundCall) => Promise<void>,
  story: (world: World) => Promise<void>,
  options: Pick<WorldOptions, 'lookups'> = {},
): Promise<void> {
  const world = await createWorld({ seed: 5, center, ...options })
  world.engine.onInbound(handler)
  try {
    await story(world)
  } finally {
    for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

describe('a lookup of an embedder', () => {
  it('sets what it is answered, and resolves with it', async () => {
    const replies: LookupReply[] = []
    const handler = async (call: InboundCall) => {
      replies.push(await call.lookup({ function: 'crm' }))
      call.enqueue('support')
    }
    const story = async (world: World) => {
      await world.call('support', patient)
      await world.run(500)
      expect(replies).toMatchObject([{ outcome: 'answered', attributes: { priority: '7' } }])
      expect(told(world, 'call.queued')).toMatchObject([{ priority: 7 }])
      expect(told(world, 'call.attributes_updated')).toMatchObject([{ origin: 'lookup:embedder' }])
    }
    await play(handler, story, { lookups: { crm: () => ({ attributes: { priority: '7' } }) } })
  })

  it('resolves when the engine stops before anything else', async () => {
    const replies: LookupReply[] = []
    const handler = async (call: InboundCall) => {
      replies.push(await call.lookup({ function: 'crm', deadlineMs: 10_000 }))
    }
    const story = async (world: World) => {
      await world.call('support', patient)
      await world.run(500)
      expect(replies).toEqual([])
    }
    await play(handler, story, { lookups: { crm: () => new Promise(() => {}) } })
    expect(replies).toMatchObject([{ outcome: 'failed' }])
  })

  it('resolves at the deadline, and moves a call that waits by then', async () => {
    let answer: (answer: LookupAnswer) => void = () => {}
    const replies: LookupReply[] = []
    const handler = async (call: InboundCall) => {
      replies.push(await call.lookup({ function: 'crm', deadlineMs: 0 }))
      call.enqueue('support')
    }
    const story = async (world: World) => {
      await world.call('support', patient)
      await world.run(500)
      expect(replies).toEqual([{ outcome: 'pending', attributes: {}, matches: [] }])
      answer({ attributes: { priority: '9' } })
      await world.run(100)
      expect(world.engine.calls.live()[0]?.attributes).toEqual({ priority: '9' })
    }
    await play(handler, story, { lookups: { crm: () => new Promise(resolve => (answer = resolve)) } })
  })

  it('is refused where it asks nobody, and after the call is decided', async () => {
    const faults: unknown[] = []
    const keep = (error: unknown) => void faults.push(error)
    const handler = async (call: InboundCall) => {
      await call.lookup({}).catch(keep)
      await call.lookup({ function: 'crm', deadlineMs: -1 }).catch(keep)
      await call.lookup({ function: 'crm', deadlineMs: 0, lateMs: 0 }).catch(keep)
      call.enqueue('support')
      await call.lookup({ function: 'crm' }).catch(keep)
    }
    await play(handler, async world => {
      await world.call('support', patient)
      await world.run(500)
      expect(faults).toMatchObject([
        { code: 'request.invalid' },
        { code: 'request.invalid' },
        { code: 'request.invalid', problems: [{ path: 'lateMs' }] },
        { code: 'call.conflict' },
      ])
    })
  })
})

describe('a callback that an embedder offers', () => {
  const offering =
    (outcomes: string[], queueId = 'support') =>
    async (call: InboundCall) => {
      try {
        const { outcome } = await call.offerCallback(queueId, { priority: 4, requirements: 'billing' })
        outcomes.push(outcome)
        if (outcome === 'declined') call.enqueue('support')
      } catch (error) {
        outcomes.push((error as { code: string }).code)
      }
    }

  it('keeps the place of a caller who accepts it, and lets him go', async () => {
    const outcomes: string[] = []
    await play(offering(outcomes), async world => {
      const { call } = await world.call('support', patient, '+442079460000')
      await world.run(3_000)
      call.press('1')
      await world.run(10_000)
      expect(outcomes).toEqual(['accepted'])
      expect(told(world, 'callback.requested')).toMatchObject([{ number: '+442079460000', priority: 4 }])
      expect(told(world, 'call.queued')).toMatchObject([{ requirements: 'billing' }])
      expect(told(world, 'call.ended')).toMatchObject([{ cause: 'callbackAccepted' }])
    })
  })

  it('has its place only if that can be kept: the queue may fill up while he is asked', async () => {
    const outcomes: string[] = []
    await play(offering(outcomes, 'scarce'), async world => {
      const { call } = await world.call('support', patient, '+442079460000')
      await world.run(3_000)
      world.engine.callbacks.request('scarce', { number: '+442079460001' })
      call.press('1')
      await world.run(10_000)
      expect(outcomes).toEqual(['declined'])
      expect(told(world, 'callback.requested')).toMatchObject([{ number: '+442079460001' }])
      // He goes where the handler sends him.
      expect(told(world, 'call.queued')).toMatchObject([{ queueId: 'support' }])
      call.hangup()
      await world.run(1_000)
      for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    })
  })

  it.each([
    ['declines it by saying nothing', 'support', 60_000, false, ['declined']],
    ['could not be called back', 'full', 1_000, false, ['declined']],
    ['hangs up', 'support', 1_000, true, ['call.conflict']],
    ['is asked for a queue that is not there', 'nowhere', 1_000, false, ['queue.unknown']],
  ])('leaves the call to the handler when its caller %s', async (_, queueId, runMs, hangsUp, expected) => {
    const outcomes: string[] = []
    await play(offering(outcomes, queueId), async world => {
      const { call } = await world.call('support', patient, '+442079460000')
      await world.run(runMs)
      if (hangsUp) call.hangup()
      await world.run(500)
      expect(outcomes).toEqual(expected)
      expect(told(world, 'callback.requested')).toEqual([])
    })
  })
})

describe('a callback that somebody asks for', () => {
  it('keeps the place of the call that waits, or of whom began to wait then', async () => {
    await play(
      async call => call.enqueue('support'),
      async world => {
        await world.call('support', patient)
        await world.run(30_000)
        const [{ callId, enqueuedAt } = { callId: '', enqueuedAt: '' }] = told(world, 'call.queued')
        const request = world.engine.callbacks.request
        expect(request('support', { number: '+442070000001', callId })).toMatchObject({ callId, enqueuedAt })
        const then = new Date(world.clock.now() - 60_000).toISOString()
        const earlier = request('support', { number: '+442070000002', callId, enqueuedAt: then })
        expect(earlier).toMatchObject({ enqueuedAt: then, position: 1 })
        const now = new Date(world.clock.now()).toISOString()
        expect(request('support', { number: '+442070000003', callId: 'gone' })).toMatchObject({ enqueuedAt: now })
        const soon = new Date(world.clock.now() + 1_000).toISOString()
        for (const wrong of [soon, 'then'])
          expect(() => request('support', { number: '+442070000004', enqueuedAt: wrong })).toThrow(
            expect.objectContaining({ problems: [expect.objectContaining({ path: 'enqueuedAt' })] }),
          )
      },
    )
  })
})
