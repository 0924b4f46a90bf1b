/** What a CRM is told to show. */
import Type, { type Static } from 'typebox'
import { Ani, Attributes, Instant, Millis, Nullable } from './shapes.ts'

export const ScreenPop = Type.Object({
  popId: Type.String(),
  callId: Type.String(),
  offerId: Type.String(),
  agentId: Type.String(),
  trigger: Type.Enum(['offer', 'answer', 'consult', 'transfer', 'callbackPreview']),
  ani: Ani,
  dnis: Type.String(),
  queueId: Nullable(Type.String()),
  queueName: Nullable(Type.String()),
  waitMs: Millis,
  ivr: Type.Object({ path: Type.Array(Type.String()), digits: Type.String() }),
  attributes: Attributes,
  matchStatus: Type.Enum(['pending', 'none', 'single', 'multiple', 'failed']),
  matches: Type.Array(
    Type.Object({
      system: Type.String(),
      objectType: Type.String(),
      recordId: Type.String(),
      label: Type.String(),
      url: Nullable(Type.String()),
      confidence: Type.Number(),
    }),
  ),
  target: Nullable(
    Type.Object({
      kind: Type.Enum(['record', 'url', 'search', 'new']),
      params: Type.Record(Type.String(), Type.String()),
    }),
  ),
  expiresAt: Instant,
})
export type ScreenPop = Static<typeof ScreenPop>

export const screenPopEvents = {
  /** Show this caller to this agent. */
  'screenpop.requested': ScreenPop,
  /** A late lookup or changed attributes: replaces the pop of the same popId. */
  'screenpop.updated': ScreenPop,
  /** The offer ended unaccepted: take the pop away. */
  'screenpop.withdrawn': Type.Object({
    popId: Type.String(),
    callId: Type.String(),
    offerId: Type.String(),
    agentId: Type.String(),
    reason: Type.String(),
  }),
  /** A client told what it did with the pop. The last word counts. */
  'screenpop.acknowledged': Type.Object({
    popId: Type.String(),
    callId: Type.String(),
    agentId: Type.String(),
    result: Type.String(),
    actor: Type.String(),
  }),
} as const
