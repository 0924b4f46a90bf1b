/** Callers who are cut off while they wait and call again, through a whole engine on the virtual clock. */
import { expect, it } from 'vitest'
import type { EventData } from '../events.ts'
import { mostRemembered, ReEntries } from '../queues/re-entries.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const
const queued = (world: World) =>
  world.events.filter(({ type }) => type === 'call.queued').map(event => event.data as EventData<'call.queued'>)

async function begin(reentryGraceMs: number, changes: object = {}): Promise<World> {
  return createWorld({
    seed: 5,
    center: {
      countryCode: '44',
      queues: [{ id: 'support', reentryGraceMs, overflow: [{ afterMs: 60_000, to: { reject: 480 } }], ...changes }],
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

it('who is back keeps what his call was worth, recipes included', async () => {
  const recipes = [{ when: { waitedMs: 5_000 }, do: { raisePriority: 20 } }]
  const world = await begin(30_000, { recipes })
  const { call } = await world.call('support', patient, '02079460001')
  await world.run(10_000)
  call.hangup()
  await world.run(1_000)
  await world.call('support', patient, '02079460001')
  await world.run(1_000)
  expect(queued(world).map(({ priority }) => priority)).toEqual([0, 20])
  await world.stop()
})

it('a killed process costs nobody his place: not who had left, and not who was cut off by it', async () => {
  const world = await begin(30_000)
  const { call: left } = await world.call('support', patient, '02079460001')
  await world.call('support', patient, '02079460002')
  await world.call('support', patient, 'anonymous')
  await world.run(40_000)
  left.hangup()
  await world.run(10_000)
  await world.restart()
  await world.run(15_000)
  for (const from of ['02079460001', '02079460002', 'anonymous', '02079460002']) {
    await world.call('support', patient, from)
    await world.run(1_000)
  }
  const [first, second, , ...back] = queued(world)
  expect(back.map(({ resumed = false }) => resumed)).toEqual([true, true, false, false])
  expect(back.slice(0, 2).map(({ enqueuedAt }) => enqueuedAt)).toEqual([first?.enqueuedAt, second?.enqueuedAt])
  await world.stop()
})

it('who comes too late after a killed process begins anew: by the stored deadline, or counted from the restart', async () => {
  const world = await begin(30_000)
  const { call: left } = await world.call('support', patient, '02079460001')
  await world.call('support', patient, '02079460002')
  await world.run(10_000)
  left.hangup()
  await world.run(20_000)
  world.kill()
  await world.run(11_000)
  await world.restart()
  await world.call('support', patient, '02079460001')
  await world.run(31_000)
  await world.call('support', patient, '02079460002')
  await world.run(1_000)
  expect(queued(world).slice(2)).toHaveLength(2)
  for (const again of queued(world).slice(2)) expect(again).not.toHaveProperty('resumed')
  // What is over is kept nowhere.
  expect((await world.store.open()).checkpoints.filter(({ kind }) => kind === 'reEntry')).toEqual([])
  await world.stop()
})

const place = (enqueuedAt: number, untilMs = 10) => ({ enqueuedAt, priority: 0, untilMs })

it('remembers no more than so many, and keeps in the store what it remembers', () => {
  const stored = new Map<string, object>()
  const left = new ReEntries(({ id, state }) => void (state === null ? stored.delete(id) : stored.set(id, state)))
  for (let index = 0; index <= mostRemembered; index++) left.remember('q', String(index), place(index), 5)
  expect(stored.size).toBe(mostRemembered)
  const found = [['q', '0'] as const, ['q', '1'] as const, ['q', '1'] as const, ['p', '2'] as const].map(
    ([queue, number]) => left.take(queue, number, 5)?.enqueuedAt ?? null,
  )
  expect(found).toEqual([null, 1, null, null])
  expect(stored.has('q 1')).toBe(false)
})

it('forgets whose time is over when the next one leaves, and stores no name that is no number', () => {
  const stored: string[] = []
  const left = new ReEntries(({ id, state }) => void stored.push(`${state === null ? '-' : '+'} ${id}`))
  left.remember('q', '1', place(1, 10), 5)
  left.remember('q', 'Ada\0 Byron', place(2, 20), 11)
  expect(stored).toEqual(['+ q 1', '- q 1'])
  expect(left.take('q', 'Ada\0 Byron', 12)).toMatchObject({ enqueuedAt: 2 })
})
