/** The bounds on outside calls across processes: what one has used up, the next one knows. */
import { describe, expect, it } from 'vitest'
import type { Checkpoint } from '../ports/store.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { type OutboundLimit, OutboundLimits } from './outbound-limits.ts'
import type { OutboundPass } from './outbound-pass.ts'

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

function answered(limits: OutboundLimits, number: string): OutboundPass {
  const pass = limits.admit(number)
  if (pass === null) throw new Error(`${number} is refused`)
  pass.answered()
  return pass
}

describe('after a restart', () => {
  it('a minute has its calls', () => {
    const { clock, process, reached } = setUp()
    const first = process()
    for (let i = 0; i < 3; i++) first.admit('+441')?.end()
    const next = process({ callsPerMin: 3 })
    expect(next.admit('+441')).toBeNull()
    expect(reached).toEqual(['rate'])
    clock.advance(minuteMs)
    expect(next.admit('+441')).not.toBeNull()
  })

  it('a clock that was ahead delays no window for ever', () => {
    const { clock, stored, process } = setUp()
    process().admit('+441')?.end()
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
    first.admit('+441')?.end()
    first.admit('+442')?.end()
    const next = process({ numbersPerHour: 2 })
    expect(next.admit('+443')).toBeNull()
    expect(next.admit('+442')).not.toBeNull()
    clock.advance(60 * minuteMs)
    expect(next.admit('+443')).not.toBeNull()
    expect([...stored.keys()].sort()).toEqual(['outside limits', 'outsideNumber +443'])
  })

  it('a day has its minutes', () => {
    const { clock, process, reached } = setUp()
    const pass = answered(process(), '+441')
    clock.advance(5 * minuteMs)
    pass.end()
    const next = process({ minutesPerDay: 5 })
    expect(next.admit('+441')).toBeNull()
    expect(reached).toEqual(['minutes'])
    clock.advance(24 * 60 * minuteMs)
    expect(next.admit('+441')).not.toBeNull()
  })

  it('calls that were cut off have lasted as long as their process lived, and are over', () => {
    const { clock, process } = setUp()
    const first = process()
    answered(first, '+441')
    clock.advance(2 * minuteMs)
    answered(first, '+442')
    const third = answered(first, '+443')
    // Nobody has answered there: it costs nothing.
    first.admit('+444')
    clock.advance(minuteMs)
    third.end()
    const killedAt = clock.now()
    clock.advance(30 * minuteMs)
    // Three minutes and one of the calls that were cut off, and one of the third.
    expect(process({ minutesPerDay: 6 }, killedAt).admit('+441')).not.toBeNull()
    expect(process({ minutesPerDay: 5, callsAtOnce: 1 }, killedAt).active).toBe(0)
    expect(process({ minutesPerDay: 5 }, killedAt).admit('+441')).toBeNull()
  })

  it('they are counted once, however often a process is killed', () => {
    const { clock, process } = setUp()
    answered(process(), '+441')
    clock.advance(minuteMs)
    process()
    clock.advance(10 * minuteMs)
    process()
    expect(process({ minutesPerDay: 2 }).admit('+441')).not.toBeNull()
  })
})

describe('the minutes of calls that run', () => {
  /** A call whose holder ends it when he is told to. */
  function held(limits: OutboundLimits, number: string, cut: string[]) {
    const pass = answered(limits, number)
    pass.onSpent(() => {
      cut.push(number)
      pass.end()
    })
    return pass
  }

  it('count, and are told in the moment when they are used up, in which the calls are ended', () => {
    const { clock, process, reached, numbers } = setUp()
    const limits = process()
    const cut: string[] = []
    held(limits, '+441', cut)
    clock.advance(40 * minuteMs)
    held(limits, '+442', cut)
    clock.advance(30 * minuteMs - 1)
    expect([reached, cut]).toEqual([[], []])
    clock.advance(1)
    expect(reached).toEqual(['minutes'])
    expect(numbers).toEqual(['+442'])
    expect(cut).toEqual(['+441', '+442'])
    expect(limits.active).toBe(0)
    expect(clock.pending).toBe(0)
    expect(limits.admit('+443')).toBeNull()
    expect(reached).toHaveLength(1)
    expect(limits.refused).toBe(1)
    clock.advance(24 * 60 * minuteMs)
    expect(limits.admit('+443')).not.toBeNull()
  })

  it('of one long call do, too; what rings ends with it, and one that has ended is left alone', () => {
    const { clock, process } = setUp()
    const limits = process({ minutesPerDay: 10 })
    const cut: string[] = []
    held(limits, '+441', cut)
    held(limits, '+442', cut).end()
    const rings = limits.admit('+443')
    rings?.onSpent(() => cut.push('+443'))
    clock.advance(10 * minuteMs - 1)
    expect(cut).toEqual([])
    clock.advance(1)
    expect(cut).toEqual(['+441', '+443'])
    limits.stop()
  })

  it('are ended by who has the call last, and at once if he takes it too late', () => {
    const { clock, process } = setUp()
    const limits = process({ minutesPerDay: 10 })
    const cut: string[] = []
    const pass = answered(limits, '+441')
    pass.onSpent(() => cut.push('before'))
    pass.onSpent(() => cut.push('after'))
    const unheld = answered(limits, '+442')
    clock.advance(5 * minuteMs)
    expect(cut).toEqual(['after'])
    unheld.onSpent(() => cut.push('late'))
    expect(cut).toEqual(['after', 'late'])
    limits.stop()
  })

  it('do not count before the answer, however long it rings', () => {
    const { clock, process, reached } = setUp()
    const limits = process({ minutesPerDay: 5 })
    const cut: string[] = []
    const pass = limits.admit('+441')
    pass?.onSpent(() => cut.push('+441'))
    clock.advance(6 * minuteMs)
    expect([reached, cut]).toEqual([[], []])
    pass?.answered()
    clock.advance(minuteMs)
    pass?.answered()
    clock.advance(4 * minuteMs - 1)
    expect(cut).toEqual([])
    clock.advance(1)
    expect(cut).toEqual(['+441'])
    limits.stop()
  })

  it('are told at once by a process that is given a smaller bound, and ended', () => {
    const { clock, process, reached } = setUp()
    const limits = process()
    const cut: string[] = []
    held(limits, '+441', cut)
    clock.advance(10 * minuteMs)
    limits.configure({ ...roomy, minutesPerDay: 10 })
    expect(reached).toEqual(['minutes'])
    expect(cut).toEqual(['+441'])
  })

  it('belong to the day in which they pass', () => {
    const { clock, process, reached } = setUp()
    const limits = process({ minutesPerDay: 25 * 60 })
    const first = answered(limits, '+441')
    clock.advance(23 * 60 * minuteMs)
    const second = answered(limits, '+442')
    // The day is over, with 25 hours used up to the minute; the next one has its own.
    clock.advance(60 * minuteMs)
    expect(reached).toEqual([])
    clock.advance(12 * 60 * minuteMs)
    first.end()
    clock.advance(60 * minuteMs - 1)
    expect(limits.admit('+443')).not.toBeNull()
    expect(reached).toEqual([])
    clock.advance(1)
    expect(reached).toEqual(['minutes'])
    second.end()
    expect(limits.admit('+444')).toBeNull()
  })

  it('leave no timer when nobody talks', () => {
    const { clock, process } = setUp()
    const limits = process()
    const passes = [answered(limits, '+441'), answered(limits, '+442'), limits.admit('+443')]
    expect(clock.pending).toBe(1)
    for (const pass of passes) pass?.end()
    expect(clock.pending).toBe(0)
  })
})

it('a call costs three small rows, and one more if its number is new, however many there are', () => {
  const { process, written, stored } = setUp()
  const limits = process()
  for (let i = 0; i < 50; i++) limits.admit(`+44${i}`)
  const before = written()
  answered(limits, '+441').end()
  expect(written() - before).toBe(3)
  expect(JSON.stringify(stored.get('outside limits')).length).toBeLessThan(250)
})
