/** What if: a recorded day as it was, beside the same calls under another policy, or with other people. */
import { parseCenter } from '../config-check.ts'
import type { AnyEvent, EventEnvelope, EventType } from '../events.ts'
import type { History, LeftOut } from './history.ts'
import { countPresence } from './replication.ts'
import type { Scenario } from './scenario.ts'
import { type SimulationResult, simulate, summarise } from './simulate.ts'
import { createTally } from './tally.ts'

export interface ReplayResult {
  /** Counted from the journal itself, with the targets of the scenario's queues. */
  readonly recorded: SimulationResult
  readonly simulated: SimulationResult
  /** Of the recorded day. */
  readonly leftOut: LeftOut
}

/** The queue waits of a real engine hold the time that messages travel. */
const signallingMs = 500

/** @throws EngineError `config.invalid` */
export async function replay(
  scenario: Scenario,
  history: History,
  onProgress?: (runs: number) => void,
): Promise<ReplayResult> {
  const { leftOut } = history
  return {
    ...{ recorded: recordedFigures(scenario, history), leftOut },
    simulated: await simulate(scenario, onProgress, history),
  }
}

function recordedFigures(scenario: Scenario, { events, presence, fromMs, calls }: History): SimulationResult {
  const { intervals, lengthMin } = scenario
  const intervalMs = (lengthMin * 60_000) / intervals
  const teller = createTeller()
  const tally = createTally(teller, {
    ...{ fromMs, intervalMs, intervals, signallingMs },
    targetsMs: new Map(parseCenter(scenario.center).queues.map(({ id, serviceLevel }) => [id, serviceLevel.targetMs])),
  })
  for (const event of events) teller.tell(event)
  const workers = [...presence.values()].map(times => ({
    shifts: times.map(time => ({ fromMs: time.fromMs - fromMs, toMs: time.toMs - fromMs })),
  }))
  countPresence(tally, workers, 0, intervalMs)
  return summarise({ ...scenario, name: 'recorded', replications: 1 }, [
    { ...tally, arrived: calls.length, complaints: [] },
  ])
}

/** Tells events to whoever listens, as an engine does. */
function createTeller() {
  const listeners = new Map<string, ((event: AnyEvent) => void)[]>()
  return {
    on<T extends EventType>(type: T, listener: (event: EventEnvelope<T>) => void): () => void {
      // A listener of a type is given events of that type only.
      const given = listener as unknown as (event: AnyEvent) => void
      listeners.set(type, [...(listeners.get(type) ?? []), given])
      return () => listeners.set(type, listeners.get(type)?.filter(one => one !== given) ?? [])
    },
    tell(event: AnyEvent): void {
      for (const listener of listeners.get(event.type) ?? []) listener(event)
    },
  }
}
