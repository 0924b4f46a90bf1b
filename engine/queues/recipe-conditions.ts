/** Whether the conditions of a rule hold, and in which words they do. Pure. */
import type { WaitConditions } from '../config-conditions.ts'

type Bounds = NonNullable<WaitConditions['position']>

/** Agents that a rule asks for. Null: it does not. */
export interface SuitingAgents {
  readonly eligible: number | null
  readonly available: number | null
}

/** What a rule is judged by. */
export interface RecipeFacts extends SuitingAgents {
  readonly waitedMs: number
  readonly position: number
  readonly waiting: number
  /** Null: nobody has asked, or nobody can tell. */
  readonly ewtMs: number | null
}

/** True where no bounds are set. */
export function isWithin(bounds: Bounds | undefined, value: number): boolean {
  return !isBelow(bounds, value) && !isAbove(bounds, value)
}

export function isBelow(bounds: Bounds | undefined, value: number): boolean {
  return bounds?.atLeast !== undefined && value < bounds.atLeast
}

function isAbove(bounds: Bounds | undefined, value: number): boolean {
  return bounds?.atMost !== undefined && value > bounds.atMost
}

/** Where a place is that a rule is asked about: among those that are meant, or too far ahead or behind, as all that are further. */
export function standing(
  { position, ewtMs: wait }: WaitConditions,
  place: number,
  ewtMs: number | null,
): 'meant' | 'ahead' | 'behind' {
  if (isAbove(position, place) || (ewtMs !== null && isAbove(wait, ewtMs))) return 'behind'
  if (isBelow(position, place) || (wait !== undefined && (ewtMs === null || isBelow(wait, ewtMs)))) return 'ahead'
  return 'meant'
}

/** Whether a rule must know what a visit asks of agents. */
export function asksForAgents({ eligible, available }: WaitConditions): boolean {
  return eligible !== undefined || available !== undefined
}

export function hasAgents(when: WaitConditions, { eligible, available }: SuitingAgents): boolean {
  return isWithin(when.eligible, eligible ?? 0) && isWithin(when.available, available ?? 0)
}

/** Why a rule acts: what its conditions have found. */
export function becauseOf(when: WaitConditions, facts: RecipeFacts): string {
  const { eligible, available, waiting, position, ewtMs } = facts
  const found = [
    when.waitedMs === undefined ? '' : `has waited ${seconds(facts.waitedMs)}`,
    when.position === undefined ? '' : `is at place ${position}`,
    when.waiting === undefined ? '' : `${waiting} ${waiting === 1 ? 'waits' : 'wait'} in the queue`,
    when.ewtMs === undefined || ewtMs === null ? '' : `is expected to wait ${seconds(ewtMs)}`,
    eligible === null ? '' : `${eligible} signed-in ${eligible === 1 ? 'agent suits' : 'agents suit'} it`,
    available === null ? '' : `${available} free ${available === 1 ? 'agent suits' : 'agents suit'} it`,
    when.open === undefined ? '' : `${when.open} is open`,
    when.closed === undefined ? '' : `${when.closed} is closed`,
  ].filter(words => words !== '')
  return found.length === 0 ? 'it waits' : found.join(', ')
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
