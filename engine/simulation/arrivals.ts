/** When calls arrive: a Poisson process whose rate may change, or instants that are given. */
import type { Random } from '../ports/random.ts'
import { unitExponential } from './draws.ts'
import type { ArrivalStream } from './scenario.ts'

const hourMs = 3_600_000

/** The next instant, in milliseconds from the start, ascending; null when there are no more before `endMs`. */
export type Arrivals = () => number | null

export function createArrivals({ perHour, atSec }: ArrivalStream, random: Random, endMs: number): Arrivals {
  if (atSec !== undefined) return listed(atSec, endMs)
  const periods = typeof perHour === 'number' ? [{ fromMin: 0, perHour }] : [...(perHour ?? [])]
  periods.sort((a, b) => a.fromMin - b.fromMin)
  let nowMs = 0
  let index = -1
  return () => {
    // The time to the next call, in calls: it is used up as fast as the rate of each period says.
    let left = unitExponential(random)
    while (nowMs < endMs) {
      const untilMs = Math.min(endMs, (periods[index + 1]?.fromMin ?? Number.POSITIVE_INFINITY) * 60_000)
      const perMs = (periods[index]?.perHour ?? 0) / hourMs
      if (left <= (untilMs - nowMs) * perMs) {
        nowMs += left / perMs
        return Math.round(nowMs)
      }
      left -= Math.max(0, untilMs - nowMs) * perMs
      nowMs = Math.max(nowMs, untilMs)
      index += 1
    }
    return null
  }
}

function listed(atSec: readonly number[], endMs: number): Arrivals {
  const instants = atSec.map(sec => Math.round(sec * 1_000)).sort((a, b) => a - b)
  let next = 0
  return () => {
    const at = instants[next++]
    return at === undefined || at >= endMs ? null : at
  }
}
