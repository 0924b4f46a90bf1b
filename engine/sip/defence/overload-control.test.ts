/** Overload control against a server that can do so much and no more. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { OverloadControl } from './overload-control.ts'

/** A server that completes `capacityPerSec` calls; what it takes beyond waits, and makes its timers late. */
function serverOf(capacityPerSec: number) {
  const clock = createTestClock(0)
  const told: (string | number)[] = []
  const state = { waiting: 0, done: 0, worked: 0, sampledAt: 0, active: 0, halfOpen: 0 }
  const control = new OverloadControl({
    clock,
    random: createSeededRandom(1),
    probe: {
      sample() {
        const elapsedSec = Math.max(0.001, (clock.now() - state.sampledAt) / 1000)
        const busy = Math.min(1, state.worked / (capacityPerSec * elapsedSec))
        state.sampledAt = clock.now()
        state.worked = 0
        return { lagMs: 0, busy }
      },
      stop: () => told.push('stopped'),
    },
    activeCalls: () => state.active,
    halfOpen: () => state.halfOpen,
    onStarted: reason => told.push(reason),
    onEnded: (_durationMs, refused) => told.push(refused),
  })

  /** Offers calls for so many seconds. @returns what was done and refused, calls per second, and how long one waited at most */
  function offer(callsPerSec: number, seconds: number) {
    const before = { done: state.done, refused: control.refused }
    let longestWaitMs = 0
    const stepMs = 5
    let due = 0
    let canDo = 0
    for (let atMs = 0; atMs < seconds * 1000; atMs += stepMs) {
      clock.advance(stepMs)
      for (due += (callsPerSec * stepMs) / 1000; due >= 1; due--) if (control.ask() === null) state.waiting++
      canDo = Math.min(1, canDo) + (capacityPerSec * stepMs) / 1000
      for (; canDo >= 1 && state.waiting > 0; canDo--) {
        state.waiting--
        state.done++
        state.worked++
      }
      longestWaitMs = Math.max(longestWaitMs, (state.waiting / capacityPerSec) * 1000)
    }
    return {
      donePerSec: (state.done - before.done) / seconds,
      refusedPerSec: (control.refused - before.refused) / seconds,
      longestWaitMs,
    }
  }
  return { clock, control, state, told, offer }
}

describe('overload control', () => {
  it('says how much is too much', () => {
    const { offer, control } = serverOf(400)
    offer(1_200, 20)
    // Two thirds, and a little as it keeps below what the server can do.
    const percents = Array.from({ length: 50 }, () => control.ask()?.lossPercent ?? 0).filter(percent => percent > 0)
    expect(Math.min(...percents)).toBeGreaterThan(55)
    expect(Math.max(...percents)).toBeLessThan(85)
  })

  it('leaves a server alone that keeps up', () => {
    const { offer, told } = serverOf(400)
    expect(offer(380, 60)).toMatchObject({ refusedPerSec: 0 })
    expect(told).toEqual([])
  })

  it('holds the goodput at three times the load, and soon nobody waits', () => {
    const { offer, control, told, clock } = serverOf(400)
    offer(200, 10)
    offer(1_200, 10)
    const held = offer(1_200, 600)
    expect(held.donePerSec).toBeGreaterThanOrEqual(360)
    expect(held.longestWaitMs).toBeLessThan(500)
    expect([control.overloaded, told]).toEqual([true, ['load']])
    // It is over within ten seconds of the load's end, and says so once.
    offer(200, 8)
    expect(offer(200, 2)).toEqual({ donePerSec: 200, refusedPerSec: 0, longestWaitMs: expect.any(Number) })
    expect([control.overloaded, told]).toEqual([false, ['load', expect.any(Number)]])
    control.stop()
    expect(clock.pending).toBe(0)
  })

  it('does not mind a single bad moment', () => {
    const { offer, control, state } = serverOf(400)
    offer(100, 10)
    state.worked += 1_000
    expect(offer(100, 10)).toMatchObject({ refusedPerSec: 0 })
    expect(control.refused).toBe(0)
  })

  it('is over when nobody calls any more', () => {
    const { offer, control, told, clock } = serverOf(100)
    offer(300, 20)
    clock.advance(10_000)
    expect([control.overloaded, told.length, clock.pending]).toEqual([false, 2, 0])
    expect(offer(90, 10)).toMatchObject({ refusedPerSec: 0 })
  })

  it.each([
    ['active', 'calls'],
    ['halfOpen', 'halfOpen'],
  ] as const)('refuses at the bound of %s, and not below', (what, reason) => {
    const { control, state, told, clock } = serverOf(100)
    control.configure({ maxCalls: 5, maxHalfOpen: 5, maxLagMs: 100 })
    state[what] = 4
    expect(control.ask()).toBeNull()
    state[what] = 5
    const times = Array.from({ length: 200 }, () => control.ask()?.retryAfterSec)
    expect(new Set(times).size).toBeGreaterThan(5)
    for (const time of times) {
      expect(time).toBeGreaterThanOrEqual(5)
      expect(time).toBeLessThanOrEqual(15)
    }
    state[what] = 4
    expect(control.ask()).toBeNull()
    clock.advance(5_000)
    expect(told).toEqual([reason, 200])
  })
})
