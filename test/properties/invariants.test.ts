/** FEATURES §4: what holds in every contact center, whatever its people, its network and its supervisors do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAudioLibrary } from '../../engine/media/audio/library.ts'
import { createEmbeddedMedia } from '../../engine/media/rtp/embedded-media.ts'
import type { WorldOptions } from '../../engine/simulation/index.ts'
import { seed, trials } from './seeds.ts'
import { faultsOf } from './sound.ts'
import { widePlots } from './wide-plot.ts'

describe(`random worlds (seed ${seed})`, () => {
  const trial = trials(160)
  const crowded = trials(8)
  const audible = trials(7)
  const library = createAudioLibrary({ names: [], load: () => new Uint8Array() })

  it(`keep the invariants (${trial.numRuns} worlds)`, { timeout: 240_000 + trial.numRuns * 500 }, async () => {
    const sound = fc.asyncProperty(widePlots({ callers: 12 }), async plot => {
      expect(await faultsOf(plot)).toEqual([])
    })
    await fc.assert(sound, trial)
  })

  it(`keep them with many calls (${crowded.numRuns} worlds)`, {
    timeout: 240_000 + crowded.numRuns * 2_000,
  }, async () => {
    const sound = fc.asyncProperty(fc.noBias(widePlots({ callers: 120 })), async plot => {
      expect(await faultsOf(plot)).toEqual([])
    })
    await fc.assert(sound, crowded)
  })

  it(`keep them with audio (${audible.numRuns} worlds)`, { timeout: 240_000 + audible.numRuns * 5_000 }, async () => {
    const sound = fc.asyncProperty(widePlots({ callers: 5 }), async plot => {
      const media: WorldOptions['media'] = ports =>
        createEmbeddedMedia({ ...ports, library, minPort: 10_000, maxPort: 10_100 })
      expect(await faultsOf(plot, { media })).toEqual([])
    })
    await fc.assert(sound, audible)
  })
})
