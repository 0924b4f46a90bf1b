/** What is wrong with a soak in real time (SIP.md §2 row 19). */
import type { Remains, SoakEnd } from './soak-hours.ts'

export interface MemoryLook {
  readonly hour: number
  readonly bytes: number
}

/** Of a run that is long enough for it. */
export const mostSlopeMib = 1
const judgedBySlopeHours = 1
/** Of a shorter one, from its second quarter to its last: one that leaks a byte for each call passes, one that leaks calls does not. */
export const mostGrowthMib = 16
/** Until then it may fill what it fills once. */
const longestWarmUpHours = 1

/** In words; empty: all calls are accounted for, nothing is left, memory is flat. */
export function faultsOfHours(end: SoakEnd): string[] {
  const { placed, completed, stored, atStart, left } = end
  const faults: string[] = []
  if (completed !== placed) faults.push(`${completed} of ${placed} calls were completed`)
  if (stored !== placed) faults.push(`${stored} of ${placed} calls are in the store`)
  for (const what of ['calls', 'dialogs', 'transactions', 'rtpSessions'] as const)
    if (left[what] !== 0) faults.push(`${left[what]} ${what} are left`)
  for (const what of ['sockets', 'timers'] as const)
    if (!(left[what] <= atStart[what])) faults.push(`${left[what]} ${what}, not ${atStart[what]} as at the start`)
  const { slopeMib, growthMib, hours } = memoryCourse(end.memory)
  if (hours >= judgedBySlopeHours) {
    if (!(slopeMib < mostSlopeMib)) faults.push(`memory grows by ${slopeMib.toFixed(2)} MiB in an hour`)
  } else if (!(growthMib < mostGrowthMib)) faults.push(`memory has grown by ${growthMib.toFixed(1)} MiB`)
  return faults
}

/** Whether what was counted is no more than at the start: the rest of the work of a call may be done a moment after its end. */
export function isBack(now: Remains, atStart: Remains): boolean {
  const nothing = now.calls + now.dialogs + now.transactions + now.rtpSessions === 0
  return nothing && now.sockets <= atStart.sockets && now.timers <= atStart.timers
}

export interface MemoryCourse {
  /** From the first look to the last. */
  readonly hours: number
  /** By the line through all looks after the warm-up, the first quarter or hour: MiB in an hour. */
  readonly slopeMib: number
  /** Mean of the last quarter less that of the second. */
  readonly growthMib: number
}

/** NaN where there are too few looks. */
export function memoryCourse(looks: readonly MemoryLook[]): MemoryCourse {
  const [first, last] = [looks[0]?.hour ?? 0, looks.at(-1)?.hour ?? 0]
  const hours = last - first
  const warm = first + Math.min(hours / 4, longestWarmUpHours)
  const quarter = (from: number) =>
    mean(
      looks
        .filter(({ hour }) => hour >= first + (from * hours) / 4 && hour <= first + ((from + 1) * hours) / 4)
        .map(({ bytes }) => bytes),
    )
  return {
    hours,
    slopeMib: slope(looks.filter(({ hour }) => hour >= warm)) / 2 ** 20,
    growthMib: (quarter(3) - quarter(1)) / 2 ** 20,
  }
}

/** Of the line with the least squares, bytes in an hour. */
function slope(looks: readonly MemoryLook[]): number {
  const [hour, bytes] = [mean(looks.map(look => look.hour)), mean(looks.map(look => look.bytes))]
  const along = looks.reduce((sum, look) => sum + (look.hour - hour) * (look.bytes - bytes), 0)
  const spread = looks.reduce((sum, look) => sum + (look.hour - hour) ** 2, 0)
  return along / spread
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
