/**
 * A soak on virtual time: many calls through the whole engine, SIP, relay and store included, with peers that are text. What is
 * counted after each plateau must not depend on how many calls went before.
 */
import { queryObjects } from 'node:v8'
import { createEngine } from '../../engine/engine.ts'
import { createAudioLibrary } from '../../engine/media/audio/library.ts'
import { createEmbeddedMedia } from '../../engine/media/rtp/embedded-media.ts'
import { silentLogger } from '../../engine/node/logger.ts'
import { createSeededRandom } from '../../engine/simulation/seeded-random.ts'
import { createTestClock } from '../../engine/simulation/test-clock.ts'
import { ChartRunner } from '../../engine/statechart/chart-actor.ts'
import { createMemoryStore } from '../../engine/store/memory-store.ts'
import { type BenchCenter, benchCenter } from './center.ts'
import { createScriptedNetwork } from './scripted-network.ts'
import { createLedger } from './soak-ledger.ts'

/** What is alive at one moment. */
export interface Alive {
  readonly dialogs: number
  readonly transactions: number
  readonly activeCalls: number
  readonly rtpSessions: number
  /** Bound ones: of SIP, of calls, and the few that the relay holds ready. */
  readonly sockets: number
  readonly timers: number
}

export interface Plateau {
  readonly calls: number
  /** By the peers: 200 to the INVITE and to the BYE. */
  readonly answered: number
  /** By the engine: events `call.ended` with `ending: completed`. */
  readonly completed: number
  /** By the wire: agents who were told to send their audio to us. */
  readonly relayed: number
  /** What the store's records say otherwise than the wire did. */
  readonly unaccounted: readonly string[]
  /** When every transaction has had its time. */
  readonly alive: Alive
  /** Of the heap after a collection, once the last call has ended and before its transactions have; and after that. */
  readonly heapBusyBytes: number
  readonly heapBytes: number
}

export interface Soak {
  readonly plateaus: readonly Plateau[]
  /** State machines on the heap after the first plateau and after the last, those of agents among them: it takes a second to see. */
  readonly actors: { readonly first: number; readonly last: number }
  /** When the engine has stopped. */
  readonly end: Alive
}

export interface SoakOptions {
  readonly plateaus: number
  /** Half of them relayed, half direct. */
  readonly callsEach: number
  readonly collectGarbage: () => void
  onPlateau?(plateau: Plateau): void
}

/** What a transaction, a screen pop or a statistic may outlive its call by. */
const afterlifeMs = 120_000
const engineHost = '10.0.0.1'
const furniture: BenchCenter = { phones: '10.0.0.3:5060', callers: '10.0.0.2/32', agents: 50 }

/** @throws as {@link createEngine} and its `start` */
export async function soak({ plateaus, callsEach, collectGarbage, onPlateau }: SoakOptions): Promise<Soak> {
  const clock = createTestClock()
  const script = createScriptedNetwork(arrive => void clock.setTimeout(arrive, 1))
  const network = createLedger(script, engineHost)
  const store = createMemoryStore({ callLimit: callsEach * 2, journalLimit: 1_000 })
  const library = createAudioLibrary({ names: [], load: () => new Uint8Array() })
  const media = { clock, network, library, random: createSeededRandom(1), minPort: 10_000, maxPort: 20_000 }
  const engine = createEngine({
    ...{ clock, network, store, logger: silentLogger },
    media: createEmbeddedMedia(media),
    sip: { listen: [`udp://${engineHost}:5060`] },
    center: benchCenter(furniture),
  })
  let completed = 0
  engine.on('call.ended', ({ data }) => {
    if (data.ending === 'completed') completed++
  })
  await engine.start()

  const heap = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const look = (): Alive => {
    const { sipDialogs, sipTransactions, callsActive, rtpSessions } = engine.counters()
    return {
      dialogs: sipDialogs,
      transactions: sipTransactions,
      activeCalls: callsActive,
      rtpSessions,
      sockets: network.openSockets,
      timers: clock.pending,
    }
  }
  const play = async (count: number, mode: 'relay' | 'direct') => {
    await engine.applyCenter(benchCenter({ ...furniture, mode }))
    let answered = -1
    void script.playCalls(count, 20).then(played => {
      answered = played
    })
    while (answered === -1) await clock.advanceAsync(5)
    return answered
  }
  /** All that is in the store, which is empty then. */
  const takeRecords = async () => {
    const records = await store.listCalls({ limit: callsEach * 2 })
    const now = new Date(clock.now()).toISOString()
    await store.forget({ eventsBefore: now, callsBefore: now })
    return records
  }

  const measured: Plateau[] = []
  let [relayedBefore, firstActors] = [0, 0]
  for (let i = 0; i < plateaus; i++) {
    completed = 0
    const half = Math.floor(callsEach / 2)
    const answered = (await play(half, 'relay')) + (await play(callsEach - half, 'direct'))
    await clock.advanceAsync(1_000)
    const unaccounted = network.settle(await takeRecords())
    const heapBusyBytes = heap()
    await clock.advanceAsync(afterlifeMs)
    const heapBytes = heap()
    const relayed = network.relayed - relayedBefore
    relayedBefore = network.relayed
    const plateau = {
      ...{ calls: callsEach, answered, completed, relayed, unaccounted },
      ...{ alive: look(), heapBusyBytes, heapBytes },
    }
    measured.push(plateau)
    onPlateau?.(plateau)
    if (i === 0) firstActors = countActors()
  }
  const actors = { first: firstActors, last: countActors() }
  const stopped = engine.stop()
  await clock.advanceAsync(10_000)
  await stopped
  return { plateaus: measured, actors, end: look() }
}

function countActors(): number {
  return queryObjects(ChartRunner, { format: 'count' })
}
