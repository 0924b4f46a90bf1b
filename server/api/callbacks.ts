/** Callbacks: places in line that are kept for customers who are called back. */
import Type, { type Static } from 'typebox'
import { Attributes } from '../../engine/events.ts'
import { Line, Nullable } from './common.ts'

const Instant = Type.String({ description: 'RFC 3339' })

export const CallbackReply = Type.Object({
  id: Type.String(),
  queueId: Type.String(),
  number: Type.String({ description: 'As it is dialled' }),
  name: Nullable(Type.String()),
  callId: Nullable(Type.String({ description: 'The call made for it now, else the one that asked for it' })),
  priority: Type.Integer(),
  state: Type.Enum(['later', 'waiting', 'calling']),
  because: Nullable(Type.String({ description: 'Why nobody is called for it whoever is free' })),
  position: Nullable(Type.Integer({ description: '1 for the first of the queue' })),
  requestedAt: Instant,
  enqueuedAt: Type.String({ description: 'The place in line: when the caller began to wait' }),
  nextAt: Type.String({ description: 'Not called before' }),
  expiresAt: Instant,
  attempts: Type.Integer({ description: 'Attempts made' }),
  maxAttempts: Type.Integer(),
  lastReason: Nullable(Type.String({ description: 'What came of the last attempt' })),
  actor: Type.String({ description: 'Who asked for it: caller, user:ada, key:crm' }),
})
export type CallbackReply = Static<typeof CallbackReply>

/** GET /callbacks/:id/explain — what became of it and why, open or over. */
export const CallbackExplanationReply = Type.Object({
  callbackId: Type.String(),
  queueId: Type.String(),
  number: Type.String(),
  summary: Type.String({ description: 'What keeps it from being called now, or how it ended' }),
  moments: Type.Array(
    Type.Object({
      at: Instant,
      afterMs: Type.Integer({ description: 'Since the wait began' }),
      words: Type.String(),
      callId: Nullable(Type.String({ description: 'The call that asked for it, or that was made for it' })),
    }),
    { description: 'Asked for, in line, attempts and what came of them' },
  ),
})
export type CallbackExplanationReply = Static<typeof CallbackExplanationReply>

/** POST /queues/:id/callbacks */
export const CallbackRequest = Type.Object(
  {
    number: Line({ minLength: 2, maxLength: 32, description: 'as outbound rules and the queue permit' }),
    name: Type.Optional(Line({ maxLength: 200, description: "of the customer: the agent's phone shows it" })),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    requirements: Type.Optional(Line({ minLength: 1, maxLength: 500 })),
    steps: Type.Optional(
      Type.Array(
        Type.Object(
          {
            expression: Line({ minLength: 1, maxLength: 500 }),
            afterMs: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 20, description: "wishes in place of the queue's, each given up after its time" },
      ),
    ),
    preferredAgents: Type.Optional(
      Type.Array(
        Type.Object(
          {
            agentId: Line({ minLength: 1, maxLength: 64 }),
            score: Type.Optional(Type.Number({ minimum: 1, maximum: 100 })),
            until: Type.Optional(Line({ maxLength: 40, description: 'RFC 3339' })),
          },
          { additionalProperties: false },
        ),
        { maxItems: 20 },
      ),
    ),
    avoidAgents: Type.Optional(Type.Array(Line({ minLength: 1, maxLength: 64 }), { maxItems: 20 })),
    attributes: Type.Optional(Attributes),
    notBefore: Type.Optional(Line({ maxLength: 40, description: 'RFC 3339' })),
    callId: Type.Optional(
      Line({ maxLength: 64, description: 'asked for in this call: the place of one that waits here is kept' }),
    ),
    enqueuedAt: Type.Optional(
      Line({ maxLength: 40, description: 'RFC 3339; the place in line. Default: that of the call, else now' }),
    ),
  },
  { additionalProperties: false },
)
export type CallbackRequest = Static<typeof CallbackRequest>

/** DELETE /callbacks/:id */
export const CallbackCancel = Type.Object(
  { reason: Line({ default: '', maxLength: 200 }) },
  { additionalProperties: false },
)
