import { expect, it } from 'vitest'
import { silentLogger } from './node/logger.ts'
import type { Expiry } from './ports/store.ts'
import { Retention } from './retention.ts'
import { createTestClock, createWorld } from './simulation/index.ts'
import { createMemoryStore } from './store/memory-store.ts'

const hourMs = 3_600_000

function start(settings = { journalDays: 30, callsDays: 365, voicemailDays: 0 }) {
  const clock = createTestClock(Date.UTC(2031, 4, 6))
  const asked: Expiry[] = []
  const store = {
    pieces: 0,
    fails: false,
    async forget(expiry: Expiry) {
      asked.push(expiry)
      if (store.fails) throw new Error('no store')
      store.pieces -= 1
      return store.pieces > 0
    },
  }
  const messagesBefore: number[] = []
  const retention = new Retention({
    clock,
    logger: silentLogger,
    store,
    async forgetVoicemail(beforeMs) {
      messagesBefore.push(beforeMs)
      return messagesBefore.length === 1
    },
    settings: () => settings,
  })
  return { clock, asked, store, retention, settings, messagesBefore }
}

it('asks once an hour at most, and only when there is a reason to', async () => {
  const { clock, asked, retention } = start()
  retention.consider()
  await clock.advanceAsync(hourMs - 1)
  retention.consider()
  expect(asked).toEqual([{ eventsBefore: '2031-04-06T00:00:00.000Z', callsBefore: '2030-05-06T00:00:00.000Z' }])
  await clock.advanceAsync(hourMs)
  expect([asked.length, clock.pending]).toEqual([1, 0])
  retention.consider()
  expect(asked.length).toBe(2)
})

it('takes it in pieces, with pauses, and stops at once', async () => {
  const { clock, asked, store, retention } = start()
  store.pieces = 10
  retention.consider()
  await clock.advanceAsync(250)
  retention.consider()
  expect(asked.length).toBe(3)
  retention.stop()
  await clock.advanceAsync(hourMs)
  retention.consider()
  expect([asked.length, clock.pending]).toEqual([3, 0])
})

it('keeps for ever what the center says, and outlives a store that fails', async () => {
  const { clock, asked, store, retention, settings } = start({ journalDays: 0, callsDays: 0, voicemailDays: 0 })
  retention.consider()
  expect(asked).toEqual([])
  settings.callsDays = 1
  retention.reconsider()
  store.fails = true
  retention.consider()
  await clock.advanceAsync(hourMs)
  store.fails = false
  retention.consider()
  expect(asked).toEqual([
    { eventsBefore: null, callsBefore: '2031-05-05T00:00:00.000Z' },
    { eventsBefore: null, callsBefore: '2031-05-05T01:00:00.000Z' },
  ])
})

it('deletes messages of callers in pieces, too', async () => {
  const { clock, asked, retention, messagesBefore } = start({ journalDays: 0, callsDays: 0, voicemailDays: 90 })
  retention.consider()
  await clock.advanceAsync(1_000)
  const before = Date.UTC(2031, 4, 6) - 90 * 24 * hourMs
  expect([messagesBefore, asked.length]).toEqual([[before, before], 1])
})

it('leaves an engine with what its center asks for', async () => {
  const store = createMemoryStore()
  const center = {
    queues: [{ id: 'q' }],
    numbers: [{ match: 'q', queue: 'q' }],
    retention: { journalDays: 1, callsDays: 2 },
  }
  const world = await createWorld({ seed: 1, center, store: () => store })
  const callOnce = async () => {
    await world.call('q', { patienceMs: 1_000, talkMs: 0, talkFrom: 'join' })
    await world.run(10_000)
  }
  await callOnce()
  const [old] = await world.engine.calls.ended({ limit: 1 })
  const before = world.engine.journal.cursor()
  await world.run(36 * hourMs)
  await callOnce()
  expect(await world.engine.journal.oldestCursor()).toBe(before + 1)
  expect(await world.engine.calls.get(old?.callId ?? '')).toEqual(old)
  await world.run(24 * hourMs)
  await callOnce()
  expect(await world.engine.calls.get(old?.callId ?? '')).toBeNull()
  await world.stop()
  expect(world.clock.pending).toBe(0)
})
