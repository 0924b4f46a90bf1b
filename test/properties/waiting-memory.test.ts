/** What DESIGN §8 allows a call that waits, without media: what a call keeps is seen in no other test. */
import { expect, test } from 'vitest'
import { measureWaiting } from '../bench/waiting.ts'

/** DESIGN §8 says 10. What is measured is about a KiB below this: it varies by a quarter of one. */
const mostKib = 9

test(`a call that waits costs ${mostKib} KiB of the engine's memory at most`, { timeout: 120_000 }, async () => {
  const [figure] = await measureWaiting([5_000])
  expect(figure?.kibEach).toBeLessThan(mostKib)
  // Less than what is known to be kept would mean that nothing was measured.
  expect(figure?.kibEach).toBeGreaterThan(3)
})
