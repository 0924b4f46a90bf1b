/**
 * Mutated calls against a whole engine: session descriptions, re-INVITEs, answers, PRACK, INFO and REFER that went wrong, from callers
 * and from agents' phones, relayed and direct. Repeatable by its seed; what is left behind is counted, not timed.
 */
import type { CenterInput } from '../../engine/config.ts'
import { createEngine } from '../../engine/engine.ts'
import type { Logger } from '../../engine/ports/logger.ts'
import type { Network } from '../../engine/ports/network.ts'
import { createSeededRandom } from '../../engine/simulation/seeded-random.ts'
import { createSilentMedia } from '../../engine/simulation/silent-media.ts'
import { createTestClock } from '../../engine/simulation/test-clock.ts'
import { createVirtualNetwork } from '../../engine/simulation/virtual-network.ts'
import { createMemoryStore } from '../../engine/store/memory-store.ts'
import { createRudePeer } from './rude-peer.ts'

export interface CallFuzzOptions {
  /** Mutated ones, at least. */
  readonly messages: number
  readonly seed: number
  onProgress?(mutated: number): void
  /** Takes a message in, and may take the time of it. */
  around?(take: () => void): void
}

export interface CallFuzzReport {
  readonly messages: number
  /** Errors that were logged: faults of ours. */
  readonly faults: readonly unknown[]
  /** What could not be read of what we said ourselves, refusals aside: they carry back what came. */
  readonly unreadable: readonly string[]
  /** What is left when everything has had its time, after each block. */
  readonly plateaus: readonly CallPlateau[]
  /** How far they got, by event of ours or answer to the peers: a fuzz that gets no further than the door shows nothing. */
  readonly reached: Readonly<Record<string, number>>
}

export interface CallPlateau {
  readonly calls: number
  readonly dialogs: number
  readonly transactions: number
  readonly rtpSessions: number
  readonly agentsAtWork: number
  readonly outside: number
  readonly timers: number
}

const engineAt = { host: '10.0.0.1', port: 5060 }
const callersAt = { host: '10.1.0.1', port: 5060 }
const phonesAt = { host: '10.2.0.1', port: 5060 }
const callsEach = 100
/** Longer than anybody lives whom nobody hears any more: session timers, questions, cool-downs, snapshots. */
const silenceMs = 20 * 60_000

function centerOf(mode: 'relay' | 'direct'): CenterInput {
  const agents = Array.from({ length: 20 }, (_, i) => ({
    ...{ id: `a${i}`, contact: `sip:a${i}@${phonesAt.host}`, queues: ['support', 'late'], alwaysAvailable: true },
  }))
  const queue = { maxWaiting: 10_000, wrapUpMs: 0, offerCooldownMs: 0 }
  return {
    queues: [
      { ...queue, id: 'support', answer: 'immediately' },
      { ...queue, id: 'late', answer: 'with-agent' },
    ],
    agents,
    numbers: [
      { match: 'support', queue: 'support' },
      { match: 'late', queue: 'late' },
      { match: 'a1', agent: 'a1' },
    ],
    trunks: [{ id: 'people', addresses: [callersAt.host], host: callersAt.host, trusted: true }],
    outbound: [{ prefix: '+44', trunk: 'people' }],
    media: { mode },
  }
}

/** @throws as {@link createEngine} and its `start` */
export async function fuzzCalls({ messages, seed, onProgress, around = take => take() }: CallFuzzOptions) {
  const random = createSeededRandom(seed)
  const clock = createTestClock()
  const network = createVirtualNetwork({ clock, random: createSeededRandom(2) })
  const faults: unknown[] = []
  const logger: Logger = {
    ...{ debug: () => {}, info: () => {}, warn: () => {}, child: () => logger },
    error: fields => faults.push('err' in fields ? fields.err : fields),
  }
  const engine = createEngine({
    ...{
      clock,
      logger,
      random: createSeededRandom(1),
      store: createMemoryStore({ callLimit: 100, journalLimit: 1_000 }),
    },
    network: timed(network.host(engineAt.host), around),
    media: createSilentMedia({ clock }),
    sip: { listen: [`udp://${engineAt.host}:${engineAt.port}`] },
    center: centerOf('direct'),
  })
  const reached: Record<string, number> = {}
  const count = (what: string) => {
    reached[what] = (reached[what] ?? 0) + 1
  }
  const unreadable: string[] = []
  const surroundings = {
    ...{ clock, random, engine: engineAt },
    onHeard(message: { kind: string; status?: number } | null, text: string) {
      if (message === null && !/^SIP\/2\.0 (400|505) /.test(text)) unreadable.push(text)
      if (message?.kind === 'response') count(String(message.status))
    },
  }
  const callers = await createRudePeer({ ...surroundings, network: network.host(callersAt.host), at: callersAt })
  const phones = await createRudePeer({ ...surroundings, network: network.host(phonesAt.host), at: phonesAt })
  engine.onAny(({ type }) => count(type))
  await engine.start()

  const setSilent = (silent: boolean) => {
    callers.silent = silent
    phones.silent = silent
  }
  const settle = async (): Promise<CallPlateau> => {
    setSilent(true)
    await clock.advanceAsync(silenceMs)
    setSilent(false)
    const { callsActive, sipDialogs, sipTransactions, rtpSessions, outside } = engine.counters()
    return {
      ...{ calls: callsActive, dialogs: sipDialogs, transactions: sipTransactions, rtpSessions },
      agentsAtWork: engine.agents.list().filter(({ slot }) => slot !== 'idle').length,
      outside: outside.active,
      timers: clock.pending,
    }
  }

  const plateaus: CallPlateau[] = []
  const mutated = () => callers.mutated + phones.mutated
  for (let placed = 0; mutated() < messages; ) {
    await engine.applyCenter(centerOf(plateaus.length % 2 === 0 ? 'relay' : 'direct'))
    for (const end = placed + callsEach; placed < end; placed++) {
      callers.call(`c${placed}`, ['support', 'late', 'a1'][random.uint32() % 3] ?? 'support')
      await clock.advanceAsync(20)
    }
    await clock.advanceAsync(5_000)
    plateaus.push(await settle())
    onProgress?.(mutated())
  }
  const stopped = engine.stop()
  await clock.advanceAsync(60_000)
  await stopped
  for (const peer of [callers, phones]) peer.close()
  return { messages: mutated(), faults, unreadable, plateaus, reached } satisfies CallFuzzReport
}

function timed(network: Network, around: (take: () => void) => void): Network {
  return {
    ...network,
    bindDatagram: (at, handlers) =>
      network.bindDatagram(at, {
        onMessage: (bytes, from) => around(() => handlers.onMessage(bytes, from)),
        onError: error => handlers.onError(error),
      }),
  }
}
