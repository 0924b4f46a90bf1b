/** How a queue calls its callers back: who is called first, when, how often, and which numbers. */
import Type, { type Static } from 'typebox'

const closed = { additionalProperties: false }

export const callbackModes = ['agent-first', 'customer-first'] as const
export type CallbackMode = (typeof callbackModes)[number]

export const CallbackPolicy = Type.Object(
  {
    mode: Type.Enum(callbackModes, {
      default: 'agent-first',
      description: 'an agent accepts and the customer is called then; or the customer is called when an agent is free',
    }),
    offer: Type.Union(
      [
        Type.Object(
          {
            key: Type.String({
              pattern: '^[0-9]$',
              examples: ['1'],
              default: '1',
              description: 'pressed while waiting',
            }),
            afterMs: Type.Integer({ minimum: 0, maximum: 86_400_000, default: 30_000, description: 'said first' }),
            everyMs: Type.Integer({ minimum: 10_000, maximum: 3_600_000, default: 60_000, description: 'said again' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { default: null, description: 'waiting callers are told that they may be called back; null: they are not' },
    ),
    numbers: Type.Array(Type.String({ pattern: '^[+]?[0-9]{1,15}$', examples: ['+44'] }), {
      default: [],
      maxItems: 100,
      description: 'beginnings of numbers that are called back; none: all that the outbound rules permit',
    }),
    otherNumbers: Type.Boolean({ default: true, description: 'a caller may enter another number than his own' }),
    callerId: Type.Union(
      [Type.String({ pattern: '^[A-Za-z0-9+_.!~*#-]{1,64}$', examples: ['+442079460000'] }), Type.Null()],
      {
        default: null,
        description: "shown to the customer; default: the outbound rule's, else the number that was called at first",
      },
    ),
    delayMs: Type.Integer({ minimum: 0, maximum: 86_400_000, default: 0, description: 'not called before this' }),
    maxAttempts: Type.Integer({ minimum: 1, maximum: 20, default: 3, description: 'then it is given up' }),
    retryMs: Type.Integer({ minimum: 1_000, maximum: 86_400_000, default: 300_000, description: 'between attempts' }),
    ringMs: Type.Integer({ minimum: 5_000, maximum: 180_000, default: 30_000, description: 'the customer is rung' }),
    expireMs: Type.Integer({
      minimum: 60_000,
      maximum: 604_800_000,
      default: 86_400_000,
      description: 'given up so long after it might first be called; while the queue is closed no time passes',
    }),
    maxOpen: Type.Integer({ minimum: 0, maximum: 10_000, default: 100, description: 'open ones; 0: none' }),
  },
  { ...closed, default: {}, description: 'callbacks that keep the place in line' },
)
export type CallbackPolicy = Static<typeof CallbackPolicy>
