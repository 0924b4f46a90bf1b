/**
 * One run of a scenario: the same engine as in production, with its dispatcher, roster, machines and journal, on a virtual
 * clock. Only the legs are virtual, or, if the scenario says so, the phones alone; the store keeps nothing. A seed decides
 * everything.
 */
import type { Engine, EngineOptions } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { createEngine } from '../engine.ts'
import type { AnyEvent } from '../events.ts'
import { createIds } from '../ids.ts'
import type { Random } from '../ports/random.ts'
import { type CallPlan, type PlannedCall, replayPlan, sample, streamPlan } from './call-plan.ts'
import { type Complaint, Complaints } from './complaints.ts'
import { createDraw } from './draws.ts'
import { createForgetfulStore } from './forgetful-store.ts'
import type { History } from './history.ts'
import { type Shift, staffed, type Worker } from './presence.ts'
import { enterAgain, type RecordedVisit } from './recorded-visit.ts'
import type { Scenario } from './scenario.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createSilentMedia } from './silent-media.ts'
import { createTally, type Tally } from './tally.ts'
import { createTestClock, type TestClock } from './test-clock.ts'
import { overLegs, overSip, type Way } from './ways.ts'
import { WishReader } from './wishes.ts'

export interface Replication extends Tally {
  /** Calls that arrived, the warm-up included. */
  readonly arrived: number
  readonly complaints: readonly Complaint[]
}

const minuteMs = 60_000
/** Seeds of one run lie within a range of their own: see {@link Scenario} for the bounds of seed and replications. */
const seedsPerRun = 2_048
const runsPerSeed = 1_024
/** Who still waits so long after the end is not waited for. */
const patienceAfterEndMs = 7 * 24 * 60 * minuteMs
const drainStepMs = 10 * minuteMs

/**
 * @param history the recorded day that is replayed; null: the calls are the scenario's
 * @param onEvent is told what the engine tells
 * @throws EngineError `config.invalid`
 */
export async function replicate(
  scenario: Scenario,
  run: number,
  history: History | null = null,
  onEvent?: (event: AnyEvent) => void,
): Promise<Replication> {
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
  const { center, queues, workers } = staffed(scenario, history)
  const complaints = new Complaints()
  let arrived = 0
  let callers = 0
  /** Where recorded calls go, by the user part of their caller. */
  const goals = new Map<string, RecordedVisit>()

  const answers = new Map(workers.map(({ agentId, answer }) => [agentId, createAnswer(answer, answerRandom)]))
  const people = {
    answerMs: (agentId: string) => answers.get(agentId)?.() ?? 0,
    onTalkEnded(agentId: string, { wrapUpMs, next }: PlannedCall) {
      wrapUp(engine, clock, agentId, wrapUpMs)
      if (next !== null) call(next)
    },
  }
  const way: Way = scenario.through === 'sip' ? overSip(clock, people) : overLegs(clock, networkRandom, ids, people)

  function begin(): void {
    const plans: CallPlan[] =
      history === null
        ? scenario.arrivals.map(stream => streamPlan(stream, nextRandom, endMs))
        : [replayPlan(history, nextRandom, new WishReader(queues, startMs - history.fromMs))]
    for (const plan of plans) arm(plan, plan())
  }

  function arm(plan: CallPlan, next: PlannedCall | null): void {
    if (next === null || next.atMs >= endMs) return
    clock.setTimeout(
      () => {
        arrived += 1
        call(next)
        arm(plan, plan())
      },
      startMs + next.atMs - clock.now(),
    )
  }

  function call(plan: PlannedCall): void {
    callers += 1
    const user = `caller${callers}`
    if (plan.enqueue !== null) goals.set(user, plan.enqueue)
    way.call(user, plan)
  }

  const options: EngineOptions = {
    ...{ clock, random: engineRandom, network: way.network, store: createForgetfulStore() },
    ...{
      media: createSilentMedia(),
      logger: complaints.logger,
      sip: { listen: ['udp://10.0.0.1:5060'] },
      center: way.furnished(center as CenterInput),
    },
  }
  const engine = createEngine(options, way.legs(begin))
  if (history !== null)
    engine.onInbound(call => {
      const goal = goals.get(call.ani.raw)
      goals.delete(call.ani.raw)
      if (goal !== undefined) enterAgain({ engine, clock, complaints }, call, goal)
    })
  if (onEvent !== undefined) engine.onAny(onEvent)
  await engine.start()
  way.started(engine, begin)
  const tally = createTally(engine, {
    fromMs: startMs + warmUpMs,
    intervalMs: lengthMs / intervals,
    intervals,
    signallingMs: way.signallingMs,
    targetsMs: new Map(engine.center().queues.map(({ id, serviceLevel }) => [id, serviceLevel.targetMs])),
  })
  for (const worker of workers) attend(engine, clock, worker, endMs)
  countPresence(tally, workers, warmUpMs, lengthMs / intervals)
  await clock.advanceAsync(endMs)
  const untilMs = clock.now() + patienceAfterEndMs
  while (engine.counters().callsActive > 0 && clock.now() < untilMs) await clock.advanceAsync(drainStepMs)
  await stop(engine, clock)
  return { ...tally, arrived, complaints: complaints.list() }
}

function createAnswer(answer: Worker['answer'], random: Random): () => number {
  if (answer === null) return () => 0
  if (!('meanSec' in answer)) return answer.length === 0 ? () => 0 : () => sample(answer, random)
  return createDraw(answer, random)
}

/** The agent is done with the call; the queue's own time for it is the longest that it may take. */
function wrapUp(engine: Engine, clock: TestClock, agentId: string, wrapUpMs: number | null): void {
  if (wrapUpMs === null) return
  const { slot, callId } = engine.agents.get(agentId)
  if (slot !== 'wrapping') return
  clock.setTimeout(() => {
    const now = engine.agents.get(agentId)
    if (now.slot !== 'wrapping' || now.callId !== callId) return
    const disposition = now.wrapUp?.dispositions[0] ?? 'done'
    engine.agents.completeWrapUp(agentId, { disposition })
  }, wrapUpMs)
}

/** Between two shifts the agent has a break. */
function attend(engine: Engine, clock: TestClock, { agentId, shifts }: Worker, endMs: number): void {
  shifts.forEach(({ fromMs, toMs }, index) => {
    const come = () => {
      if (engine.agents.get(agentId).session === 'offline') engine.agents.signIn(agentId, { availability: 'available' })
      else engine.agents.setAvailability(agentId, 'available')
    }
    if (fromMs <= 0) come()
    else clock.setTimeout(come, fromMs)
    // Who is there to the end stays for those who still wait then.
    if (toMs >= endMs) return
    clock.setTimeout(() => {
      if (index < shifts.length - 1) engine.agents.setAvailability(agentId, 'notReady', { reason: 'break' })
      else engine.agents.signOut(agentId)
    }, toMs)
  })
}

export function countPresence(
  { work }: Pick<Tally, 'work'>,
  workers: readonly Pick<Worker, 'shifts'>[],
  warmUpMs: number,
  intervalMs: number,
): void {
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
