/** What is wrong with a soak. */
import type { Alive, Plateau, Soak } from './soak.ts'

/** What the heap may have grown by from the second plateau to the last: the first pays for what is made once. A leak of 1 KiB in a call would be 12 MiB in the shortest of runs. */
const mostGrowthBytes = 4 * 2 ** 20
/** What a call may leave until its transactions have had their 32 s (RFC 3261 §17): the messages' texts, not the call. */
const mostAfterlifeBytes = 16 * 1024

/** In words; empty: every call is accounted for, nothing is left, memory is flat. */
export function faultsOf({ plateaus, actors, end }: Soak): string[] {
  const [first, ...others] = plateaus
  const faults = plateaus.flatMap((plateau, index) =>
    faultsOfPlateau(plateau).map(fault => `plateau ${index + 1}: ${fault}`),
  )
  if (first === undefined) return ['nothing was played']
  for (const { alive } of others)
    faults.push(...differences(alive, first.alive).map(what => `${what} after the first plateau`))
  if (actors.last !== actors.first) faults.push(`${actors.last} actors, not ${actors.first} as after the first plateau`)
  // A stopped engine has no timer, no socket and no session; its agents go with it.
  for (const what of ['dialogs', 'transactions', 'activeCalls', 'rtpSessions', 'sockets', 'timers'] as const)
    if (end[what] !== 0) faults.push(`${end[what]} ${what} when it has stopped`)
  const grown = (others.at(-1)?.heapBytes ?? 0) - (others[0]?.heapBytes ?? 0)
  if (grown >= mostGrowthBytes) faults.push(`the heap has grown by ${grown} bytes`)
  return faults
}

function faultsOfPlateau(plateau: Plateau): string[] {
  const { calls, answered, completed, relayed, unaccounted, alive } = plateau
  const faults = unaccounted.slice(0, 5)
  if (unaccounted.length > 0) faults.push(`${unaccounted.length} calls are not in the store as they were`)
  if (answered !== calls) faults.push(`${answered} of ${calls} calls were answered`)
  if (completed !== calls) faults.push(`${completed} of ${calls} calls were completed`)
  if (relayed !== Math.floor(calls / 2)) faults.push(`${relayed} of ${calls} calls were relayed, not half`)
  for (const what of ['dialogs', 'transactions', 'activeCalls', 'rtpSessions'] as const)
    if (alive[what] !== 0) faults.push(`${alive[what]} ${what} are left`)
  const afterlife = (plateau.heapBusyBytes - plateau.heapBytes) / calls
  if (afterlife >= mostAfterlifeBytes) faults.push(`a call leaves ${Math.round(afterlife)} bytes to its transactions`)
  return faults
}

function differences(alive: Alive, before: Alive): string[] {
  return (['sockets', 'timers'] as const).flatMap(what =>
    alive[what] === before[what] ? [] : [`${alive[what]} ${what}, not ${before[what]} as`],
  )
}
