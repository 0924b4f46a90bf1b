/** FEATURES §4: what holds in every contact center, whatever its people, its network and its supervisors do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plots } from './plot.ts'
import { seed, trials } from './seeds.ts'
import { faultsOf } from './sound.ts'

describe(`random worlds (seed ${seed})`, () => {
  const trial = trials(200)

  it(`keep the invariants (${trial.numRuns} worlds)`, { timeout: 60_000 + trial.numRuns * 500 }, async () => {
    const sound = fc.asyncProperty(plots({ callers: 12 }), async plot => {
      expect(await faultsOf(plot)).toEqual([])
    })
    await fc.assert(sound, trial)
  })
})
