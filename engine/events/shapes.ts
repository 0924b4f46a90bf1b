/** What the data of many events is made of. */
import Type, { type Static, type TSchema } from 'typebox'

export const Instant = Type.String({ description: 'RFC 3339 instant in UTC' })
export const Millis = Type.Integer({ minimum: 0, description: 'milliseconds' })
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** What a trace of a carrier or of a phone has of the call, so that the call is found by it. */
export const LegCallId = Type.Optional(Type.String({ description: 'SIP Call-ID of the leg; empty: it is no SIP leg' }))

/** RFC 7433, as it was sent. */
export const SaidAlong = Type.Optional(
  Type.String({ description: 'User-to-User that came along with it, as it was sent; absent: none' }),
)

export const Attributes = Type.Record(Type.String(), Type.String(), {
  description: 'Free call attributes: what a flow, a lookup or an agent has said about the call',
})
export type Attributes = Static<typeof Attributes>

/** What a call asks of agents itself, beside what its queue does: as its number, its flow, its attributes or the embedder said. */
export const CallWishes = Type.Object(
  {
    requirements: Type.Optional(Type.String({ description: 'An expression of skills' })),
    steps: Type.Optional(
      Type.Array(Type.Object({ expression: Type.String(), afterMs: Millis }), {
        description: "In place of the queue's; empty: none",
      }),
    ),
    preferredAgents: Type.Optional(
      Type.Array(
        Type.Object({
          agentId: Type.String(),
          score: Type.Optional(Type.Number()),
          until: Type.Optional(Type.String({ description: 'RFC 3339 instant' })),
        }),
      ),
    ),
    avoidAgents: Type.Optional(Type.Array(Type.String())),
  },
  { description: 'What the call asks of agents itself, beside its queue; empty: nothing' },
)
export type CallWishes = Static<typeof CallWishes>

/** A wait that is estimated, with its range. */
export const WaitEstimate = Type.Object(
  {
    valueMs: Millis,
    lowMs: Millis,
    highMs: Millis,
    confidence: Type.Number({
      minimum: 0,
      maximum: 1,
      description: '0: only a default handling time stands behind it; 1: an agent is free',
    }),
  },
  { description: 'A wait that is estimated' },
)
export type WaitEstimate = Static<typeof WaitEstimate>

export const Ani = Type.Object({
  e164: Nullable(Type.String({ description: 'The number in E.164 with "+", when it can be known' })),
  raw: Type.String({ description: 'User part of From or of the asserted identity, as sent' }),
  name: Nullable(Type.String()),
  withheld: Type.Boolean(),
})
export type Ani = Static<typeof Ani>
