/**
 * `npm run soak`: {@link soak} on virtual time for as many calls as you like, or {@link soakHours} in real time, on a process, for as
 * long as you like. Ends with exit code 1 if a call is not accounted for, anything is left, or memory has grown: of a process, which
 * runs for an hour or more, by 1 MiB in an hour.
 *
 *   npm run soak -- [--calls 200000] [--plateaus 10]
 *   npm run build && npm run soak -- --hours 24 [--rate 270]
 *
 * The rate is 30 % of what a core carries (README, "How fast").
 */
import { parseArgs } from 'node:util'
import { createCollector } from './garbage.ts'
import { soak } from './soak.ts'
import { soakHours } from './soak-hours.ts'
import { faultsOfHours, memoryCourse, mostSlopeMib } from './soak-hours-verdict.ts'
import { faultsOf } from './soak-verdict.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200000' },
    plateaus: { type: 'string', default: '10' },
    hours: { type: 'string' },
    rate: { type: 'string', default: '270' },
  },
})
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
  console.log('  minute     calls  CPU-ms/call  heap, buffers     memory  worst loop p99')
  const end = await soakHours({
    ...{ hours, callsPerSecond: Number(values.rate), checkout: new URL('../../', import.meta.url).pathname },
    onPart(part) {
      console.log(
        [
          part.minute.toFixed(1).padStart(8),
          String(part.calls).padStart(9),
          part.cpuMsPerCall.toFixed(2).padStart(12),
          `${part.memoryMib.toFixed(1)} MiB`.padStart(14),
          `${part.residentMib.toFixed(0)} MiB`.padStart(10),
          `${part.loopDelayMs.toFixed(0)} ms`.padStart(15),
        ].join(' '),
      )
    },
  })
  const { placed, completed, failed, stored, atStart, left } = end
  const course = memoryCourse(end.memory)
  const counts = (remains: typeof left) =>
    `${remains.calls} calls, ${remains.dialogs} dialogs, ${remains.transactions} transactions, ${remains.rtpSessions} RTP sessions, ${remains.sockets} sockets, ${remains.timers} timers`
  console.log(`${completed} of ${placed} calls completed, ${failed} failed; ${stored} are in the store`)
  console.log(`at the start: ${counts(atStart)}\n        left: ${counts(left)}`)
  console.log(
    `memory: ${course.slopeMib.toFixed(2)} MiB in an hour by the line through ${course.hours.toFixed(1)} hours (less than ${mostSlopeMib}, of an hour or more); ${course.growthMib.toFixed(1)} MiB from the second quarter to the last`,
  )
  const faults = faultsOfHours(end)
  console.log(faults.length === 0 ? 'every call accounted for, nothing left, memory flat' : faults.join('\n'))
  return faults.length === 0
}

process.exitCode = (await (values.hours === undefined ? onVirtualTime() : inRealTime(Number(values.hours)))) ? 0 : 1
