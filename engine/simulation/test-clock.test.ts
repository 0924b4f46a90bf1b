import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from './seeded-random.ts'
import { createTestClock } from './test-clock.ts'

describe('createTestClock', () => {
  it('fires each of the doubling retransmissions at its own time in one advance', () => {
    const clock = createTestClock(0)
    const firedAtMs: number[] = []
    const retransmit = (delayMs: number) => {
      clock.setTimeout(() => {
        firedAtMs.push(clock.now())
        retransmit(delayMs * 2)
      }, delayMs)
    }
    retransmit(500)
    clock.advance(32_000)
    expect(firedAtMs).toEqual([500, 1_500, 3_500, 7_500, 15_500, 31_500])
    expect(clock.now()).toBe(32_000)
    expect(clock.pending).toBe(1)
  })

  it('fires ties in arming order, and what they arm for the same instant after them', () => {
    const clock = createTestClock(0)
    const fired: string[] = []
    clock.setTimeout(() => {
      fired.push('a')
      clock.setTimeout(() => fired.push('d'), 0)
    }, 10)
    clock.setTimeout(() => fired.push('b'), 10)
    clock.setTimeout(() => fired.push('c'), 10)
    clock.setTimeout(() => fired.push('first'), -5)
    clock.advance(10)
    expect(fired).toEqual(['first', 'a', 'b', 'c', 'd'])
  })

  it('fires nothing that was cleared, not even by a timer of the same instant', () => {
    const clock = createTestClock(0)
    const fired: string[] = []
    const later = { handle: undefined as unknown }
    const done = clock.setTimeout(() => {
      fired.push('a')
      clock.clearTimeout(later.handle)
    }, 10)
    later.handle = clock.setTimeout(() => fired.push('b'), 10)
    expect(clock.pending).toBe(2)
    clock.advance(100)
    clock.clearTimeout(done)
    clock.clearTimeout(undefined)
    expect(fired).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })

  it('visits any set of deadlines in order, whatever is cleared and armed meanwhile', () => {
    const plan = fc.array(fc.record({ delayMs: fc.nat(50), clear: fc.boolean(), again: fc.nat(20) }), {
      maxLength: 300,
    })
    fc.assert(
      fc.property(plan, timers => {
        const clock = createTestClock(0)
        const expected: Array<readonly [number, number]> = []
        const fired: Array<readonly [number, number]> = []
        const handles = timers.map(({ delayMs, clear, again }, index) => {
          if (!clear) expected.push([delayMs, index], [delayMs + again, index + 1_000])
          return clock.setTimeout(() => {
            fired.push([clock.now(), index])
            clock.setTimeout(() => fired.push([clock.now(), index + 1_000]), again)
          }, delayMs)
        })
        timers.forEach(({ clear }, index) => {
          if (clear) clock.clearTimeout(handles[index])
        })
        expect(clock.pending).toBe(timers.filter(({ clear }) => !clear).length)
        clock.advance(100)
        const times = fired.map(([atMs]) => atMs)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        const byTime = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0] || a[1] - b[1]
        expect([...fired].sort(byTime)).toEqual([...expected].sort(byTime))
        const first = fired.filter(([, index]) => index < 1_000)
        expect(first).toEqual([...first].sort(byTime))
      }),
    )
  })

  it('lets promises settle between deadlines', async () => {
    const clock = createTestClock(0)
    const steps: string[] = []
    const wait = (ms: number) => new Promise<void>(resolve => clock.setTimeout(resolve, ms))
    const walk = async (name: string) => {
      for (let step = 0; step < 3; step += 1) {
        await wait(10)
        await Promise.resolve()
        steps.push(`${name}${clock.now()}`)
      }
    }
    const walks = [walk('a'), walk('b')]
    await clock.advanceAsync(30)
    expect(steps).toEqual(['a10', 'b10', 'a20', 'b20', 'a30', 'b30'])
    await Promise.all(walks)
  })

  it('lets promises settle before it looks for deadlines', async () => {
    const clock = createTestClock(0)
    const firedAtMs: number[] = []
    Promise.resolve().then(() => clock.setTimeout(() => firedAtMs.push(clock.now()), 0))
    await clock.advanceAsync(0)
    expect(firedAtMs).toEqual([0])
  })

  it('runs until idle, or says that it is not', () => {
    const clock = createTestClock(1_000)
    const tick = () => void clock.setTimeout(tick, 300)
    clock.setTimeout(() => {}, 250)
    expect(clock.runUntilIdle(5_000)).toBe(true)
    expect(clock.now()).toBe(1_250)
    tick()
    expect(clock.runUntilIdle(1_000)).toBe(false)
    expect(clock.now()).toBe(2_250)
  })

  it('throws what a timer throws, and can go on', () => {
    const clock = createTestClock(0)
    const fired: number[] = []
    clock.setTimeout(() => {
      throw new Error('boom')
    }, 5)
    clock.setTimeout(() => fired.push(clock.now()), 7)
    expect(() => clock.advance(10)).toThrow('boom')
    expect(clock.now()).toBe(5)
    clock.advance(5)
    expect(fired).toEqual([7])
    expect(() => clock.setTimeout(() => {}, Number.NaN)).toThrow(RangeError)
  })

  it('refuses to spin on timers that let no time pass', () => {
    const clock = createTestClock(0)
    const spin = () => void clock.setTimeout(spin, 0)
    spin()
    expect(() => clock.advance(1)).toThrow('without time passing')
  })

  it('keeps 100,000 timers cheap, and in order when most were cleared', () => {
    const clock = createTestClock(0)
    const random = createSeededRandom(1)
    const firedAtMs: number[] = []
    const delaysMs = Array.from({ length: 100_000 }, () => random.uint32() % 100_000)
    // Looking through all of them for each one would not be through before the test's time is up.
    const handles = delaysMs.map(delayMs => clock.setTimeout(() => void firedAtMs.push(clock.now()), delayMs))
    handles.forEach((handle, index) => {
      if (index % 4 !== 1) clock.clearTimeout(handle)
    })
    clock.advance(100_000)
    expect(firedAtMs).toEqual(delaysMs.filter((_, index) => index % 4 === 1).sort((a, b) => a - b))
    expect(clock.pending).toBe(0)
  })
})
