/**
 * `npm run soak`: {@link soak} on virtual time for as many calls as you like, or {@link soakHours} in real time, on a process, for as
 * long as you like. Ends with exit code 1 if a call is not accounted for, anything is left, or memory has grown.
 *
 *   npm run soak -- [--calls 200000] [--plateaus 10]
 *   npm run build && npm run soak -- --hours 24 [--rate 50]
 */
import { parseArgs } from 'node:util'
import { createCollector } from './garbage.ts'
import { soak } from './soak.ts'
import { type SoakPart, soakHours } from './soak-hours.ts'
import { faultsOf } from './soak-verdict.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200000' },
    plateaus: { type: 'string', default: '10' },
    hours: { type: 'string' },
    rate: { type: 'string', default: '50' },
  },
})
/** What the heap may have grown by from the second quarter to the last: one that leaks a byte for each call passes, one that leaks calls does not. */
const mostGrowthMib = 16
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`.padStart(10)

async function onVirtualTime(): Promise<boolean> {
  const plateaus = Number(values.plateaus)
  console.log(
    '   calls  answered  in store  relayed  dialogs  transactions  RTP  sockets  timers  heap, busy  heap, quiet',
  )
  const played = await soak({
    plateaus,
    callsEach: Math.ceil(Number(values.calls) / plateaus),
    collectGarbage: createCollector(),
    onPlateau(plateau) {
      const { calls, answered, relayed, unaccounted, alive } = plateau
      console.log(
        [
          String(calls).padStart(8),
          String(answered).padStart(9),
          String(calls - unaccounted.length).padStart(9),
          String(relayed).padStart(8),
          String(alive.dialogs).padStart(8),
          String(alive.transactions).padStart(13),
          String(alive.rtpSessions).padStart(4),
          String(alive.sockets).padStart(8),
          String(alive.timers).padStart(7),
          mib(plateau.heapBusyBytes).padStart(11),
          mib(plateau.heapBytes).padStart(12),
        ].join(' '),
      )
    },
  })
  const faults = faultsOf(played)
  console.log(faults.length === 0 ? 'every call accounted for, nothing left, memory flat' : faults.join('\n'))
  return faults.length === 0
}

async function inRealTime(hours: number): Promise<boolean> {
  console.log('  minute     calls  CPU-ms/call  heap, floor     memory  worst loop p99')
  const { placed, completed, failed, stored, left, parts } = await soakHours({
    ...{ hours, callsPerSecond: Number(values.rate), checkout: new URL('../../', import.meta.url).pathname },
    onPart(part) {
      console.log(
        [
          part.minute.toFixed(1).padStart(8),
          String(part.calls).padStart(9),
          part.cpuMsPerCall.toFixed(2).padStart(12),
          `${part.heapFloorMib.toFixed(1)} MiB`.padStart(12),
          `${part.residentMib.toFixed(0)} MiB`.padStart(10),
          `${part.loopDelayMs.toFixed(0)} ms`.padStart(15),
        ].join(' '),
      )
    },
  })
  const quarter = Math.max(1, Math.floor(parts.length / 4))
  const growthMib = floorOf(parts.slice(-quarter)) - floorOf(parts.slice(quarter, 2 * quarter))
  console.log(`${completed} of ${placed} calls completed, ${failed} failed; ${stored} are in the store`)
  console.log(`left: ${left.calls} calls, ${left.dialogs} dialogs, ${left.transactions} transactions`)
  console.log(`the heap's floor has changed by ${growthMib.toFixed(1)} MiB from the second quarter to the last`)
  const nothingLeft = left.calls + left.dialogs + left.transactions === 0
  return completed === placed && stored === placed && nothingLeft && growthMib < mostGrowthMib
}

function floorOf(parts: readonly SoakPart[]): number {
  return Math.min(...parts.map(({ heapFloorMib }) => heapFloorMib))
}

process.exitCode = (await (values.hours === undefined ? onVirtualTime() : inRealTime(Number(values.hours)))) ? 0 : 1
