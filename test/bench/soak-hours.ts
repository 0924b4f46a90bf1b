/**
 * A soak in real time: a server process on its default store, SIPp as caller and agents at a moderate rate, audio relayed, for hours.
 * What is seen at the end of each part of it must not depend on how long it has been going on.
 */
import { openDatabase } from '../../db/index.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { type Inspector, inspect } from './inspector.ts'
import { cpuMs, openSockets, residentKib } from './process.ts'
import { startAgents, startLoad } from './sipp.ts'
import { isBack, type MemoryLook } from './soak-hours-verdict.ts'
import { type Subject, startSubject } from './subject.ts'

export interface SoakPart {
  readonly minute: number
  /** Since the last part. */
  readonly calls: number
  readonly cpuMsPerCall: number
  /** Of the signalling thread, after a collection. */
  readonly memoryMib: number
  readonly residentMib: number
  /** Without those of collections that were asked for here. */
  readonly loopDelayMs: number
}

/** What is alive when every transaction has had its time. */
export interface Remains {
  readonly calls: number
  readonly dialogs: number
  readonly transactions: number
  readonly rtpSessions: number
  /** Of all threads: two for each RTP port pair, and those of SIP, HTTP and the database. */
  readonly sockets: number
  readonly timers: number
}

export interface SoakEnd {
  /** Those before the start, for what is only made once, among them. */
  readonly placed: number
  /** By SIPp. */
  readonly completed: number
  readonly failed: number
  /** Answered visits in the database, after the server has stopped. */
  readonly stored: number
  readonly atStart: Remains
  readonly left: Remains
  readonly memory: readonly MemoryLook[]
  readonly parts: readonly SoakPart[]
}

export interface SoakHours {
  readonly hours: number
  readonly callsPerSecond: number
  /** A built one. */
  readonly checkout: string
  onPart(part: SoakPart): void
}

const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070, inspector: 18_081 }
const [strowgerCore, peersCore] = [0, 1]
const talkMs = 1_000
const warmUpSec = 10
const leastParts = 20
const longestPartMs = 10 * 60_000
const lookMs = 2_000
const memoryLookMs = 30_000
/** RFC 3261 §17: 32 s, and a little. */
const afterlifeMs = 40_000
/** How long the last of it may take beyond that. */
const patienceMs = 60_000
const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** @throws Error if the server or SIPp does not begin */
export async function soakHours({ hours, callsPerSecond, checkout, onPart }: SoakHours): Promise<SoakEnd> {
  const seconds = Math.round(hours * 3_600)
  const agents = startAgents(peersCore, ports.agents)
  const subject = await startSubject({
    ...{ checkout, core: strowgerCore, store: 'pglite', mode: 'relay', agents: Math.max(50, 4 * callsPerSecond) },
    ...{ sipPort: ports.sip, httpPort: ports.http, agentsPort: ports.agents, inspectorPort: ports.inspector },
  })
  const inspector = await inspect(ports.inspector)
  const load = (calls: number) =>
    startLoad({
      ...{ core: peersCore, service: 'bench', sipPort: ports.sip, port: ports.callers },
      ...{ callsPerSecond, calls, pauseMs: talkMs, timeoutSec: seconds + 600, atOnce: 100 * callsPerSecond },
      // A day of them is more than a string can hold.
      keepTimes: false,
    })
  try {
    const first = await load(warmUpSec * callsPerSecond).result
    await wait(afterlifeMs)
    const atStart = await remainsOf(subject, inspector)
    const going = load(seconds * callsPerSecond)
    const watch = new Watch(subject, inspector)
    const partMs = Math.min(longestPartMs, (seconds * 1_000) / leastParts)
    const parts: SoakPart[] = []
    while (going.bound.child.exitCode === null) {
      const part = await watch.part(partMs, going.bound.exited)
      parts.push(part)
      onPart(part)
    }
    const { successful, failed } = await going.result
    await wait(afterlifeMs)
    const left = await remainsAfter(subject, inspector, atStart)
    let stored = 0
    inspector.close()
    await subject.stop(async databaseUrl => {
      stored = await answeredIn(databaseUrl)
    })
    return {
      placed: (warmUpSec + seconds) * callsPerSecond,
      ...{ completed: first.successful + successful, failed: first.failed + failed },
      ...{ stored, atStart, left, memory: watch.memory, parts },
    }
  } catch (error) {
    inspector.close()
    await subject.kill()
    throw error
  } finally {
    agents.child.kill('SIGKILL')
  }
}

/** Goes on from part to part. */
class Watch {
  readonly memory: MemoryLook[] = []
  readonly #subject: Subject
  readonly #inspector: Inspector
  readonly #begun = performance.now()
  #nextLookAt = 0

  constructor(subject: Subject, inspector: Inspector) {
    this.#subject = subject
    this.#inspector = inspector
  }

  async part(ms: number, end: Promise<unknown>): Promise<SoakPart> {
    const subject = this.#subject
    const callsBefore = await subject.figure('strowger_calls_total')
    const cpuBefore = cpuMs(subject.pid)
    const until = performance.now() + ms
    let [loopDelayMs, over] = [0, false]
    void end.then(() => {
      over = true
    })
    while (performance.now() < until && !over) {
      await Promise.race([wait(Math.min(lookMs, until - performance.now())), end])
      // First, because each look at the metrics begins the delay anew.
      loopDelayMs = Math.max(loopDelayMs, await subject.loopDelayMs())
      if (performance.now() < this.#nextLookAt || over) continue
      this.#nextLookAt = performance.now() + Math.min(ms, memoryLookMs)
      await this.#lookAtMemory()
    }
    const calls = (await subject.figure('strowger_calls_total')) - callsBefore
    return {
      minute: (performance.now() - this.#begun) / 60_000,
      calls,
      cpuMsPerCall: (cpuMs(subject.pid) - cpuBefore) / Math.max(1, calls),
      memoryMib: (this.memory.at(-1)?.bytes ?? Number.NaN) / 2 ** 20,
      residentMib: residentKib(subject.pid) / 1024,
      loopDelayMs,
    }
  }

  async #lookAtMemory(): Promise<void> {
    const { memoryBytes: bytes } = await this.#inspector.look()
    this.memory.push({ hour: (performance.now() - this.#begun) / 3_600_000, bytes })
    await this.#subject.loopDelayMs()
  }
}

async function remainsOf(subject: Subject, inspector: Inspector): Promise<Remains> {
  return {
    calls: await subject.figure('strowger_calls_active'),
    dialogs: await subject.figure('strowger_sip_dialogs'),
    transactions: await subject.figure('strowger_sip_transactions'),
    rtpSessions: await subject.figure('strowger_rtp_sessions'),
    sockets: openSockets(subject.pid),
    timers: (await inspector.look()).timers,
  }
}

/** As it is when it is back where it began, or has not come back in a minute. */
async function remainsAfter(subject: Subject, inspector: Inspector, atStart: Remains): Promise<Remains> {
  const until = performance.now() + patienceMs
  for (;;) {
    const now = await remainsOf(subject, inspector)
    if (isBack(now, atStart) || performance.now() >= until) return now
    await wait(1_000)
  }
}

async function answeredIn(databaseUrl: string): Promise<number> {
  const { store } = await openDatabase(databaseUrl, { tenant: 'default', logger: silentLogger })
  await store.open()
  const totals = await store.queueTotals(new Date(0).toISOString(), {})
  await store.close()
  return totals.reduce((sum, { answered }) => sum + answered, 0)
}
