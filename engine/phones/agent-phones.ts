/**
 * Which phones are whose: an agent's own account, devices that are always his, and the one that nobody owns and at which he
 * sits. One of them is the acting one. Agent and device are different things: both register, only agents take calls.
 */
import type { Actor, DeviceView } from '../api.ts'
import type { Phone, Phones } from '../b2bua/phones.ts'
import type { AgentConfig, AgentPolicy, CenterConfig } from '../config.ts'
import { EngineError } from '../errors.ts'

/** What differs from phone to phone. */
export interface PhoneAccount {
  readonly id: string
  readonly nat: boolean
  readonly autoAnswer: AgentConfig['autoAnswer']
  readonly zipTone: boolean
}

export interface RungPhone extends Phone {
  readonly account: PhoneAccount
}

export interface AgentPhonesOptions {
  readonly phones: Pick<Phones, 'phoneOf' | 'phonesOf'>
  hotDesk(): AgentPolicy['hotDesk']
  /** What of an agent can be rung now. */
  onChange(
    agentId: string,
    told: {
      readonly reachable: boolean
      readonly devices: readonly string[]
      /** Null: none can be rung. */
      readonly acting: string | null
      /** Another account than the agent's own is to be rung. */
      readonly isElsewhere: boolean
    },
  ): void
  /** Somebody else sits down where this agent sat. */
  onTakenOver(agentId: string, actor: Actor): void
  /** Where an agent sits now; null: nowhere. */
  onSeat(agentId: string, deviceId: string | null): void
}

interface Owner {
  readonly id: string
  readonly devices: readonly string[]
  readonly ring: 'acting' | 'all'
}

export class AgentPhones {
  readonly #options: AgentPhonesOptions
  #accounts = new Map<string, PhoneAccount>()
  #agents = new Map<string, Owner>()
  #devices: CenterConfig['devices'] = []
  /** Devices that are always an agent's. */
  #owners = new Map<string, string>()
  /** Contacts by account, as registrar and definition say. */
  readonly #contacts = new Map<string, readonly string[]>()
  // Who sits where, both ways.
  readonly #sitters = new Map<string, string>()
  readonly #seats = new Map<string, string>()
  /** Whose seats are kept for them since the last process: they have not signed in again. Anybody else may sit down there. */
  readonly #kept = new Set<string>()
  /** Of several phones of his own, the one that the agent has chosen. */
  readonly #chosen = new Map<string, string>()

  constructor(options: AgentPhonesOptions) {
    this.#options = options
  }

  configure({ agents, devices }: CenterConfig): void {
    this.#devices = devices
    this.#accounts = new Map([...agents, ...devices].map(account => [account.id, account]))
    this.#agents = new Map(agents.map(agent => [agent.id, agent]))
    this.#owners = new Map(agents.flatMap(agent => agent.devices.map(device => [device, agent.id] as const)))
    for (const [agentId, deviceId] of this.#seats)
      if (!this.#agents.has(agentId) || !this.#accounts.has(deviceId) || this.#owners.has(deviceId))
        this.#standUp(agentId)
    for (const [agentId, account] of this.#chosen)
      if (!this.#ownOf(agentId).includes(account)) this.#chosen.delete(agentId)
    for (const account of this.#contacts.keys()) if (!this.#accounts.has(account)) this.#contacts.delete(account)
    for (const agentId of this.#seats.keys()) this.#report(agentId)
  }

  /** Who sat where when the last process ended. Before {@link configure}. */
  restore(seats: Iterable<readonly [agentId: string, deviceId: string]>): void {
    for (const [agentId, deviceId] of seats) {
      this.#seats.set(agentId, deviceId)
      this.#sitters.set(deviceId, agentId)
      this.#kept.add(agentId)
    }
  }

  /** The agent has signed in: a seat that was kept is his again. */
  signedIn(agentId: string): void {
    this.#kept.delete(agentId)
  }

  /** An account's phones came or went. */
  accountChanged(account: string, contacts: readonly string[]): void {
    this.#contacts.set(account, contacts)
    const agentId = this.agentAt(account) ?? this.#sitters.get(account) ?? null
    if (agentId !== null) this.#report(agentId)
  }

  /** Whose calls come from this account; null: it is nobody's now. */
  agentAt(account: string): string | null {
    if (this.#agents.has(account)) return account
    const sitter = this.#sitters.get(account)
    return this.#owners.get(account) ?? (sitter === undefined || this.#kept.has(sitter) ? null : sitter)
  }

  /** A phone of the center that agents sign in at. */
  isShared(account: string): boolean {
    return this.#accounts.has(account) && !this.#agents.has(account) && !this.#owners.has(account)
  }

  /** What a call for the agent rings, the acting phone first; empty: nothing. */
  phonesOf(agentId: string): readonly RungPhone[] {
    const { phones } = this.#options
    const agent = this.#agents.get(agentId)
    if (agent === undefined) return []
    const acting = this.#acting(agentId)
    if (agent.ring === 'all') return this.everyPhoneOf(agentId)
    const account = acting === null ? undefined : this.#accounts.get(acting)
    const phone = acting === null ? null : phones.phoneOf(acting)
    return phone === null || account === undefined ? [] : [{ ...phone, account }]
  }

  /** Every phone of the agent that can be rung now, the acting one first. */
  everyPhoneOf(agentId: string): readonly RungPhone[] {
    const acting = this.#acting(agentId)
    const ids = new Set([...(acting === null ? [] : [acting]), ...this.#all(agentId)])
    return [...ids].flatMap(id => {
      const account = this.#accounts.get(id)
      return account === undefined ? [] : this.#options.phones.phonesOf(id).map(phone => ({ ...phone, account }))
    })
  }

  /**
   * Makes a phone the acting one. At one that is nobody's the agent sits down.
   * @throws EngineError `device.unknown` for what is no phone for this agent, `agent.conflict` if somebody sits there, or he
   * has to stand up elsewhere first
   */
  choose(agentId: string, account: string | null, actor: Actor): void {
    if (account === null) {
      this.#chosen.delete(agentId)
      this.leave(agentId)
    } else if (this.#ownOf(agentId).includes(account)) {
      this.#chosen.set(agentId, account)
      this.#standUp(agentId)
      this.#report(agentId)
    } else if (this.isShared(account)) this.#sit(agentId, account, actor)
    else throw new EngineError('device.unknown', `${account} is no phone that agent ${agentId} can use.`)
  }

  /** The agent is at no shared phone any more. */
  leave(agentId: string): void {
    this.#standUp(agentId)
    this.#report(agentId)
  }

  devices(): readonly DeviceView[] {
    return this.#devices.map(({ id, name }) => ({
      id,
      name,
      agentId: this.agentAt(id),
      reachable: this.#options.phones.phoneOf(id) !== null,
      contacts: this.#contacts.get(id) ?? [],
    }))
  }

  #sit(agentId: string, device: string, actor: Actor): void {
    const isKept = this.#kept.has(agentId)
    const seat = this.#seats.get(agentId)
    if (seat === device) {
      this.#kept.delete(agentId)
      return
    }
    const { occupied, elsewhere } = this.#options.hotDesk()
    const sitter = this.#sitters.get(device)
    const isTaken = sitter !== undefined && !this.#kept.has(sitter)
    if (isTaken && occupied === 'refuse') throw new EngineError('agent.conflict', `Agent ${sitter} sits at ${device}.`)
    if (seat !== undefined && !isKept && elsewhere === 'refuse')
      throw new EngineError('agent.conflict', `Agent ${agentId} sits at ${seat}.`)
    if (sitter !== undefined) this.leave(sitter)
    if (isTaken) this.#options.onTakenOver(sitter, actor)
    this.#standUp(agentId)
    this.#seats.set(agentId, device)
    this.#sitters.set(device, agentId)
    this.#options.onSeat(agentId, device)
    this.#report(agentId)
  }

  #standUp(agentId: string): void {
    const seat = this.#seats.get(agentId)
    if (seat === undefined) return
    this.#seats.delete(agentId)
    this.#sitters.delete(seat)
    this.#kept.delete(agentId)
    this.#options.onSeat(agentId, null)
  }

  #ownOf(agentId: string): readonly string[] {
    return [agentId, ...(this.#agents.get(agentId)?.devices ?? [])]
  }

  #all(agentId: string): readonly string[] {
    const seat = this.#seats.get(agentId)
    return seat === undefined ? this.#ownOf(agentId) : [seat, ...this.#ownOf(agentId)]
  }

  /** Where he sits, else what he has chosen, else the first of his own that is there. */
  #acting(agentId: string): string | null {
    const said = this.#seats.get(agentId) ?? this.#chosen.get(agentId)
    if (said !== undefined) return said
    const { phones } = this.#options
    const own = this.#agents.get(agentId)?.devices ?? []
    if (own.length === 0 || phones.phoneOf(agentId) !== null) return agentId
    return own.find(id => phones.phoneOf(id) !== null) ?? agentId
  }

  #report(agentId: string): void {
    const agent = this.#agents.get(agentId)
    if (agent === undefined) return
    const acting = this.#acting(agentId)
    const devices = this.#all(agentId).flatMap(id => this.#contacts.get(id) ?? [])
    const reachable = this.phonesOf(agentId).length > 0
    const isElsewhere = acting !== agentId && agent.ring !== 'all'
    this.#options.onChange(agentId, { reachable, devices, acting: reachable ? acting : null, isElsewhere })
  }
}
