/** Calls: live ones first, then ended ones, newest first. */
import Type, { type Static } from 'typebox'
import { Attributes, Explanation } from '../../engine/events.ts'
import { CallRecord, FlowStepRecord } from '../../engine/records.ts'
import { Nullable } from './common.ts'

export { CallRecord }

export const CallListQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  before: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the previous page' })),
  queue: Type.Optional(Type.String({ maxLength: 64 })),
  agent: Type.Optional(Type.String({ maxLength: 64 })),
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

export const CallExplanationReply = Type.Object({
  callId: Type.String(),
  state: Type.String(),
  summary: Type.String(),
  flow: Type.Optional(Type.Array(FlowStepRecord, { description: 'Steps of flows, and opening hours looked at' })),
  visits: Type.Array(
    Type.Object({
      visitId: Type.String(),
      queueId: Type.String(),
      enqueuedAt: Type.String(),
      outcome: Nullable(Type.String()),
      waitingBecause: Nullable(Type.String()),
      offers: Type.Array(
        Type.Object({
          offerId: Type.String(),
          agentId: Type.String(),
          createdAt: Type.String(),
          outcome: Nullable(Type.String()),
          reason: Nullable(Type.String()),
          explanation: Explanation,
        }),
      ),
    }),
  ),
})
export type CallExplanationReply = Static<typeof CallExplanationReply>

/** PATCH /calls/:id */
export const CallPatch = Type.Object({ attributes: Attributes }, { additionalProperties: false })
export type CallPatch = Static<typeof CallPatch>
