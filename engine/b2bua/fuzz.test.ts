/** Mutated messages at the door (SIP.md §2 rows 2 and 3). Many more of them: `npm run fuzz -- --messages 1000000 --seed 7`. */
import { expect, it } from 'vitest'
import { fuzz } from './testing/fuzz.ts'

const messages = 100_000

it(`${messages} mutated messages over UDP, TCP, TLS and WebSocket do no harm and leave nothing behind`, async () => {
  const report = await fuzz({ messages, seed: 20_261_122 })
  expect(report.faults).toEqual([])
  expect(report.unreadable).toEqual([])
  expect([report.asked, report.answered]).toEqual([messages / 100, messages / 100])
  // It got further than the parser.
  expect(report.calls).toBeGreaterThan(messages / 100)
  expect(report.registered).toBeGreaterThan(0)
  expect(report.plateaus).toHaveLength(messages / 1_000)
  for (const plateau of report.plateaus) expect(plateau).toEqual(report.plateaus[0])
  expect(report.plateaus[0]).toMatchObject({ dialogs: 0, transactions: 0, halfOpen: 0, bindings: 0 })
}, 180_000)
