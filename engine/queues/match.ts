/**
 * Who gets which call: pure, without a clock of its own. The cost depends on the agents of the queue who are free, and
 * where the strategy takes the longest idle, not even on them; never on those who are busy or on other queues.
 */
import type { IdleAgent, IdleAgents } from '../agents/queue-index.ts'
import type { Explanation } from '../events.ts'
import type { Strategy, StrategyContext } from './strategy.ts'
import type { WaitingVisit } from './waiting-list.ts'

export interface MatchInput {
  readonly strategy: Strategy
  readonly context: StrategyContext
  /** Visits to find agents for, in their order. */
  readonly visits: Iterable<WaitingVisit>
  /** Place of a visit in its queue: 1 is first. */
  position(visit: WaitingVisit): number
  /** How many visits wait in the queue. */
  readonly waiting: number
  /** Free agents of the queue, the longest idle first. */
  readonly idle: IdleAgents
  /** Why an agent may not have this visit; null if nothing stands against it. */
  barred?(visit: WaitingVisit, agentId: string): string | null
  /** Why an agent had better not have this visit, if anyone else can; null if nothing stands against it. */
  unwanted?(visit: WaitingVisit, agentId: string): string | null
  /** How many agents of the queue are not free, by state. */
  notFree(): Record<string, number>
}

export interface Assignment {
  readonly visit: WaitingVisit
  readonly agentId: string
  readonly explanation: Explanation
}

interface Candidate {
  readonly agent: IdleAgent
  readonly score: number
}

type Excluded = Explanation['excluded'][number]

interface Field {
  /** Best first; at most {@link shown}, or everybody if the strategy rings all. */
  readonly ranked: readonly Candidate[]
  readonly count: number
  readonly excluded: readonly Excluded[]
}

/** Candidates, and excluded agents, that an explanation lists. */
const shown = 10

/** Assigns visits in their order until nobody is left: one agent each; all at once to the first visit if all ring. */
export function match(input: MatchInput): readonly Assignment[] {
  const assignments: Assignment[] = []
  const taken = new Set<string>()
  let { context } = input
  for (const visit of input.visits) {
    if (taken.size >= input.idle.size) break
    const field = survey(input, visit, taken, context)
    const chosen = input.strategy.ringsAll ? field.ranked : field.ranked.slice(0, 1)
    if (chosen.length === 0) continue
    const explain = explainer(input, visit, field, chosen, taken.size, context)
    for (const { agent } of chosen) {
      assignments.push({ visit, agentId: agent.id, explanation: explain(agent) })
      taken.add(agent.id)
      context = { ...context, lastOffered: agent.order }
    }
  }
  return assignments
}

/** Who may have the visit, best first. Excluding the unwanted never removes the last candidate. */
function survey(input: MatchInput, visit: WaitingVisit, taken: ReadonlySet<string>, context: StrategyContext): Field {
  const wanted = rank(input, visit, taken, context, input.unwanted)
  if (wanted.count > 0 || input.unwanted === undefined) return wanted
  return rank(input, visit, taken, context, undefined)
}

function rank(
  { strategy, idle, barred }: MatchInput,
  visit: WaitingVisit,
  taken: ReadonlySet<string>,
  context: StrategyContext,
  unwanted: MatchInput['unwanted'],
): Field {
  const ranked: Candidate[] = []
  const excluded: Excluded[] = []
  const most = strategy.ringsAll ? idle.size : shown
  // The rest of an ordered list without exclusions can't change the result.
  const stopsEarly = strategy.takesLongestIdle && barred === undefined && unwanted === undefined
  let count = 0
  for (const agent of idle) {
    if (stopsEarly && ranked.length === most) {
      count = idle.size - taken.size
      break
    }
    if (taken.has(agent.id)) continue
    const reason = barred?.(visit, agent.id) ?? unwanted?.(visit, agent.id) ?? null
    if (reason !== null) {
      if (excluded.length < shown) excluded.push({ agentId: agent.id, reason })
      continue
    }
    count += 1
    if (strategy.takesLongestIdle) {
      if (ranked.length < most) ranked.push({ agent, score: strategy.score(agent, context) })
    } else {
      insert(ranked, { agent, score: strategy.score(agent, context) }, most)
    }
  }
  return { ranked, count, excluded }
}

/** Keeps the best `most`, best first; among equals the one who came first stays first. */
function insert(ranked: Candidate[], candidate: Candidate, most: number): void {
  const last = ranked[ranked.length - 1]
  if (ranked.length === most && last !== undefined && last.score >= candidate.score) return
  let place = ranked.length
  while (place > 0 && (ranked[place - 1]?.score ?? 0) < candidate.score) place -= 1
  ranked.splice(place, 0, candidate)
  if (ranked.length > most) ranked.pop()
}

/** What the assignments of one visit have in common is made once. */
function explainer(
  input: MatchInput,
  visit: WaitingVisit,
  field: Field,
  chosen: readonly Candidate[],
  justReserved: number,
  context: StrategyContext,
): (agent: IdleAgent) => Explanation {
  const { strategy } = input
  const { reserved = 0, ...others } = input.notFree()
  const notFree = reserved + justReserved > 0 ? { ...others, reserved: reserved + justReserved } : others
  const chosenIds = new Set(chosen.map(({ agent }) => agent.id))
  const candidates = field.ranked.slice(0, shown).map(({ agent, score }) => ({
    agentId: agent.id,
    score,
    chosen: chosenIds.has(agent.id),
    reason: strategy.describe(agent, context),
  }))
  return agent => ({
    strategy: strategy.name,
    reason: strategy.describe(agent, context),
    candidates,
    candidateCount: field.count,
    excluded: [...field.excluded],
    notFree,
    waiting: input.waiting,
    position: input.position(visit),
    step: null,
  })
}
