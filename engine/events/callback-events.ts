/** What is told of callbacks: places in line that are kept for somebody who is called back. */
import Type from 'typebox'
import { Instant, Millis, Nullable } from './shapes.ts'

const Ref = { callbackId: Type.String(), queueId: Type.String(), number: Type.String() }
const Attempt = { attempt: Type.Integer({ description: 'from 1' }) }

export const callbackEvents = {
  /** Somebody is to be called back. `callId` is the call that asked for it; null: it came through the API. */
  'callback.requested': Type.Object({
    ...Ref,
    callId: Nullable(Type.String()),
    enqueuedAt: Instant,
    priority: Type.Integer(),
    position: Type.Integer(),
    nextAt: Instant,
    expiresAt: Instant,
    actor: Type.String(),
  }),
  /** The customer is being dialled, by the call `callId`. `agentId`: who has accepted it; null: the customer is first. */
  'callback.attempted': Type.Object({
    ...Ref,
    ...Attempt,
    callId: Type.String(),
    mode: Type.Enum(['agent-first', 'customer-first']),
    agentId: Nullable(Type.String()),
  }),
  /** Customer and agent hear each other. The callback is over. */
  'callback.connected': Type.Object({
    ...Ref,
    ...Attempt,
    callId: Type.String(),
    agentId: Type.String(),
    waitMs: Millis,
  }),
  /** An attempt failed. `nextAt`: when the next one may be made; null: there will be none, the callback is over. */
  'callback.failed': Type.Object({
    ...Ref,
    ...Attempt,
    callId: Nullable(Type.String()),
    reason: Type.String(),
    sipCode: Nullable(Type.Integer()),
    nextAt: Nullable(Instant),
  }),
  /** Its time is over without a conversation. */
  'callback.expired': Type.Object({ ...Ref, attempts: Type.Integer() }),
  /** Somebody took it back. */
  'callback.canceled': Type.Object({ ...Ref, attempts: Type.Integer(), actor: Type.String(), reason: Type.String() }),
} as const
