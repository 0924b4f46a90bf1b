/**
 * `npm run bench`: what a queue call costs. SIPp is caller and agent on one core, Strowger with its default store on
 * the other; CPU is the operating system's own count of the process with all its threads.
 *
 *   npm run bench -- [--rates 50,200,400] [--seconds 10] [--store pglite|memory] [--agents 200] [--waiting 1000]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cpuMs, residentKib, startOn } from './process.ts'
import { percentile, startAgents, startLoad } from './sipp.ts'

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '100,200,400,600,800' },
    seconds: { type: 'string', default: '10' },
    store: { type: 'string', default: 'pglite' },
    agents: { type: 'string', default: '200' },
    waiting: { type: 'string', default: '1000' },
  },
})

const strowgerCore = 0
const peersCore = 1
const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070 }
const talkMs = 100

const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
const agentCount = Number(values.agents)
const center = {
  queues: [
    { id: 'bench', answer: 'with-agent', wrapUpMs: 0, offerCooldownMs: 0, maxWaiting: 100_000 },
    { id: 'nobody', answer: 'with-agent', maxWaiting: 100_000 },
  ],
  agents: Array.from({ length: agentCount }, (_, i) => ({
    id: `a${i}`,
    contact: `sip:a${i}@127.0.0.1:${ports.agents}`,
    queues: ['bench'],
    alwaysAvailable: true,
  })),
  numbers: [
    { match: 'bench', queue: 'bench' },
    { match: 'nobody', queue: 'nobody' },
  ],
  trunks: [{ id: 'sipp', addresses: ['127.0.0.1/32'] }],
  media: { mode: 'direct' },
}
writeFileSync(join(folder, 'center.json'), JSON.stringify(center))

const server = startOn(
  strowgerCore,
  process.execPath,
  [new URL('../../dist/server/main.js', import.meta.url).pathname],
  {
    cwd: folder,
    env: {
      ...process.env,
      STROWGER_CENTER: join(folder, 'center.json'),
      DATABASE_URL: values.store === 'memory' ? 'memory://' : `pglite://${folder}/data`,
      SIP_LISTEN: `udp://127.0.0.1:${ports.sip}`,
      HTTP_PORT: String(ports.http),
      LOG_LEVEL: 'warn',
      ADMIN_PASSWORD: folder,
    },
  },
)
const pid = server.child.pid ?? 0
const agents = startAgents(peersCore, ports.agents)

async function waitReady(): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const ready = await fetch(`http://127.0.0.1:${ports.http}/readyz`).catch(() => null)
    if (ready?.ok === true) return
    if (server.child.exitCode !== null) break
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`the server did not start:\n${server.output()}`)
}

async function settle(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}

async function measure(callsPerSecond: number): Promise<void> {
  const calls = callsPerSecond * Number(values.seconds)
  const cpuBefore = cpuMs(pid)
  const begun = performance.now()
  const { successful, failed, ringTimesMs } = await startLoad({
    ...{ core: peersCore, scenario: 'uac', service: 'bench', sipPort: ports.sip, port: ports.callers },
    ...{ callsPerSecond, calls, pauseMs: talkMs },
  }).result
  const seconds = (performance.now() - begun) / 1000
  // The record of the last calls is written after them; it is part of their price.
  await settle(2_000)
  const cpu = cpuMs(pid) - cpuBefore
  const line = [
    String(callsPerSecond).padStart(6),
    (successful / seconds).toFixed(0).padStart(8),
    `${((100 * successful) / calls).toFixed(2)} %`.padStart(10),
    String(failed).padStart(7),
    (cpu / Math.max(1, successful)).toFixed(2).padStart(9),
    ...[0.5, 0.95, 0.99, 1].map(share => percentile(ringTimesMs, share).toFixed(1).padStart(8)),
    `${Math.round(residentKib(pid) / 1024)} MiB`.padStart(9),
  ]
  console.log(line.join(' '))
  await settle(1_000)
}

async function measureWaiting(calls: number): Promise<void> {
  const before = residentKib(pid)
  const load = startLoad({
    ...{ core: peersCore, scenario: 'waiting', service: 'nobody', sipPort: ports.sip, port: ports.callers },
    ...{ callsPerSecond: 200, calls, pauseMs: (calls / 200) * 1000 + 8_000 },
  })
  await settle((calls / 200) * 1000 + 5_000)
  const grown = residentKib(pid) - before
  console.log(
    `\n${calls} calls waiting: ${(grown / calls).toFixed(1)} KiB of resident memory each (garbage not yet collected included)`,
  )
  await load.result
}

try {
  await waitReady()
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, store ${values.store}, ${agentCount} agents, ${talkMs} ms of talk`,
  )
  console.log(
    "Strowger on one core, SIPp (caller and agents) on another; ring = INVITE sent to 180 received, SIPp's turn included\n",
  )
  console.log(' calls/s  done/s   complete  failed  CPU-ms/call  ring p50     p95      p99      max   memory')
  await measure(50)
  for (const rate of values.rates.split(',')) await measure(Number(rate))
  if (Number(values.waiting) > 0) await measureWaiting(Number(values.waiting))
} finally {
  agents.child.kill('SIGKILL')
  server.child.kill('SIGTERM')
  await server.exited
  rmSync(folder, { recursive: true, force: true })
}
