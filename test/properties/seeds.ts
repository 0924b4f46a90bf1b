/**
 * How many random worlds are tried, and which ones. The same seed gives the same worlds; a failure prints the seed, the
 * path to its world and the shortest plot that shows it.
 *
 * `STROWGER_PROPERTY_RUNS` worlds (default 200) from `STROWGER_PROPERTY_SEED` (default 1; `random`: another one each time).
 */
const { STROWGER_PROPERTY_RUNS: runs, STROWGER_PROPERTY_SEED: given } = process.env

export const seed = given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given ?? 1)
const factor = Number(runs ?? 200) / 200

/** @param numRuns how many by default */
export function trials(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: Math.max(1, Math.round(numRuns * factor)), seed }
}
