/** The phones of agents and devices: fixed contacts and registrations, and how each is reached. */
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import {
  type Binding,
  createRequest,
  type Flow,
  flowFailed,
  formatUri,
  parseNameAddress,
  Registrar,
  type Route,
  type SipUri,
  type UserAgent,
  type Way,
} from '../sip/index.ts'
import { TimerBag } from '../timer-bag.ts'
import { FixedContacts } from './fixed-contacts.ts'

/** A device that can be rung now. */
export interface Phone {
  readonly uri: string
  readonly flow: Flow
  /** The flow is the only way to it. */
  readonly pinned: boolean
  /** Route values: the proxies that it registered through (RFC 3327). */
  readonly path?: readonly string[]
  /** Several servers lead to it, or it has registered by several ways. */
  readonly route?: Route
}

/** What registers: an agent, or a device of the center. */
export interface Account {
  readonly id: string
  readonly contact?: string
}

export interface PhonesOptions {
  readonly userAgent: UserAgent
  readonly clock: Clock
  readonly logger: Logger
  /** The devices of an agent changed. */
  onChange(agentId: string, reachable: boolean, devices: readonly string[]): void
}

/** DESIGN §7: a UDP flow is kept open through NAT by an OPTIONS every 25 s. */
const keepAliveMs = 25_000
/** A phone that used to answer and missed this many in a row is gone. */
const missesToGone = 2

interface KeptAlive {
  answered: boolean
  misses: number
}

export class Phones {
  readonly registrar: Registrar
  readonly #options: PhonesOptions
  readonly #agents = new Map<string, Account>()
  readonly #contacts: FixedContacts
  /** By agent: the registrations over UDP. */
  readonly #kept = new Map<string, Map<Binding, KeptAlive>>()
  readonly #timers: TimerBag<string>
  #failoverMs = 3_000

  constructor(options: PhonesOptions) {
    this.#options = options
    this.#timers = new TimerBag(options.clock)
    const { userAgent, clock, logger } = options
    this.#contacts = new FixedContacts({ userAgent, clock, logger, onChange: agentId => this.#report(agentId) })
    this.registrar = new Registrar({
      clock: options.clock,
      onChange: (agentId, bindings) => this.#onBindings(agentId, bindings),
    })
  }

  /** `failoverMs`: a server of a fixed contact, or a way of a device, that is silent for so long is left for the next one. */
  configure(agents: readonly Account[], { failoverMs } = { failoverMs: 3_000 }): void {
    this.#failoverMs = failoverMs
    const before = [...this.#agents.keys()]
    this.#agents.clear()
    for (const agent of agents) this.#agents.set(agent.id, agent)
    this.#contacts.configure(
      agents.flatMap(({ id, contact }) => (contact === undefined ? [] : [[id, contact] as const])),
      failoverMs,
    )
    for (const agentId of before) {
      if (this.#agents.has(agentId)) continue
      for (const binding of this.registrar.bindings(agentId)) this.registrar.remove(agentId, binding)
    }
    for (const agentId of this.#agents.keys()) this.#report(agentId)
  }

  /** An offer rings the fixed contact, else the newest registration. Null if the agent has neither. */
  phoneOf(agentId: string): Phone | null {
    const fixed = this.#contacts.wayTo(agentId)
    if (fixed !== null) return { ...fixed, pinned: false }
    for (const phone of this.#registeredPhones(agentId)) return phone
    return null
  }

  /** Every phone of an account that can be rung now: the fixed contact, then the registrations, the newest first. */
  phonesOf(accountId: string): readonly Phone[] {
    const first = this.phoneOf(accountId)
    if (first === null) return []
    return [first, ...[...this.#registeredPhones(accountId)].filter(({ uri }) => uri !== first.uri)]
  }

  /** The newest first, each by one way: a device that has several rings once (RFC 5626 §7). */
  *#registeredPhones(accountId: string): Iterable<Phone> {
    const devices = new Set<string>()
    for (const binding of this.registrar.bindings(accountId)) {
      const flow = this.#flowOf(binding)
      if (flow === null || devices.has(binding.instance)) continue
      if (binding.instance !== '') devices.add(binding.instance)
      const route = this.#routeTo(accountId, binding)
      yield { uri: targetOf(binding), flow, pinned: true, path: binding.path, ...(route === null ? {} : { route }) }
    }
  }

  /** By the ways that a device keeps open beside its newest one, if there are any (RFC 5626 §7). */
  #routeTo(accountId: string, newest: Binding): Route | null {
    if (newest.outbound === '') return null
    const bindings = this.registrar.bindings(accountId)
    const ofDevice = bindings.filter(({ instance, outbound }) => instance === newest.instance && outbound !== '')
    if (ofDevice.length < 2) return null
    return { ways: ofDevice.map(binding => this.#wayBy(accountId, binding)), failoverMs: this.#failoverMs }
  }

  #wayBy(accountId: string, binding: Binding): Way {
    return {
      flow: () => this.#flowOf(binding),
      uri: targetOf(binding),
      path: binding.path,
      answered: () => {},
      failed: status => {
        // Silence may be the phone's; its sign of life tells whether it is gone.
        if (status === flowFailed) this.registrar.remove(accountId, binding)
      },
    }
  }

  /** The agent whose fixed contact this address is, or who has a device registered over this flow. */
  ownerOf(flow: Flow): string | null {
    return this.#contacts.ownerOf(flow) ?? this.registrar.ownerOf(flow)
  }

  /** The agent whose device is registered with this Contact through the proxy that a request came from. Only a claim. */
  ownerBehind(flow: Flow, contact: SipUri | undefined): string | null {
    return contact === undefined ? null : this.registrar.ownerBehind(flow, contact)
  }

  stop(): void {
    this.#timers.clear()
    this.#contacts.stop()
    this.registrar.stop()
  }

  /** Null when it is gone: to a proxy a new connection may be opened, to a phone behind NAT it may not. */
  #flowOf({ flow, path }: Binding): Flow | null {
    if (flow.alive) return flow
    const proxy = parseNameAddress(path[0] ?? '')
    return proxy === null ? null : this.#options.userAgent.flowTo(proxy.uriText)
  }

  #onBindings(agentId: string, bindings: readonly Binding[]): void {
    const kept = this.#kept.get(agentId) ?? new Map<Binding, KeptAlive>()
    for (const binding of kept.keys()) {
      if (bindings.includes(binding)) continue
      this.#timers.disarm(keepAliveName(binding))
      kept.delete(binding)
    }
    for (const binding of bindings) {
      // What stands between a proxy and its phones is the proxy's to keep open.
      if (kept.has(binding) || binding.flow.reliable || binding.path.length > 0) continue
      kept.set(binding, { answered: false, misses: 0 })
      this.#armKeepAlive(agentId, binding)
    }
    if (kept.size === 0) this.#kept.delete(agentId)
    else this.#kept.set(agentId, kept)
    this.#report(agentId)
  }

  #armKeepAlive(agentId: string, binding: Binding): void {
    this.#timers.arm(keepAliveName(binding), keepAliveMs, () => this.#ping(agentId, binding))
  }

  #ping(agentId: string, binding: Binding): void {
    const { userAgent } = this.#options
    const { ids } = userAgent.options
    const request = createRequest('OPTIONS', targetOf(binding))
    request.headers
      .append('max-forwards', '70')
      .append('from', `<sip:${binding.flow.advertised.host}>;tag=${ids.token()}`)
      .append('to', `<${binding.contact}>`)
      .append('call-id', ids.token())
      .append('cseq', '1 OPTIONS')
      .append('contact', userAgent.contactOn(binding.flow))
    const told = (alive: boolean) => this.#onPinged(agentId, binding, alive)
    userAgent.request(request, binding.flow, {
      onResponse: ({ status }) => {
        if (status >= 200) told(true)
      },
      onTimeout: () => told(false),
      onTransportError: () => told(false),
    })
  }

  #onPinged(agentId: string, binding: Binding, alive: boolean): void {
    const kept = this.#kept.get(agentId)?.get(binding)
    if (kept === undefined) return
    if (alive) kept.answered = true
    kept.misses = alive ? 0 : kept.misses + 1
    // A phone that never answers OPTIONS is no less registered for it; one that has stopped answering is gone.
    if (kept.answered && kept.misses >= missesToGone) this.registrar.remove(agentId, binding)
    else this.#armKeepAlive(agentId, binding)
  }

  #report(agentId: string): void {
    const agent = this.#agents.get(agentId)
    if (agent === undefined) return
    const devices = this.registrar.bindings(agentId).map(({ contact }) => contact)
    if (agent.contact !== undefined) devices.unshift(agent.contact)
    this.#options.onChange(agentId, this.phoneOf(agentId) !== null, devices)
  }
}

/** RFC 3261 §19.1.1: headers and a method that a Contact names have no place in a Request-URI. */
function targetOf({ contact, uri }: Binding): string {
  if (uri.headers === '' && !uri.params.has('method')) return contact
  const params = new Map(uri.params)
  params.delete('method')
  return formatUri({ ...uri, params, headers: '' })
}

function keepAliveName({ callId, contact, flow }: Binding): string {
  return `${callId}|${contact}|${flow.key}`
}
