/**
 * Who gets which call: pure, without a clock of its own. The cost depends on the agents of the queue who are free and suit
 * the call, and where the strategy takes the longest idle, not even on them; never on those who are busy or on other
 * queues.
 */
import type { IdleAgent, IdleAgents } from '../agents/queue-index.ts'
import type { Explanation, Meanwhile } from '../events.ts'
import { type Expression, meets, unmet } from '../skills/expression.ts'
import { type Requirement, unsuitableBecause } from '../skills/requirement.ts'
import type { Strategy, StrategyContext } from './strategy.ts'
import { ringAsks } from './visit-routing.ts'
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
  /** Free agents of the queue who suit, the longest idle first. */
  readonly idle: IdleAgents
  /** Every free agent of the queue, and what makes some of them unsuitable; absent if all suit. */
  readonly unsuitable?: { readonly idle: IdleAgents; readonly requirement: Requirement }
  /** Why an agent may not have this visit; null if nothing stands against it. */
  barred?(visit: WaitingVisit, agent: IdleAgent): string | null
  /** Why an agent had better not have this visit, if anyone else can; null if nothing stands against it. */
  unwanted?(visit: WaitingVisit, agent: IdleAgent): string | null
  /** How much rather than others the visit would have an agent: comes before the strategy's score. 0: no more. */
  preference?(visit: WaitingVisit, agent: IdleAgent): number
  /** What each ring of a bullseye asks for, the innermost first: among equal scores the inner ring wins. */
  readonly rings?: readonly (Expression | null)[]
  /** How many agents are rung at most; default 1, and all if the strategy rings all. */
  readonly most?: number
  /** What is asked for at this moment, for people. */
  readonly step?: string | null
  /** How many agents of the queue are not free, by state. */
  notFree(): Record<string, number>
}

export interface Assignment {
  readonly visit: WaitingVisit
  readonly agentId: string
  readonly explanation: Explanation
}

export interface Candidate {
  readonly agent: IdleAgent
  readonly preference: number
  readonly score: number
  readonly ring: number
}

export type Excluded = Explanation['excluded'][number]

interface Field {
  /** Best first; at most {@link mostShown}, or as many as are rung. */
  readonly ranked: readonly Candidate[]
  readonly count: number
  readonly excluded: readonly Excluded[]
}

/** Candidates, and excluded agents, that an explanation lists. */
export const mostShown = 10
/** Free agents that are looked at to name some who do not suit. */
const mostLooks = 50

/** With who was served while the visit waited. */
export function toldWith(assignment: Assignment, meanwhile: Meanwhile | null): Assignment {
  return meanwhile === null ? assignment : { ...assignment, explanation: { ...assignment.explanation, meanwhile } }
}

/** Assigns visits in their order until nobody is left: one agent each; all at once to the first visit if all ring. */
export function match(input: MatchInput): readonly Assignment[] {
  const assignments: Assignment[] = []
  const taken = new Set<string>()
  let { context } = input
  for (const visit of input.visits) {
    if (taken.size >= input.idle.size) break
    const field = survey(input, visit, taken, context)
    const { ranked } = field
    const chosen = input.strategy.rings === 'all' ? ranked : ranked.slice(0, input.most ?? 1)
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

/** Why each agent who could be thought of is not a candidate; at most ten. */
export function exclusions(input: MatchInput, visit: WaitingVisit): readonly Excluded[] {
  return [...rank(input, visit, new Set(), input.context, undefined).excluded, ...unsuitable(input)].slice(0, mostShown)
}

/** Who may have the visit, best first. Excluding the unwanted never removes the last candidate. */
function survey(input: MatchInput, visit: WaitingVisit, taken: ReadonlySet<string>, context: StrategyContext): Field {
  const wanted = rank(input, visit, taken, context, input.unwanted)
  if (wanted.count > 0 || input.unwanted === undefined) return wanted
  return rank(input, visit, taken, context, undefined)
}

function rank(
  input: MatchInput,
  visit: WaitingVisit,
  taken: ReadonlySet<string>,
  context: StrategyContext,
  unwanted: MatchInput['unwanted'],
): Field {
  const { strategy, idle, barred, preference, rings = [] } = input
  const ranked: Candidate[] = []
  const excluded: Excluded[] = []
  const most = strategy.rings === 'all' ? idle.size : Math.max(mostShown, input.most ?? 1)
  // The rest of an ordered list without exclusions can't change the result.
  const isOrdered = strategy.takesLongestIdle && preference === undefined && rings.length === 0
  const stopsEarly = isOrdered && barred === undefined && unwanted === undefined
  let count = 0
  for (const agent of idle) {
    if (stopsEarly && ranked.length === most) {
      count = idle.size - taken.size
      break
    }
    if (taken.has(agent.id)) continue
    const reason = barred?.(visit, agent) ?? unwanted?.(visit, agent) ?? null
    if (reason !== null) {
      if (excluded.length < mostShown) excluded.push({ agentId: agent.id, reason })
      continue
    }
    count += 1
    if (isOrdered && ranked.length === most) continue
    const candidate = {
      agent,
      preference: preference?.(visit, agent) ?? 0,
      score: strategy.score(agent, context),
      ring: rings.findIndex(ring => ring === null || meets(ring, agent.skills)),
    }
    if (isOrdered) ranked.push(candidate)
    else insert(ranked, candidate, most)
  }
  return { ranked, count, excluded }
}

/** Before the words for an agent; none for one whom the call does not name. */
export function preferring(preference: number): string {
  return preference === 0 ? '' : `preferred with score ${preference}; `
}

/** Keeps the best `most`, best first; among equals the one who came first stays first. */
export function insert(ranked: Candidate[], candidate: Candidate, most: number): void {
  const last = ranked[ranked.length - 1]
  if (ranked.length === most && last !== undefined && !beats(candidate, last)) return
  let place = ranked.length
  for (let other = ranked[place - 1]; other !== undefined && beats(candidate, other); other = ranked[place - 1]) {
    place -= 1
  }
  ranked.splice(place, 0, candidate)
  if (ranked.length > most) ranked.pop()
}

function beats(a: Candidate, b: Candidate): boolean {
  if (a.preference !== b.preference) return a.preference > b.preference
  return a.score === b.score ? a.ring < b.ring : a.score > b.score
}

/** Some of the free agents who do not suit, with what each of them lacks. */
export function unsuitable({ unsuitable: given }: MatchInput): readonly Excluded[] {
  if (given === undefined) return []
  const { requirement, idle } = given
  const excluded: Excluded[] = []
  let looks = 0
  for (const agent of idle) {
    if (excluded.length === mostShown || looks === mostLooks) break
    looks += 1
    const reason = unsuitableBecause(requirement, agent)
    if (reason === null) continue
    const missing = requirement.expression === null ? [] : unmet(requirement.expression, agent.skills)
    excluded.push({ agentId: agent.id, reason, ...(missing.length === 0 ? {} : { unmet: [...missing] }) })
  }
  return excluded
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
  const excluded = [...field.excluded, ...unsuitable(input)].slice(0, mostShown)
  const describe = (agent: IdleAgent) => {
    const preference = input.preference?.(visit, agent) ?? 0
    const words = strategy.describe(agent, context)
    return `${preferring(preference)}${words}`
  }
  const candidates = field.ranked.slice(0, mostShown).map(({ agent, score }) => ({
    agentId: agent.id,
    score,
    chosen: chosenIds.has(agent.id),
    reason: describe(agent),
  }))
  return agent => ({
    strategy: strategy.name,
    reason: describe(agent),
    candidates,
    candidateCount: field.count,
    excluded,
    notFree,
    waiting: input.waiting,
    position: input.position(visit),
    step: input.step ?? null,
    ...ringAsks(input.rings ?? []),
    scoreMeaning: strategy.meaning,
  })
}
