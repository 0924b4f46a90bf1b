/** A fault in what a lookup's answer sets off, through a whole engine on the virtual clock: it is that call's alone (SIP.md §2 row 12). */
import { expect, it } from 'vitest'
import type { LookupAnswer } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import { createWorld } from '../simulation/world.ts'

const center: CenterInput = {
  queues: [{ id: 'support' }],
  flows: [
    {
      id: 'main',
      steps: [{ lookup: { function: 'crm', deadlineMs: 500 } }, { say: 'welcome' }, { enqueue: 'support' }],
    },
  ],
  numbers: [{ match: 'main', flow: 'main' }],
  media: { timeoutMs: 0 },
}

it.each<[string, () => Promise<LookupAnswer>]>([
  ['an answer', async () => ({ attributes: { tier: 'gold' } })],
  ['a failure', () => Promise.reject(new Error('no such table'))],
  ['the deadline', () => new Promise(() => {})],
])('a fault in the step after %s ends the call, and no other', async (_, crm) => {
  let isBroken = false
  const world = await createWorld({
    seed: 5,
    center,
    lookups: { crm },
    media({ clock }) {
      const hasPrompt = () => {
        if (isBroken) throw new Error('the prompts are gone')
        return true
      }
      return { ...createSilentMedia({ clock }), hasPrompt }
    },
  })
  const plan = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const
  const { call: other } = await world.call('main', plan)
  await world.run(3_000)
  isBroken = true
  const { call } = await world.call('main', plan)
  await world.run(3_000)
  expect([other.end, other.state]).toEqual([null, 'answered'])
  expect(call.end).toMatchObject({ by: 'peer' })
  expect(world.events.filter(({ type }) => type === 'call.ended')).toMatchObject([{ data: { cause: 'fault' } }])
  other.hangup()
  await world.run(40_000)
  expect(world.engine.counters()).toMatchObject({ callsActive: 0, rtpSessions: 0 })
  await world.stop()
  expect(world.clock.pending).toBe(0)
})
