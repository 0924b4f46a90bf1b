/**
 * `npm run overload`: a server of one core that is offered three times what it can carry, for as long as you like, by SIPp on
 * another core. Shown minute by minute: what was let in and what was sent away with 503, and when that stops after
 * the load has fallen to half of what it can carry.
 *
 *   npm run build && npm run overload -- [--minutes 10] [--times 3] [--capacity CALLS_PER_S] [--store pglite|memory]
 *
 * Capacity is what one core has been seen to carry with 99.5 % of the calls complete, unless it is given. Callers judge: a call that was
 * let in is answered by an agent and ended by a BYE that gets its 200; one that wasn't has a 503 with Retry-After. Exit code 1 if
 * any went otherwise, if one of those that talked already was harmed, or if calls are still sent away at the end.
 */
import { parseArgs } from 'node:util'
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
const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070, talkers: 15_071 }
const [strowgerCore, peersCore] = [0, 1]
const complete = 0.995
const search = { from: 50, growth: 1.25, seconds: 8, talkMs: 100 }
const flood = new URL('../scenarios/sipp/uac-flood.xml', import.meta.url).pathname
/** Of the flood: about so many of a second's calls are in progress at a time. */
const talkMs = 1_000
/** In progress when the flood begins, and as long as it goes on: they hang up in its last seconds. */
const talkers = { calls: 100, perSecond: 50 }
const recoverySec = 60

const wait = (sec: number) => new Promise<void>(resolve => setTimeout(resolve, sec * 1_000))
const load = (given: Omit<Load, 'core' | 'sipPort' | 'service'>) =>
  startLoad({ core: peersCore, sipPort: ports.sip, service: 'bench', timeoutSec: 86_400, ...given }).result

async function findCapacity(): Promise<number> {
  let capacity = 0
  for (let rate = search.from; ; rate = Math.round(rate * search.growth)) {
    const calls = rate * search.seconds
    const { successful } = await load({ port: ports.callers, callsPerSecond: rate, calls, pauseMs: search.talkMs })
    console.log(`${rate} calls/s: ${((100 * successful) / calls).toFixed(2)} % complete`)
    if (successful < calls * complete) break
    capacity = rate
  }
  await wait(8)
  if (capacity === 0) throw new Error(`this machine does not even carry ${search.from} calls/s`)
  return capacity
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

/** Seconds until nobody has been sent away any more; null: still at the end. */
async function calmAfter(subject: Subject, seconds: number): Promise<number | null> {
  const begun = performance.now()
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
  await load({ port: ports.callers, callsPerSecond: search.from, calls: 1_000, pauseMs: search.talkMs })
  const capacity = values.capacity === undefined ? await findCapacity() : Number(values.capacity)
  const [seconds, rate] = [Number(values.minutes) * 60, Math.round(capacity * Number(values.times))]
  console.log(`\n${rate} calls/s offered for ${seconds} s, ${talkers.calls} others talk already`)
  const talking = load({
    ...{ port: ports.talkers, callsPerSecond: talkers.perSecond, calls: talkers.calls, pauseMs: seconds * 1_000 },
  })
  await wait(talkers.calls / talkers.perSecond + 1)
  const before = await look(subject)
  const flooded = load({
    ...{ scenario: flood, port: ports.callers, atOnce: 30_000, pauseMs: talkMs },
    ...{ callsPerSecond: rate, calls: rate * seconds },
  })
  await showUntil(subject, flooded, Math.min(60, Math.max(5, seconds / 10)))
  const crowd = await flooded
  const after = await look(subject)

  const half = Math.round(capacity / 2)
  console.log(`\n${half} calls/s`)
  const recovering = load({
    ...{ scenario: flood, port: ports.callers, pauseMs: talkMs },
    ...{ callsPerSecond: half, calls: half * recoverySec },
  })
  const calmSec = await calmAfter(subject, recoverySec)
  const [late, talked] = [await recovering, await talking]
  const wellSent = crowd.ringTimesMs.length
  console.log(
    [
      `of ${crowd.successful + crowd.failed} calls ${crowd.successful + crowd.failed - wellSent} were let in; all but ${crowd.failed} ended in good order${inWords(crowd)},`,
      `${wellSent} were sent away with 503 and Retry-After, after ${[0.5, 0.99].map(share => percentile(crowd.ringTimesMs, share).toFixed(0)).join(' ms (median), ')} ms (p99)`,
      `CPU of the server: ${((after.cpu - before.cpu) / seconds / 10).toFixed(0)} % of a core`,
      `${talked.successful} of ${talkers.calls} who talked already hung up in good order${inWords(talked)}`,
      `at half of the capacity the last call was sent away after ${calmSec === null ? 'more than a minute' : `${calmSec.toFixed(1)} s`}; ${late.successful - late.ringTimesMs.length} of ${half * recoverySec} were let in, ${late.failed} failed${inWords(late)}`,
    ].join('\n'),
  )
  const harmed = crowd.failed + late.failed + (talkers.calls - talked.successful)
  process.exitCode = harmed === 0 && wellSent > 0 && calmSec !== null ? 0 : 1
} finally {
  agents.child.kill('SIGKILL')
  await subject.kill()
}
