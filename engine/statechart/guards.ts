/** Guards of a machine definition: functions, names of functions, and XState's `not`, `and`, `or` and `stateIn`. */
import type { AnyStateMachine, EventObject } from 'xstate'
import type { ChartNode } from './chart.ts'

/** What a guard may look at. */
export interface GuardScope {
  readonly context: object
  /** The active leaf of each region. */
  readonly leaves: readonly ChartNode[]
}

export type Guard = (scope: GuardScope, event: EventObject) => boolean

type Implementations = AnyStateMachine['implementations']

interface BuiltGuard {
  readonly guards?: readonly unknown[]
  readonly stateValue?: unknown
  readonly check?: { readonly name?: string }
}

/** @throws Error for what is not known here */
export function compileGuard(where: string, given: unknown, implementations: Implementations): Guard {
  const inner = (guard: unknown) => compileGuard(where, guard, implementations)
  if (typeof given === 'string') {
    const named = implementations.guards?.[given]
    if (named === undefined) throw new Error(`${where}: no such guard: ${given}`)
    return inner(named)
  }
  if (typeof given !== 'function') throw new Error(`${where}: guards with parameters are not known`)
  const { guards, stateValue, check } = given as BuiltGuard
  if (stateValue !== undefined) return stateIn(where, stateValue)
  if (guards === undefined) return plain(given as Predicate)
  const parts = guards.map(inner)
  switch (check?.name) {
    case 'checkNot':
      return (scope, event) => parts[0]?.(scope, event) === false
    case 'checkAnd':
      return (scope, event) => parts.every(part => part(scope, event))
    case 'checkOr':
      return (scope, event) => parts.some(part => part(scope, event))
    default:
      throw new Error(`${where}: a guard that is not known`)
  }
}

type Predicate = (args: { context: object; event: EventObject }) => unknown

function plain(predicate: Predicate): Guard {
  return ({ context }, event) => Boolean(predicate({ context, event }))
}

/** `{ region: 'state' }` of a parallel machine. */
function stateIn(where: string, value: unknown): Guard {
  const [entry, ...others] = Object.entries(value as Record<string, unknown>)
  if (entry === undefined || others.length > 0 || typeof entry[1] !== 'string')
    throw new Error(`${where}: stateIn knows \`{ region: 'state' }\` alone`)
  const [region, state] = entry
  return ({ leaves }) => {
    for (const leaf of leaves)
      for (let node: ChartNode | null = leaf; node !== null; node = node.parent)
        if (node.key === state && node.parent?.key === region) return true
    return false
  }
}
