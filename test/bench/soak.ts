/**
 * A soak on virtual time: many calls through the whole engine, SIP included, with peers that are text. What is counted after
 * each plateau must not depend on how many calls went before.
 */
import { createEngine } from '../../engine/engine.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { createForgetfulStore } from '../../engine/simulation/forgetful-store.ts'
import { createTestClock } from '../../engine/simulation/test-clock.ts'
import { benchCenter } from './center.ts'
import { createScriptedNetwork } from './scripted-network.ts'

export interface Plateau {
  readonly calls: number
  /** By the peers: 200 to the INVITE and to the BYE. */
  readonly answered: number
  /** By the engine: events `call.ended` with `ending: completed`. */
  readonly completed: number
  /** Alive when every transaction has had its time. */
  readonly dialogs: number
  readonly transactions: number
  readonly activeCalls: number
  readonly timers: number
  /** Of the heap after a collection, once the last call has ended and before its transactions have; and after that. */
  readonly heapBusyBytes: number
  readonly heapBytes: number
}

export interface SoakOptions {
  readonly plateaus: number
  readonly callsEach: number
  readonly collectGarbage: () => void
  onPlateau?(plateau: Plateau): void
}

/** What a transaction, a screen pop or a statistic may outlive its call by. */
const afterlifeMs = 120_000

/** @throws as {@link createEngine} and its `start` */
export async function soak({ plateaus, callsEach, collectGarbage, onPlateau }: SoakOptions): Promise<Plateau[]> {
  const clock = createTestClock()
  const network = createScriptedNetwork(arrive => void clock.setTimeout(arrive, 1))
  const engine = createEngine({
    clock,
    network,
    store: createForgetfulStore(),
    logger: silentLogger,
    sip: { listen: ['udp://10.0.0.1:5060'] },
    center: benchCenter({ phones: '10.0.0.3:5060', callers: '10.0.0.2/32', agents: 50 }),
  })
  let completed = 0
  engine.on('call.ended', ({ data }) => {
    if (data.ending === 'completed') completed++
  })
  await engine.start()
  const measured: Plateau[] = []
  const heap = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  for (let i = 0; i < plateaus; i++) {
    completed = 0
    let answered = -1
    const played = network.playCalls(callsEach, 20).then(count => {
      answered = count
    })
    while (answered === -1) await clock.advanceAsync(5)
    await played
    await clock.advanceAsync(1_000)
    const heapBusyBytes = heap()
    await clock.advanceAsync(afterlifeMs)
    const { sipDialogs, sipTransactions, callsActive } = engine.counters()
    const plateau: Plateau = {
      calls: callsEach,
      answered,
      completed,
      dialogs: sipDialogs,
      transactions: sipTransactions,
      activeCalls: callsActive,
      timers: clock.pending,
      heapBusyBytes,
      heapBytes: heap(),
    }
    measured.push(plateau)
    onPlateau?.(plateau)
  }
  const stopped = engine.stop()
  await clock.advanceAsync(10_000)
  await stopped
  return measured
}
