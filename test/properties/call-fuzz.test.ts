/** A part of `npm run fuzz`: mutated calls against a whole engine (SIP.md §2 rows 2 and 3). */
import { expect, it } from 'vitest'
import { fuzzCalls } from '../fuzz/call-fuzz.ts'

const messages = 10_000

it(`${messages} mutated messages of calls do no harm and leave nothing behind`, { timeout: 900_000 }, async () => {
  const { faults, unreadable, plateaus, reached } = await fuzzCalls({ messages, seed: 20_261_129 })
  expect(faults).toEqual([])
  expect(unreadable).toEqual([])
  const nothing = { calls: 0, dialogs: 0, transactions: 0, rtpSessions: 0, agentsAtWork: 0, outside: 0, timers: 0 }
  for (const plateau of plateaus) expect(plateau).toEqual(nothing)
  // It got into the calls: talks, transfers, outside numbers, offers that were refused for their session description or their moment.
  for (const what of ['call.connected', 'call.transferred', 'call.outside_dialled', '202', '488', '491'])
    expect([what, (reached[what] ?? 0) > 0]).toEqual([what, true])
})
