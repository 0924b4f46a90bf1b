/** Times that are drawn by lot: how long people talk, wait and take to answer. */
import Type, { type Static } from 'typebox'
import type { Random } from '../ports/random.ts'

/** A day is the longest time that a scenario can name. */
const longestSec = 86_400

export const Distribution = Type.Object(
  {
    kind: Type.Enum(['exponential', 'lognormal', 'fixed'], { default: 'exponential' }),
    meanSec: Type.Number({ minimum: 0, maximum: longestSec }),
    sdSec: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: longestSec, description: 'lognormal only; default: the mean' }),
    ),
  },
  { additionalProperties: false, description: 'a time that is drawn anew for each call' },
)
export type Distribution = Static<typeof Distribution>

/** Draws whole milliseconds, as the engine counts them. */
export function createDraw({ kind, meanSec, sdSec = meanSec }: Distribution, random: Random): () => number {
  const meanMs = meanSec * 1_000
  if (kind === 'fixed' || meanMs === 0) return () => Math.round(meanMs)
  if (kind === 'exponential') return () => Math.round(meanMs * unitExponential(random))
  const variance = Math.log1p((sdSec / meanSec) ** 2)
  const middle = Math.log(meanMs) - variance / 2
  const spread = Math.sqrt(variance)
  return () => Math.round(Math.exp(middle + spread * normal(random)))
}

/** With mean 1. */
export function unitExponential(random: Random): number {
  return -Math.log(1 - random.float())
}

/** Box and Muller's; the second value is not kept, so that each draw takes two numbers of the sequence. */
function normal(random: Random): number {
  return Math.sqrt(2 * unitExponential(random)) * Math.cos(2 * Math.PI * random.float())
}
