/** A tenth of `npm run soak`: memory flat, every call accounted for, nothing left. */
import { expect, test } from 'vitest'
import { createCollector } from '../bench/garbage.ts'
import { soak } from '../bench/soak.ts'
import { faultsOf } from '../bench/soak-verdict.ts'

/** A minute of a calm core; a machine with too much to do may take many. */
test('20,000 calls leave nothing behind', { timeout: 900_000 }, async () => {
  const played = await soak({ plateaus: 4, callsEach: 5_000, collectGarbage: createCollector() })
  expect(faultsOf(played)).toEqual([])
})
