/** The bounds on outside calls across processes: what one has used up, the next one knows. */
import { describe, expect, it } from 'vitest'
import type { Checkpoint } from '../ports/store.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { type OutboundLimit, OutboundLimits } from './outbound-limits.ts'

const roomy = { callsPerMin: 100, callsAtOnce: 100, numbersPerHour: 100, minutesPerDay: 100 }
const minuteMs = 60_000

/** A process after the other on one clock and one store. */
function setUp() {
  const clock = createTestClock()
  const stored = new Map<string, Checkpoint>()
  const reached: OutboundLimit[] = []
  const numbers: string[] = []
  let writes = 0
  const process = (limits: Partial<typeof roomy> = {}, aliveMs = clock.now()) => {
    const made = new OutboundLimits({
      clock,
      checkpoint: it => {
        writes += 1
        const key = `${it.kind} ${it.id}`
        if (it.state === null) stored.delete(key)
        else stored.set(key, structuredClone(it))
      },
      onReached(limit, number) {
        reached.push(limit)
        numbers.push(number)
      },
    })
    made.restore([...stored.values()], aliveMs)
    made.configure({ ...roomy, ...limits })
    return made
  }
  return { clock, stored, reached, numbers, process, written: () => writes }
}

describe('after a restart', () => {
  it('a minute has its calls', () => {
    const { clock, process, reached } = setUp()
    const first = process()
    for (let i = 0; i < 3; i++) first.admit('+441')?.end(0)
    const next = process({ callsPerMin: 3 })
    expect(next.admit('+441')).toBeNull()
    expect(reached).toEqual(['rate'])
    clock.advance(minuteMs)
    expect(next.admit('+441')).not.toBeNull()
  })

  it('a clock that was ahead delays no window for ever', () => {
    const { clock, stored, process } = setUp()
    process().admit('+441')?.end(0)
    const [used] = [...stored.values()].filter(({ kind }) => kind === 'outside')
    if (used === undefined) throw new Error('nothing was kept')
    const ahead = clock.now() + 365 * 24 * 60 * minuteMs
    const state = { ...used.state, minuteSince: ahead, minuteCalls: 3, hourSince: ahead, daySince: ahead }
    stored.set(`${used.kind} ${used.id}`, { ...used, state })
    const next = process({ callsPerMin: 3 })
    expect(next.admit('+442')).toBeNull()
    clock.advance(minuteMs)
    expect(next.admit('+442')).not.toBeNull()
  })

  it('an hour has its numbers, and forgets them when it is over', () => {
    const { clock, process, stored } = setUp()
    const first = process()
    first.admit('+441')?.end(0)
    first.admit('+442')?.end(0)
    const next = process({ numbersPerHour: 2 })
    expect(next.admit('+443')).toBeNull()
    expect(next.admit('+442')).not.toBeNull()
    clock.advance(60 * minuteMs)
    expect(next.admit('+443')).not.toBeNull()
    expect([...stored.keys()].sort()).toEqual(['outside limits', 'outsideNumber +443'])
  })

  it('a day has its minutes', () => {
    const { clock, process, reached } = setUp()
    process()
      .admit('+441')
      ?.end(5 * minuteMs)
    const next = process({ minutesPerDay: 5 })
    expect(next.admit('+441')).toBeNull()
    expect(reached).toEqual(['minutes'])
    clock.advance(24 * 60 * minuteMs)
    expect(next.admit('+441')).not.toBeNull()
  })

  it('calls that were cut off have lasted as long as their process lived, and are over', () => {
    const { clock, process } = setUp()
    const first = process()
    first.admit('+441')
    clock.advance(2 * minuteMs)
    first.admit('+442')
    first.admit('+443')?.end(minuteMs)
    clock.advance(minuteMs)
    const killedAt = clock.now()
    clock.advance(30 * minuteMs)
    // Three minutes and one of the calls that were cut off, and one of the third.
    expect(process({ minutesPerDay: 6 }, killedAt).admit('+441')).not.toBeNull()
    expect(process({ minutesPerDay: 5, callsAtOnce: 1 }, killedAt).active).toBe(0)
    expect(process({ minutesPerDay: 5 }, killedAt).admit('+441')).toBeNull()
  })

  it('they are counted once, however often a process is killed', () => {
    const { clock, process } = setUp()
    process().admit('+441')
    clock.advance(minuteMs)
    process()
    clock.advance(10 * minuteMs)
    process()
    expect(process({ minutesPerDay: 2 }).admit('+441')).not.toBeNull()
  })
})

describe('the minutes of calls that run', () => {
  it('count, and are told in the moment when they are used up', () => {
    const { clock, process, reached, numbers } = setUp()
    const limits = process()
    const first = limits.admit('+441')
    clock.advance(40 * minuteMs)
    const second = limits.admit('+442')
    clock.advance(30 * minuteMs - 1)
    expect(reached).toEqual([])
    clock.advance(1)
    expect(reached).toEqual(['minutes'])
    expect(numbers).toEqual(['+442'])
    expect(limits.admit('+443')).toBeNull()
    expect(reached).toHaveLength(1)
    clock.advance(5 * 60 * minuteMs)
    expect(reached).toHaveLength(1)
    expect(limits.refused).toBe(1)
    first?.end(0)
    second?.end(0)
    expect(limits.admit('+443')).not.toBeNull()
    limits.stop()
    expect(clock.pending).toBe(0)
  })

  it('are told at once by a process that is given a smaller bound', () => {
    const { clock, process, reached } = setUp()
    const limits = process()
    limits.admit('+441')
    clock.advance(10 * minuteMs)
    limits.configure({ ...roomy, minutesPerDay: 10 })
    expect(reached).toEqual(['minutes'])
  })

  it('belong to the day in which they pass', () => {
    const { clock, process, reached } = setUp()
    const limits = process({ minutesPerDay: 25 * 60 })
    const first = limits.admit('+441')
    clock.advance(23 * 60 * minuteMs)
    const second = limits.admit('+442')
    // The day is over, with 25 hours used up to the minute; the next one has its own.
    clock.advance(60 * minuteMs)
    expect(reached).toEqual([])
    clock.advance(12 * 60 * minuteMs)
    first?.end(36 * 60 * minuteMs)
    clock.advance(60 * minuteMs - 1)
    expect(limits.admit('+443')).not.toBeNull()
    expect(reached).toEqual([])
    second?.end(14 * 60 * minuteMs)
    expect(limits.admit('+444')).toBeNull()
  })

  it('leave no timer when nobody talks', () => {
    const { clock, process } = setUp()
    const limits = process()
    const passes = [limits.admit('+441'), limits.admit('+442')]
    expect(clock.pending).toBe(1)
    for (const pass of passes) pass?.end(minuteMs)
    expect(clock.pending).toBe(0)
  })
})

it('a call costs two small rows, and one more if its number is new, however many there are', () => {
  const { process, written, stored } = setUp()
  const limits = process()
  for (let i = 0; i < 50; i++) limits.admit(`+44${i}`)
  const before = written()
  limits.admit('+441')?.end(1_000)
  expect(written() - before).toBe(2)
  expect(JSON.stringify(stored.get('outside limits')).length).toBeLessThan(250)
})
