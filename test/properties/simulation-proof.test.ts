/**
 * A small part of `npm run proof`: the engine, simulated, against Erlang C, Erlang A and the formula for priorities at every
 * load point. Seeds are fixed, so this either holds or doesn't; what is proved with how many calls is in
 * docs/simulation-proof.md.
 */
import { describe, expect, it } from 'vitest'
import { compare, points, runSlice } from '../simulation/points.ts'

/** Each point gets some seconds of CI. */
const calls = 5_000
const batchCalls = 500
const patience = 60_000

describe('the simulated engine', () => {
  it.each(points.filter(({ load }) => load <= 0.9).map(point => [point.id, point] as const))(
    'agrees with theory: %s',
    async (_id, point) => {
      const batches = await runSlice(point, 1_000 + points.indexOf(point), calls, batchCalls)
      const wrong = compare(point, batches).filter(({ agrees }) => !agrees)
      expect(wrong).toEqual([])
    },
    patience,
  )

  it(
    'is caught when the theory is another one',
    async () => {
      const [point] = points.filter(({ agents, model }) => agents === 10 && model === 'M/M/c+M')
      if (point === undefined) throw new Error('there is no such point')
      const batches = await runSlice(point, 77, calls, batchCalls)
      const withTwoMore = compare({ ...point, agents: 12, load: (point.load * 10) / 12 }, batches)
      expect(withTwoMore.filter(({ agrees }) => !agrees).length).toBeGreaterThanOrEqual(2)
    },
    patience,
  )
})
