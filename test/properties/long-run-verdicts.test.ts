/** What the long runs say of what they have seen: a run of hours that judges wrongly proves nothing. */
import { describe, expect, it } from 'vitest'
import { floodFaults } from '../bench/flood-verdict.ts'
import { overloadFaults } from '../bench/overload-verdict.ts'
import { findPeak } from '../bench/peak.ts'
import type { Remains, SoakEnd } from '../bench/soak-hours.ts'
import { faultsOfHours, isBack, type MemoryLook, memoryCourse } from '../bench/soak-hours-verdict.ts'

describe('of an overload', () => {
  const good = { peakPerSec: 900, goodputPerSec: 810, sentAway: 1, harmed: 0, calmSec: 10 }

  it('is good at the bounds', () => expect(overloadFaults(good)).toEqual([]))

  it.each([
    ['nobody was sent away', { sentAway: 0 }],
    ['1 calls were harmed', { harmed: 1 }],
    ['the goodput of 809 calls/s is below 90 % of the peak', { goodputPerSec: 809 }],
    ['the goodput of NaN calls/s', { goodputPerSec: Number.NaN }],
    ['still sent away', { calmSec: null }],
    ['it took 10.1 s', { calmSec: 10.1 }],
  ])('"%s"', (fault, change) => {
    const faults = overloadFaults({ ...good, ...change })
    expect(faults).toEqual([expect.stringContaining(fault)])
  })
})

describe('the peak', () => {
  /** A machine that completes so many in a second; below that a run fails now and then. */
  const machine = (capacity: number, hiccups: ReadonlySet<number> = new Set()) => {
    const tried: number[] = []
    return {
      tried,
      run: (perSec: number) => {
        tried.push(perSec)
        const isComplete = perSec <= capacity && !hiccups.has(tried.length)
        return Promise.resolve({ completedPerSec: 0.99 * Math.min(perSec, capacity), isComplete })
      },
    }
  }
  const search = { fromPerSec: 50, growth: 1.5, finest: 1.03 }

  it.each([50, 74, 75, 333, 900, 5_000])('of a machine of %i calls/s is found to a few per cent', async capacity => {
    const { run, tried } = machine(capacity)
    const peak = await findPeak({ ...search, run })
    expect(peak).toBeLessThanOrEqual(capacity)
    expect(peak).toBeGreaterThan(capacity * 0.94)
    expect(tried.length).toBeLessThan(30)
  })

  it('is not mistaken for one bad run', async () => {
    const { run } = machine(900, new Set([2, 5, 9]))
    expect(await findPeak({ ...search, run })).toBeGreaterThan(0.94 * 900)
  })

  it('of a machine that carries nothing is an error', async () => {
    await expect(findPeak({ ...search, run: machine(10).run })).rejects.toThrow('does not even carry 50')
  })
})

describe('of a soak in real time', () => {
  const nothing: Remains = { calls: 0, dialogs: 0, transactions: 0, rtpSessions: 0, sockets: 30, timers: 12 }
  /** A look every half minute, at a heap that goes up and down by 2 MiB. */
  const memory = (hours: number, mib: (hour: number) => number): MemoryLook[] =>
    Array.from({ length: Math.round(hours * 120) + 1 }, (_, i) => ({
      hour: i / 120,
      bytes: (100 + mib(i / 120) + (i % 3) - 1) * 2 ** 20,
    }))
  const good: SoakEnd = {
    ...{ placed: 10, completed: 10, failed: 0, stored: 10, parts: [] },
    ...{ atStart: nothing, left: nothing, memory: memory(2, () => 0) },
  }

  it('is good if all is back', () => expect(faultsOfHours(good)).toEqual([]))

  it.each<[string, Partial<SoakEnd>]>([
    ['9 of 10 calls were completed', { completed: 9 }],
    ['11 of 10 calls are in the store', { stored: 11 }],
    ['1 calls are left', { left: { ...nothing, calls: 1 } }],
    ['1 dialogs are left', { left: { ...nothing, dialogs: 1 } }],
    ['1 transactions are left', { left: { ...nothing, transactions: 1 } }],
    ['1 rtpSessions are left', { left: { ...nothing, rtpSessions: 1 } }],
    ['31 sockets, not 30', { left: { ...nothing, sockets: 31 } }],
    ['13 timers, not 12', { left: { ...nothing, timers: 13 } }],
    ['NaN timers', { left: { ...nothing, timers: Number.NaN } }],
    ['memory grows by 1.5', { memory: memory(2, hour => 1.5 * hour) }],
    ['memory grows by 1.5', { memory: memory(24, hour => 1.5 * hour) }],
    ['memory has grown by 20', { memory: memory(0.5, hour => 80 * hour) }],
    ['memory has grown by NaN', { memory: [] }],
  ])('"%s"', (fault, change) => {
    expect(faultsOfHours({ ...good, ...change })).toEqual([expect.stringContaining(fault)])
  })

  it('forgives what is filled once, and a slope under the bound', () => {
    const filled = memory(24, hour => 50 * Math.min(hour, 0.9) + 0.8 * hour)
    expect(faultsOfHours({ ...good, memory: filled })).toEqual([])
    expect(memoryCourse(filled).slopeMib).toBeCloseTo(0.8, 1)
    // Too short for a slope: as many MiB in an hour, but no more than a few in all.
    expect(faultsOfHours({ ...good, memory: memory(0.1, hour => 80 * hour) })).toEqual([])
  })

  it('waits until all is back', () => {
    expect(isBack({ ...nothing, sockets: 29 }, nothing)).toBe(true)
    for (const what of ['calls', 'dialogs', 'transactions', 'rtpSessions', 'sockets', 'timers'] as const)
      expect([what, isBack({ ...nothing, [what]: nothing[what] + 1 }, nothing)]).toEqual([what, false])
  })
})

describe('of a flood', () => {
  const good = { seconds: 60, answers: 300, optionsLost: 0, optionsP99Ms: 99, callsFailed: 0, ringP99Ms: 99, left: 0 }

  it('is good at the bounds', () => expect(floodFaults(good)).toEqual([]))

  it.each([
    ['got 301 answers', { answers: 301 }],
    ['got 0 answers', { answers: 0 }],
    ['1 OPTIONS', { optionsLost: 1 }],
    ['1 calls', { callsFailed: 1 }],
    ['OPTIONS took 100 ms', { optionsP99Ms: 100 }],
    ['OPTIONS took NaN ms', { optionsP99Ms: Number.NaN }],
    ['ringing after 100 ms', { ringP99Ms: 100 }],
    ['1 dialogs and transactions', { left: 1 }],
  ])('"%s"', (fault, change) => {
    expect(floodFaults({ ...good, ...change })).toEqual([expect.stringContaining(fault)])
  })
})
