/** A tenth of `npm run soak`: memory flat, every call accounted for, nothing left. */
import { expect, test } from 'vitest'
import { createCollector } from '../bench/garbage.ts'
import { type Plateau, soak } from '../bench/soak.ts'

const callsEach = 4_000

test('20,000 calls leave nothing behind', { timeout: 180_000 }, async () => {
  const [first, ...others] = await soak({ plateaus: 5, callsEach, collectGarbage: createCollector() })
  const whole = { calls: callsEach, answered: callsEach, completed: callsEach }
  const nothing = { dialogs: 0, transactions: 0, activeCalls: 0 }
  for (const plateau of [first, ...others]) expect(plateau).toMatchObject({ ...whole, ...nothing })
  expect(others.map(({ timers }) => timers)).toEqual(others.map(() => first?.timers))
  // The first plateau pays for what is made once. A byte per call would be a hundredth of what is allowed here.
  const quiet = others.map(({ heapBytes }) => heapBytes)
  expect((quiet.at(-1) ?? 0) - (quiet[0] ?? 0)).toBeLessThan(4 * 2 ** 20)
  // What a call leaves until its transactions have had their 32 s (RFC 3261 §17): the messages' texts, not the call.
  const afterlife = (plateau: Plateau) => (plateau.heapBusyBytes - plateau.heapBytes) / callsEach
  expect(Math.max(...others.map(afterlife))).toBeLessThan(16 * 1024)
})
