import { afterEach, describe, expect, it, vi } from 'vitest'
import { createNodeClock } from './clock.ts'

describe('createNodeClock', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells whole milliseconds since the epoch and never goes back', () => {
    const clock = createNodeClock()
    // However long the machine takes between two lines; the system's clock may be set a little while this runs.
    const adjustMs = 5_000
    const before = Date.now()
    const between = clock.now()
    expect(between).toBeGreaterThan(before - adjustMs)
    expect(between).toBeLessThan(Date.now() + adjustMs)
    let last = 0
    for (let i = 0; i < 10_000; i += 1) {
      const now = clock.now()
      expect(Number.isInteger(now) && now >= last).toBe(true)
      last = now
    }
  })

  it('fires an armed timer once and a cleared one never', async () => {
    const clock = createNodeClock()
    const fired: string[] = []
    const cleared = clock.setTimeout(() => fired.push('cleared'), 1)
    clock.clearTimeout(cleared)
    clock.clearTimeout(cleared)
    clock.clearTimeout(undefined)
    await new Promise<void>(resolve => {
      clock.setTimeout(() => fired.push('kept'), 2)
      clock.setTimeout(resolve, 20)
    })
    expect(fired).toEqual(['kept'])
  })

  it('fires at once what is overdue, and nothing warns', async () => {
    const warnings: Error[] = []
    const hear = (warning: Error) => warnings.push(warning)
    process.on('warning', hear)
    await new Promise<void>(resolve => createNodeClock().setTimeout(resolve, -337))
    // A warning is told in a later turn.
    await new Promise<void>(resolve => setImmediate(resolve))
    process.off('warning', hear)
    expect(warnings).toEqual([])
  })

  it('keeps timers that are longer than what Node can arm', () => {
    vi.useFakeTimers()
    const clock = createNodeClock()
    const dayMs = 86_400_000
    let fired = 0
    clock.setTimeout(() => {
      fired += 1
    }, 60 * dayMs)
    const cleared = clock.setTimeout(() => {
      fired += 100
    }, 70 * dayMs)
    vi.advanceTimersByTime(60 * dayMs - 1)
    expect(fired).toBe(0)
    vi.advanceTimersByTime(1)
    expect(fired).toBe(1)
    clock.clearTimeout(cleared)
    vi.advanceTimersByTime(20 * dayMs)
    expect(fired).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
