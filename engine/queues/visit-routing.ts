/**
 * How far a visit's wishes have been given up: whether it still holds out for agents that it names, and which stage of its
 * plan is in force. It belongs to the visit and outlives its times out of the line. Instants are milliseconds since the epoch.
 */
import type { QueueConfig } from '../config.ts'
import { expressionText } from '../skills/expression.ts'
import type { RoutingPlan, Stage } from './routing-plan.ts'

/** An agent whom a call would rather have. */
export interface PreferredAgent {
  readonly agentId: string
  /** Higher is tried first. */
  readonly score: number
  /** The wish has lapsed from here on; null: never. */
  readonly untilMs: number | null
}

export type Presence = 'free' | 'busy' | 'away'

/** What the progress of a visit is judged by. */
export interface Surroundings {
  readonly nowMs: number
  readonly enqueuedAt: number
  readonly waits: QueueConfig['preferredAgents']
  /** How an agent of the queue stands; null for one who doesn't serve it, or has refused the visit. */
  presence(agentId: string): Presence | null
  /** How many agents of the queue are signed in and suit a stage. */
  staffed(stage: Stage): number
}

export interface StageChange {
  readonly from: string
  readonly to: string
  /** All that a ring asks for. */
  readonly asks?: string
  readonly eligibleCount: number
}

const holding = 'preferred agents'

export class VisitRouting {
  readonly plan: RoutingPlan
  readonly preferred: readonly PreferredAgent[]
  readonly avoided: ReadonlySet<string>
  /** Null before the first look and while holding out for the agents named. */
  #stage: number | null = null
  #since = 0
  #holdUntil: number | null = null
  #held: readonly string[] = []
  #hasHeld = false
  /** What was given up is given up; for agents named since it may hold out anew. */
  #hasGivenUp = false

  constructor(plan: RoutingPlan, preferred: readonly PreferredAgent[] = [], avoided: readonly string[] = []) {
    this.plan = plan
    this.preferred = [...preferred].sort((a, b) => b.score - a.score)
    this.avoided = new Set(avoided)
  }

  /** The same wishes for agents under another plan, from its beginning. */
  under(plan: RoutingPlan): VisitRouting {
    return new VisitRouting(plan, this.preferred, [...this.avoided])
  }

  /** The same visit, as far as it has come, under a plan of as many stages. */
  continuedUnder(plan: RoutingPlan): VisitRouting {
    const routing = this.under(plan)
    routing.#stage = this.#stage
    routing.#since = this.#since
    routing.#holdUntil = this.#holdUntil
    routing.#held = this.#held
    routing.#hasHeld = this.#hasHeld
    routing.#hasGivenUp = this.#hasGivenUp
    return routing
  }

  /** The same visit, at the stage that it has come to, with wishes for other agents. */
  naming(preferred: readonly PreferredAgent[], avoided: readonly string[]): VisitRouting {
    const routing = new VisitRouting(this.plan, preferred, avoided)
    routing.#stage = this.#stage
    routing.#since = this.#since
    routing.#hasHeld = this.#hasHeld
    return routing
  }

  /** The agents that the visit holds out for; null when any who suits will do. */
  get held(): readonly string[] | null {
    return this.#holdUntil === null ? null : this.#held
  }

  get stage(): Stage {
    return this.plan.stages[this.#stage ?? 0] ?? this.plan.stages[0]
  }

  /** For explanations; null where there are no stages to tell of. */
  get stageName(): string | null {
    if (this.#holdUntil !== null) return holding
    return this.plan.isStaged || this.#hasHeld ? this.stage.name : null
  }

  /** When {@link advance} has something to do again; null: never. */
  get deadline(): number | null {
    if (this.#holdUntil !== null) return this.#holdUntil
    const { lastsMs } = this.stage
    return this.#stage === null || lastsMs === null ? null : this.#since + lastsMs
  }

  /** The score of an agent whom the visit would rather have; 0 for others and for wishes that have lapsed. */
  preferenceFor(agentId: string, nowMs: number): number {
    const wish = this.preferred.find(one => one.agentId === agentId)
    return wish === undefined || isLapsed(wish, nowMs) ? 0 : wish.score
  }

  /** Brings the progress up to an instant. @returns the change, if others were told of what was before */
  advance(around: Surroundings): StageChange | null {
    const before = this.#stage === null && this.#holdUntil === null ? null : (this.stageName ?? '')
    if (this.#hold(around)) return null
    this.#hasGivenUp = true
    if (this.#stage === null) {
      this.#stage = 0
      this.#since = around.nowMs
    }
    while (this.#isOver(around)) {
      this.#since = this.#isEmpty(around) ? around.nowMs : this.#since + (this.stage.lastsMs ?? 0)
      this.#stage += 1
    }
    const to = this.stage.name
    if (before === null || before === to || this.stageName === null) return null
    return { from: before, to, ...ringAsks(this.stage.rings), eligibleCount: around.staffed(this.stage) }
  }

  /** Whether it still holds out for the agents that it names. Once given up, it is given up. */
  #hold({ nowMs, enqueuedAt, waits, presence }: Surroundings): boolean {
    this.#holdUntil = null
    if (this.#hasGivenUp || this.preferred.length === 0) return false
    const named: string[] = []
    let until = nowMs
    for (const wish of this.preferred) {
      const there = isLapsed(wish, nowMs) ? null : presence(wish.agentId)
      if (there === null) continue
      named.push(wish.agentId)
      const patienceMs = there === 'away' ? waits.offlineWaitMs : waits.busyWaitMs
      until = Math.max(until, Math.min(enqueuedAt + patienceMs, wish.untilMs ?? Number.POSITIVE_INFINITY))
    }
    if (until <= nowMs) return false
    this.#held = named
    this.#holdUntil = until
    this.#hasHeld = true
    return true
  }

  #isOver(around: Surroundings): boolean {
    const { deadline } = this
    return deadline !== null && (deadline <= around.nowMs || this.#isEmpty(around))
  }

  /** A ring whose next one is no larger would only cost time; so would one that added nobody. */
  #isEmpty({ staffed }: Surroundings): boolean {
    if (!this.plan.skipsEmpty || this.stage.lastsMs === null) return false
    const index = this.#stage ?? 0
    const inner = this.plan.stages[index - 1]
    return staffed(this.stage) === (inner === undefined ? 0 : staffed(inner))
  }
}

/** The outermost ring asks for the least, and everybody else suits it as well. */
export function ringAsks(rings: Stage['rings']): { readonly asks?: string } {
  const outermost = rings.at(-1)
  return outermost === undefined ? {} : { asks: outermost === null ? '' : expressionText(outermost) }
}

function isLapsed({ untilMs }: PreferredAgent, nowMs: number): boolean {
  return untilMs !== null && untilMs <= nowMs
}
