/** From an admitted INVITE to a call: who calls, where it leads, and how the agents' phones are told about it. */

import { autoAnswerHeaders } from './b2bua/auto-answer.ts'
import { Bridge } from './b2bua/bridge.ts'
import type { AgentDevice } from './b2bua/bridge-alphabet.ts'
import { headersOf, readIdentity } from './b2bua/caller-identity.ts'
import type { Admission } from './b2bua/gateway.ts'
import type { Call } from './calls/call.ts'
import type { CallDesk } from './calls/call-desk.ts'
import type { CallFacts, OutsideGoal, Route } from './calls/call-services.ts'
import type { AgentConfig, CenterConfig, NumberConfig } from './config.ts'
import type { PhoneCodes } from './config-agents.ts'
import type { BlockConfig } from './config-intake.ts'
import type { Ani } from './events.ts'
import { callerResponses } from './outcomes.ts'
import type { AgentPhones, RungPhone } from './phones/agent-phones.ts'
import type { Ids } from './ports/ids.ts'
import type { Logger } from './ports/logger.ts'
import type { MediaPort } from './ports/media.ts'
import type { Random } from './ports/random.ts'
import { createAni } from './routing/caller.ts'
import type { FlowStepTold } from './routing/flow-types.ts'
import type { HoursBook } from './routing/hours-book.ts'
import { NumberTable } from './routing/numbers.ts'
import { dialledWithoutPin, readPhoneCode } from './routing/phone-codes.ts'
import { bracketed, encodeUser, formatNameAddress, type InviteServer, type UserAgent } from './sip/index.ts'

/** Numbers that lead on to each other while they are closed. */
const mostClosedNumbers = 8

/** What a caller's number table and the agents' names say. */
export class InboundRoutes {
  readonly #hours: Pick<HoursBook, 'verdict'>
  readonly #outside: (number: string) => OutsideGoal | null
  #numbers = new NumberTable<NumberConfig>([])
  #blocked = new NumberTable<BlockConfig>([])
  #own: ReadonlySet<string> = new Set()
  #agents: ReadonlyMap<string, AgentConfig> = new Map()

  /** @param outside the permitted way to an outside number */
  constructor(hours: Pick<HoursBook, 'verdict'>, outside: (number: string) => OutsideGoal | null = () => null) {
    this.#hours = hours
    this.#outside = outside
  }

  configure(center: CenterConfig): void {
    this.#own = new Set(center.numbers.map(({ match }) => match))
    this.#blocked = new NumberTable(center.blocked)
    this.#numbers = new NumberTable(center.numbers)
    this.#agents = new Map(center.agents.map(agent => [agent.id, agent]))
  }

  nameOf(agentId: string): string {
    return this.#agents.get(agentId)?.name ?? agentId
  }

  /** What a number leads to now, which may be outside. Null if it leads nowhere. */
  routeOf(dialled: string): Route | null {
    return this.#routeOf(dialled, []) ?? this.outsideOf(dialled)
  }

  /** The way to an outside number. Null if no rule permits it. */
  outsideOf(number: string): Extract<Route, { outside: OutsideGoal }> | null {
    const outside = this.#outside(number)
    return outside === null ? null : { outside }
  }

  /** One of the numbers that stand in the table as they are. */
  isOurs(number: string): boolean {
    return this.#own.has(number)
  }

  /** The entry of the block list that a caller falls under; null if none. */
  blockOf({ e164, raw, withheld }: Ani): BlockConfig | null {
    if (withheld) return this.#blocked.find('anonymous')
    return (e164 === null ? null : this.#blocked.find(e164)) ?? this.#blocked.find(raw)
  }

  /** A trunk reaches the numbers; an agent also every other agent by id, and what the outbound rules permit (DESIGN §7). */
  routeFor({ dnis, fromAgentId }: Pick<CallFacts, 'dnis' | 'fromAgentId'>): Route | null {
    const route = this.#routeOf(dnis, [])
    if (route !== null || fromAgentId === null) return route
    return this.#agents.has(dnis) ? { agent: dnis } : this.outsideOf(dnis)
  }

  #routeOf(dialled: string, before: readonly FlowStepTold[]): Route | null {
    const number = this.#numbers.find(dialled)
    if (number === null) return null
    const { hours, language } = number
    const verdict = hours === undefined ? null : this.#hours.verdict(hours)
    const told = verdict === null ? before : [...before, toldOf(number, verdict)]
    const notes = notesOf(told, language)
    if (verdict?.open === false) return this.#closed(number, told, notes)
    const { queue, agent, flow, priority = 0, requirements } = number
    const place =
      queue === undefined ? null : { queue, priority, ...(requirements === undefined ? {} : { requirements }) }
    if (flow !== undefined) return { flow, ...(place === null ? {} : { otherwise: place }), ...notes }
    if (agent !== undefined) return { agent, ...notes }
    return place === null ? null : { ...place, ...notes }
  }

  #closed(
    { closed = { reject: callerResponses.closed }, priority = 0 }: NumberConfig,
    told: readonly FlowStepTold[],
    notes: Pick<Route, 'told' | 'language'>,
  ): Route {
    if ('queue' in closed) return { queue: closed.queue, priority, ...notes }
    if ('flow' in closed) return { flow: closed.flow, ...notes }
    if ('voicemail' in closed) return { voicemail: closed.voicemail, ...notes }
    if ('callback' in closed) return { callback: closed.callback, ...notes }
    if ('reject' in closed) return { reject: closed.reject, reason: 'closed', ...notes }
    const further = told.length < mostClosedNumbers ? this.#routeOf(closed.number, told) : null
    const outside = further === null ? this.#outside(closed.number) : null
    return (
      further ??
      (outside === null ? null : { outside, ...notes }) ?? {
        reject: callerResponses.closed,
        reason: 'closed',
        ...notes,
      }
    )
  }

  /** How an agent's phones are rung for a call: they are shown the caller. */
  deviceOf([phone, ...others]: readonly RungPhone[], agentId: string, facts: CallFacts): AgentDevice | null {
    if (phone === undefined) return null
    const device = this.#deviceOf(phone, agentId, facts)
    if (others.length === 0) return device
    // All get one description, so they must be able to send to the same address.
    const { host } = phone.flow.advertised
    const near = others.filter(({ flow }) => flow.advertised.host === host)
    return { ...device, others: near.map(other => this.#deviceOf(other, agentId, facts)) }
  }

  #deviceOf({ account, uri, flow, pinned, path = [] }: RungPhone, agentId: string, facts: CallFacts): AgentDevice {
    const { ani } = facts
    const host = bracketed(flow.advertised.host)
    const from = ani.withheld
      ? '"Anonymous" <sip:anonymous@anonymous.invalid>'
      : formatNameAddress(ani.name ?? '', `sip:${encodeUser(ani.raw)}@${host}`)
    return {
      uri,
      flow,
      pinned,
      nat: account.nat,
      ...(account.zipTone ? { zipTone: true } : {}),
      from,
      to: `<sip:${encodeUser(agentId)}@${host}>`,
      headers: [
        ...path.map(proxy => ['route', proxy] as const),
        ...autoAnswerHeaders(account.autoAnswer, host),
        ...headersOf(facts),
      ],
    }
  }
}

const noNotes = {}

function notesOf(told: readonly FlowStepTold[], language: string | undefined): Pick<Route, 'told' | 'language'> {
  if (told.length === 0 && language === undefined) return noNotes
  return { ...(told.length === 0 ? {} : { told }), ...(language === undefined ? {} : { language }) }
}

function toldOf({ match, hours }: NumberConfig, verdict: ReturnType<HoursBook['verdict']>): FlowStepTold {
  const name = verdict.name === null ? '' : ` ${verdict.name}`
  const result = `${hours}: ${verdict.open ? 'open' : 'closed'} (${verdict.because}${name})`
  return { flowId: null, step: match, action: 'hours', result }
}

export interface AdmissionsOptions {
  readonly routes: InboundRoutes
  readonly desk: CallDesk
  readonly userAgent: UserAgent
  readonly media: MediaPort
  readonly logger: Logger
  readonly ids: Ids
  readonly random: Random
  /** The media settings in force. */
  mediaSettings(): CenterConfig['media']
  readonly agentPhones: Pick<AgentPhones, 'agentAt'>
  phoneCodes(): PhoneCodes
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
    const { desk, userAgent, media, logger, ids, random } = this.#options
    const { mode, timeoutMs } = this.#options.mediaSettings()
    const { invite, nat } = admission
    const facts = this.#factsOf(admission)
    // The caller may be refused, and even gone, before the desk returns.
    const call = desk.admit(
      facts,
      (onEvent, clock) =>
        new Bridge({
          callId: facts.callId,
          userAgent,
          media,
          clock,
          logger,
          mode,
          mediaTimeoutMs: timeoutMs,
          newCallId: () => ids.token(),
          newSessionId: () => String(random.uint32()),
          customer: { kind: 'caller', invite, nat },
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
    const account = caller.kind === 'agent' ? caller.agentId : null
    const fromAgentId = account === null ? null : this.#options.agentPhones.agentAt(account)
    const code = account === null ? null : readPhoneCode(dialled, this.#options.phoneCodes())
    // RFC 3325 §5: who isn't trusted may assert nothing.
    const identity = readIdentity(request, caller.kind === 'trunk' && caller.trunk.trusted)
    const { userToUser, sessionId, divertedFrom, divertedReason } = identity
    return {
      callId: ids.ulid(),
      ani:
        account === null
          ? createAni(identity.user, identity.displayName, identity.withheld, this.#options.countryCode())
          : { e164: null, raw: fromAgentId ?? account, name: routes.nameOf(fromAgentId ?? account), withheld: false },
      // A PIN in what was dialled is a secret, and facts are told.
      dnis: code === null ? dialled : dialledWithoutPin(dialled, code),
      trunkId: caller.kind === 'trunk' ? caller.trunk.id : null,
      fromAgentId,
      ...(account === null ? {} : { fromPhone: account }),
      ...(code === null ? {} : { code }),
      sipCallId: request.headers.callId,
      uui: userToUser,
      sessionId,
      ...(divertedFrom === null || fromAgentId !== null
        ? {}
        : { told: { divertedFrom, ...(divertedReason === null ? {} : { divertedReason }) } }),
    }
  }
}
