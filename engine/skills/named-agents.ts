/**
 * Agents whom a call names, as its attributes say it: `ada:90, bob until 2026-12-24T12:00:00Z`. A score stands behind a colon, an
 * instant (RFC 3339) behind "until". An entry without an agent counts for nothing: so a flow may write "{attributes.manager}:90".
 */
import type { NamedAgent } from '../api.ts'
import type { Problem } from '../errors.ts'

/** The attributes that replace the agents whom the call named when it was enqueued; empty: nobody. */
export const preferredAttribute = 'preferredAgents'
export const avoidedAttribute = 'avoidAgents'

const untilWord = ' until '
const longestShown = 80

/** What can't be read is left in, as what is no score and no instant, for a check to find. */
export function readAgents(text: string): readonly NamedAgent[] {
  return text.split(',').flatMap(entry => {
    const [who = '', until] = entry.trim().split(untilWord)
    const [agentId = '', score] = who.trim().split(':')
    if (agentId === '') return []
    return [
      {
        agentId,
        ...(score === undefined ? {} : { score: Number(score) }),
        ...(until === undefined ? {} : { until }),
      },
    ]
  })
}

/** Agents that one call may name, avoided ones included. */
export const mostNamed = 20
export const defaultScore = 50
const agentIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** What is wrong with an agent who is named; `path` is the part of him. */
export function agentProblems({ agentId, score = defaultScore, until }: NamedAgent): readonly Problem[] {
  const problems: Problem[] = []
  if (!agentIdPattern.test(agentId))
    problems.push({
      path: 'agentId',
      value: agentId,
      allowed: 'the id of an agent: letters, digits, ".", "_", "-"',
    })
  if (!(score >= 1 && score <= 100)) problems.push({ path: 'score', value: score, allowed: 'from 1 to 100' })
  if (until !== undefined && !Number.isFinite(Date.parse(until)))
    problems.push({ path: 'until', value: until, allowed: 'an RFC 3339 instant' })
  return problems
}

/** What another program has named, as far as it can be read. */
export interface ReadableAgents {
  /** As an attribute says it. Null: nothing could be read, so what held before holds; empty: nobody. */
  readonly text: string | null
  /** What was left out, to be told. */
  readonly leftOut: readonly string[]
}

/** @param given ids, or objects with `agentId`, `score` and `until`, or a text of them; one that can't be read costs no other */
export function readableAgents(given: unknown): ReadableAgents {
  const entries = typeof given === 'string' ? [given] : Array.isArray(given) ? given.map(wordsOf) : null
  if (entries === null) return { text: null, leftOut: [shown(given)] }
  const kept: string[] = []
  const leftOut: string[] = []
  entries.forEach((entry, i) => {
    if (entry === null) leftOut.push(shown((given as readonly unknown[])[i]))
    for (const words of entry?.split(',') ?? []) {
      const [agent] = readAgents(words)
      if (agent === undefined) continue
      if (kept.length < mostNamed && agentProblems(agent).length === 0) kept.push(words.trim())
      else leftOut.push(shown(words.trim()))
    }
  })
  return { text: kept.length === 0 && leftOut.length > 0 ? null : kept.join(', '), leftOut }
}

function wordsOf(one: unknown): string | null {
  if (typeof one === 'string') return one
  if (one === null || typeof one !== 'object') return null
  const { agentId, score, until } = one as Record<string, unknown>
  if (typeof agentId !== 'string') return null
  const points = typeof score === 'number' ? `:${score}` : ''
  return `${agentId}${points}${typeof until === 'string' ? untilWord + until : ''}`
}

function shown(given: unknown): string {
  if (typeof given === 'object' && given !== null)
    return Array.isArray(given) ? 'a list' : 'an object without an agentId'
  return `"${String(given).slice(0, longestShown)}"`
}
