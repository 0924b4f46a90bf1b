/** Identifiers that a reader of a failed test can tell apart: they count up. */
import type { Ids } from '../ports/ids.ts'

/**
 * ULIDs that are decimal counters (`0000000000` + `0000000000000001`) and tokens `t0-1`, `t0-2`, …
 * @param series kept apart from every other series: its digits stand where a ULID has its time.
 */
export function createTestIds(series = 0): Ids {
  let ulids = 0
  let tokens = 0
  return {
    ulid() {
      ulids += 1
      return String(series).padStart(10, '0') + String(ulids).padStart(16, '0')
    },
    token() {
      tokens += 1
      return `t${series}-${tokens}`
    },
  }
}
