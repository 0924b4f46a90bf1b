/** What is told of an agent. */
import Type from 'typebox'
import { Instant, Nullable } from './shapes.ts'

/** The one label a person is shown for an agent, by precedence (FEATURES §4). */
export const agentLabels = [
  'offline',
  'unreachable',
  'talking',
  'held',
  'consulting',
  'conferencing',
  'wrapUp',
  'ringing',
  'reserved',
  'notReady',
  'available',
] as const
export type AgentLabel = (typeof agentLabels)[number]
const Label = Type.Enum(agentLabels)

export const agentEvents = {
  /** An agent signed in or out. */
  'agent.session_changed': Type.Object({
    agentId: Type.String(),
    from: Type.Enum(['offline', 'online']),
    to: Type.Enum(['offline', 'online']),
    reason: Type.String(),
    since: Instant,
    actor: Type.String(),
  }),
  /** What is shown for the agent changed. */
  'agent.state_changed': Type.Object({
    agentId: Type.String(),
    from: Label,
    to: Label,
    reason: Nullable(Type.String()),
    since: Instant,
    actor: Type.String(),
    callId: Nullable(Type.String()),
  }),
  /** A status was stored to be applied when the present work ends; null when it was taken back. */
  'agent.next_status_set': Type.Object({
    agentId: Type.String(),
    next: Nullable(
      Type.Object({ availability: Type.Enum(['available', 'notReady', 'signOut']), reason: Nullable(Type.String()) }),
    ),
    actor: Type.String(),
  }),
  /** The phones of someone signed in came or went, another one is the acting one, or it can or can't be rung now. */
  'agent.devices_changed': Type.Object({
    agentId: Type.String(),
    devices: Type.Array(Type.String()),
    acting: Nullable(Type.String({ description: 'the account that is rung' })),
    endpoint: Type.Enum(['unreachable', 'reachable', 'inUse']),
    actor: Type.String(),
  }),
  /** An agent joined or left one of the queues that the center gives him. */
  'agent.queue_membership_changed': Type.Object({
    agentId: Type.String(),
    queueId: Type.String(),
    signedIn: Type.Boolean(),
    actor: Type.String(),
  }),
  /** Something was said about the call at hand, its wrap-up was asked for, or made longer. */
  'agent.wrapup_changed': Type.Object({
    agentId: Type.String(),
    callId: Type.String(),
    segmentId: Type.String(),
    deadline: Nullable(Instant),
    asked: Type.Boolean(),
    extensions: Type.Integer(),
    disposition: Nullable(Type.String()),
    notes: Nullable(Type.String()),
    actor: Type.String(),
  }),
} as const
