/**
 * A soak in real time: a server process on its default store, SIPp as caller and agents at a moderate rate, for hours. What is
 * seen at the end of each part of it must not depend on how long it has been going on.
 */
import { openDatabase } from '../../db/index.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { cpuMs, residentKib } from './process.ts'
import { startAgents, startLoad } from './sipp.ts'
import { type Subject, startSubject } from './subject.ts'

export interface SoakPart {
  readonly minute: number
  /** Since the last part. */
  readonly calls: number
  readonly cpuMsPerCall: number
  /** The least that was seen in the part, so that it is near to what a collection leaves. */
  readonly heapFloorMib: number
  readonly residentMib: number
  readonly loopDelayMs: number
}

export interface SoakEnd {
  readonly placed: number
  /** By SIPp. */
  readonly completed: number
  readonly failed: number
  /** Answered visits in the database, after the server has stopped. */
  readonly stored: number
  /** When every transaction has had its time. */
  readonly left: { readonly calls: number; readonly dialogs: number; readonly transactions: number }
  readonly parts: readonly SoakPart[]
}

export interface SoakHours {
  readonly hours: number
  readonly callsPerSecond: number
  /** A built one. */
  readonly checkout: string
  onPart(part: SoakPart): void
}

const ports = { sip: 15_060, http: 18_080, agents: 15_090, callers: 15_070 }
const [strowgerCore, peersCore] = [0, 1]
const talkMs = 1_000
const parts = 20
const lookMs = 2_000
/** RFC 3261 §17: 32 s, and a little. */
const afterlifeMs = 40_000
const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** @throws Error if the server or SIPp does not begin */
export async function soakHours({ hours, callsPerSecond, checkout, onPart }: SoakHours): Promise<SoakEnd> {
  const seconds = Math.round(hours * 3_600)
  const placed = seconds * callsPerSecond
  const agents = startAgents(peersCore, ports.agents)
  const subject = await startSubject({
    ...{ checkout, core: strowgerCore, store: 'pglite', agents: Math.max(50, 4 * callsPerSecond) },
    ...{ sipPort: ports.sip, httpPort: ports.http, agentsPort: ports.agents },
  })
  try {
    const load = startLoad({
      ...{ core: peersCore, service: 'bench', sipPort: ports.sip, port: ports.callers },
      ...{ callsPerSecond, calls: placed, pauseMs: talkMs, timeoutSec: seconds + 600, atOnce: 100 * callsPerSecond },
    })
    const seen: SoakPart[] = []
    const begun = performance.now()
    while (load.bound.child.exitCode === null) {
      const part = await watchPart(subject, (seconds * 1_000) / parts, begun, load.bound.exited)
      seen.push(part)
      onPart(part)
    }
    const { successful, failed } = await load.result
    await wait(afterlifeMs)
    const left = {
      calls: await subject.figure('strowger_calls_active'),
      dialogs: await subject.figure('strowger_sip_dialogs'),
      transactions: await subject.figure('strowger_sip_transactions'),
    }
    let stored = 0
    await subject.stop(async databaseUrl => {
      stored = await answeredIn(databaseUrl)
    })
    return { placed, completed: successful, failed, stored, left, parts: seen }
  } catch (error) {
    await subject.kill()
    throw error
  } finally {
    agents.child.kill('SIGKILL')
  }
}

async function watchPart(subject: Subject, ms: number, begun: number, end: Promise<unknown>): Promise<SoakPart> {
  const callsBefore = await subject.figure('strowger_calls_total')
  const cpuBefore = cpuMs(subject.pid)
  const until = performance.now() + ms
  let [heap, loopDelayMs, over] = [Number.POSITIVE_INFINITY, 0, false]
  void end.then(() => {
    over = true
  })
  while (performance.now() < until && !over) {
    await Promise.race([wait(Math.min(lookMs, until - performance.now())), end])
    // First, because each look at the metrics begins the delay anew.
    loopDelayMs = Math.max(loopDelayMs, await subject.loopDelayMs())
    heap = Math.min(heap, await subject.figure('nodejs_heap_size_used_bytes'))
  }
  const calls = (await subject.figure('strowger_calls_total')) - callsBefore
  return {
    minute: (performance.now() - begun) / 60_000,
    calls,
    cpuMsPerCall: (cpuMs(subject.pid) - cpuBefore) / Math.max(1, calls),
    heapFloorMib: heap / 2 ** 20,
    residentMib: residentKib(subject.pid) / 1024,
    loopDelayMs,
  }
}

async function answeredIn(databaseUrl: string): Promise<number> {
  const { store } = await openDatabase(databaseUrl, { tenant: 'default', logger: silentLogger })
  await store.open()
  const totals = await store.queueTotals(new Date(0).toISOString(), {})
  await store.close()
  return totals.reduce((sum, { answered }) => sum + answered, 0)
}
