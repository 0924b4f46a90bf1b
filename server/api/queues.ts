/** Queues. */
import Type, { type Static } from 'typebox'
import { QueueMetrics } from '../../engine/events.ts'

export const QueueReply = Type.Object({
  id: Type.String(),
  name: Type.String(),
  strategy: Type.String(),
  targetMs: Type.Integer(),
  metrics: QueueMetrics,
})
export type QueueReply = Static<typeof QueueReply>
