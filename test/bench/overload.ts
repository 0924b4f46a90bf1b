/**
 * `npm run overload`: a server of one core that is offered three times what it can carry, for as long as you like, by SIPp on
 * another core. Shown minute by minute: what was let in and what was sent away with 503, and when that stops after
 * the load has fallen to half of what it can carry.
 *
 *   npm run build && npm run overload -- [--minutes 10] [--times 3] [--capacity CALLS_PER_S] [--store pglite|memory]
 *
 * Capacity is the peak: the most calls that one core has been seen to complete in a second with 99.5 % of them complete, unless it
 * is given. Callers judge: a call that was let in is answered by an agent and ended by a BYE that gets its 200; one that wasn't has a
 * 503 with Retry-After. Exit code 1 if any went otherwise, if one of those that talked already was harmed, if fewer than 90 % of the
 * peak were completed meanwhile, or if calls are sent away for longer than 10 s at half of it.
 */
import { parseArgs } from 'node:util'
import { leastGoodput, mostCalmSec, overloadFaults } from './overload-verdict.ts'
import { findPeak } from './peak.ts'
import { cpuMs, residentKib } from './process.ts'
import { type Load, type LoadResult, percentile, startAgents, startLoad } from './sipp.ts'
import { type Subject, startSubject } from './subject.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    times: { type: 'string', default: '3' },
    capacity: { type: 'string' },
    store: { type: 'string', default: 'pglite' },
  },
})
const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070, talkers: 15_071, later: 15_072 }
const [strowgerCore, peersCore] = [0, 1]
const complete = 0.995
const search = { fromPerSec: 50, growth: 1.5, finest: 1.03 }
/** As in the bench: what is measured is no center in its first minute. */
const warmUp = { perSec: 200, seconds: 60 }
const searchSec = 10
const flood = new URL('../scenarios/sipp/uac-flood.xml', import.meta.url).pathname
/** Of the flood: about so many of a second's calls are in progress at a time. */
const talkMs = 1_000
/** In progress when the flood begins, and as long as it goes on: they hang up in its last seconds. */
const talkers = { calls: 100, perSecond: 50 }
const recoverySec = 60

const wait = (sec: number) => new Promise<void>(resolve => setTimeout(resolve, sec * 1_000))
const load = (given: Omit<Load, 'core' | 'sipPort' | 'service'>) =>
  startLoad({ core: peersCore, sipPort: ports.sip, service: 'bench', timeoutSec: 86_400, ...given }).result

interface Offered {
  /** Let in and ended in good order. */
  readonly completed: number
  readonly completedPerSec: number
  readonly failed: number
  readonly sentAway: number
  /** By how much SIPp was too slow for the rate. */
  readonly lateSec: number
  readonly result: LoadResult
}

/** Offers calls of the flood and tells what became of them. */
async function offer(perSec: number, seconds: number, port = ports.callers): Promise<Offered> {
  const result = await load({
    ...{ scenario: flood, port, atOnce: 30_000, pauseMs: talkMs },
    ...{ callsPerSecond: perSec, calls: perSec * seconds },
  })
  const { successful, failed, refused: sentAway, offeredSec } = result
  const completed = successful - sentAway
  // SIPp tells once a second how far it is.
  const lateSec = Math.max(0, offeredSec - 1 - seconds)
  return { completed, completedPerSec: completed / (seconds + lateSec), failed, sentAway, lateSec, result }
}

/** Waits until nobody is sent away any more. */
async function calm(subject: Subject): Promise<void> {
  while ((await subject.figure('strowger_overloaded')) !== 0) await wait(1)
}

async function findCapacity(subject: Subject): Promise<number> {
  const peakPerSec = await findPeak({
    ...search,
    async run(perSec) {
      const { completed, completedPerSec } = await offer(perSec, searchSec)
      const share = completed / (perSec * searchSec)
      console.log(
        `${perSec} calls/s: ${(100 * share).toFixed(2)} % complete, ${completedPerSec.toFixed(0)} completed in a second`,
      )
      await calm(subject)
      return { completedPerSec, isComplete: share >= complete }
    },
  })
  await wait(8)
  return peakPerSec
}

interface Seen {
  readonly letIn: number
  /** Copies of an INVITE that was sent away count again. */
  readonly sentAway: number
  readonly cpu: number
}

async function look(subject: Subject): Promise<Seen> {
  const letIn = await subject.figure('strowger_calls_total')
  return { letIn, sentAway: await subject.figure('strowger_calls_shed_total'), cpu: cpuMs(subject.pid) }
}

async function showUntil(subject: Subject, end: Promise<unknown>, everySec: number): Promise<void> {
  console.log('  second  let in/s  sent away/s  CPU  loop p99     memory')
  let going = true
  const stop = () => {
    going = false
  }
  end.then(stop, stop)
  const begun = performance.now()
  let [before, at] = [await look(subject), begun]
  await subject.loopDelayMs()
  while (going) {
    await Promise.race([wait(everySec), end])
    const loopDelayMs = await subject.loopDelayMs()
    const [now, nowAt] = [await look(subject), performance.now()]
    const sec = (nowAt - at) / 1_000
    const line = [
      ((nowAt - begun) / 1_000).toFixed(0).padStart(8),
      ((now.letIn - before.letIn) / sec).toFixed(0).padStart(9),
      ((now.sentAway - before.sentAway) / sec).toFixed(0).padStart(12),
      `${((now.cpu - before.cpu) / sec / 10).toFixed(0)} %`.padStart(6),
      `${loopDelayMs.toFixed(0)} ms`.padStart(8),
      `${Math.round(residentKib(subject.pid) / 1024)} MiB`.padStart(10),
    ]
    console.log(line.join(' '))
    ;[before, at] = [now, nowAt]
  }
}

/**
 * Seconds until nobody has been sent away any more; null: still at the end.
 * @param begun when the load has fallen
 */
async function calmAfter(subject: Subject, begun: number, seconds: number): Promise<number | null> {
  let [count, last] = [await subject.figure('strowger_calls_shed_total'), 0]
  for (let second = 0; second < seconds; second++) {
    await wait(1)
    const now = await subject.figure('strowger_calls_shed_total')
    if (now > count) last = (performance.now() - begun) / 1_000
    count = now
  }
  return last > seconds - 5 ? null : last
}

/** Why calls failed. */
function inWords({ failures }: LoadResult): string {
  const reasons = [...failures].map(([reason, count]) => `${count} ${reason}`)
  return reasons.length === 0 ? '' : ` (${reasons.join(', ')})`
}

const agents = startAgents(peersCore, ports.agents)
const subject = await startSubject({
  ...{ checkout: new URL('../../', import.meta.url).pathname, core: strowgerCore, agents: 2_000 },
  ...{ store: values.store === 'memory' ? 'memory' : 'pglite' },
  ...{ sipPort: ports.sip, httpPort: ports.http, agentsPort: ports.agents },
})
try {
  await offer(warmUp.perSec, warmUp.seconds)
  const capacity = values.capacity === undefined ? await findCapacity(subject) : Number(values.capacity)
  const [seconds, rate] = [Math.round(Number(values.minutes) * 60), Math.round(capacity * Number(values.times))]
  console.log(`\n${rate} calls/s offered for ${seconds} s, ${talkers.calls} others talk already`)
  const talking = load({
    ...{ port: ports.talkers, callsPerSecond: talkers.perSecond, calls: talkers.calls, pauseMs: seconds * 1_000 },
  })
  await wait(talkers.calls / talkers.perSecond + 1)
  const before = await look(subject)
  const flooded = offer(rate, seconds)
  // Not to its end: some who got no answer may try for half a minute more.
  await showUntil(subject, wait(seconds), Math.min(60, Math.max(5, seconds / 10)))
  const fellAt = performance.now()
  const after = await look(subject)

  const half = Math.round(capacity / 2)
  console.log(`\n${half} calls/s`)
  const recovering = offer(half, recoverySec, ports.later)
  const calmAfterSec = await calmAfter(subject, fellAt, recoverySec)
  const [crowd, late, talked] = [await flooded, await recovering, await talking]
  const calmSec = calmAfterSec === null ? null : Math.max(0, calmAfterSec - crowd.lateSec)
  const { sentAway, completedPerSec: goodputPerSec } = crowd
  const sentAwayMs = [0.5, 0.99].map(share => percentile(crowd.result.ringTimesMs, share).toFixed(0))
  console.log(
    [
      `of ${rate * seconds} calls ${crowd.completed + crowd.failed} were let in; all but ${crowd.failed} ended in good order${inWords(crowd.result)},`,
      `${sentAway} were sent away with 503 and Retry-After, after ${sentAwayMs.join(' ms (median), ')} ms (p99)`,
      `CPU of the server: ${((after.cpu - before.cpu) / seconds / 10).toFixed(0)} % of a core`,
      `${talked.successful} of ${talkers.calls} who talked already hung up in good order${inWords(talked)}`,
      `goodput: ${goodputPerSec.toFixed(0)} calls/s, ${((100 * goodputPerSec) / capacity).toFixed(0)} % of the peak of ${capacity.toFixed(0)} (at least ${100 * leastGoodput} %)`,
      `at half of the peak the last call was sent away after ${calmSec === null ? 'more than a minute' : `${calmSec.toFixed(1)} s`} (at most ${mostCalmSec} s); ${late.completed} of ${half * recoverySec} were let in, ${late.failed} failed${inWords(late.result)}`,
    ].join('\n'),
  )
  const harmed = crowd.failed + late.failed + (talkers.calls - talked.successful)
  const faults = overloadFaults({ peakPerSec: capacity, goodputPerSec, sentAway, harmed, calmSec })
  console.log(faults.length === 0 ? 'all as it must be' : faults.join('\n'))
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  agents.child.kill('SIGKILL')
  await subject.kill()
}
