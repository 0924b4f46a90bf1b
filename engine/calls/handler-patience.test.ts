/** An embedder's handler that does not decide: the numbers do, in time. Through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { InboundCall } from '../api.ts'
import type { CenterInput } from '../config.ts'
import type { EventData } from '../events.ts'
import { silentLogger } from '../node/logger.ts'
import type { Logger } from '../ports/logger.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

const center: CenterInput = {
  queues: [{ id: 'support' }, { id: 'sales' }],
  numbers: [{ match: 'support', queue: 'support' }],
  media: { timeoutMs: 0 },
}

const queues = (world: World) =>
  world.events.flatMap(({ type, data }) => (type === 'call.queued' ? [(data as EventData<'call.queued'>).queueId] : []))

async function play(
  handler: (call: InboundCall) => Promise<void>,
  story: (world: World, errors: readonly string[]) => Promise<void>,
  inboundDeadlineMs?: number,
): Promise<void> {
  const errors: string[] = []
  const logger: Logger = { ...silentLogger, error: (_fields: object, words: string) => void errors.push(words) }
  const deadline = inboundDeadlineMs === undefined ? {} : { inboundDeadlineMs }
  const world = await createWorld({ seed: 5, center, logger, ...deadline })
  world.engine.onInbound(handler)
  try {
    await story(world, errors)
  } finally {
    await world.stop()
  }
  expect(world.clock.pending).toBe(0)
}

const never = () => new Promise<void>(() => {})

describe('a handler that never decides', () => {
  it('leaves the call to the numbers after five seconds, and the log says so', async () => {
    await play(never, async (world, errors) => {
      await world.call('support', patient)
      await world.run(4_900)
      expect(queues(world)).toEqual([])
      await world.run(200)
      expect(queues(world)).toEqual(['support'])
      expect(errors).toEqual(['the onInbound handler has not decided in time: the numbers do'])
    })
  })

  it('or after the time that the embedder says; a number that leads nowhere is refused', async () => {
    await play(
      never,
      async world => {
        const { call } = await world.call('nobody', patient)
        await world.run(1_100)
        expect(call.end).toMatchObject({ status: 404 })
      },
      1_000,
    )
  })

  it('keeps nothing of a caller who has left, and of an engine that stops', async () => {
    await play(never, async (world, errors) => {
      const { call } = await world.call('support', patient)
      await world.run(1_000)
      call.hangup()
      await world.run(10_000)
      expect(queues(world)).toEqual([])
      expect(errors).toEqual([])
      await world.call('support', patient)
      await world.run(1_000)
    })
  })
})

it('what it says too late is ignored', async () => {
  let decide = () => {}
  const handler = async (call: InboundCall) => {
    await new Promise<void>(resolve => {
      decide = resolve
    })
    call.enqueue('sales')
  }
  await play(handler, async (world, errors) => {
    await world.call('support', patient)
    await world.run(6_000)
    decide()
    await world.run(1_000)
    expect(queues(world)).toEqual(['support'])
    expect(errors).toHaveLength(1)
  })
})

it('what it waits for itself, as a menu, does not count, and its time begins anew after each', async () => {
  const handler = async (call: InboundCall) => {
    await call.say('welcome')
    await call.gather({ timeoutMs: 9_000, tries: 1 })
    await never()
  }
  await play(handler, async (world, errors) => {
    await world.call('support', patient)
    await world.run(14_000)
    expect(errors).toEqual([])
    await world.run(2_000)
    expect(errors).toHaveLength(1)
    expect(queues(world)).toEqual(['support'])
  })
})

it('a time that is none is refused', async () => {
  await expect(createWorld({ seed: 1, center, inboundDeadlineMs: 0 })).rejects.toThrow('inboundDeadlineMs')
})
