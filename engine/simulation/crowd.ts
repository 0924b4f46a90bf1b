/**
 * Simulated people around a running engine, with real SIP and RTP: callers who call, wait and give up, agents who answer,
 * hold, talk, wrap up and take breaks. What `npm start -- --demo` shows.
 */
import type { Engine } from '../api.ts'
import type { CenterConfig, CenterInput } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaPort } from '../ports/media.ts'
import type { Network } from '../ports/network.ts'
import type { Random } from '../ports/random.ts'
import { TimerBag } from '../timer-bag.ts'
import type { PhoneCall } from './phone-call.ts'
import type { Reaction } from './phone-plan.ts'
import { createVirtualPhone, type VirtualPhone } from './virtual-phone.ts'

export interface CrowdOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly media: MediaPort
  readonly logger: Logger
  /** A local address that the phones bind, and that reaches the engine. */
  readonly host: string
  /** The engine's UDP port there. */
  readonly sipPort: number
}

export interface Crowd {
  /** The phones ring off and the simulated agents leave the center. */
  stop(): Promise<void>
}

const agentNames = ['Alma', 'Bruno', 'Chen', 'Dina', 'Emil', 'Farah', 'Goran', 'Hana']
const callerNames = [
  'Iris West',
  'Jonas Berg',
  'Kira Novak',
  'Liam Otis',
  'Mona Reyes',
  'Noor Haddad',
  'Olga Petrov',
  'Paul Quist',
]
const prefix = 'demo-'
/** Queues beside the center's own, so that a wallboard has something to compare. */
const extraQueues = [
  { id: `${prefix}sales`, name: 'Sales (demo)', strategy: 'round-robin', answer: 'with-agent' },
  { id: `${prefix}orders`, name: 'Orders (demo)', strategy: 'fewest-calls', serviceLevel: { targetMs: 10_000 } },
] as const
const reasons = ['break', 'training', 'backOffice']

/** Adds the simulated agents to the center, a number per queue, and sets everybody going. */
export async function createCrowd(options: CrowdOptions): Promise<Crowd> {
  const crowd = new People(options)
  await crowd.start()
  return crowd
}

class People implements Crowd {
  readonly #options: CrowdOptions
  readonly #timers: TimerBag<string>
  readonly #agents = new Map<string, VirtualPhone>()
  /** Callers' calls by SIP Call-ID, to tell them when an agent talks to them. */
  readonly #calls = new Map<string, PhoneCall>()
  readonly #sipCallIds = new Map<string, string>()
  #callers: VirtualPhone | null = null
  #queues: readonly string[] = []
  #stopListening: () => void = () => {}
  #called = 0

  constructor(options: CrowdOptions) {
    this.#options = options
    this.#timers = new TimerBag(options.clock)
  }

  async start(): Promise<void> {
    const { engine, media } = this.#options
    await media.start()
    for (const name of agentNames) {
      const id = `${prefix}${name.toLowerCase()}`
      this.#agents.set(id, await this.#phone(id, () => this.#react()))
    }
    this.#callers = await this.#phone('caller')
    await engine.applyCenter(this.#peopled(engine.center()), { actor: 'demo' })
    this.#stopListening = engine.onAny(event => {
      if (event.type === 'call.arrived') this.#sipCallIds.set(event.data.callId, event.data.sipCallId)
      else if (event.type === 'call.connected') this.#calls.get(this.#sipCallIds.get(event.data.callId) ?? '')?.joined()
      else if (event.type === 'call.ended') this.#sipCallIds.delete(event.data.callId)
      else if (event.type === 'call.wrapup_started') this.#wrapUp(event.data.agentId)
    })
    let delayMs = 0
    for (const id of this.#agents.keys()) {
      delayMs += 300
      this.#timers.arm(id, delayMs, () => this.#available(id))
    }
    this.#nextCaller(500)
  }

  async stop(): Promise<void> {
    const { engine, media } = this.#options
    this.#timers.clear()
    this.#stopListening()
    for (const call of [...this.#calls.values()]) call.hangup()
    for (const phone of [...this.#agents.values(), this.#callers]) phone?.stop()
    await engine.applyCenter(withoutPeople(engine.center()), { actor: 'demo' }).catch(error => {
      this.#options.logger.warn({ err: error }, 'the simulated agents stay in the center')
    })
    await media.stop()
  }

  #phone(user: string, onCall?: () => Reaction): Promise<VirtualPhone> {
    const { network, clock, random, logger, host, media } = this.#options
    return createVirtualPhone({
      ...{ network, clock, random, logger, host, user, media },
      ...(onCall === undefined ? {} : { onCall }),
      onEnded: call => this.#calls.delete(call.sipCallId),
    })
  }

  /** The center with the simulated agents in all its queues, and a number per queue for the callers. */
  #peopled(center: CenterConfig): CenterInput {
    const own = withoutPeople(center)
    const queues = [...own.queues, ...extraQueues]
    this.#queues = queues.map(({ id }) => id)
    const agents = [...this.#agents].map(([id, phone], i) => ({
      id,
      name: `${agentNames[i] ?? id} (demo)`,
      contact: phone.uri,
      queues: this.#queues.filter((_, place) => place === 0 || (i + place) % 2 === 0),
    }))
    return {
      ...own,
      queues,
      agents: [...own.agents, ...agents],
      numbers: [...own.numbers, ...this.#queues.map(queue => ({ match: numberOf(queue), queue }))],
      trunks: [...own.trunks, { id: `${prefix}phones`, addresses: [this.#options.host] }],
    } as CenterInput
  }

  /** Most answer soon; now and then one is slow, busy, or has gone to fetch coffee. */
  #react(): Reaction {
    const chance = this.#options.random.float()
    const ringAfterMs = 50
    if (chance < 0.04) return { kind: 'refuse', ringAfterMs, afterMs: 2_000, status: 486 }
    if (chance < 0.07) return { kind: 'ignore', ringAfterMs }
    const hold =
      chance < 0.2 ? { hold: { afterMs: this.#between(3_000, 8_000), forMs: this.#between(3_000, 9_000) } } : {}
    const talkMs = chance < 0.5 ? this.#between(8_000, 40_000) : null
    return { kind: 'answer', ringAfterMs, afterMs: this.#between(1_000, 5_000), talkMs, ...hold }
  }

  #nextCaller(delayMs: number): void {
    this.#timers.arm('caller', delayMs, () => {
      this.#call().catch(error => this.#options.logger.warn({ err: error }, 'a simulated caller could not call'))
      // Poisson arrivals; close to what eight agents can bear, so that somebody waits.
      this.#nextCaller(-Math.log(1 - this.#options.random.float()) * 4_600)
    })
  }

  async #call(): Promise<void> {
    const { host, sipPort, random } = this.#options
    const queue = this.#queues[Math.floor(random.float() * this.#queues.length)] ?? 'support'
    const number = `+44207946${String(this.#called++ % 10_000).padStart(4, '0')}`
    const patienceMs = random.float() < 0.15 ? this.#between(3_000, 12_000) : this.#between(30_000, 120_000)
    const talkMs = this.#between(10_000, 45_000)
    const name = callerNames[this.#called % callerNames.length]
    const plan = { patienceMs, talkMs, talkFrom: 'join' as const }
    const call = await this.#callers?.dial(`sip:${numberOf(queue)}@${host}:${sipPort}`, plan, number, name)
    if (call !== undefined) this.#calls.set(call.sipCallId, call)
  }

  /** The timer ends wrap-up at the latest; who is quick is done before. */
  #wrapUp(agentId: string): void {
    if (!this.#agents.has(agentId)) return
    this.#timers.arm(`wrap ${agentId}`, this.#between(2_000, 14_000), () => {
      const { engine } = this.#options
      if (engine.agents.get(agentId).slot === 'wrapping')
        engine.agents.completeWrapUp(agentId, { disposition: 'resolved', actor: `user:${agentId}` })
    })
  }

  #available(agentId: string): void {
    this.#options.engine.agents.setAvailability(agentId, 'available', { actor: `user:${agentId}` })
    this.#timers.arm(agentId, this.#between(40_000, 240_000), () => this.#takeBreak(agentId))
  }

  #takeBreak(agentId: string): void {
    const reason = reasons[Math.floor(this.#options.random.float() * reasons.length)] ?? 'break'
    this.#options.engine.agents.setAvailability(agentId, 'notReady', { reason, actor: `user:${agentId}` })
    this.#timers.arm(agentId, this.#between(10_000, 40_000), () => this.#available(agentId))
  }

  #between(minMs: number, maxMs: number): number {
    return Math.round(minMs + this.#options.random.float() * (maxMs - minMs))
  }
}

function numberOf(queueId: string): string {
  return `${prefix}call-${queueId}`
}

function withoutPeople(center: CenterConfig): CenterConfig {
  return {
    ...center,
    queues: center.queues.filter(({ id }) => !id.startsWith(prefix)),
    agents: center.agents.filter(({ id }) => !id.startsWith(prefix)),
    numbers: center.numbers.filter(({ match }) => !match.startsWith(prefix)),
    trunks: center.trunks.filter(({ id }) => !id.startsWith(prefix)),
  }
}
