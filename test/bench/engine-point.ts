/** The engine alone among so many others: fills the queues, plays calls, and tells what one costs. */
import { createEngine } from '../../engine/engine.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { noLoad } from '../../engine/ports/load.ts'
import { createForgetfulStore } from '../../engine/simulation/forgetful-store.ts'
import { benchCenter, dialled } from './center.ts'
import type { Surroundings } from './flat.ts'
import { createScriptedNetwork } from './scripted-network.ts'

export interface EnginePoint extends Surroundings {
  readonly rounds: number
  readonly callsEach: number
  /** Calls at once, where none waits. */
  readonly atOnce: number
  /** Microseconds of CPU for each call of the round, and how many were answered. */
  onRound?(round: number, micros: number, answered: number): void
}

/** Callers who wait have been given their 180 by then (DESIGN §7: 500 ms). */
const settleMs = 2_000

/** @returns microseconds of CPU for a call, by round */
export async function measureEngine(point: EnginePoint): Promise<readonly number[]> {
  const { rounds, callsEach, atOnce, agents, agentsElsewhere, waiting, waitingElsewhere } = point
  const network = createScriptedNetwork()
  const engine = createEngine({
    network,
    store: createForgetfulStore(),
    // It runs as fast as it can, which is what an overloaded engine looks like.
    load: noLoad,
    logger: silentLogger,
    sip: { listen: ['udp://10.0.0.1:5060'] },
    center: benchCenter({
      ...{ phones: '10.0.0.3:5060', callers: '10.0.0.2/32', agents, agentsElsewhere },
      mostCalls: 2 * (10_000 + waiting + waitingElsewhere),
    }),
  })
  await engine.start()
  if (waitingElsewhere > 0) {
    network.placeCalls(waitingElsewhere, dialled.nobody)
    await new Promise(resolve => setTimeout(resolve, settleMs))
    const { callsWaiting } = engine.counters()
    if (callsWaiting !== waitingElsewhere) throw new Error(`${callsWaiting} calls wait instead of ${waitingElsewhere}`)
  }
  if (waiting > 0) network.keepCalls(waiting + agents)
  const figures: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const before = process.cpuUsage()
    const answered = waiting > 0 ? await network.callsEnded(callsEach) : await network.playCalls(callsEach, atOnce)
    const { user, system } = process.cpuUsage(before)
    figures.push((user + system) / callsEach)
    point.onRound?.(round, figures.at(-1) ?? Number.NaN, answered)
  }
  await engine.stop()
  return figures
}
