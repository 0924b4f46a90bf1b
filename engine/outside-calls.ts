/** Everything that leaves: outbound rules, their bounds, the trunks that calls go by, and our registrations there. */
import type { OutsideCounters, TrunkView } from './api.ts'
import type { AgentDevice } from './b2bua/bridge-alphabet.ts'
import { noHistory } from './b2bua/call-history.ts'
import { headersOf } from './b2bua/passed-headers.ts'
import { TrunkLines } from './b2bua/trunk-lines.ts'
import { type RegisteredTrunk, TrunkRegistrations } from './b2bua/trunk-registrations.ts'
import type { CallFacts, OutsideGoal, OutsidePass } from './calls/call-services.ts'
import type { CenterConfig, TrunkConfig } from './config.ts'
import type { EventData } from './events.ts'
import type { Logger } from './ports/logger.ts'
import type { CenterSecrets, Checkpoint } from './ports/store.ts'
import { OutboundRules } from './routing/outbound.ts'
import { OutboundLimits } from './routing/outbound-limits.ts'
import type { Flow, UserAgent } from './sip/index.ts'

export type OutsideEventType = 'security.outbound_limited' | 'trunk.registered' | 'trunk.unregistered'

export interface OutsideCallsOptions {
  readonly userAgent: UserAgent
  readonly logger: Logger
  checkpoint(checkpoint: Checkpoint): void
  onEvent<T extends OutsideEventType>(type: T, data: EventData<T>): void
}

export class OutsideCalls {
  readonly #lines: TrunkLines
  readonly #registrations: TrunkRegistrations
  readonly #limits: OutboundLimits
  #rules = new OutboundRules([], null)

  constructor(options: OutsideCallsOptions) {
    const { userAgent, logger, checkpoint, onEvent } = options
    this.#lines = new TrunkLines({ userAgent, logger })
    this.#registrations = new TrunkRegistrations({ userAgent, logger, lines: this.#lines, onEvent })
    this.#limits = new OutboundLimits({
      clock: userAgent.options.clock,
      checkpoint,
      onReached(limit, number) {
        logger.warn({ limit, number }, 'calls to outside numbers are refused: a bound of outboundLimits is reached')
        onEvent('security.outbound_limited', { limit, number })
      },
    })
  }

  /** What the last process, which lived until then, has used up of the bounds. */
  restore(checkpoints: readonly Checkpoint[], aliveMs: number): void {
    this.#limits.restore(checkpoints, aliveMs)
  }

  configure(center: CenterConfig, secrets: CenterSecrets): void {
    this.#rules = new OutboundRules(center.outbound, center.countryCode)
    this.#limits.configure(center.outboundLimits)
    this.#lines.configure(center.trunks, secrets.trunks, center.sip)
    this.#registrations.configure()
  }

  /** Null: no rule permits it. */
  routeOf(number: string): OutsideGoal | null {
    return this.#rules.find(number)
  }

  /** Null: a bound is reached. */
  admit(number: string): OutsidePass | null {
    return this.#limits.admit(number)
  }

  /** Null: the trunk leads nowhere now. At once unless its name must be looked up. */
  deviceOf(
    { number, trunkId, callerId }: OutsideGoal,
    facts: CallFacts,
    sipCallId: string,
  ): AgentDevice | null | Promise<AgentDevice | null> {
    const isAgent = facts.fromAgentId !== null
    // A call of an agent's has reached no number, and no trunk is told what our agents are called by.
    const isFromNumber = !isAgent && facts.reachedAgent !== true
    const caller = {
      ani: facts.ani,
      asserted: facts.asserted ?? null,
      callerId,
      isAgent,
      divertedFrom: isFromNumber ? facts.dnis : null,
      history: facts.history ?? noHistory,
      headers: headersOf(facts),
    }
    return this.#lines.device(trunkId, { number, sipCallId }, caller)
  }

  flowClosed(flow: Flow): void {
    this.#registrations.flowClosed(flow)
  }

  get registrations(): readonly RegisteredTrunk[] {
    return this.#registrations.states
  }

  /** The trunks in force and our registrations there. */
  views(trunks: readonly TrunkConfig[]): readonly TrunkView[] {
    const states = new Map(this.registrations.map(state => [state.trunkId, state]))
    return trunks.map(({ id, host, transport }) => {
      const state = states.get(id)
      if (state === undefined) return { id, host, transport, registration: null }
      const { registered, sinceMs, reason, sipCode } = state
      const since = new Date(sinceMs).toISOString()
      return { id, host, transport, registration: { registered, since, reason, sipCode } }
    })
  }

  get counters(): OutsideCounters {
    const { active, refused } = this.#limits
    const registered = Object.fromEntries(this.registrations.map(({ trunkId, registered: is }) => [trunkId, is]))
    return { active, refused, registered }
  }

  /** What is wrong, in sentences. */
  get notes(): readonly string[] {
    return this.registrations.flatMap(({ trunkId, registered, reason, sipCode }) =>
      registered || reason === null
        ? []
        : [`not registered at the trunk ${trunkId}: ${reason}${sipCode === null ? '' : ` (${sipCode})`}`],
    )
  }

  /** Takes our registrations back. */
  stop(): void {
    this.#registrations.stop()
    this.#limits.stop()
  }
}
