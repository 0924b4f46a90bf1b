/** The most calls per second that are complete, searched for with short runs. */

export interface Tried {
  readonly completedPerSec: number
  readonly isComplete: boolean
}

export interface PeakSearch {
  /** Where it begins: any machine should carry that. */
  readonly fromPerSec: number
  /** From one rate to the next, until one is too much. */
  readonly growth: number
  /** The last that was complete and the first that was not are then brought as near to each other. */
  readonly finest: number
  run(perSec: number): Promise<Tried>
}

/** @returns the goodput of the best run that was complete. @throws Error if not even the first one was */
export async function findPeak({ fromPerSec, growth, finest, run }: PeakSearch): Promise<number> {
  let peakPerSec = 0
  async function carries(perSec: number): Promise<boolean> {
    // Once more before it counts: what else the machine did in these seconds is not what it can carry.
    for (let turn = 0; turn < 2; turn++) {
      const { isComplete, completedPerSec } = await run(perSec)
      if (!isComplete) continue
      peakPerSec = Math.max(peakPerSec, completedPerSec)
      return true
    }
    return false
  }
  if (!(await carries(fromPerSec))) throw new Error(`this machine does not even carry ${fromPerSec} calls/s`)
  let [low, high] = [fromPerSec, Math.round(fromPerSec * growth)]
  while (await carries(high)) [low, high] = [high, Math.round(high * growth)]
  while (high > low * finest) {
    const middle = Math.round(Math.sqrt(low * high))
    if (middle <= low || middle >= high) break
    if (await carries(middle)) low = middle
    else high = middle
  }
  return peakPerSec
}
