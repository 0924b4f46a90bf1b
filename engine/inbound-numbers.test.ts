/** What was dialled, however it was written, leads to the entry of the center: through a whole engine on the virtual clock. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from './config.ts'
import type { EventData } from './events.ts'
import { createWorld } from './simulation/world.ts'

const queues = ['london', 'britain', 'desk', 'others', 'exact'].map(id => ({ id }))

async function queueOf(dialled: string, input: CenterInput): Promise<string | number | null> {
  const world = await createWorld({ seed: 1, center: { queues, media: { timeoutMs: 0 }, ...input } })
  const { call } = await world.call(dialled, { patienceMs: 500, talkMs: null, talkFrom: 'join' })
  await world.run(1_000)
  const queued = world.events.find(({ type }) => type === 'call.queued')?.data as EventData<'call.queued'> | undefined
  const status = call.end?.status ?? null
  await world.stop()
  return queued?.queueId ?? status
}

const written = ['+442079460000', '02079460000', '00442079460000', '+44-20-7946-0000', '+44(20)7946.0000']

describe('what was dialled', () => {
  it.each(written)('%s is found by the beginning of its number', async dialled => {
    const numbers = [
      { match: '+44*', queue: 'britain' },
      { match: '+4420*', queue: 'london' },
    ]
    expect(await queueOf(dialled, { countryCode: '44', numbers })).toBe('london')
  })

  it.each(written)('%s is found by its whole number, and what matches everything comes last', async dialled => {
    const numbers = [
      { match: '*', queue: 'others' },
      { match: '+4420*', queue: 'london' },
      { match: '+442079460000', queue: 'exact' },
    ]
    expect(await queueOf(dialled, { countryCode: '44', numbers })).toBe('exact')
    expect(await queueOf(dialled, { countryCode: '44', numbers: numbers.slice(0, 2) })).toBe('london')
    expect(await queueOf(dialled, { countryCode: '44', numbers: numbers.slice(0, 1) })).toBe('others')
  })

  it('is looked up as it was dialled first', async () => {
    const numbers = [
      { match: '+4420*', queue: 'london' },
      { match: '020*', queue: 'desk' },
    ]
    expect(await queueOf('02079460000', { countryCode: '44', numbers })).toBe('desk')
  })

  it('leads nowhere where it is another number', async () => {
    const numbers = [{ match: '+4420*', queue: 'london' }]
    expect(await queueOf('01619460000', { countryCode: '44', numbers })).toBe(404)
    expect(await queueOf('02079460000', { numbers })).toBe(404)
  })

  it('is a national number in North America, too', async () => {
    const numbers = [{ match: '+1212*', queue: 'desk' }]
    expect(await queueOf('2125551234', { countryCode: '1', numbers })).toBe('desk')
    expect(await queueOf('12125551234', { countryCode: '1', numbers })).toBe('desk')
  })
})

it('knows a caller by the national number that his carrier sends: on the block list, and on the screen', async () => {
  const world = await createWorld({
    seed: 1,
    center: {
      queues,
      countryCode: '1',
      numbers: [{ match: 'desk', queue: 'desk' }],
      blocked: [{ match: '+1212*' }],
      media: { timeoutMs: 0 },
    },
  })
  const plan = { patienceMs: 500, talkMs: null, talkFrom: 'join' } as const
  const { call } = await world.call('desk', plan, '2125551234')
  await world.run(1_000)
  expect(call.end).toMatchObject({ status: 603 })
  expect(world.events.find(({ type }) => type === 'call.arrived')?.data).toMatchObject({
    ani: { e164: '+12125551234', raw: '2125551234' },
  })
  await world.stop()
})
