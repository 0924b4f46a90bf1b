/** Changes of the definition that come at once: each begins from what the one before it has made. */
import { expect, it } from 'vitest'
import type { CenterConfig } from '../engine/config.ts'
import { createCenterKeeper } from './center-keeper.ts'
import { createFakeEngine } from './testing/fake-engine.ts'
import { createManualClock } from './testing/manual-clock.ts'

const withQueue = (id: string) => (center: CenterConfig) => ({ ...center, queues: [...center.queues, { id }] })

it('lets a change wait for the one before it, also for one that fails', async () => {
  const engine = createFakeEngine({ clock: createManualClock(), center: {} })
  const doors: (() => void)[] = []
  const agentAccounts = {
    check: () => new Promise<void>(resolve => doors.push(resolve)),
    follow: async () => undefined,
    settle: async () => undefined,
  }
  const keeper = createCenterKeeper(engine, agentAccounts)
  const by = { actor: 'user:root' }
  const first = keeper.change(withQueue('a'), by)
  const refused = keeper.change(() => {
    throw new Error('no')
  }, by)
  const second = keeper.change(withQueue('b'), by)
  await expect.poll(() => doors.length).toBe(1)
  doors[0]?.()
  await first
  await expect(refused).rejects.toThrow('no')
  await expect.poll(() => doors.length).toBe(2)
  doors[1]?.()
  await second
  expect(engine.center().queues.map(({ id }) => id)).toEqual(['a', 'b'])
})
