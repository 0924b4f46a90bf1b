/**
 * Agents whom a call names, as its attributes say it: `ada:90, bob until 2026-12-24T12:00:00Z`. A score stands behind a colon, an
 * instant (RFC 3339) behind "until". An entry without an agent counts for nothing: so a flow may write "{attributes.manager}:90".
 */
import type { NamedAgent } from '../api.ts'

/** The attributes that replace the agents whom the call named when it was enqueued; empty: nobody. */
export const preferredAttribute = 'preferredAgents'
export const avoidedAttribute = 'avoidAgents'

const untilWord = ' until '

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

/** @param given by a program: ids, or objects with `agentId`, `score` and `until`; what else is in it is left out */
export function agentsText(given: unknown): string {
  if (typeof given === 'string') return given
  if (!Array.isArray(given)) return ''
  return given.flatMap(wordsOf).join(', ')
}

function wordsOf(one: unknown): readonly string[] {
  if (typeof one === 'string') return [one]
  if (one === null || typeof one !== 'object') return []
  const { agentId, score, until } = one as Record<string, unknown>
  if (typeof agentId !== 'string') return []
  const points = typeof score === 'number' ? `:${score}` : ''
  return [`${agentId}${points}${typeof until === 'string' ? untilWord + until : ''}`]
}
