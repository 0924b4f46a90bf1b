/**
 * What a call that waits keeps: heap and buffers of the engine after a collection, without sockets, database and media.
 * Resident memory can't tell: what a start has taken and gives back later is more than a thousand calls.
 */
import { createEngine } from '../../engine/engine.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { noLoad } from '../../engine/ports/load.ts'
import { createForgetfulStore } from '../../engine/simulation/forgetful-store.ts'
import { benchCenter } from './center.ts'
import { createCollector } from './garbage.ts'
import { createScriptedNetwork } from './scripted-network.ts'

/** The last group is written by then. */
const settleMs = 500

export interface WaitingFigure {
  readonly calls: number
  readonly kibEach: number
}

/** @param counts ascending; each is reached from the one before, in one engine */
export async function measureWaiting(counts: readonly number[]): Promise<readonly WaitingFigure[]> {
  const collectGarbage = createCollector()
  const network = createScriptedNetwork()
  const most = Math.max(...counts) + 1
  const engine = createEngine({
    network,
    store: createForgetfulStore(),
    logger: silentLogger,
    load: noLoad,
    sip: { listen: ['udp://10.0.0.1:5060'] },
    center: benchCenter({ phones: '10.0.0.3:5060', callers: '10.0.0.2/32', agents: 0, mostCalls: most }),
  })
  await engine.start()
  const bytes = async () => {
    // Every waiting caller is given his 180 (DESIGN §7: after 500 ms).
    do await new Promise(resolve => setTimeout(resolve, settleMs))
    while (network.ringing < placed)
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  // The first calls pay for what is made once.
  let placed = Math.min(100, ...counts)
  network.placeCalls(placed)
  const begun = placed
  const before = await bytes()
  const figures: WaitingFigure[] = []
  for (const calls of counts) {
    network.placeCalls(calls - placed)
    placed = calls
    const kib = ((await bytes()) - before) / 1024
    const { callsWaiting } = engine.counters()
    if (callsWaiting !== calls) throw new Error(`${callsWaiting} calls wait instead of ${calls}`)
    figures.push({ calls, kibEach: kib / (calls - begun) })
  }
  await engine.stop()
  return figures
}
