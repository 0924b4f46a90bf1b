import { beforeEach, describe, expect, it } from 'vitest'
import { createTestClock, type TestClock } from './simulation/test-clock.ts'
import { type TimerOwner, TimerQueue } from './timer-queue.ts'

let clock: TestClock
let fired: string[]
let faults: unknown[]
let queue: TimerQueue<string>

beforeEach(() => {
  clock = createTestClock()
  fired = []
  faults = []
  queue = new TimerQueue(clock, error => faults.push(error))
})

const owner = (id: string): TimerOwner<string> => ({
  onTimer: name => fired.push(`${id}.${name}@${clock.now() - start}`),
})
let start = 0
beforeEach(() => {
  start = clock.now()
})

describe('a timer queue', () => {
  it('fires each timer at its own time, whatever its length', () => {
    queue.arm(owner('a'), 'x', 500)
    clock.advance(100)
    queue.arm(owner('b'), 'x', 500)
    queue.arm(owner('c'), 'y', 50)
    clock.advance(1_000)
    expect(fired).toEqual(['c.y@150', 'a.x@500', 'b.x@600'])
  })

  it('fires those together that are due in close succession, late by a 64th of their length at most', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      queue.arm(owner(id), 'x', 32_000)
      clock.advance(200)
    }
    clock.advance(40_000)
    expect(fired).toEqual(['a.x@32000', 'b.x@32500', 'c.x@32500', 'd.x@33000', 'e.x@33000'])
  })

  it('takes one timer of the clock for all of a length, and none when nothing is armed', () => {
    const timers = ['a', 'b', 'c'].map(id => queue.arm(owner(id), 'x', 500))
    expect(clock.pending).toBe(1)
    for (const timer of timers) queue.disarm(timer)
    expect(clock.pending).toBe(0)
    clock.advance(1_000)
    expect(fired).toEqual([])
  })

  it.each([0, 1, 2])('goes on without number %i of three', index => {
    const ids = ['a', 'b', 'c']
    const timers = ids.map(id => queue.arm(owner(id), 'x', 500))
    queue.disarm(timers[index] as (typeof timers)[number])
    clock.advance(500)
    expect(fired).toEqual(ids.filter((_, i) => i !== index).map(id => `${id}.x@500`))
    expect(clock.pending).toBe(0)
  })

  it('does nothing when one is disarmed that has fired', () => {
    const gone = queue.arm(owner('a'), 'x', 500)
    clock.advance(500)
    queue.arm(owner('b'), 'x', 500)
    queue.disarm(gone)
    clock.advance(500)
    expect(fired).toEqual(['a.x@500', 'b.x@1000'])
  })

  it('lets an owner arm and disarm while timers fire', () => {
    const c = { timer: queue.arm(owner('never'), 'x', 900) }
    queue.arm(
      {
        onTimer() {
          fired.push('a')
          queue.arm(owner('again'), 'x', 500)
          queue.disarm(c.timer)
        },
      },
      'x',
      500,
    )
    c.timer = queue.arm(owner('c'), 'x', 500)
    clock.advance(1_000)
    expect(fired).toEqual(['a', 'never.x@900', 'again.x@1000'])
  })

  it('keeps the fault of one owner from the others', () => {
    queue.arm(
      {
        onTimer() {
          throw new Error('mine')
        },
      },
      'x',
      500,
    )
    queue.arm(owner('b'), 'x', 500)
    clock.advance(500)
    expect(fired).toEqual(['b.x@500'])
    expect(faults).toEqual([new Error('mine')])
  })
})
