/** Callers who are cut off while they wait and call again, through a whole engine on the virtual clock. */
import { expect, it } from 'vitest'
import type { EventData } from '../events.ts'
import { mostRemembered, ReEntries } from '../queues/re-entries.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const
const queued = (world: World) =>
  world.events.filter(({ type }) => type === 'call.queued').map(event => event.data as EventData<'call.queued'>)

async function begin(reentryGraceMs: number): Promise<World> {
  return createWorld({
    seed: 5,
    center: {
      countryCode: '44',
      queues: [{ id: 'support', reentryGraceMs, overflow: [{ afterMs: 60_000, to: { reject: 480 } }] }],
      numbers: [{ match: 'support', queue: 'support' }],
      media: { timeoutMs: 0 },
    },
  })
}

it('who is back in time has the old place, once, and is not sent away for the time before', async () => {
  const world = await begin(30_000)
  const { call } = await world.call('support', patient, '02079460001')
  await world.run(1_000)
  await world.call('support', patient, '02079460002')
  await world.run(49_000)
  call.hangup()
  await world.run(5_000)
  await world.call('support', patient, '+442079460001')
  await world.run(1_000)
  await world.call('support', patient, '02079460001')
  await world.run(1_000)
  const [first, , back, again] = queued(world)
  expect(back).toMatchObject({ resumed: true, position: 1, enqueuedAt: first?.enqueuedAt })
  expect(again).not.toHaveProperty('resumed')
  expect(again?.position).toBe(3)
  await world.run(20_000)
  expect(world.engine.calls.live().map(({ visits }) => visits[0]?.resumed === true)).toEqual([true, false])
  await world.stop()
})

it('who is late, who calls where there is no grace, and who withholds his number begins anew', async () => {
  for (const [graceMs, from, awayMs] of [
    [30_000, '02079460001', 31_000],
    [0, '02079460001', 1_000],
    [30_000, 'anonymous', 1_000],
  ] as const) {
    const world = await begin(graceMs)
    const { call } = await world.call('support', patient, from)
    await world.run(10_000)
    call.hangup()
    await world.run(awayMs)
    await world.call('support', patient, from)
    await world.run(1_000)
    expect(queued(world)).toHaveLength(2)
    expect(queued(world)[1]).not.toHaveProperty('resumed')
    await world.stop()
  }
})

it('remembers no more than so many', () => {
  const left = new ReEntries()
  for (let index = 0; index <= mostRemembered; index++) left.remember('q', String(index), index, 10)
  expect([left.take('q', '0', 5), left.take('q', '1', 5), left.take('q', '1', 5), left.take('p', '2', 5)]).toEqual([
    null,
    1,
    null,
    null,
  ])
})
