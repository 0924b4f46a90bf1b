/** Calls: live ones first, then ended ones, newest first. */
import Type, { type Static } from 'typebox'
import { Explanation } from '../../engine/events.ts'
import { CallRecord, FlowStepRecord, LegRecord, TransferRecord } from '../../engine/records.ts'
import { CallbackExplanationReply } from './callbacks.ts'
import { Line, Nullable } from './common.ts'

export { CallRecord }

export const CallListQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  before: Type.Optional(Line({ maxLength: 64, description: '`next` of the previous page' })),
  queue: Type.Optional(Line({ maxLength: 64 })),
  agent: Type.Optional(Line({ maxLength: 64 })),
  sipCallId: Type.Optional(
    Line({
      minLength: 1,
      maxLength: 1024,
      description: 'Only the call with a leg of this SIP Call-ID',
    }),
  ),
})
export type CallListQuery = Static<typeof CallListQuery>

/** GET /calls/:id — the record and every event of the call in order. */
export const CallReply = Type.Object({
  ...CallRecord.properties,
  timeline: Type.Array(
    Type.Object({ cursor: Type.String(), time: Type.String(), type: Type.String(), data: Type.Unknown() }),
  ),
})
export type CallReply = Static<typeof CallReply>

export const CallExplainQuery = Type.Object({
  agentId: Type.Optional(
    Line({
      minLength: 1,
      maxLength: 64,
      description: 'Also why the call did not come to this agent',
    }),
  ),
})
export type CallExplainQuery = Static<typeof CallExplainQuery>

export const CallExplanationReply = Type.Object({
  callId: Type.String(),
  state: Type.String(),
  summary: Type.String(),
  flow: Type.Optional(Type.Array(FlowStepRecord, { description: 'Steps of flows, and opening hours looked at' })),
  transfers: Type.Optional(Type.Array(TransferRecord, { description: 'Who handed it to whom' })),
  sipCallId: Type.String({ description: 'SIP Call-ID of the customer’s leg' }),
  legs: Type.Array(LegRecord, { description: 'Its other SIP legs, with the Call-IDs of traces' }),
  callback: Type.Optional(CallbackExplanationReply),
  agent: Type.Optional(
    Type.Object(
      {
        agentId: Type.String(),
        name: Type.String(),
        moments: Type.Array(
          Type.Object({
            at: Type.String(),
            afterMs: Type.Integer(),
            visitId: Type.String(),
            offerId: Nullable(Type.String({ description: 'The offer of that moment' })),
            words: Type.String(),
            otherCallId: Type.Optional(Type.String({ description: 'The call that he was given then' })),
          }),
        ),
      },
      {
        description:
          'Why it did not come to the agent who was asked about: at each offer, at the end of the wait, and when he was given another call',
      },
    ),
  ),
  visits: Type.Array(
    Type.Object({
      visitId: Type.String(),
      queueId: Type.String(),
      enqueuedAt: Type.String(),
      outcome: Nullable(Type.String()),
      waitingBecause: Nullable(Type.String()),
      moments: Type.Array(Type.Object({ at: Type.String(), afterMs: Type.Integer(), words: Type.String() }), {
        description: 'The wait from its beginning; empty where the journal is kept no longer',
      }),
      offers: Type.Array(
        Type.Object({
          offerId: Type.String(),
          agentId: Type.String(),
          createdAt: Type.String(),
          outcome: Nullable(Type.String()),
          reason: Nullable(Type.String()),
          redirectedTo: Type.Optional(
            Type.Array(Type.String(), { description: 'Where phones sent the call, one after the other' }),
          ),
          explanation: Explanation,
        }),
      ),
    }),
  ),
})
export type CallExplanationReply = Static<typeof CallExplanationReply>

const onlyThese = { additionalProperties: false }

/** POST /calls/:id/transfer */
export const CallTransfer = Type.Object(
  {
    to: Type.Union(
      [
        Type.Object({ agent: Line({ minLength: 1, maxLength: 64 }) }, onlyThese),
        Type.Object(
          {
            queue: Line({ minLength: 1, maxLength: 64 }),
            priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
          },
          onlyThese,
        ),
        Type.Object({ number: Line({ minLength: 1, maxLength: 128 }) }, onlyThese),
      ],
      { description: 'a number is one of the center, or an outside one that the outbound rules permit' },
    ),
    kind: Type.Optional(Type.Literal('blind')),
  },
  onlyThese,
)
export type CallTransfer = Static<typeof CallTransfer>

/** PATCH /calls/:id */
export const CallPatch = Type.Object(
  {
    attributes: Type.Record(Type.String(), Type.String(), {
      description:
        'priority, requirements, preferredAgents ("ada:90, bob"), avoidAgents and language move a call that waits, or change what it hears',
    }),
  },
  { additionalProperties: false },
)
export type CallPatch = Static<typeof CallPatch>
