/**
 * `npm run flood`: packets of all kinds from one unknown address, over real UDP, against a server of one core, while others
 * want something of it: another unknown address asks for its options, and SIPp calls through a trunk (SIP.md §2 row 14).
 *
 *   npm run build && npm run flood -- [--seconds 60] [--packets 1500] [--calls 50] [--store pglite|memory]
 *
 * `--packets` and `--calls` are per second. Exit code 1 if the flood got more than 300 answers in a minute, if an answer or a call
 * of the others is missing or more than one in a hundred takes 100 ms, or if the flood left anything behind.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { junk } from '../../engine/b2bua/testing/junk.ts'
import { requestText } from '../../engine/sip/testing/wire.ts'
import { floodFaults } from './flood-verdict.ts'
import { cpuMs, residentKib } from './process.ts'
import { percentile, startAgents, startLoad } from './sipp.ts'
import { startSubject } from './subject.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    packets: { type: 'string', default: '1500' },
    calls: { type: 'string', default: '50' },
    store: { type: 'string', default: 'pglite' },
  },
})
const [seconds, packetsPerSec, callsPerSec] = [values.seconds, values.packets, values.calls].map(Number) as [
  number,
  number,
  number,
]
const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070 }
const addresses = { server: '127.0.0.1', flooder: '127.66.0.1', other: '127.66.0.2' }
const [strowgerCore, peersCore] = [0, 1]
/** An unknown address may have four answers in a second (`repliesPerMin`). */
const optionsPerSec = 3
const tickMs = 10
const lateMs = 2_000
const talkMs = 1_000
const warmUp = { callsPerSecond: 50, calls: 500 }
/** RFC 3261 §17: 32 s, and a little. */
const afterlifeMs = 40_000
const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

async function bind(host: string): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, host)
  await once(socket, 'listening')
  return socket
}

/** Sends so many packets in a second as evenly as a timer lets it. @returns how many were sent and answered */
async function flood(): Promise<{ readonly sent: number; readonly answers: number }> {
  const socket = await bind(addresses.flooder)
  let [sent, answers] = [0, 0]
  socket.on('message', () => answers++)
  const [begun, total] = [performance.now(), seconds * packetsPerSec]
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - begun) / 1_000) * packetsPerSec)
    while (sent < due) socket.send(junk(sent++), ports.sip, addresses.server)
    await wait(tickMs)
  }
  await wait(lateMs)
  socket.close()
  return { sent, answers }
}

/** @returns how long each answer took, in milliseconds, ascending; and how many requests there were */
async function askOptions(): Promise<{ readonly asked: number; readonly timesMs: readonly number[] }> {
  const socket = await bind(addresses.other)
  const [askedAt, timesMs] = [new Map<string, number>(), [] as number[]]
  socket.on('message', (bytes: Buffer) => {
    const now = performance.now()
    const text = bytes.toString()
    const callId = /^Call-ID: (.*)\r$/im.exec(text)?.[1] ?? ''
    const at = askedAt.get(callId)
    if (at === undefined || !text.startsWith('SIP/2.0 200 ')) return
    askedAt.delete(callId)
    timesMs.push(now - at)
  })
  const asked = seconds * optionsPerSec
  for (let serial = 0; serial < asked; serial++) {
    const callId = `other-${serial}`
    askedAt.set(callId, performance.now())
    const text = requestText({ method: 'OPTIONS', branch: `z9hG4bKother${serial}`, callId })
    socket.send(text, ports.sip, addresses.server)
    await wait(1_000 / optionsPerSec)
  }
  await wait(lateMs)
  socket.close()
  return { asked, timesMs: timesMs.sort((a, b) => a - b) }
}

const agents = startAgents(peersCore, ports.agents)
const subject = await startSubject({
  ...{ checkout: new URL('../../', import.meta.url).pathname, core: strowgerCore, agents: 4 * callsPerSec },
  ...{ store: values.store === 'memory' ? 'memory' : 'pglite' },
  ...{ sipPort: ports.sip, httpPort: ports.http, agentsPort: ports.agents },
})
try {
  const load = (callsPerSecond: number, calls: number) =>
    startLoad({
      ...{ core: peersCore, sipPort: ports.sip, service: 'bench', port: ports.callers },
      ...{ callsPerSecond, calls, pauseMs: talkMs, timeoutSec: seconds + 60 },
    }).result
  await load(warmUp.callsPerSecond, warmUp.calls)
  console.log(
    `${packetsPerSec} packets/s from one address for ${seconds} s; others: ${callsPerSec} calls/s, ${optionsPerSec} OPTIONS/s`,
  )
  const before = { cpu: cpuMs(subject.pid), kib: residentKib(subject.pid) }
  const [flooded, options, called] = await Promise.all([
    flood(),
    askOptions(),
    load(callsPerSec, callsPerSec * seconds),
  ])
  const after = { cpu: cpuMs(subject.pid), kib: residentKib(subject.pid) }
  await wait(afterlifeMs)
  const seen = {
    ...{ seconds, answers: flooded.answers },
    ...{ optionsLost: options.asked - options.timesMs.length, callsFailed: callsPerSec * seconds - called.successful },
    optionsP99Ms: percentile(options.timesMs, 0.99),
    ringP99Ms: percentile(called.ringTimesMs, 0.99),
    left: (await subject.figure('strowger_sip_dialogs')) + (await subject.figure('strowger_sip_transactions')),
  }
  console.log(
    [
      `${flooded.sent} packets got ${seen.answers} answers`,
      `${options.timesMs.length} of ${options.asked} OPTIONS were answered, p99 ${seen.optionsP99Ms.toFixed(1)} ms`,
      `${called.successful} of ${callsPerSec * seconds} calls were completed, INVITE to 180: p99 ${seen.ringP99Ms.toFixed(1)} ms`,
      `CPU of the server: ${((after.cpu - before.cpu) / seconds / 10).toFixed(0)} % of a core; its memory: ${Math.round(before.kib / 1024)} MiB before, ${Math.round(after.kib / 1024)} MiB after; dialogs and transactions left: ${seen.left}`,
    ].join('\n'),
  )
  const faults = floodFaults(seen)
  console.log(faults.length === 0 ? 'all as it must be' : faults.join('\n'))
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  agents.child.kill('SIGKILL')
  await subject.kill()
}
