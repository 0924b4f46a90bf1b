/** What is wrong with an overload (SIP.md §2 row 6). */
export interface OverloadSeen {
  /** Calls completed in a second: the most that were complete, and while far more were offered. */
  readonly peakPerSec: number
  readonly goodputPerSec: number
  readonly sentAway: number
  /** Let in, or talking already, but not ended in good order. */
  readonly harmed: number
  /** Until nobody was sent away any more, once the load had fallen to half of the peak; null: still at the end. */
  readonly calmSec: number | null
}

/** Of the peak. */
export const leastGoodput = 0.9
export const mostCalmSec = 10

/** In words; empty: it is as it must be. */
export function overloadFaults({ peakPerSec, goodputPerSec, sentAway, harmed, calmSec }: OverloadSeen): string[] {
  const faults: string[] = []
  if (sentAway === 0) faults.push('nobody was sent away: that was no overload')
  if (harmed > 0) faults.push(`${harmed} calls were harmed`)
  // Written so that what could not be measured (NaN) is a fault, too.
  if (!(goodputPerSec >= leastGoodput * peakPerSec))
    faults.push(`the goodput of ${goodputPerSec.toFixed(0)} calls/s is below ${100 * leastGoodput} % of the peak`)
  if (calmSec === null) faults.push('calls were still sent away at the end')
  else if (!(calmSec <= mostCalmSec)) faults.push(`it took ${calmSec.toFixed(1)} s to take all calls again`)
  return faults
}
