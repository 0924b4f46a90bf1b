/**
 * Actions of a machine definition: XState's `assign`, `emit`, `raise`, `sendTo` (and so `sendParent`), `spawnChild`, `stopChild` and
 * `enqueueActions`, plain functions, and names of all these. What reaches outside a machine waits until its step is done, as
 * with XState.
 */
import type { AnyStateMachine, EventObject } from 'xstate'

/** What actions do to the actor that takes a step. */
export interface ActionScope {
  context: object
  /** To itself, before any event from outside. */
  raise(event: EventObject): void
  emit(event: EventObject): void
  /** `to` null: to the parent. */
  sendTo(to: string | null, event: EventObject): void
  spawn(id: string, machine: AnyStateMachine, input: unknown): void
  stopChild(id: string): void
  /** Done when the step is. */
  later(effect: () => void): void
}

export type Action = (scope: ActionScope, event: EventObject) => void

/** Milliseconds. */
export type Delay = (context: object, event: EventObject) => number

type Implementations = AnyStateMachine['implementations']
type Args = { context: object; event: EventObject }
type Expression<T> = T | ((args: Args) => T)

interface BuiltAction {
  readonly type?: string
  readonly assignment?: Expression<object> | Readonly<Record<string, Expression<unknown>>>
  readonly event?: Expression<EventObject>
  readonly delay?: unknown
  readonly to?: Expression<unknown>
  readonly id?: Expression<string>
  readonly src?: unknown
  readonly input?: Expression<unknown>
  readonly actorRef?: Expression<string>
  readonly collect?: (args: Args & { enqueue: unknown }) => void
}

/** What `sendParent` sends to. */
const parent = '#_parent'

/** @throws Error for what is not known here */
export function compileActions(where: string, given: unknown, implementations: Implementations): readonly Action[] {
  if (given === undefined) return []
  return (Array.isArray(given) ? given : [given]).map(one => compileAction(where, one, implementations))
}

export function compileDelay(where: string, name: string, implementations: Implementations): Delay {
  const fixed = Number(name)
  if (!Number.isNaN(fixed)) return () => fixed
  const delay: unknown = implementations.delays?.[name]
  if (typeof delay === 'number') return () => delay
  if (typeof delay !== 'function') throw new Error(`${where}: no such delay: ${name}`)
  return (context, event) => delay({ context, event })
}

function compileAction(where: string, given: unknown, implementations: Implementations): Action {
  if (typeof given === 'string') {
    const named = implementations.actions?.[given]
    if (named === undefined) throw new Error(`${where}: no such action: ${given}`)
    return compileAction(where, named, implementations)
  }
  if (typeof given !== 'function') throw new Error(`${where}: actions with parameters are not known`)
  const { type, ...built } = given as BuiltAction
  switch (type) {
    case undefined:
      return (scope, event) => {
        const { context } = scope
        scope.later(() => given({ context, event }))
      }
    case 'xstate.assign':
      return assignment(built.assignment)
    case 'xstate.emit':
      return (scope, event) => scope.emit(evaluate(built.event, scope, event))
    case 'xstate.raise':
      if (built.delay !== undefined) throw new Error(`${where}: a delayed raise is not known`)
      return (scope, event) => scope.raise(evaluate(built.event, scope, event))
    case 'xstate.sendTo':
      if (built.delay !== undefined) throw new Error(`${where}: a delayed sendTo is not known`)
      return (scope, event) => scope.sendTo(receiver(built.to, scope, event), evaluate(built.event, scope, event))
    case 'xstate.spawnChild':
      return (scope, event) =>
        scope.spawn(
          evaluate(built.id, scope, event),
          actorOf(where, built.src, implementations),
          evaluate(built.input, scope, event),
        )
    case 'xstate.stopChild':
      return (scope, event) => scope.stopChild(evaluate(built.actorRef, scope, event))
    case 'xstate.enqueueActions':
      return queueing(where, built.collect, implementations)
    default:
      throw new Error(`${where}: ${type} is not known`)
  }
}

function assignment(given: BuiltAction['assignment']): Action {
  if (typeof given === 'function')
    return (scope, event) => {
      scope.context = { ...scope.context, ...given({ context: scope.context, event }) }
    }
  const fields = Object.entries(given ?? {})
  return (scope, event) => {
    const changed: Record<string, unknown> = { ...scope.context }
    for (const [name, value] of fields)
      changed[name] = typeof value === 'function' ? value({ context: scope.context, event }) : value
    scope.context = changed
  }
}

/** XState's `enqueue`, as far as it is used: what it is given is done after the collecting function, in order. */
function queueing(where: string, collect: BuiltAction['collect'], implementations: Implementations): Action {
  // Made once: the collecting function of a step has returned before that of another one is called.
  let queued: Action[] = []
  const enqueue = Object.assign((action: unknown) => queued.push(compileAction(where, action, implementations)), {
    assign: (given: BuiltAction['assignment']) => queued.push(assignment(given)),
    emit: (given: EventObject) => queued.push(scope => scope.emit(given)),
    raise: (given: EventObject) => queued.push(scope => scope.raise(given)),
    stopChild: (id: string) => queued.push(scope => scope.stopChild(id)),
    spawnChild: (source: unknown, { id, input }: { id: string; input: unknown }) =>
      queued.push(scope => scope.spawn(id, actorOf(where, source, implementations), input)),
  })
  return (scope, event) => {
    queued = []
    const collected = queued
    collect?.({ context: scope.context, event, enqueue })
    for (const action of collected) action(scope, event)
  }
}

function receiver(to: BuiltAction['to'], { context }: ActionScope, event: EventObject): string | null {
  const found = typeof to === 'function' ? to({ context, event }) : to
  return found === parent ? null : String(found)
}

function actorOf(where: string, source: unknown, implementations: Implementations): AnyStateMachine {
  const machine = typeof source === 'string' ? implementations.actors?.[source] : source
  if (machine === undefined) throw new Error(`${where}: no such actor: ${String(source)}`)
  return machine as AnyStateMachine
}

function evaluate<T>(given: Expression<T> | undefined, { context }: ActionScope, event: EventObject): T {
  return typeof given === 'function' ? (given as (args: Args) => T)({ context, event }) : (given as T)
}
