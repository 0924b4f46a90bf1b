/**
 * One run of a scenario: the same engine as in production, with its dispatcher, roster, machines and journal, on a virtual
 * clock. Only the legs are virtual (see `virtual-bridge.ts`), and the store keeps nothing. A seed decides everything.
 */
import type { Engine } from '../api.ts'
import type { CallFacts, LegSource } from '../calls/call-services.ts'
import { createEngine } from '../engine.ts'
import { createIds } from '../ids.ts'
import type { Ids } from '../ports/ids.ts'
import type { Random } from '../ports/random.ts'
import { createArrivals } from './arrivals.ts'
import { createDraw } from './draws.ts'
import { createForgetfulStore } from './forgetful-store.ts'
import { type Shift, staffed, type Worker } from './presence.ts'
import type { ArrivalStream, Scenario } from './scenario.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createSilentMedia } from './silent-media.ts'
import { createTally, type Tally } from './tally.ts'
import { createTestClock, type TestClock } from './test-clock.ts'
import { VirtualBridge } from './virtual-bridge.ts'
import { createVirtualNetwork } from './virtual-network.ts'

export interface Replication extends Tally {
  /** Calls that arrived, the warm-up included. */
  readonly arrived: number
}

const minuteMs = 60_000
const engineHost = '10.0.0.1'
/** Seeds of one run lie within a range of their own: see {@link Scenario} for the bounds of seed and replications. */
const seedsPerRun = 2_048
const runsPerSeed = 1_024
/** Who still waits so long after the end is not waited for. */
const patienceAfterEndMs = 7 * 24 * 60 * minuteMs
const drainStepMs = 10 * minuteMs

/** @throws EngineError `config.invalid` */
export async function replicate(scenario: Scenario, run: number): Promise<Replication> {
  const { warmUpMin, lengthMin, intervals, seed } = scenario
  const clock = createTestClock(Date.parse(scenario.startsAt))
  const startMs = clock.now()
  const [warmUpMs, lengthMs] = [warmUpMin * minuteMs, lengthMin * minuteMs]
  const endMs = warmUpMs + lengthMs
  let used = 0
  const nextRandom = () => createSeededRandom((seed * runsPerSeed + run) * seedsPerRun + used++)
  const engineRandom = nextRandom()
  const ids = createIds(clock, nextRandom())
  const networkRandom = nextRandom()
  const answerRandom = nextRandom()
  const { center, workers } = staffed(scenario)
  let arrived = 0
  const legs: LegSource = {
    open(admit) {
      const answers = new Map(
        workers.map(({ agentId, answer }) => [agentId, answer === null ? instantly : createDraw(answer, answerRandom)]),
      )
      const answerMs = (uri: string) => answers.get(agentOf(uri))?.() ?? 0
      for (const stream of scenario.arrivals) {
        const drawCall = createCaller(stream, nextRandom)
        const next = createArrivals(stream, nextRandom(), endMs)
        const arm = (atMs: number | null): void => {
          if (atMs !== null) clock.setTimeout(arrive, startMs + atMs - clock.now())
        }
        const arrive = (): void => {
          arrived += 1
          const { patienceMs, talkMs, wrapUpMs } = drawCall()
          admit(
            factsOf(ids, stream.number, arrived),
            (onEvent, callClock) =>
              new VirtualBridge({
                clock: callClock,
                patienceMs,
                talkMs,
                answerMs,
                onEvent,
                onTalkEnded: uri => wrapUp(engine, clock, agentOf(uri), wrapUpMs),
              }),
          )
          arm(next())
        }
        arm(next())
      }
    },
  }
  const engine = createEngine(
    {
      clock,
      random: engineRandom,
      network: createVirtualNetwork({ clock, random: networkRandom }).host(engineHost),
      store: createForgetfulStore(),
      media: createSilentMedia(),
      sip: { listen: [`udp://${engineHost}:5060`] },
      center,
    },
    legs,
  )
  await engine.start()
  const tally = createTally(engine, {
    fromMs: startMs + warmUpMs,
    intervalMs: lengthMs / intervals,
    intervals,
    targetsMs: new Map(engine.center().queues.map(({ id, serviceLevel }) => [id, serviceLevel.targetMs])),
  })
  for (const worker of workers) attend(engine, clock, worker, endMs)
  countPresence(tally, workers, warmUpMs, lengthMs / intervals)
  await clock.advanceAsync(endMs)
  const untilMs = clock.now() + patienceAfterEndMs
  while (engine.counters().callsActive > 0 && clock.now() < untilMs) await clock.advanceAsync(drainStepMs)
  await stop(engine, clock)
  return { ...tally, arrived }
}

const instantly = () => 0

/** Lots of their own for each thing that is drawn: another center meets the same callers. */
function createCaller({ talk, patience, wrapUp }: ArrivalStream, nextRandom: () => Random) {
  const [talkRandom, patienceRandom, wrapUpRandom] = [nextRandom(), nextRandom(), nextRandom()]
  const drawTalk = createDraw(talk, talkRandom)
  const drawPatience = patience === null ? null : createDraw(patience, patienceRandom)
  const drawWrapUp = wrapUp === undefined ? null : createDraw(wrapUp, wrapUpRandom)
  return () => ({
    talkMs: drawTalk(),
    patienceMs: drawPatience === null ? null : drawPatience(),
    wrapUpMs: drawWrapUp === null ? null : drawWrapUp(),
  })
}

function factsOf(ids: Ids, number: string, serial: number): CallFacts {
  return {
    callId: ids.ulid(),
    ani: { e164: null, raw: `caller${serial}`, name: null, withheld: false },
    dnis: number,
    trunkId: 'simulation',
    fromAgentId: null,
    sipCallId: `simulated-${serial}`,
    uui: null,
    sessionId: null,
  }
}

/** Of `sip:ID@host`. */
function agentOf(uri: string): string {
  return uri.slice(4, uri.indexOf('@'))
}

/** The agent is done with the call; the queue's own time for it is the longest that it may take. */
function wrapUp(engine: Engine, clock: TestClock, agentId: string, wrapUpMs: number | null): void {
  if (wrapUpMs === null) return
  const { slot, callId } = engine.agents.get(agentId)
  if (slot !== 'wrapping') return
  clock.setTimeout(() => {
    const now = engine.agents.get(agentId)
    if (now.slot === 'wrapping' && now.callId === callId) engine.agents.completeWrapUp(agentId)
  }, wrapUpMs)
}

function attend(engine: Engine, clock: TestClock, { agentId, shifts }: Worker, endMs: number): void {
  for (const { fromMs, toMs } of shifts) {
    const come = () => void engine.agents.signIn(agentId, { availability: 'available' })
    if (fromMs === 0) come()
    else clock.setTimeout(come, fromMs)
    // Who is there to the end stays for those who still wait then.
    if (toMs < endMs) clock.setTimeout(() => engine.agents.signOut(agentId), toMs)
  }
}

function countPresence({ work }: Tally, workers: readonly Worker[], warmUpMs: number, intervalMs: number): void {
  work.forEach((sums, index) => {
    const fromMs = warmUpMs + index * intervalMs
    for (const { shifts } of workers)
      for (const shift of shifts) sums.presentMs += overlapMs(shift, fromMs, fromMs + intervalMs)
  })
}

function overlapMs(shift: Shift, fromMs: number, toMs: number): number {
  return Math.max(0, Math.min(shift.toMs, toMs) - Math.max(shift.fromMs, fromMs))
}

async function stop(engine: Engine, clock: TestClock): Promise<void> {
  let done = false
  const stopped = engine.stop().finally(() => {
    done = true
  })
  while (!done) await clock.advanceAsync(100)
  await stopped
}
