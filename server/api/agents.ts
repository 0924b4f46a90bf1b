/** Agents. */
import Type, { type Static } from 'typebox'
import { wrapUpModes } from '../../engine/config-agents.ts'
import { agentLabels } from '../../engine/events.ts'
import { Id, Line, Lines, Nullable } from './common.ts'

const MissCounts = Type.Object({ noAnswer: Type.Integer(), declined: Type.Integer(), unreachable: Type.Integer() })

const availabilities = ['available', 'notReady'] as const

export const AgentReply = Type.Object({
  id: Type.String(),
  name: Type.String(),
  queues: Type.Array(Type.String()),
  queuesLeft: Type.Array(Type.String(), { description: 'queues of the agent that he has left' }),
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
  wrapUp: Nullable(
    Type.Object({
      mode: Type.Enum(wrapUpModes),
      asked: Type.Boolean(),
      extendMs: Type.Integer(),
      extensionsLeft: Type.Integer(),
      dispositions: Type.Array(Type.String(), { description: 'the results that may be given; none: any' }),
      disposition: Nullable(Type.String()),
      notes: Nullable(Type.String()),
    }),
  ),
  devices: Type.Array(Type.String()),
  acting: Nullable(Type.String({ description: 'the account of the phone that is rung' })),
  misses: Type.Integer({ description: 'offers missed in a row, whatever the reason' }),
  missesInARow: { ...MissCounts, description: 'the same by reason, as limits and cooldowns count them' },
  today: Type.Object({ handled: Type.Integer(), missed: Type.Integer() }),
  missedBy: MissCounts,
})
export type AgentReply = Static<typeof AgentReply>

/** PUT /agents/:id/state. An offline agent is signed in by it. */
export const AgentStateChange = Type.Object(
  {
    availability: Type.Enum(availabilities),
    reason: Type.Optional(Line({ maxLength: 64 })),
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

/** POST /agents/:id/wrap-up/complete, PUT /agents/:id/wrap-up */
export const WrapUpCompletion = Type.Object(
  {
    disposition: Type.Optional(Line({ maxLength: 100 })),
    notes: Type.Optional(Lines({ maxLength: 4000 })),
  },
  { additionalProperties: false },
)
export type WrapUpCompletion = Static<typeof WrapUpCompletion>

/** POST /agents/:id/wrap-up/extend. `byMs` is for supervisors; agents take what the queue gives. */
export const WrapUpExtension = Type.Object(
  { byMs: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 3_600_000 })) },
  { additionalProperties: false },
)
export type WrapUpExtension = Static<typeof WrapUpExtension>

/** PUT /agents/:id/queues/:queueId */
export const AgentQueueChange = Type.Object({ signedIn: Type.Boolean() }, { additionalProperties: false })
export type AgentQueueChange = Static<typeof AgentQueueChange>

export const AgentQueueParams = Type.Object({ id: Id, queueId: Id })

/** PUT /agents/:id/device. Null: as if none had been chosen. */
export const AgentDeviceChange = Type.Object(
  { deviceId: Nullable(Line({ minLength: 1, maxLength: 64 })) },
  { additionalProperties: false },
)
export type AgentDeviceChange = Static<typeof AgentDeviceChange>

/** A phone of the center: nobody's, or the one that an agent sits at. */
export const DeviceReply = Type.Object({
  id: Type.String(),
  name: Type.String(),
  agentId: Nullable(Type.String()),
  reachable: Type.Boolean(),
  contacts: Type.Array(Type.String()),
})
export type DeviceReply = Static<typeof DeviceReply>
