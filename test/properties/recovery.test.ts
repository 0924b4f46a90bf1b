/** A killed process comes back on the same store: nothing that was told is lost, nothing is left hanging. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventfulMs, plots } from './plot.ts'
import { faultsOfRestart } from './restart.ts'
import { seed, trials } from './seeds.ts'

describe(`a killed process (seed ${seed})`, () => {
  const trial = trials(60)
  const moments = fc.integer({ min: 0, max: eventfulMs })

  it(`comes back sound (${trial.numRuns} worlds)`, { timeout: 240_000 + trial.numRuns * 500 }, async () => {
    const sound = fc.asyncProperty(plots({ callers: 12 }), moments, async (plot, killAtMs) => {
      expect(await faultsOfRestart(plot, killAtMs)).toEqual([])
    })
    await fc.assert(sound, trial)
  })
})
