/** Scenarios through the real engine: what is counted, that a seed decides everything, and what is refused. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EngineError } from '../errors.ts'
import { reportText } from './report.ts'
import { parseScenario } from './scenario-check.ts'
import { simulate } from './simulate.ts'

const center = {
  queues: [{ id: 'q', answer: 'with-agent', wrapUpMs: 60_000, serviceLevel: { targetMs: 20_000 } }],
  numbers: [{ match: '100', queue: 'q' }],
}
const fixed = (meanSec: number) => ({ kind: 'fixed', meanSec })

describe('a scenario', () => {
  it('of calls at given instants is what one works out by hand', async () => {
    // One agent, 60 s of talk, 30 s of wrap-up: the second caller waits 80 s, the third gives up after 25 s.
    const result = await simulate(
      parseScenario({
        lengthMin: 10,
        intervals: 2,
        center,
        arrivals: [
          { number: '100', atSec: [0, 10, 330, 400], talk: fixed(60), wrapUp: fixed(30) },
          { number: '100', atSec: [340], talk: fixed(60), patience: fixed(25) },
        ],
        staff: [{ id: 'a', agents: 1, queues: ['q'] }],
      }),
    )
    expect(result.calls).toBe(5)
    expect(result.queues).toHaveLength(1)
    expect(result.all).toMatchObject({ offered: 5, answered: 4, abandoned: 1, other: 0 })
    // Waits of 0, 80, 0 and 20 s; the last is answered 90 s after the third call began.
    expect(result.all.asaSec?.value).toBeCloseTo(25, 6)
    expect(result.all.serviceLevel?.value).toBeCloseTo(3 / 5, 9)
    expect(result.all.waitProbability?.value).toBeCloseTo(3 / 5, 9)
    expect(result.all.abandonment?.value).toBeCloseTo(1 / 5, 9)
    // 4 calls of 90 s; all but the last one's wrap-up within the 10 minutes.
    expect(result.series.map(({ offered }) => offered)).toEqual([2, 3])
    expect(result.series[0]).toMatchObject({ fromMin: 0, toMin: 5, serviceLevel: 0.5, asaSec: 40, occupancy: 0.6 })
    expect(result.occupancy?.value).toBeCloseTo(0.6, 9)
  })

  it('gives the same figures for the same seed, and others for another', async () => {
    const scenario = { ...day(), replications: 2 }
    const [once, again] = [await simulate(parseScenario(scenario)), await simulate(parseScenario(scenario))]
    expect(again).toEqual(once)
    expect(reportText(again)).toBe(reportText(once))
    expect(await simulate(parseScenario({ ...scenario, seed: 2 }))).not.toEqual({ ...once, seed: 2 })
  })

  it('follows rates, shifts, priorities and overflow', async () => {
    const result = await simulate(parseScenario({ ...day(), replications: 2 }))
    const { offered, answered, abandoned, other } = result.all
    expect(answered + abandoned + other).toBe(offered)
    const [support, sales] = result.queues
    expect(support?.offered).toBeGreaterThan((sales?.offered ?? 0) * 2)
    expect(result.occupancy?.value).toBeGreaterThan(0.4)
    expect(result.occupancy?.low).toBeLessThan(result.occupancy?.value ?? 0)
    // Twice as many calls an hour from minute 90 on.
    const rate = (from: number, to: number) => {
      const part = result.series.filter(({ fromMin }) => fromMin >= from && fromMin < to)
      return part.reduce((sum, interval) => sum + interval.offered, 0) / part.length
    }
    expect(rate(90, 300) / rate(0, 90)).toBeGreaterThan(1.2)
    expect(reportText(result)).toMatch(
      /support .* ± [\s\S]*occupancy \d+\.\d % ±[\s\S]*service level, by hours:minutes/,
    )
  })

  it('has nobody answer when nobody is there', async () => {
    const result = await simulate(
      parseScenario({
        lengthMin: 60,
        center,
        arrivals: [{ number: '100', perHour: 60, talk: fixed(60), patience: fixed(30) }],
        staff: [{ id: 'a', agents: 3, queues: ['q'], present: [{ fromMin: 30, toMin: 45 }] }],
      }),
    )
    const before = result.series.filter(({ toMin }) => toMin <= 27)
    expect(before.every(({ abandonment }) => abandonment === null || abandonment === 1)).toBe(true)
    expect(result.all.answered).toBeGreaterThan(5)
    expect(result.series.filter(({ occupancy }) => occupancy !== null)).toHaveLength(5)
  })
})

describe('a scenario that is wrong', () => {
  const refused: readonly [string, object, RegExp][] = [
    ['an unknown key', { lenght: 5 }, /^lenght: got 5; allowed: not a key/m],
    ['no length', { lengthMin: undefined }, /^lengthMin: got nothing; allowed: a value/m],
    ['a wrong type', { seed: 'x' }, /^seed: got "x"/m],
    [
      'a number that leads nowhere',
      { arrivals: [{ number: '7', perHour: 1, talk: fixed(1) }] },
      /^arrivals\[0\].number/m,
    ],
    ['no rate', { arrivals: [{ number: '100', talk: fixed(1) }] }, /^arrivals\[0\]: .*one of perHour and atSec/m],
    ['an unknown queue', { staff: [{ id: 'a', agents: 1, queues: ['z'] }] }, /^staff\[0\].queues: got "z"/m],
    [
      'a shift that ends before it begins',
      { staff: [{ id: 'a', agents: 1, queues: ['q'], present: [{ fromMin: 5, toMin: 5 }] }] },
      /^staff\[0\].present\[0\].toMin: got 5/m,
    ],
    ['a fault in the center', { center: { queues: [{ id: 'q', strategy: 'luck' }] } }, /^center.queues\[0\].strategy/m],
    ['no date', { startsAt: 'soon' }, /^startsAt: got "soon"/m],
  ]

  it.each(refused)('with %s is refused with the path', (_what, change, words) => {
    const good = { lengthMin: 60, center, arrivals: [{ number: '100', perHour: 60, talk: fixed(60) }] }
    expect(() => parseScenario(good)).not.toThrow()
    // As a file has it: without what is undefined.
    const wrong = JSON.parse(JSON.stringify({ ...good, ...change })) as object
    expect(() => parseScenario(wrong)).toThrow(EngineError)
    expect(() => parseScenario(wrong)).toThrow(words)
  })
})

/** The example of the documentation. */
function day(): object {
  return parse(readFileSync(new URL('../../docs/scenario.yaml', import.meta.url), 'utf8')) as object
}
