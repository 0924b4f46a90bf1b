/** Why nobody is being rung, in words: for a queue, and for one visit that waits in it. */
import type { QueueExplanation } from '../api.ts'
import type { Clock } from '../ports/clock.ts'
import { expressionText } from '../skills/expression.ts'
import type { DispatcherRoster } from './dispatcher-types.ts'
import type { Eligibility } from './eligibility.ts'
import { exclusions, type MatchInput } from './match.ts'
import { meanwhileOf, meanwhileWords } from './meanwhile.ts'
import type { Outlook } from './outlook.ts'
import { type Entry, type Group, type QueueLine, routingOf } from './queue-line.ts'

export interface Situations {
  readonly clock: Clock
  readonly roster: DispatcherRoster
  readonly eligibility: Eligibility
  readonly outlook: Pick<Outlook, 'waitNow'>
  readonly entries: Pick<ReadonlyMap<string, Entry>, 'get'>
  matchInput(group: Group, entry: Entry, nowMs: number): MatchInput
}

/** Visits that are told of one by one. */
const headLength = 5

export function situationOf(given: Situations, queue: QueueLine): QueueExplanation {
  const { roster, entries, clock } = given
  const nowMs = clock.now()
  const { waiting, config } = queue
  const visits: QueueExplanation['visits'][number][] = []
  let summary: string | null = null
  let dormant: string | null = null
  for (const { visitId } of waiting.inTurn(nowMs)) {
    const entry = entries.get(visitId)
    if (entry === undefined) continue
    const asleep = entry.visit.callback?.dormant?.because ?? null
    // A callback whose time has not come says nothing of the others.
    if (asleep !== null) dormant ??= asleep
    else if (summary === null && !waiting.isOffered(visitId)) summary = becauseOf(given, entry)
    if (visits.length < headLength) visits.push(describe(given, entry, nowMs))
    if (visits.length === headLength && (summary !== null || waiting.unoffered === 0)) break
  }
  const offering = waiting.offered
  if (offering === 0) summary ??= dormant
  summary ??= waiting.size === 0 ? 'Nobody is waiting.' : `An offer is pending for each of the ${offering} waiting.`
  const queueId = config.id
  const free = roster.idle(queueId).size
  const ewt = given.outlook.waitNow(queue)
  return { queueId, summary, waiting: waiting.size, free, notFree: roster.notFree(queueId), ewt, visits }
}

function describe(given: Situations, entry: Entry, nowMs: number): QueueExplanation['visits'][number] {
  const { queue, visit, groups } = entry
  const { visitId, callId, enqueuedAt } = visit
  const inputs = groups.map(group => given.matchInput(group, entry, nowMs))
  return {
    visitId,
    callId,
    ...(visit.callback === undefined ? {} : { callbackId: visitId }),
    position: queue.waiting.position(visitId, nowMs) ?? 1,
    enqueuedAt: new Date(enqueuedAt).toISOString(),
    priority: queue.waiting.priorityOf(visit, nowMs),
    step: routingOf(entry)?.stageName ?? null,
    because: becauseOf(given, entry),
    candidateCount: groups.reduce((sum, group) => sum + given.eligibility.idleOf(group).size, 0),
    excluded: inputs.flatMap(input => exclusions(input, visit)),
  }
}

/** The same for one visit, with who is served while it waits; null: it waits no more. */
export function visitBecause(given: Situations, entry: Entry | undefined): string | null {
  if (entry === undefined) return null
  const meanwhile = meanwhileOf(entry)
  const because = becauseOf(given, entry)
  return meanwhile === null ? because : `${because} So far ${meanwhileWords(meanwhile)}.`
}

/** Why nobody, or nobody else, is being rung for a visit. */
export function becauseOf({ roster, eligibility, clock, matchInput }: Situations, entry: Entry): string {
  const { queue, visit, groups } = entry
  const nowMs = clock.now()
  const routing = routingOf(entry)
  const queueId = queue.config.id
  if (queue.waiting.isOffered(visit.visitId)) return 'An offer is pending.'
  const asleep = visit.callback?.dormant?.because ?? null
  if (asleep !== null) return asleep
  const next = routing?.deadline ?? null
  const seconds = next === null ? 0 : Math.max(0, Math.ceil((next - nowMs) / 1000))
  if (routing?.held != null) return `It waits for ${routing.held.join(' or ')}, ${seconds} s more at most.`
  const free = roster.idle(queueId).size
  if (free === 0) {
    const states = Object.entries(roster.notFree(queueId))
    if (states.length === 0) return 'The queue has no agents.'
    return `No agent is free: ${states.map(([state, count]) => `${count} ${state}`).join(', ')}.`
  }
  const freeWords = `${free} free ${free === 1 ? 'agent' : 'agents'}`
  const suiting = groups.reduce((sum, group) => sum + eligibility.idleOf(group).size, 0)
  if (suiting === 0) {
    const { expression } = eligibility.requirementOf(entry, nowMs)
    const asks = expression === null ? 'its time with them has not come' : `it asks for ${expressionText(expression)}`
    const then = next === null ? '' : ` In ${seconds} s it asks for less.`
    return `${free === 1 ? 'The free agent does' : `The ${freeWords} do`} not suit: ${asks}.${then}`
  }
  const kept = groups.flatMap(group => exclusions(matchInput(group, entry, nowMs), visit))
  if (kept.length >= suiting && kept.length > 0) {
    const who = kept.slice(0, 3).map(({ agentId, reason }) => `${agentId} (${reason})`)
    return `${freeWords}, but kept from it: ${who.join(', ')}.`
  }
  return `${freeWords} ${free === 1 ? 'is' : 'are'} about to be rung.`
}
