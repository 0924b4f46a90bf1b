/** The load of a real thread: idle, and with something to do. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createNodeLoadProbe } from './load-probe.ts'

it('tells a thread that works from one that waits', async () => {
  const probe = createNodeLoadProbe()
  await sleep(300)
  probe.lagMs()
  // The first interval after a look only marks where the next one begins.
  await sleep(60)
  for (const until = performance.now() + 400; performance.now() < until; ) {
    // Works.
  }
  await sleep(30)
  const workingMs = probe.lagMs()
  expect(workingMs).toBeGreaterThan(0)
  // A busy machine keeps an idle thread waiting, too, but not always.
  const waits = async () => {
    await sleep(400)
    return probe.lagMs() < workingMs
  }
  await expect.poll(waits).toBe(true)
  probe.stop()
})
