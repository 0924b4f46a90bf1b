/** Queues. */
import Type, { type Static } from 'typebox'
import { Explanation, QueueMetrics, WaitEstimate } from '../../engine/events.ts'
import { Nullable } from './common.ts'

export const QueueReply = Type.Object({
  id: Type.String(),
  name: Type.String(),
  strategy: Type.String(),
  targetMs: Type.Integer(),
  metrics: QueueMetrics,
})
export type QueueReply = Static<typeof QueueReply>

/** GET /queues/:id/explain — why nobody is being rung for those who wait. */
export const QueueExplanationReply = Type.Object({
  queueId: Type.String(),
  summary: Type.String({ description: 'One or two sentences' }),
  waiting: Type.Integer(),
  free: Type.Integer({ description: 'Free agents of the queue' }),
  notFree: Explanation.properties.notFree,
  ewt: Nullable(WaitEstimate),
  visits: Type.Array(
    Type.Object({
      visitId: Type.String(),
      callId: Type.String(),
      callbackId: Type.Optional(Type.String({ description: 'Nobody is on the line: the place is kept' })),
      position: Type.Integer(),
      enqueuedAt: Type.String(),
      priority: Type.Number({ description: 'What waiting has made of it' }),
      step: Nullable(Type.String({ description: 'What it asks for now, where that changes with time' })),
      because: Type.String(),
      candidateCount: Type.Integer({ description: 'Free agents who suit' }),
      excluded: Explanation.properties.excluded,
    }),
    { description: 'Those at the head, at most five' },
  ),
})
export type QueueExplanationReply = Static<typeof QueueExplanationReply>
