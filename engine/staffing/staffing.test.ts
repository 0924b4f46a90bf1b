/** The formulas against published values, against sums over the birth–death process, and against each other. */
import { describe, expect, it } from 'vitest'
import { agentsNeeded } from './agents-needed.ts'
import { erlangAFigures } from './erlang-a.ts'
import { erlangB } from './erlang-b.ts'
import { erlangC, erlangCFigures } from './erlang-c.ts'
import { fitPatienceSec } from './patience.ts'
import { priorityWaitsSec } from './priority-wait.ts'

/** ln n! by adding up: slow and obviously right. */
function logFactorial(n: number): number {
  let sum = 0
  for (let k = 2; k <= n; k += 1) sum += Math.log(k)
  return sum
}

/** Shares of the states 0, 1, … of a birth–death process by their definition, in logarithms. */
function states(birthPerSec: number, deathPerSec: (n: number) => number, most: number): number[] {
  const logs = [0]
  for (let n = 1; n <= most; n += 1) logs.push((logs[n - 1] ?? 0) + Math.log(birthPerSec / deathPerSec(n)))
  const highest = Math.max(...logs)
  const weights = logs.map(log => Math.exp(log - highest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(weight => weight / total)
}

const sum = (values: readonly number[], of: (value: number, index: number) => number) =>
  values.reduce((total, value, index) => total + of(value, index), 0)

describe('Erlang B and C', () => {
  it.each([
    // Tables of the loss formula.
    [1, 1, 0.5],
    [2, 1, 0.2],
    [10, 5, 0.018385],
    [20, 12, 0.0098],
    [100, 84.06, 0.01],
  ])('loses of %i agents at %f erlangs %f', (agents, erlangs, blocking) => {
    expect(erlangB(agents, erlangs)).toBeCloseTo(blocking, 4)
  })

  it('is the definition with factorials where those can be computed', () => {
    for (const [agents, erlangs] of [
      [1, 0.5],
      [5, 4.5],
      [20, 18],
      [50, 49],
      [120, 100],
    ] as const) {
      const term = (n: number) => Math.exp(n * Math.log(erlangs) - logFactorial(n))
      const last = (term(agents) * agents) / (agents - erlangs)
      let below = 0
      for (let n = 0; n < agents; n += 1) below += term(n)
      expect(erlangC(agents, erlangs)).toBeCloseTo(last / (below + last), 10)
    }
  })

  it('gives the textbook example: 200 calls an hour of 3 minutes, 14 agents', () => {
    const figures = erlangCFigures({ arrivalsPerSec: 200 / 3600, handleSec: 180 }, 14, 20)
    expect(figures?.waitProbability).toBeCloseTo(0.1741, 4)
    expect(figures?.asaSec).toBeCloseTo(7.8, 1)
    expect(figures?.serviceLevel).toBeCloseTo(0.888, 3)
    expect(figures?.occupancy).toBeCloseTo(0.714, 3)
  })

  it('has no steady state when more work comes than can be done', () => {
    expect(erlangCFigures({ arrivalsPerSec: 1, handleSec: 10 }, 10, 20)).toBeNull()
    expect(erlangC(10, 10)).toBe(1)
  })

  it('stays a number for a thousand agents and more', () => {
    for (const erlangs of [0.001, 1, 500, 950, 990, 999.9]) {
      const share = erlangC(1_000, erlangs)
      expect(share).toBeGreaterThanOrEqual(0)
      expect(share).toBeLessThanOrEqual(1)
    }
    const [low = 1, high = 0] = [erlangC(1_000, 950), erlangC(1_000, 990)]
    const exact = states(950, n => Math.min(n, 1_000), 3_000)
    expect(low).toBeCloseTo(
      sum(exact, (share, n) => (n >= 1_000 ? share : 0)),
      9,
    )
    expect(high).toBeGreaterThan(low)
  })
})

describe('Erlang A', () => {
  // Garnett, Mandelbaum, Reiman (2002): 50 agents, 48 calls a minute of a minute each, callers who wait two minutes.
  it('gives the published example of 50 agents', () => {
    const load = { arrivalsPerSec: 48 / 60, handleSec: 60, patienceSec: 120 }
    const patient = erlangCFigures(load, 50, 20)
    expect(patient?.asaSec).toBeCloseTo(20.8, 1)
    expect(patient?.waiting).toBeCloseTo(17, 0)
    const { abandonment, asaSec, occupancy, waiting } = erlangAFigures(load, 50, 20)
    expect(abandonment).toBeCloseTo(0.031, 3)
    expect(asaSec).toBeGreaterThan(3.5)
    expect(asaSec).toBeLessThan(3.8)
    expect(waiting).toBeCloseTo(3, 0)
    expect(occupancy).toBeCloseTo(0.93, 2)
  })

  it.each([
    [1, 0.5, 60, 60, 20],
    [1, 3, 60, 30, 20],
    [5, 4.5, 180, 120, 20],
    [20, 19, 180, 300, 10],
    [20, 30, 180, 30, 60],
    [100, 98, 180, 120, 20],
    [1000, 1100, 180, 60, 5],
  ])('of %i agents at %f erlangs is the birth–death process', (agents, erlangs, handleSec, patienceSec, targetSec) => {
    const arrivalsPerSec = erlangs / handleSec
    const death = (n: number) => Math.min(n, agents) / handleSec + Math.max(0, n - agents) / patienceSec
    const most = agents * 2 + 600
    const shares = states(arrivalsPerSec, death, most)
    const figures = erlangAFigures({ arrivalsPerSec, handleSec, patienceSec }, agents, targetSec)
    const waiting = sum(shares, (share, n) => share * Math.max(0, n - agents))
    expect(figures.waiting).toBeCloseTo(waiting, 8)
    expect(figures.waitProbability).toBeCloseTo(
      sum(shares, (share, n) => (n >= agents ? share : 0)),
      9,
    )
    expect(figures.abandonment).toBeCloseTo(waiting / patienceSec / arrivalsPerSec, 9)
    expect(figures.occupancy).toBeCloseTo(
      sum(shares, (share, n) => share * Math.min(1, n / agents)),
      9,
    )
    const fate = fateOf(shares, agents, handleSec, patienceSec, targetSec)
    expect(figures.serviceLevel).toBeCloseTo(fate.inTime, 6)
    expect(figures.asaSec).toBeCloseTo(fate.asaSec, 5)
  })

  it('comes near Erlang C when callers are patient', () => {
    const load = { arrivalsPerSec: 0.1, handleSec: 180, patienceSec: 1e7 }
    const [a, c] = [erlangAFigures(load, 22, 20), erlangCFigures(load, 22, 20)]
    expect(a.serviceLevel).toBeCloseTo(c?.serviceLevel ?? 0, 4)
    expect(a.asaSec).toBeCloseTo(c?.asaSec ?? 0, 1)
  })

  it('answers what the agents can do under a load that is many times too high', () => {
    const { abandonment, occupancy, waitProbability } = erlangAFigures(
      { arrivalsPerSec: 50, handleSec: 180, patienceSec: 10_000 },
      1_000,
      20,
    )
    expect(occupancy).toBeCloseTo(1, 6)
    expect(waitProbability).toBeCloseTo(1, 6)
    expect(abandonment).toBeCloseTo(1 - 1_000 / 180 / 50, 6)
  })
})

/**
 * What becomes of a call that arrives: step by step through the line before it (uniformisation), for the share that is
 * answered in time; and the mean wait of those answered, stage by stage.
 */
function fateOf(shares: readonly number[], agents: number, handleSec: number, patienceSec: number, targetSec: number) {
  const rate = (ahead: number) => agents / handleSec + ahead / patienceSec
  const line = shares.slice(agents)
  const free = shares.slice(0, agents).reduce((total, share) => total + share, 0)
  let [served, servedWait] = [free, 0]
  line.forEach((share, ahead) => {
    let [chance, waitSec] = [1, 0]
    for (let left = ahead; left >= 0; left -= 1) {
      chance *= rate(left) / (rate(left) + 1 / patienceSec)
      waitSec += 1 / (rate(left) + 1 / patienceSec)
    }
    served += share * chance
    servedWait += share * chance * waitSec
  })
  const fastest = rate(line.length) + 1 / patienceSec
  let now = [...line]
  let inTime = 0
  let logPoisson = -fastest * targetSec
  let tail = 1
  for (let step = 0; step < fastest * targetSec + 12 * Math.sqrt(fastest * targetSec) + 40; step += 1) {
    tail -= Math.exp(logPoisson)
    logPoisson += Math.log((fastest * targetSec) / (step + 1))
    const next = new Array<number>(now.length).fill(0)
    now.forEach((share, ahead) => {
      const [moves, leaves] = [rate(ahead) / fastest, 1 / patienceSec / fastest]
      next[ahead] = (next[ahead] ?? 0) + share * (1 - moves - leaves)
      // Served in the next step: counts if the target has not passed by then.
      if (ahead === 0) inTime += share * moves * Math.max(0, tail)
      else next[ahead - 1] = (next[ahead - 1] ?? 0) + share * moves
    })
    now = next
  }
  return { inTime: free + inTime, asaSec: servedWait / served }
}

describe('agents needed', () => {
  it('are the fewest that meet the goal', () => {
    const load = { arrivalsPerSec: 200 / 3600, handleSec: 180 }
    for (const serviceLevel of [0.5, 0.8, 0.95, 0.999]) {
      const goal = { serviceLevel, targetSec: 20 }
      const needed = agentsNeeded(load, goal)
      expect(needed?.serviceLevel).toBeGreaterThanOrEqual(serviceLevel)
      expect(erlangCFigures(load, (needed?.agents ?? 0) - 1, 20)?.serviceLevel ?? 0).toBeLessThan(serviceLevel)
    }
    expect(agentsNeeded(load, { serviceLevel: 0.8, targetSec: 20 })?.agents).toBe(14)
  })

  it('are fewer when callers give up, and more when agents shall have time to breathe', () => {
    const load = { arrivalsPerSec: 1, handleSec: 180 }
    const goal = { serviceLevel: 0.8, targetSec: 20 }
    const patient = agentsNeeded(load, goal)?.agents ?? 0
    expect(agentsNeeded({ ...load, patienceSec: 60 }, goal)?.agents).toBeLessThan(patient)
    expect(agentsNeeded(load, { ...goal, maxOccupancy: 0.85 })?.agents).toBe(Math.ceil(180 / 0.85))
  })

  it('do not exist for a load beyond all measure', () => {
    expect(agentsNeeded({ arrivalsPerSec: 1_000, handleSec: 180 }, { serviceLevel: 0.8, targetSec: 20 })).toBeNull()
  })
})

describe('patience', () => {
  it('is the waiting time for each caller who gave up', () => {
    expect(fitPatienceSec(3, 600)).toBe(200)
    expect(fitPatienceSec(0, 600)).toBeNull()
  })
})

describe('priorities', () => {
  it('of one class are Erlang C', () => {
    const [wait] = priorityWaitsSec({ arrivalsPerSec: [0.1], handleSec: 180 }, 20)
    expect(wait).toBeCloseTo(erlangCFigures({ arrivalsPerSec: 0.1, handleSec: 180 }, 20, 20)?.asaSec ?? 0, 9)
  })

  it('of one agent are Cobham’s', () => {
    const waits = priorityWaitsSec({ arrivalsPerSec: [0.3, 0.4], handleSec: 1 }, 1)
    expect(waits[0]).toBeCloseTo(0.7 / 0.7, 9)
    expect(waits[1]).toBeCloseTo(0.7 / (0.7 * 0.3), 9)
  })

  it('move waiting around and don’t make any: the mean over all calls is that of one line', () => {
    const arrivalsPerSec = [0.02, 0.05, 0.03]
    const waits = priorityWaitsSec({ arrivalsPerSec, handleSec: 180 }, 20)
    const mean = waits.reduce<number>((total, wait, k) => total + (wait ?? 0) * (arrivalsPerSec[k] ?? 0), 0) / 0.1
    expect(mean).toBeCloseTo(erlangCFigures({ arrivalsPerSec: 0.1, handleSec: 180 }, 20, 20)?.asaSec ?? 0, 9)
  })

  it('save the first class when the last one can’t be served', () => {
    const [first, second] = priorityWaitsSec({ arrivalsPerSec: [0.05, 0.1], handleSec: 100 }, 10)
    expect(first).toBeCloseTo(10 / 0.5, 9)
    expect(second).toBeNull()
  })
})
