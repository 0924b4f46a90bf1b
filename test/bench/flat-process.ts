/** The real process among so many others: SIPp fills the queues and keeps a moderate rate, the operating system counts. */
import type { Surroundings } from './flat.ts'
import { cpuMs, cpuMsByThread, residentKib } from './process.ts'
import { type Load, startLoad } from './sipp.ts'
import type { Subject, SubjectOptions } from './subject.ts'

export interface FlatFigure {
  readonly callsPerSecond: number
  readonly cpuMsPerCall: number
  readonly cpuMsPerCallByThread: ReadonlyMap<string, number>
  /** Milliseconds of CPU in a second without a call that comes or goes; null where they never stop. */
  readonly restMsPerSecond: number | null
  /** Calls sent away with 503 meanwhile: with any, the figures are those of an overloaded machine. */
  readonly refused: number
  readonly loopDelayMs: number
  readonly residentMib: number
}

export interface FlatBench {
  start(more: Partial<SubjectOptions>): Promise<Subject>
  readonly load: Pick<Load, 'core' | 'sipPort'>
  /** Two ports for callers. */
  readonly ports: readonly [number, number]
}

const rate = 200
const fillRate = 400
const seconds = { warmUp: 10, settle: 3, rest: 5, measured: 15 }
/** So long that the agents of the queue are as good as all busy at the rate, where callers are to wait for them. */
const talkMs = { waiting: 1_000, free: 20 }
const forEver = 1_000_000
const wait = (sec: number) => new Promise<void>(resolve => setTimeout(resolve, sec * 1_000))
const shed = 'strowger_calls_shed_total'
const answered = 'strowger_queue_answered_today{queue="bench"}'

/** @throws Error if the queues can't be filled */
export async function measureProcess(bench: FlatBench, around: Surroundings): Promise<FlatFigure> {
  const { agents, agentsElsewhere, waiting, waitingElsewhere } = around
  const mostCalls = 2 * (10_000 + waiting + waitingElsewhere)
  const subject = await bench.start({ agents, agentsElsewhere, mostCalls })
  const [port, otherPort] = bench.ports
  const begun: ReturnType<typeof startLoad>[] = []
  const begin = (load: Omit<Load, 'core' | 'sipPort'>) => {
    begun.push(startLoad({ ...bench.load, ...load }))
    return begun.at(-1)?.result
  }
  try {
    const short = { service: 'bench', port, callsPerSecond: rate, pauseMs: talkMs.free }
    await begin({ ...short, calls: rate * seconds.warmUp })
    if (waitingElsewhere > 0) {
      const fill = { service: 'nobody', port: otherPort, pauseMs: 0 }
      void begin({ ...fill, callsPerSecond: fillRate, calls: waitingElsewhere })
      await reached(subject, waitingElsewhere)
    }
    await wait(seconds.settle)
    let restMsPerSecond: number | null = null
    if (waiting === 0) {
      restMsPerSecond = (await spent(subject, seconds.rest)).cpu / seconds.rest
      void begin({ ...short, calls: forEver })
    } else {
      const atOnce = waiting + agents
      void begin({ ...short, callsPerSecond: fillRate, calls: forEver, atOnce, pauseMs: talkMs.waiting })
      await reached(subject, waiting)
    }
    await wait(seconds.settle)
    const { cpu, threads, calls, refused, loopDelayMs } = await spent(subject, seconds.measured)
    return {
      callsPerSecond: calls / seconds.measured,
      cpuMsPerCall: cpu / calls,
      cpuMsPerCallByThread: new Map([...threads].map(([name, ms]) => [name, ms / calls])),
      restMsPerSecond,
      refused,
      loopDelayMs,
      residentMib: residentKib(subject.pid) / 1024,
    }
  } finally {
    for (const { bound } of begun) bound.child.kill('SIGKILL')
    await subject.kill()
  }
}

interface Spent {
  /** Milliseconds. */
  readonly cpu: number
  readonly threads: ReadonlyMap<string, number>
  /** Answered. */
  readonly calls: number
  readonly refused: number
  readonly loopDelayMs: number
}

async function spent({ pid, figure, loopDelayMs }: Subject, sec: number): Promise<Spent> {
  const callsBefore = await figure(answered)
  const refusedBefore = await figure(shed)
  const [cpuBefore, threadsBefore] = [cpuMs(pid), cpuMsByThread(pid)]
  await wait(sec)
  const [cpu, threads] = [cpuMs(pid) - cpuBefore, cpuMsByThread(pid)]
  return {
    cpu,
    threads: new Map([...threads].map(([name, ms]) => [name, ms - (threadsBefore.get(name) ?? 0)])),
    // First, because each look at the metrics begins the delay anew.
    loopDelayMs: await loopDelayMs(),
    calls: (await figure(answered)) - callsBefore,
    refused: (await figure(shed)) - refusedBefore,
  }
}

/** @throws Error if it takes a minute longer than filling does */
async function reached(subject: Subject, waiting: number): Promise<void> {
  let now = 0
  for (let left = (2 * waiting) / fillRate + 60; left > 0; left--) {
    now = await subject.figure('strowger_calls_waiting')
    // While agents take calls, a few of them are always on the way.
    if (now >= waiting * 0.98 - 5) return
    await wait(1)
  }
  throw new Error(`${now} calls wait instead of ${waiting}`)
}
