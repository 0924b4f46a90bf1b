/** Agents. */
import Type, { type Static } from 'typebox'
import { agentLabels } from '../../engine/events.ts'
import { Nullable } from './common.ts'

const availabilities = ['available', 'notReady'] as const

export const AgentReply = Type.Object({
  id: Type.String(),
  name: Type.String(),
  queues: Type.Array(Type.String()),
  skills: Type.Record(Type.String(), Type.Union([Type.Integer(), Type.Literal(true)])),
  label: Type.Enum(agentLabels),
  since: Type.String(),
  session: Type.Enum(['offline', 'online']),
  availability: Type.Enum(availabilities),
  reason: Nullable(Type.String()),
  next: Nullable(
    Type.Object({ availability: Type.Enum([...availabilities, 'signOut']), reason: Nullable(Type.String()) }),
  ),
  endpoint: Type.Enum(['unreachable', 'reachable', 'inUse']),
  slot: Type.Enum(['idle', 'reserved', 'ringing', 'engaged', 'wrapping']),
  callId: Nullable(Type.String()),
  queueId: Nullable(Type.String()),
  deadline: Nullable(Type.String()),
  routable: Type.Boolean(),
  notRoutableBecause: Nullable(Type.String()),
  devices: Type.Array(Type.String()),
  today: Type.Object({ handled: Type.Integer(), missed: Type.Integer() }),
})
export type AgentReply = Static<typeof AgentReply>

/** PUT /agents/:id/state. An offline agent is signed in by it. */
export const AgentStateChange = Type.Object(
  {
    availability: Type.Enum(availabilities),
    reason: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { additionalProperties: false },
)
export type AgentStateChange = Static<typeof AgentStateChange>

/** PUT /agents/:id/session */
export const AgentSessionChange = Type.Object(
  { session: Type.Enum(['online', 'offline']), availability: Type.Optional(Type.Enum(availabilities)) },
  { additionalProperties: false },
)
export type AgentSessionChange = Static<typeof AgentSessionChange>

/** POST /agents/:id/wrap-up/complete */
export const WrapUpCompletion = Type.Object(
  {
    disposition: Type.Optional(Type.String({ maxLength: 100 })),
    notes: Type.Optional(Type.String({ maxLength: 4000 })),
  },
  { additionalProperties: false },
)
export type WrapUpCompletion = Static<typeof WrapUpCompletion>
