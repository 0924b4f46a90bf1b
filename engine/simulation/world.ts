/**
 * A whole contact center in memory: a real engine on a virtual clock and network, with simulated people at simulated
 * phones. One seed decides everything, so a run can be repeated exactly.
 */
import type { Engine, EngineOptions } from '../api.ts'
import type { CenterInput } from '../config.ts'
import { createEngine } from '../engine.ts'
import type { AnyEvent } from '../events.ts'
import { silentLogger } from '../node/logger.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaPort } from '../ports/media.ts'
import type { Network } from '../ports/network.ts'
import type { PasswordHash } from '../ports/password-hash.ts'
import type { Random } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import type { PhoneCall } from './phone-call.ts'
import type { CallerPlan, Reaction } from './phone-plan.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createSilentMedia } from './silent-media.ts'
import { createTestClock, type TestClock } from './test-clock.ts'
import { createVirtualNetwork, type NetworkConditions, type VirtualNetwork } from './virtual-network.ts'
import { createVirtualPhone, type VirtualPhone } from './virtual-phone.ts'
import { createVirtualProcess, type VirtualProcess } from './virtual-process.ts'

export interface WorldOptions {
  readonly seed: number
  /**
   * Every agent and device without a `contact` gets a phone of the world as one. The callers' trunk `people` is added, if there is
   * no trunk.
   */
  readonly center: CenterInput
  readonly conditions?: Partial<NetworkConditions>
  /** Makes the store, which outlives a killed engine. Default: memory. */
  store?(clock: Clock): Store
  /** Functions and programs that flows look callers up with. */
  readonly lookups?: NonNullable<EngineOptions['lookups']>
  readonly http?: NonNullable<EngineOptions['http']>
  /** Default: no hashes at all, because slow ones take real time. */
  readonly passwords?: PasswordHash
  /** Makes the media of an engine. Default: silent. */
  media?(ports: { readonly clock: Clock; readonly network: Network; readonly random: Random }): MediaPort
  readonly logger?: Logger
  readonly inboundDeadlineMs?: number
}

export interface World {
  readonly clock: TestClock
  readonly network: VirtualNetwork
  readonly store: Store
  /** The engine that runs now. */
  readonly engine: Engine
  /** Everything that the engines have published, in order. */
  readonly events: readonly AnyEvent[]
  /** Phones of agents and devices, by their ids. */
  readonly phones: ReadonlyMap<string, VirtualPhone>
  /** What each agent does with a call from now on; until then they ring a second and never hang up first. */
  react(agentId: string, reaction: Reaction | (() => Reaction)): void
  /**
   * Somebody calls a number, from an address of his own.
   * @returns the call, and the address that it comes from
   */
  call(number: string, plan: CallerPlan, caller?: string): Promise<{ readonly call: PhoneCall; readonly host: string }>
  /** A center as the engine is given it: with the phones and the trunk of this world. */
  furnished(center: CenterInput): CenterInput
  /** The address of an agent's phone, to cut it off with. */
  hostOf(agentId: string): string
  /** Lets time pass. */
  run(ms: number): Promise<void>
  /** Lets time pass until `isDone`, at most `maxMs`; false if it never was. Looks after each `stepMs`. */
  runUntil(isDone: () => boolean, maxMs: number, stepMs?: number): Promise<boolean>
  /** Kills the engine and starts another one on the same store and address. */
  restart(): Promise<void>
  /** As {@link restart}, without the new engine. */
  kill(): void
  /** Stops the engine in good order, then the phones. No timer is left. */
  stop(): Promise<void>
}

export const engineHost = '10.0.0.1'
const callersNet = '10.1'
const agentsNet = '10.2'
const sipPort = 5060

/** A phone that is answered after a second and keeps talking. */
const friendly: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 1_000, talkMs: null }

/** Nothing is hidden from people who do not exist. */
const openHashes: PasswordHash = {
  hash: async password => password,
  verify: async (password, hash) => password === hash,
}

/** Starts a world. @throws as {@link createEngine} and {@link Engine.start} */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed, logger = silentLogger } = options
  const clock = createTestClock()
  // Streams of their own: what the network draws must not depend on how many ids the engine makes.
  const engineRandom = createSeededRandom(seed * 8 + 1)
  const phoneRandom = createSeededRandom(seed * 8 + 2)
  const network = createVirtualNetwork({
    clock,
    random: createSeededRandom(seed * 8 + 3),
    ...(options.conditions === undefined ? {} : { conditions: options.conditions }),
  })
  const store = options.store?.(clock) ?? createMemoryStore()
  const events: AnyEvent[] = []
  const phones = new Map<string, VirtualPhone>()
  const hosts = new Map<string, string>()
  const reactions = new Map<string, Reaction | (() => Reaction)>()
  const callers = new Set<VirtualPhone>()
  /** Calls placed: by SIP Call-ID, and by the engine's id once it has told that. */
  const placed = new Map<string, PhoneCall>()
  const arrived = new Map<string, PhoneCall>()
  let callerCount = 0
  let machine: VirtualProcess
  let engine: Engine

  function hostOf(agentId: string): string {
    const known = hosts.get(agentId)
    if (known !== undefined) return known
    const host = addressIn(agentsNet, hosts.size + 1)
    hosts.set(agentId, host)
    return host
  }

  function furnished(center: CenterInput): CenterInput {
    return {
      trunks: [{ id: 'people', addresses: [`${callersNet}.0.0/16`] }],
      ...center,
      agents: (center.agents ?? []).map(withPhone),
      ...(center.devices === undefined ? {} : { devices: center.devices.map(withPhone) }),
    }
  }

  function withPhone<A extends { readonly id?: string; readonly contact?: string }>(account: A): A {
    const { id, contact } = account
    return id === undefined || contact !== undefined
      ? account
      : { ...account, contact: `sip:${id}@${hostOf(id)}:${sipPort}` }
  }

  function reactionOf(agentId: string): Reaction {
    const reaction = reactions.get(agentId) ?? friendly
    return typeof reaction === 'function' ? reaction() : reaction
  }

  async function givePhone(agentId: string): Promise<void> {
    const host = hostOf(agentId)
    const phone = await createVirtualPhone({
      network: network.host(host),
      clock,
      random: phoneRandom,
      logger,
      host,
      port: sipPort,
      user: agentId,
      onCall: () => reactionOf(agentId),
    })
    phones.set(agentId, phone)
  }

  async function boot(center: CenterInput | undefined): Promise<void> {
    machine = createVirtualProcess({ clock, network: network.host(engineHost), store })
    const ports = { clock: machine.clock, network: machine.network, random: engineRandom }
    const started: EngineOptions = {
      ...ports,
      store: machine.store,
      logger,
      media: options.media?.(ports) ?? createSilentMedia({ clock: machine.clock }),
      sip: { listen: [`udp://${engineHost}:${sipPort}`] },
      ...(center === undefined ? {} : { center }),
      ...(options.lookups === undefined ? {} : { lookups: options.lookups }),
      ...(options.http === undefined ? {} : { http: options.http }),
      passwords: options.passwords ?? openHashes,
      ...(options.inboundDeadlineMs === undefined ? {} : { inboundDeadlineMs: options.inboundDeadlineMs }),
    }
    engine = createEngine(started)
    engine.onAny(event => {
      events.push(event)
      if (event.type === 'call.arrived') {
        const call = placed.get(event.data.sipCallId)
        if (call !== undefined) arrived.set(event.data.callId, call)
      }
      // Someone who waits to music hears that an agent is there; a phone can't tell.
      if (event.type === 'call.connected') arrived.get(event.data.callId)?.joined()
    })
    await engine.start()
  }

  for (const { id } of [...(options.center.agents ?? []), ...(options.center.devices ?? [])])
    if (id !== undefined) await givePhone(id)
  await boot(furnished(options.center))

  return {
    clock,
    network,
    store,
    get engine() {
      return engine
    },
    events,
    phones,
    react: (agentId, reaction) => void reactions.set(agentId, reaction),
    async call(number, plan, caller) {
      callerCount += 1
      const host = addressIn(callersNet, callerCount)
      const phone = await createVirtualPhone({
        network: network.host(host),
        clock,
        random: phoneRandom,
        logger,
        host,
        port: sipPort,
        user: `caller${callerCount}`,
      })
      callers.add(phone)
      const call = await phone.dial(`sip:${number}@${engineHost}:${sipPort}`, plan, caller)
      placed.set(call.sipCallId, call)
      return { call, host }
    },
    furnished,
    hostOf,
    run: ms => clock.advanceAsync(ms),
    async runUntil(isDone, maxMs, stepMs = 1_000) {
      const untilMs = clock.now() + maxMs
      while (!isDone()) {
        if (clock.now() >= untilMs) return false
        await clock.advanceAsync(Math.min(stepMs, untilMs - clock.now()))
      }
      return true
    },
    async restart() {
      machine.kill()
      await boot(undefined)
    },
    kill: () => machine.kill(),
    async stop() {
      if (machine.alive) {
        const stopped = engine.stop()
        let done = false
        const settled = stopped.finally(() => {
          done = true
        })
        while (!done) await clock.advanceAsync(100)
        await settled
      }
      for (const phone of [...phones.values(), ...callers]) phone.stop()
    },
  }
}

function addressIn(net: string, index: number): string {
  return `${net}.${index >> 8}.${index & 255}`
}
