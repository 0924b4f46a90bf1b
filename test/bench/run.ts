/**
 * `npm run bench`: what a queue call costs. SIPp is caller and agent on one core, Strowger with its default store on
 * the other; CPU is the operating system's own count of the process with all its threads.
 *
 *   npm run bench -- [--rates 100,200,400,600,800] [--seconds 10] [--store pglite|memory] [--agents 200]
 *                    [--waiting 1000,10000] [--flat-waiting 10,1000,10000] [--flat-agents 10,500,5000]
 *                    [--against COMMIT] [--profile]
 *
 * `--flat-waiting` and `--flat-agents` show whether the price grows with the calls that wait or with the agents that there are;
 * `--against` measures another commit in turns with this one (A B A B); `--profile` tells the share of each layer.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkOut } from './checkout.ts'
import { flatSeries, numbersOf } from './flat.ts'
import { measureProcess } from './flat-process.ts'
import { canCapture, captureInvites } from './invite-delays.ts'
import { cpuMs, cpuMsByThread, residentKib } from './process.ts'
import { sharesByLayer } from './profile.ts'
import { percentile, startAgents, startLoad } from './sipp.ts'
import { type Subject, type SubjectOptions, startSubject } from './subject.ts'
import { measureWaiting } from './waiting.ts'

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '100,200,400,600,800' },
    seconds: { type: 'string', default: '10' },
    store: { type: 'string', default: 'pglite' },
    agents: { type: 'string', default: '200' },
    waiting: { type: 'string', default: '1000,10000' },
    'flat-waiting': { type: 'string', default: '' },
    'flat-agents': { type: 'string', default: '' },
    against: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
})

const strowgerCore = 0
const peersCore = 1
const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070, crowd: 15_071 }
const talkMs = 100
/**
 * Calls that make the code warm before anything is measured: V8 goes on compiling the functions that a call needs for some
 * 12,000 of them (`npm run bench:engine -- --calls 4000` shows it), and a center does not stay in its first minute.
 */
const warmUp = { callsPerSecond: 200, seconds: 60 }

const isCapturing = canCapture()

const settle = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

function start(checkout: string, more: Partial<SubjectOptions> = {}): Promise<Subject> {
  return startSubject({
    checkout,
    core: strowgerCore,
    store: values.store === 'memory' ? 'memory' : 'pglite',
    agents: Number(values.agents),
    sipPort: ports.sip,
    httpPort: ports.http,
    agentsPort: ports.agents,
    ...more,
  })
}

async function load(callsPerSecond: number, seconds: number) {
  const calls = callsPerSecond * seconds
  return startLoad({
    ...{ core: peersCore, service: 'bench', sipPort: ports.sip, port: ports.callers },
    ...{ callsPerSecond, calls, pauseMs: talkMs },
  }).result
}

/** Milliseconds for a call. */
function printThreads(threads: Iterable<readonly [name: string, ms: number]>): void {
  const shown = [...threads].filter(([, ms]) => ms >= 0.01)
  console.log(`        of it ${shown.map(([name, ms]) => `${name} ${ms.toFixed(2)}`).join(', ')}`)
}

async function measureRate(subject: Subject, callsPerSecond: number): Promise<void> {
  const seconds = Number(values.seconds)
  await subject.loopDelayMs()
  const cpuBefore = cpuMs(subject.pid)
  const threadsBefore = cpuMsByThread(subject.pid)
  const capture = isCapturing ? await captureInvites(peersCore, ports.sip) : null
  const begun = performance.now()
  const { successful, failed, ringTimesMs } = await load(callsPerSecond, seconds)
  const tookSec = (performance.now() - begun) / 1_000
  const loopDelayMs = await subject.loopDelayMs()
  // The record of the last calls is written after them; it is part of their price.
  await settle(2_000)
  const cpu = cpuMs(subject.pid) - cpuBefore
  const line = [
    String(callsPerSecond).padStart(6),
    (successful / tookSec).toFixed(0).padStart(8),
    `${((100 * successful) / (callsPerSecond * seconds)).toFixed(2)} %`.padStart(10),
    String(failed).padStart(7),
    (cpu / Math.max(1, successful)).toFixed(2).padStart(12),
    ...[0.5, 0.95, 0.99, 1].map(share => percentile(ringTimesMs, share).toFixed(1).padStart(8)),
    loopDelayMs.toFixed(1).padStart(9),
    `${Math.round(residentKib(subject.pid) / 1024)} MiB`.padStart(10),
  ]
  console.log(line.join(' '))
  const threads = [...cpuMsByThread(subject.pid)].map(
    ([name, ms]) => [name, (ms - (threadsBefore.get(name) ?? 0)) / Math.max(1, successful)] as const,
  )
  printThreads(threads)
  if (capture !== null) printDelays(await capture.stop())
  await settle(1_000)
}

function printDelays(ms: readonly number[]): void {
  const shown = [0.5, 0.95, 0.99, 1].map(share => percentile(ms, share).toFixed(1))
  console.log(
    `        INVITE to agent's INVITE on the wire: p50, p95, p99, max ${shown.join(', ')} ms of ${ms.length} calls`,
  )
}

async function measureRates(name: string, checkout: string): Promise<void> {
  const subject = await start(checkout)
  try {
    await load(warmUp.callsPerSecond, warmUp.seconds)
    console.log(`\n${name}`)
    console.log(
      ' calls/s  done/s   complete  failed  CPU-ms/call ring p50      p95      p99      max  loop p99     memory',
    )
    for (const rate of numbersOf(values.rates)) await measureRate(subject, rate)
  } finally {
    await subject.stop()
  }
}

async function measureFlat(checkout: string): Promise<void> {
  for (const { name, points } of flatSeries(numbersOf(values['flat-waiting']), numbersOf(values['flat-agents']))) {
    console.log(`\n${name}\n others  calls/s  CPU-ms/call  at rest, CPU-ms/s  refused  loop p99     memory`)
    for (const { others, surroundings } of points) {
      const bench = {
        start: (more: Partial<SubjectOptions>) => start(checkout, more),
        load: { core: peersCore, sipPort: ports.sip },
        ports: [ports.callers, ports.crowd] as const,
      }
      const figure = await measureProcess(bench, surroundings)
      const line = [
        String(others).padStart(7),
        figure.callsPerSecond.toFixed(0).padStart(8),
        figure.cpuMsPerCall.toFixed(2).padStart(12),
        (figure.restMsPerSecond?.toFixed(1) ?? '-').padStart(18),
        String(figure.refused).padStart(8),
        figure.loopDelayMs.toFixed(1).padStart(9),
        `${Math.round(figure.residentMib)} MiB`.padStart(10),
      ]
      console.log(line.join(' '))
      printThreads(figure.cpuMsPerCallByThread)
    }
  }
}

async function measureLayers(checkout: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-profile-'))
  const subject = await start(checkout, { profileTo: folder })
  try {
    await load(200, 30)
  } finally {
    await subject.stop()
  }
  console.log('\nshare of each layer at 200 calls/s, start included')
  for (const [layer, share] of sharesByLayer(folder)) {
    if (share < 0.005) break
    console.log(`${(100 * share).toFixed(1).padStart(6)} %  ${layer}`)
  }
  rmSync(folder, { recursive: true, force: true })
}

const here = new URL('../../', import.meta.url).pathname
const other = values.against === undefined ? null : checkOut(values.against)
const agents = startAgents(peersCore, ports.agents)
try {
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, store ${values.store}, ${values.agents} agents, ${talkMs} ms of talk`,
  )
  console.log(
    "Strowger on one core, SIPp (caller and agents) on another; ring = INVITE sent to 180 received, SIPp's turn included",
  )
  if (!isCapturing)
    console.log("left out for want of tcpdump, and of root: a caller's INVITE to the agent's, on the wire")
  for (let turn = 1; values.rates !== '' && turn <= (other === null ? 1 : 2); turn++) {
    if (other !== null) await measureRates(String(values.against), other.folder)
    await measureRates('this checkout', here)
  }
  if (values.waiting !== '') {
    console.log('')
    for (const { calls, kibEach } of await measureWaiting(numbersOf(values.waiting)))
      console.log(`${String(calls).padStart(6)} calls waiting: ${kibEach.toFixed(1)} KiB of the engine's memory each`)
  }
  await measureFlat(here)
  if (values.profile) await measureLayers(here)
} finally {
  agents.child.kill('SIGKILL')
  other?.remove()
}
