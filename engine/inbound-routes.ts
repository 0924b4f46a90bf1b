/** From an admitted INVITE to a call: who calls, where it leads, and how the agents' phones are told about it. */
import { Bridge } from './b2bua/bridge.ts'
import type { AgentDevice } from './b2bua/bridge-alphabet.ts'
import type { Admission } from './b2bua/gateway.ts'
import type { Phone } from './b2bua/phones.ts'
import type { Call } from './calls/call.ts'
import type { CallDesk } from './calls/call-desk.ts'
import type { CallFacts, Route } from './calls/call-services.ts'
import type { CenterConfig } from './config.ts'
import type { Ani } from './events.ts'
import type { Clock } from './ports/clock.ts'
import type { Ids } from './ports/ids.ts'
import type { Logger } from './ports/logger.ts'
import type { MediaPort } from './ports/media.ts'
import type { Random } from './ports/random.ts'
import { createAni } from './routing/caller.ts'
import { NumberTable } from './routing/numbers.ts'
import {
  bracketed,
  decodeUser,
  encodeUser,
  formatNameAddress,
  type InviteServer,
  type SipRequest,
  type UserAgent,
} from './sip/index.ts'

/** What a caller's number table and the agents' names say. */
export class InboundRoutes {
  #numbers = new NumberTable([])
  #agents: ReadonlyMap<string, string> = new Map()
  #natAgents: ReadonlySet<string> = new Set()

  configure(center: CenterConfig): void {
    this.#numbers = new NumberTable(center.numbers)
    this.#agents = new Map(center.agents.map(({ id, name }) => [id, name]))
    this.#natAgents = new Set(center.agents.filter(({ nat }) => nat).map(({ id }) => id))
  }

  nameOf(agentId: string): string {
    return this.#agents.get(agentId) ?? agentId
  }

  /** What a number leads to. Null if it isn't in the table. */
  routeOf(dialled: string): Route | null {
    const number = this.#numbers.find(dialled)
    if (number?.queue !== undefined) return { queue: number.queue, priority: number.priority ?? 0 }
    return number?.agent === undefined ? null : { agent: number.agent }
  }

  /** A trunk reaches the numbers; an agent also every other agent by id (DESIGN §7). */
  routeFor({ dnis, fromAgentId }: CallFacts): Route | null {
    const route = this.routeOf(dnis)
    if (route !== null || fromAgentId === null) return route
    return this.#agents.has(dnis) ? { agent: dnis } : null
  }

  /** How a phone is rung for a call: it is shown the caller. */
  deviceOf(phone: Phone | null, agentId: string, { ani }: CallFacts): AgentDevice | null {
    if (phone === null) return null
    const host = bracketed(phone.flow.advertised.host)
    const from = ani.withheld
      ? '"Anonymous" <sip:anonymous@anonymous.invalid>'
      : formatNameAddress(ani.name ?? '', `sip:${encodeUser(ani.raw)}@${host}`)
    return {
      ...phone,
      nat: this.#natAgents.has(agentId),
      from,
      to: `<sip:${encodeUser(agentId)}@${host}>`,
      headers: [],
    }
  }
}

export interface AdmissionsOptions {
  readonly routes: InboundRoutes
  readonly desk: CallDesk
  readonly userAgent: UserAgent
  readonly media: MediaPort
  readonly clock: Clock
  readonly logger: Logger
  readonly ids: Ids
  readonly random: Random
  /** The media settings in force. */
  mediaSettings(): CenterConfig['media']
  countryCode(): string | null
}

/** Makes calls of admitted INVITEs, and finds them again when they are cancelled. */
export class Admissions {
  readonly #options: AdmissionsOptions
  readonly #calls = new WeakMap<InviteServer, Call>()

  constructor(options: AdmissionsOptions) {
    this.#options = options
  }

  admit(admission: Admission): void {
    const { desk, userAgent, media, clock, logger, ids, random } = this.#options
    const { mode, timeoutMs } = this.#options.mediaSettings()
    const { invite, nat } = admission
    // The caller may be refused, and even gone, before the desk returns.
    const call = desk.admit(
      this.#factsOf(admission),
      onEvent =>
        new Bridge({
          userAgent,
          media,
          clock,
          logger,
          mode,
          mediaTimeoutMs: timeoutMs,
          newCallId: () => ids.token(),
          newSessionId: () => String(random.uint32()),
          invite,
          customerNat: nat,
          onEvent,
        }),
    )
    this.#calls.set(invite, call)
  }

  canceled(invite: InviteServer, reason: string | null): void {
    this.#calls.get(invite)?.customerCanceled(reason)
  }

  #factsOf({ caller, invite, dialled }: Admission): CallFacts {
    const { ids, routes } = this.#options
    const { request } = invite
    const fromAgentId = caller.kind === 'agent' ? caller.agentId : null
    return {
      callId: ids.ulid(),
      ani:
        fromAgentId === null
          ? this.#aniOf(request)
          : { e164: null, raw: fromAgentId, name: routes.nameOf(fromAgentId), withheld: false },
      dnis: dialled,
      trunkId: caller.kind === 'trunk' ? caller.trunk.id : null,
      fromAgentId,
      sipCallId: request.headers.callId,
      uui: request.headers.get('user-to-user') ?? null,
    }
  }

  #aniOf({ headers }: SipRequest): Ani {
    const from = headers.from
    const user = decodeUser(from?.uri.user ?? '')
    // RFC 3323 §4.1.1.3 and what phones send: privacy asked for, or a From that names nobody.
    const withheld =
      headers.tokens('privacy').some(value => value.includes('id') || value.includes('user')) ||
      user === 'anonymous' ||
      from?.uri.host === 'anonymous.invalid'
    return createAni(user, from?.displayName ?? '', withheld, this.#options.countryCode())
  }
}
