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
  expect(working.lagMs).toBeGreaterThan(0)
  expect(working.busy).toBeGreaterThan(0)
  // A busy machine keeps an idle thread waiting, too, but not always.
  const waits = async () => {
    await sleep(400)
    const { lagMs, busy } = probe.sample()
    expect(busy).toBeGreaterThanOrEqual(0)
    return lagMs < working.lagMs && busy < working.busy
  }
  await expect.poll(waits).toBe(true)
  probe.stop()
})
