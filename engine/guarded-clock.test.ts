import { describe, expect, it } from 'vitest'
import { guardedClock } from './guarded-clock.ts'
import { createTestClock } from './simulation/test-clock.ts'

function guarded() {
  const clock = createTestClock(0)
  const faults: string[] = []
  const guard = guardedClock(clock, error => faults.push(`engine: ${error}`))
  return { clock, faults, guard }
}

const broken = () => {
  throw new Error('broken')
}

describe('a guarded clock', () => {
  it('keeps a fault from the event loop, and the other timers going', () => {
    const { clock, faults, guard } = guarded()
    const fired: number[] = []
    guard.setTimeout(broken, 10)
    guard.setTimeout(() => fired.push(guard.now()), 20)
    const gone = guard.setTimeout(broken, 30)
    guard.clearTimeout(gone)
    clock.advance(100)
    expect([faults, fired, clock.pending]).toEqual([['engine: Error: broken'], [20], 0])
  })

  it('tells the nearest owner alone', () => {
    const { clock, faults, guard } = guarded()
    guardedClock(guard, error => faults.push(`call: ${error}`)).setTimeout(broken, 10)
    clock.advance(10)
    expect(faults).toEqual(['call: Error: broken'])
  })
})
