/** Overload control against a server that can do so much and no more. */
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { OverloadControl } from './overload-control.ts'

/** Parts of a call's work: to let it in, when the agent answers, when it ends; and to send one away, copies and ACK included. */
const parts = { invite: 0.4, answer: 0.3, end: 0.3, refusal: 0.03 }
const answeredAfterMs = 2
const talkMs = 1_000

/** A server that can do `capacityPerSec` calls: messages wait in its socket, one behind the other, and are looked at in turn. */
function serverOf(capacityPerSec: number) {
  const clock = createTestClock(0)
  const told: (string | number)[] = []
  const state = { active: 0, halfOpen: 0, done: 0, lagMs: 0 }
  const socket: { readonly kind: 'invite' | 'answer' | 'end'; readonly at: number }[] = []
  let handledAt = 0
  const control = new OverloadControl({
    clock,
    random: createSeededRandom(1),
    probe: { lagMs: () => state.lagMs, stop: () => told.push('stopped') },
    // What is asked about has come at that time.
    waitedMs: () => clock.now() - handledAt,
    activeCalls: () => state.active,
    halfOpen: () => state.halfOpen,
    onStarted: reason => told.push(reason),
    onEnded: (_durationMs, refused) => told.push(refused),
  })
  const later: { readonly kind: 'answer' | 'end'; readonly at: number }[][] = [[], []]
  let debtMs = 0

  /** @returns how much of a call's work it was */
  function handle(kind: 'invite' | 'answer' | 'end'): number {
    if (kind === 'invite') {
      if (control.ask() !== null) return parts.refusal
      later[0]?.push({ kind: 'answer', at: clock.now() + answeredAfterMs })
    } else if (kind === 'answer') later[1]?.push({ kind: 'end', at: clock.now() + talkMs })
    else state.done++
    return parts[kind]
  }

  /** A millisecond of the server's time, less what it has spent in advance. */
  function work(): void {
    for (const queue of later) {
      while ((queue[0]?.at ?? Number.POSITIVE_INFINITY) <= clock.now()) socket.push(...queue.splice(0, 1))
    }
    debtMs -= 1
    while (debtMs < 0) {
      const next = socket.shift()
      if (next === undefined) {
        debtMs = 0
        return
      }
      handledAt = next.at
      waitedMs = Math.max(waitedMs, clock.now() - next.at)
      debtMs += (handle(next.kind) * 1000) / capacityPerSec
    }
  }
  let waitedMs = 0

  /** Offers calls for so many seconds. @returns what was done and refused, calls per second, and how long a message waited at most */
  function offer(callsPerSec: number, seconds: number) {
    const before = { done: state.done, refused: control.refused }
    waitedMs = 0
    let due = 0
    for (let atMs = 0; atMs < seconds * 1000; atMs++) {
      clock.advance(1)
      for (due += callsPerSec / 1000; due >= 1; due--) socket.push({ kind: 'invite', at: clock.now() })
      work()
    }
    return {
      donePerSec: (state.done - before.done) / seconds,
      refusedPerSec: (control.refused - before.refused) / seconds,
      waitedMs,
    }
  }
  /** It does nothing for so long. */
  function pause(ms: number): void {
    debtMs += ms
  }
  return { clock, control, state, told, offer, pause }
}

describe('overload control', () => {
  it('says how much is too much', () => {
    const { offer, control } = serverOf(400)
    offer(1_200, 20)
    const percents = Array.from({ length: 50 }, () => control.ask()?.lossPercent ?? 0).filter(percent => percent > 0)
    // Two thirds, and a little as those who are sent away cost something, too.
    expect(Math.min(...percents)).toBeGreaterThan(55)
    expect(Math.max(...percents)).toBeLessThan(85)
  })

  it.each([360, 396])('leaves a server of 400 calls/s alone that keeps up with %i', callsPerSec => {
    const { offer, told } = serverOf(400)
    expect(offer(callsPerSec, 60)).toMatchObject({ refusedPerSec: 0 })
    expect(told).toEqual([])
  })

  it('leaves a server alone that catches up after a pause', () => {
    const { offer, told, pause } = serverOf(400)
    for (let second = 0; second < 60; second += 2) {
      pause(120)
      expect(offer(360, 2)).toMatchObject({ refusedPerSec: 0 })
    }
    expect(told).toEqual([])
  })

  it.each([2, 3, 5])('does all it can at %i times the load, and soon nobody waits', times => {
    const { offer, control, told, clock } = serverOf(400)
    offer(200, 10)
    offer(400 * times, 10)
    const held = offer(400 * times, 120)
    // What is left when each of the others has been told.
    const possible = (400 * (1 - times * parts.refusal)) / (1 - parts.refusal)
    expect(held.donePerSec).toBeGreaterThanOrEqual(0.98 * possible)
    expect(held.waitedMs).toBeLessThan(200)
    expect([control.overloaded, told]).toEqual([true, ['load']])
    // It is over within ten seconds of the load's end, and says so once.
    offer(200, 8)
    expect(offer(200, 2)).toEqual({ donePerSec: 200, refusedPerSec: 0, waitedMs: expect.any(Number) })
    expect([control.overloaded, told]).toEqual([false, ['load', expect.any(Number)]])
    control.stop()
    expect(clock.pending).toBe(0)
  })

  it('holds a load that is a little too much', () => {
    const { offer } = serverOf(400)
    offer(420, 20)
    const held = offer(420, 120)
    expect(held.donePerSec).toBeGreaterThanOrEqual(390)
    expect(held.waitedMs).toBeLessThan(300)
  })

  it('is over at half of the load although the thread pauses, as for garbage', () => {
    const { offer, pause, control } = serverOf(400)
    offer(1_200, 30)
    for (let second = 0; second < 10; second += 0.5) {
      pause(60)
      offer(200, 0.5)
    }
    let refusedPerSec = 0
    for (let second = 0; second < 10; second += 0.5) {
      pause(60)
      refusedPerSec += offer(200, 0.5).refusedPerSec
    }
    expect([refusedPerSec, control.overloaded]).toEqual([0, false])
  })

  it('sends calls away while timers are late', () => {
    const { offer, state, told } = serverOf(400)
    offer(100, 5)
    state.lagMs = 101
    offer(100, 1)
    // All but twenty a second.
    expect(Math.round(offer(100, 5).refusedPerSec)).toBe(80)
    state.lagMs = 100
    offer(100, 1)
    expect(offer(100, 10)).toMatchObject({ refusedPerSec: 0 })
    expect(told).toEqual(['load', expect.any(Number)])
  })

  it('does not mind a single bad moment', () => {
    const { offer, control, pause } = serverOf(400)
    offer(100, 10)
    pause(1_000)
    expect(offer(100, 10)).toMatchObject({ refusedPerSec: 0 })
    expect(control.refused).toBe(0)
  })

  it('lets a few in however bad it is', () => {
    const { offer, pause, state } = serverOf(400)
    offer(1_200, 10)
    const { done } = state
    // Never idle: what is left of its time goes to other things.
    for (let ms = 0; ms < 10_000; ms += 100) {
      pause(60)
      offer(4_000, 0.1)
    }
    expect((state.done - done) / 10).toBeGreaterThan(15)
  })

  it('is over when nobody calls any more', () => {
    const { offer, control, told, clock } = serverOf(100)
    offer(300, 20)
    offer(0, 10)
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
