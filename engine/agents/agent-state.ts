/**
 * What follows from an agent's machine: the label people see, whether a call may be offered, why not, and what a
 * change means. Pure.
 */
import type { AgentView, Availability } from '../api.ts'
import type { AgentLabel } from '../events.ts'
import type { AgentSnapshot, NextStatus } from './agent.machine.ts'

/**
 * Where an agent stands in the counts of a queue: the label, but `available` only if routable; else what keeps a free
 * agent from being routable. Who is unreachable is `pausedAway` if he would not be ready with a phone, either.
 */
export type Standing = AgentLabel | 'inUse' | 'cooldown' | 'pausedAway'

/** How far from taking calls: 2 signed out, 1 signed in only, 0 in between, whatever is at hand. */
export type Absence = 0 | 1 | 2

export interface AgentState {
  readonly session: AgentView['session']
  readonly availability: Availability
  readonly endpoint: AgentView['endpoint']
  readonly slot: AgentView['slot']
  /** Free, but not to be offered anything before the cooldown ends. */
  readonly cooling: boolean
  readonly label: AgentLabel
  /** Why notReady, when that is what the label says. */
  readonly reason: string | null
  readonly standing: Standing
  /** All of FEATURES §4 `routable` except the membership in a queue. */
  readonly routable: boolean
}

export function stateOf(snapshot: AgentSnapshot): AgentState {
  const { session, availability, endpoint, slot } = snapshot.value
  const { next, reason } = snapshot.context
  const plainSlot = plainSlotOf(slot)
  const cooling = typeof slot === 'object' && 'idle' in slot && slot.idle === 'cooling'
  const routable =
    session === 'online' &&
    availability === 'available' &&
    next === null &&
    endpoint === 'reachable' &&
    plainSlot === 'idle' &&
    !cooling
  const label = labelOf(snapshot)
  return {
    session,
    availability,
    endpoint,
    slot: plainSlot,
    cooling,
    label,
    reason: label === 'notReady' ? reason : null,
    standing: standingOf(label, availability, endpoint, routable),
    routable,
  }
}

function standingOf(
  label: AgentLabel,
  availability: Availability,
  endpoint: AgentView['endpoint'],
  routable: boolean,
): Standing {
  if (label === 'unreachable' && availability === 'notReady') return 'pausedAway'
  if (label !== 'available' || routable) return label
  return endpoint === 'inUse' ? 'inUse' : 'cooldown'
}

export function absenceOf(standing: Standing): Absence {
  if (standing === 'offline') return 2
  return standing === 'notReady' || standing === 'unreachable' || standing === 'pausedAway' ? 1 : 0
}

function plainSlotOf(slot: AgentSnapshot['value']['slot']): AgentView['slot'] {
  if (typeof slot === 'string') return slot
  return 'idle' in slot ? 'idle' : 'wrapping' in slot ? 'wrapping' : 'engaged'
}

/** By the precedence of FEATURES §4. */
function labelOf(snapshot: AgentSnapshot): AgentLabel {
  const { session, availability, endpoint, slot } = snapshot.value
  if (session === 'offline') return 'offline'
  if (endpoint === 'unreachable') return 'unreachable'
  if (typeof slot === 'string') return slot
  if ('wrapping' in slot) return 'wrapUp'
  if ('engaged' in slot) return slot.engaged
  return availability
}

/** The first condition of `routable` that does not hold, in words; null when all hold. */
export function notRoutableBecause(state: AgentState, snapshot: AgentSnapshot): string | null {
  const { context } = snapshot
  if (state.session === 'offline') return 'offline'
  if (state.availability === 'notReady') return context.reason === null ? 'notReady' : `notReady(${context.reason})`
  if (context.next !== null) return 'next status set'
  if (state.endpoint === 'unreachable') return 'unreachable'
  if (state.endpoint === 'inUse') return 'in use'
  if (state.slot === 'engaged') return 'on call'
  if (state.slot === 'wrapping') return 'wrap-up'
  if (state.slot !== 'idle') return state.slot
  if (state.cooling) return `cooldown until ${new Date(context.cooldownUntil).toISOString()}`
  return null
}

export function isOffered(state: AgentState): boolean {
  return state.slot === 'reserved' || state.slot === 'ringing'
}

/**
 * Idle time counts from the end of the last call that a queue routed (wrap-up included), from becoming available, or
 * from the end of a cooldown. An offer that was withdrawn, or a call without a queue, leaves it as it is.
 */
export function becameReady(before: AgentState, after: AgentState, queueId: string | null): boolean {
  if (after.availability === 'available' && before.availability !== 'available') return true
  if (before.cooling && !after.cooling) return true
  const worked = before.slot === 'engaged' || before.slot === 'wrapping'
  return worked && after.slot === 'idle' && queueId !== null
}

/** The stored status, if this change has put it into force. */
export function appliedNext(stored: NextStatus | null, before: AgentState, after: AgentState): NextStatus | null {
  if (stored === null || before.slot === 'idle' || after.slot !== 'idle') return null
  const inForce =
    stored.availability === 'signOut' ? after.session === 'offline' : after.availability === stored.availability
  return inForce ? stored : null
}
