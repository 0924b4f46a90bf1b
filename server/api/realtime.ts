/** The Socket.IO contract. Every event envelope is emitted under its `type`. */
import Type, { type Static } from 'typebox'
import type { AnyEvent, QueueMetrics, ScreenPop } from '../../engine/events.ts'
import type { CallRecord } from '../../engine/records.ts'
import type { AgentReply } from './agents.ts'
import { Line } from './common.ts'
import type { QueueReply } from './queues.ts'

/** Topics: `queues`, `agents`, `calls`, `screenpop`, each also as `topic:id`. */
export const Subscribe = Type.Object({
  topics: Type.Array(Line({ maxLength: 80 }), { minItems: 1, maxItems: 100 }),
  cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,19}$' })),
})
export type Subscribe = Static<typeof Subscribe>

/** The state at `cursor` of what was subscribed to; a key is absent when its topic was not asked for. */
export interface Snapshot {
  readonly serverTime: string
  readonly queues?: readonly QueueReply[]
  readonly agents?: readonly AgentReply[]
  readonly calls?: readonly CallRecord[]
  readonly screenpops?: readonly ScreenPop[]
}

export type SubscribeReply =
  | { readonly cursor: string; readonly snapshot?: Snapshot }
  | { readonly error: { readonly code: string; readonly message: string } }

export const ScreenPopAck = Type.Object({
  popId: Line({ maxLength: 64 }),
  result: Line({ maxLength: 200 }),
})
export type ScreenPopAck = Static<typeof ScreenPopAck>

export interface ClientToServerEvents {
  subscribe(request: Subscribe, reply: (answer: SubscribeReply) => void): void
  'screenpop.ack'(
    ack: ScreenPopAck,
    reply?: (answer: { ok: true } | { error: { code: string; message: string } }) => void,
  ): void
}

/** `resync`: this socket fell behind; take the snapshot and go on from its cursor. */
export type ServerToClientEvents = { [T in AnyEvent['type']]: (event: Extract<AnyEvent, { type: T }>) => void } & {
  resync(reply: { cursor: string; snapshot: Snapshot }): void
}

export type { QueueMetrics }
