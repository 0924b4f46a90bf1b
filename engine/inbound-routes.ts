/** Where calls lead, by the numbers of the center and the hours, and how the agents' phones are told about them. */
import { autoAnswerHeaders } from './b2bua/auto-answer.ts'
import type { AgentDevice } from './b2bua/bridge-alphabet.ts'
import { historyOf, noHistory } from './b2bua/call-history.ts'
import { headersOf } from './b2bua/passed-headers.ts'
import type { CallFacts, NumberWishes, OutsideGoal, Route } from './calls/call-services.ts'
import type { AgentConfig, CenterConfig, NumberConfig } from './config.ts'
import type { BlockConfig } from './config-intake.ts'
import type { Ani } from './events.ts'
import { callerResponses } from './outcomes.ts'
import type { RungPhone } from './phones/agent-phones.ts'
import type { Ids } from './ports/ids.ts'
import { formsOf } from './routing/caller.ts'
import type { FlowStepTold } from './routing/flow-types.ts'
import type { HoursBook } from './routing/hours-book.ts'
import { NumberTable } from './routing/numbers.ts'
import { bracketed, encodeUser, formatNameAddress, userUri } from './sip/index.ts'

/** Numbers that lead on to each other while they are closed. */
const mostClosedNumbers = 8

/** What a caller's number table and the agents' names say. */
export class InboundRoutes {
  readonly #hours: Pick<HoursBook, 'verdict'>
  readonly #ids: Pick<Ids, 'ulid'>
  readonly #outside: (number: string) => OutsideGoal | null
  #numbers = new NumberTable<NumberConfig>([])
  #blocked = new NumberTable<BlockConfig>([])
  #countryCode: string | null = null
  #own: ReadonlySet<string> = new Set()
  #agents: ReadonlyMap<string, AgentConfig> = new Map()

  /** @param outside the permitted way to an outside number */
  constructor(
    hours: Pick<HoursBook, 'verdict'>,
    ids: Pick<Ids, 'ulid'>,
    outside: (number: string) => OutsideGoal | null = () => null,
  ) {
    this.#hours = hours
    this.#ids = ids
    this.#outside = outside
  }

  configure(center: CenterConfig): void {
    this.#countryCode = center.countryCode
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
    return e164 === null ? this.#blocked.find(raw) : this.#blocked.find(e164, raw)
  }

  /** A trunk reaches the numbers; an agent also every other agent by id, and what the outbound rules permit (DESIGN §7). */
  routeFor({ dnis, fromAgentId }: Pick<CallFacts, 'dnis' | 'fromAgentId'>): Route | null {
    const route = this.#routeOf(dnis, [])
    if (route !== null || fromAgentId === null) return route
    return this.#agents.has(dnis) ? { agent: dnis } : this.outsideOf(dnis)
  }

  #routeOf(dialled: string, before: readonly FlowStepTold[]): Route | null {
    const number = this.#numbers.find(...formsOf(dialled, this.#countryCode))
    if (number === null) return null
    const { hours } = number
    const verdict = hours === undefined ? null : this.#hours.verdict(hours)
    const told = verdict === null ? before : [...before, toldOf(number, verdict)]
    const notes = notesOf(told, number)
    if (verdict?.open === false) return this.#closed(number, told, notes)
    const { queue, agent, flow } = number
    if (flow !== undefined)
      return { flow, ...(queue === undefined ? {} : { otherwise: queue }), ...wishesOf(number), ...notes }
    if (agent !== undefined) return { agent, ...notes }
    return queue === undefined ? null : { queue, ...wishesOf(number), ...notes }
  }

  #closed(number: NumberConfig, told: readonly FlowStepTold[], notes: Notes): Route {
    const { closed = { reject: callerResponses.closed } } = number
    if ('queue' in closed) return { queue: closed.queue, ...wishesOf(number), ...notes }
    if ('flow' in closed) return { flow: closed.flow, ...wishesOf(number), ...notes }
    if ('voicemail' in closed) return { voicemail: closed.voicemail, ...notes }
    if ('callback' in closed) return { callback: closed.callback, ...wishesOf(number), ...notes }
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

  #deviceOf(
    { account, uri, flow, pinned, route, path = [] }: RungPhone,
    agentId: string,
    facts: CallFacts,
  ): AgentDevice {
    const { ani, dnis, history = noHistory, callback } = facts
    const host = bracketed(flow.advertised.host)
    const from = ani.withheld
      ? '"Anonymous" <sip:anonymous@anonymous.invalid>'
      : formatNameAddress(ani.name ?? '', userUri(ani.raw, host))
    const to = `sip:${encodeUser(agentId)}@${host}`
    // Who is called by name was found at once, and nobody has called the number of a callback.
    const isSentOn = dnis !== agentId && callback === undefined
    return {
      uri,
      flow,
      pinned,
      nat: account.nat,
      ...(route === undefined ? {} : { route }),
      ...(account.zipTone ? { zipTone: true } : {}),
      from,
      to: `<${to}>`,
      // It ascends: calls are looked for by it, and a row for every call goes behind the last one instead of anywhere.
      sipCallId: this.#ids.ulid(),
      headers: [
        ...path.map(proxy => ['route', proxy] as const),
        ...autoAnswerHeaders(account.autoAnswer, host),
        ...(isSentOn ? [['history-info', historyOf(history, dnis, { uri: to, cause: null }, host)] as const] : []),
        ...headersOf(facts),
      ],
    }
  }
}

function wishesOf({ priority = 0, requirements }: NumberConfig): NumberWishes {
  return requirements === undefined ? { priority } : { priority, requirements }
}

type Notes = Pick<Route, 'told' | 'language' | 'lookup'>

const noNotes: Notes = {}

function notesOf(told: readonly FlowStepTold[], { match, language, lookup }: NumberConfig): Notes {
  if (told.length === 0 && language === undefined && lookup === undefined) return noNotes
  return {
    ...(told.length === 0 ? {} : { told }),
    ...(language === undefined ? {} : { language }),
    ...(lookup === undefined ? {} : { lookup: { match, asked: { ...lookup, deadlineMs: 0 } } }),
  }
}

function toldOf({ match, hours }: NumberConfig, verdict: ReturnType<HoursBook['verdict']>): FlowStepTold {
  const name = verdict.name === null ? '' : ` ${verdict.name}`
  const result = `${hours}: ${verdict.open ? 'open' : 'closed'} (${verdict.because}${name})`
  return { flowId: null, step: match, action: 'hours', result }
}
