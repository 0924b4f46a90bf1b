/** Whether the conditions of a recipe hold, and in which words they do. Pure. */
import type { RecipeConditions } from '../config-recipes.ts'

type Bounds = NonNullable<RecipeConditions['position']>

/** What a recipe is judged by. Null: nobody has asked, because the recipe doesn't. */
export interface RecipeFacts {
  readonly waitedMs: number
  readonly position: number
  readonly waiting: number
  readonly eligible: number | null
  readonly available: number | null
}

/** True where no bounds are set. */
export function isWithin(bounds: Bounds | undefined, value: number): boolean {
  return !isBelow(bounds, value) && !isAbove(bounds, value)
}

export function isBelow(bounds: Bounds | undefined, value: number): boolean {
  return bounds?.atLeast !== undefined && value < bounds.atLeast
}

export function isAbove(bounds: Bounds | undefined, value: number): boolean {
  return bounds?.atMost !== undefined && value > bounds.atMost
}

/** Whether a recipe must know what a visit asks of agents. */
export function asksForAgents({ eligible, available }: RecipeConditions): boolean {
  return eligible !== undefined || available !== undefined
}

/** Why a recipe acts: what its conditions have found. */
export function becauseOf(when: RecipeConditions, facts: RecipeFacts): string {
  const { eligible, available, waiting, position } = facts
  const found = [
    when.waitedMs === undefined ? '' : `has waited ${Math.round(facts.waitedMs / 1000)} s`,
    when.position === undefined ? '' : `is at place ${position}`,
    when.waiting === undefined ? '' : `${waiting} ${waiting === 1 ? 'waits' : 'wait'} in the queue`,
    eligible === null ? '' : `${eligible} signed-in ${eligible === 1 ? 'agent suits' : 'agents suit'} it`,
    available === null ? '' : `${available} free ${available === 1 ? 'agent suits' : 'agents suit'} it`,
    when.open === undefined ? '' : `${when.open} is open`,
    when.closed === undefined ? '' : `${when.closed} is closed`,
  ].filter(words => words !== '')
  return found.length === 0 ? 'it waits' : found.join(', ')
}
