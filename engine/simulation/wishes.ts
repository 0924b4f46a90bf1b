/** What recorded calls asked of agents, read from a journal for another center and another time. */
import { wishesTold } from '../calls/routing-request.ts'
import type { QueueConfig } from '../config.ts'
import type { Attributes, CallWishes, EventData } from '../events.ts'
import { RoutingPlans } from '../queues/routing-plan.ts'
import { expressionFault } from '../skills/config-check.ts'
import { avoidedAttribute, preferredAttribute, readAgents } from '../skills/named-agents.ts'
import type { HistoryCall } from './history.ts'

/** What was said of a call while it waited: attributes that its routing looks at. */
export interface WishChange {
  /** Since it entered the queue. */
  readonly afterMs: number
  readonly changed: Attributes
}

/** What a call asks for, as far as its journal tells. */
export interface RecordedWishes {
  /** Of the call itself, beside its queue. */
  readonly wishes: CallWishes
  /** Of a journal that does not tell that: what call and queue asked for together, as an expression. Else null. */
  readonly askedTogether: string | null
}

const routingAttributes = ['priority', 'requirements', preferredAttribute, avoidedAttribute] as const

/** Those of them that its routing looks at; null: none. */
export function routingPart(changed: Attributes): Attributes | null {
  const part = Object.fromEntries(
    routingAttributes.flatMap(name => (changed[name] === undefined ? [] : [[name, changed[name]] as const])),
  )
  return Object.keys(part).length === 0 ? null : part
}

/** @param attributes what was said of the call before; only older journals leave something to be read from it */
export function wishesRecorded(
  { requirements, asked }: Pick<EventData<'call.queued'>, 'requirements' | 'asked'>,
  attributes: Attributes,
): RecordedWishes {
  if (asked !== undefined) return { wishes: asked, askedTogether: null }
  if (requirements === undefined) return { wishes: {}, askedTogether: null }
  const wishes = wishesTold({}, attributes)
  // The names of other stages, `ring 1` and `anyone`, ask for nothing.
  const isNamed = requirements === 'anyone' || expressionFault(requirements) !== null
  return { wishes, askedTogether: isNamed || attributes.requirements !== undefined ? null : requirements }
}

/** What recorded calls ask for in a center that may ask for something else. */
export class WishReader {
  readonly #queues: ReadonlyMap<string, QueueConfig>
  readonly #plans = new RoutingPlans()
  readonly #laterMs: number

  /** @param laterMs how much later than they were recorded the calls are made: wishes for agents lapse as much later */
  constructor(queues: readonly QueueConfig[], laterMs: number) {
    this.#queues = new Map(queues.map(queue => [queue.id, queue]))
    this.#laterMs = laterMs
  }

  /** What an older journal tells was not asked by the call if its queue asks for just that without it. */
  wishesOf({ queueId, wishes, askedTogether }: HistoryCall): CallWishes {
    const { preferredAgents } = wishes
    const moved =
      preferredAgents === undefined
        ? wishes
        : { ...wishes, preferredAgents: preferredAgents.map(it => this.#moved(it)) }
    const queue = this.#queues.get(queueId)
    if (askedTogether === null || queue === undefined) return moved
    return askedTogether === this.#plans.of(queue, {}).stages[0].name
      ? moved
      : { ...moved, requirements: askedTogether }
  }

  changesOf({ changes }: HistoryCall): readonly WishChange[] {
    if (this.#laterMs === 0) return changes
    return changes.map(({ afterMs, changed }) => {
      const named = changed[preferredAttribute]
      if (named === undefined) return { afterMs, changed }
      const words = readAgents(named).map(agent => {
        const { agentId, score, until } = this.#moved(agent)
        return `${agentId}${score === undefined ? '' : `:${score}`}${until === undefined ? '' : ` until ${until}`}`
      })
      return { afterMs, changed: { ...changed, [preferredAttribute]: words.join(', ') } }
    })
  }

  #moved<T extends { readonly until?: string }>(agent: T): T {
    const atMs = Date.parse(agent.until ?? '') + this.#laterMs
    return Number.isNaN(atMs) ? agent : { ...agent, until: new Date(atMs).toISOString() }
  }
}
