/** The load of a real thread: idle, and with something to do. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createNodeLoadProbe } from './load-probe.ts'

it('tells a thread that works from one that waits', async () => {
  const probe = createNodeLoadProbe()
  await sleep(300)
  probe.sample()
  // The first interval after a sample only marks where the next one begins.
  await sleep(60)
  for (const until = performance.now() + 400; performance.now() < until; ) {
    // Works.
  }
  await sleep(30)
  const working = probe.sample()
  await sleep(400)
  const waiting = probe.sample()
  expect(working.lagMs).toBeGreaterThan(waiting.lagMs)
  expect(working.busy).toBeGreaterThan(waiting.busy)
  expect(waiting.busy).toBeGreaterThanOrEqual(0)
  probe.stop()
})
