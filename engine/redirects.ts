/**
 * What becomes of a call that an agent's phone sends elsewhere (3xx): a policy of the center, and the same one for what it may
 * cost as for whatever else leaves (SIP.md §2 row 16). It stays that agent's offer, so it may go to another phone of his, or
 * to a number outside that he may call; not to a colleague, whom only routing knows to be free.
 */
import type { AgentDevice } from './b2bua/bridge-alphabet.ts'
import type { CallFacts, OutsideGoal } from './calls/call-services.ts'
import type { CenterConfig } from './config.ts'
import type { InboundRoutes } from './inbound-routes.ts'
import type { OutsideCalls } from './outside-calls.ts'
import type { AgentPhones } from './phones/agent-phones.ts'
import type { Ids } from './ports/ids.ts'
import type { Logger } from './ports/logger.ts'
import { parseUri, type RedirectTarget, sameUri } from './sip/index.ts'

export interface RedirectsOptions {
  readonly routes: InboundRoutes
  readonly phones: Pick<AgentPhones, 'everyPhoneOf'>
  readonly outside: Pick<OutsideCalls, 'admit' | 'deviceOf'>
  readonly logger: Logger
  readonly ids: Pick<Ids, 'token'>
  policy(): CenterConfig['sip']['redirects']
}

export class Redirects {
  readonly #options: RedirectsOptions

  constructor(options: RedirectsOptions) {
    this.#options = options
  }

  /** A device that may send the call on, if the center lets it. */
  equip(device: AgentDevice | null, agentId: string, facts: CallFacts): AgentDevice | null {
    if (device === null || this.#options.policy() === 'refuse') return device
    return { ...device, redirect: (target, tried) => this.#follow(target, tried, agentId, facts) }
  }

  async #follow(
    target: RedirectTarget,
    tried: ReadonlySet<string>,
    agentId: string,
    facts: CallFacts,
  ): Promise<AgentDevice | null> {
    const own = this.#ownPhone(target, tried, agentId, facts)
    if (own !== null) return own
    const route = this.#options.routes.routeFor({ dnis: target.user, fromAgentId: agentId })
    const device = route !== null && 'outside' in route ? await this.#outside(route.outside, tried, facts) : null
    if (device === null)
      this.#options.logger.warn({ agentId, to: target.user }, 'a phone sends a call where it may not go: not followed')
    return device
  }

  #ownPhone(
    { uri, user }: RedirectTarget,
    tried: ReadonlySet<string>,
    agentId: string,
    facts: CallFacts,
  ): AgentDevice | null {
    const { phones, routes } = this.#options
    const untried = phones.everyPhoneOf(agentId).filter(phone => !tried.has(phone.uri))
    const named = parseUri(uri)
    const isNamed = (text: string) => {
      const other = parseUri(text)
      return named !== null && other !== null && sameUri(named, other)
    }
    const phone = untried.find(it => isNamed(it.uri)) ?? untried.find(({ account }) => account.id === user)
    return phone === undefined ? null : routes.deviceOf([phone], agentId, facts)
  }

  async #outside(goal: OutsideGoal, tried: ReadonlySet<string>, facts: CallFacts): Promise<AgentDevice | null> {
    const { outside, ids } = this.#options
    const pass = outside.admit(goal.number)
    if (pass === null) return null
    const device = await outside.deviceOf(goal, facts, ids.token())
    if (device !== null && !tried.has(device.uri)) return { ...device, pass }
    pass.end()
    return null
  }
}
