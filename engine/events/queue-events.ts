/** What is told of queues and of the hours that open them. */
import Type, { type Static } from 'typebox'
import { Instant, Millis, Nullable, WaitEstimate } from './shapes.ts'

export const QueueMetrics = Type.Object({
  queueId: Type.String(),
  waiting: Type.Integer({ description: 'Callers on the line' }),
  callbacks: Type.Integer({ description: 'Places in line that are kept for callbacks' }),
  oldestEnqueuedAt: Nullable(Instant),
  offering: Type.Integer({ description: 'Waiting visits with an offer pending' }),
  talking: Type.Integer({ description: 'Visits of this queue now with an agent' }),
  agents: Type.Object(
    {
      signedIn: Type.Integer(),
      available: Type.Integer({ description: 'Free and routable now' }),
      ringing: Type.Integer({ description: 'Reserved or ringing' }),
      busy: Type.Integer({ description: 'On a call' }),
      wrapUp: Type.Integer(),
      notReady: Type.Integer(),
      unreachable: Type.Integer(),
    },
    { description: "The queue's agents by state; the states other than signedIn do not overlap" },
  ),
  today: Type.Object({
    offered: Type.Integer(),
    answered: Type.Integer(),
    abandoned: Type.Integer(),
    shortAbandoned: Type.Integer({ description: 'Abandoned within 5 s; also counted in abandoned' }),
    flowOut: Type.Integer(),
    callbackAccepted: Type.Integer({ description: 'Waiting callers who chose to be called back' }),
    rejected: Type.Integer(),
    serviceLevel: Nullable(Type.Number({ description: '0–1; see serviceLevelVariant; null without data' })),
    serviceLevelVariant: Type.String({ description: 'The formula: shortAsMet = (A<=T + B<=S) / (A + B)' }),
    asaMs: Nullable(Millis),
    longestWaitMs: Millis,
  }),
  ewtMs: Nullable(Millis),
  ewt: Nullable(WaitEstimate),
})
export type QueueMetrics = Static<typeof QueueMetrics>

export const queueEvents = {
  /** Somebody said that it is open or closed whatever the calendar says; null: the calendar holds again. */
  'hours.override_set': Type.Object({
    hoursId: Type.String(),
    state: Nullable(Type.Enum(['open', 'closed'])),
    until: Nullable(Instant),
    reason: Type.String(),
    actor: Type.String(),
  }),
  /** Metrics of a queue, at most one per second and queue. Not journaled, no cursor. */
  'queue.snapshot': QueueMetrics,
} as const
