/**
 * The catalogue of domain events: the contract that journal, server, dashboard and CRM plugins share. One schema and
 * one sentence per event; changes are additive only. The envelope is CloudEvents 1.0 with the extensions `sequence`
 * and `cursor`. All instants are RFC 3339 strings in UTC, all durations are integers in milliseconds.
 */
import type { Static } from 'typebox'
import { agentEvents } from './events/agent-events.ts'
import { callEvents } from './events/call-events.ts'
import { callbackEvents } from './events/callback-events.ts'
import { offerEvents } from './events/offer-events.ts'
import { operationsEvents } from './events/operations-events.ts'
import { queueEvents } from './events/queue-events.ts'
import { recordingEvents } from './events/recording-events.ts'
import { screenPopEvents } from './events/screen-pop-events.ts'

export { type AgentLabel, agentLabels } from './events/agent-events.ts'
export {
  type CallEnding,
  callEndings,
  type OutsideOutcome,
  outsideOutcomes,
  transferKinds,
  type VisitOutcome,
  visitOutcomes,
} from './events/call-events.ts'
export { Explanation, Meanwhile } from './events/explanation.ts'
export { type OfferOutcome, offerOutcomes } from './events/offer-events.ts'
export { QueueMetrics } from './events/queue-events.ts'
export { type RecordingEnding, recordingEnds, recordingKinds } from './events/recording-events.ts'
export { ScreenPop } from './events/screen-pop-events.ts'
export { Ani, Attributes, CallWishes, WaitEstimate } from './events/shapes.ts'

/** Every event type with the schema of its `data`. */
export const eventSchemas = {
  ...callEvents,
  ...callbackEvents,
  ...offerEvents,
  ...agentEvents,
  ...queueEvents,
  ...screenPopEvents,
  ...recordingEvents,
  ...operationsEvents,
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = Static<(typeof eventSchemas)[T]>
export const eventTypes = Object.keys(eventSchemas) as readonly EventType[]

/** One event as it travels everywhere: journal, sockets, webhooks, REST. */
export interface EventEnvelope<T extends EventType = EventType> {
  readonly specversion: '1.0'
  readonly id: string
  /** `/tenants/{tenant}` */
  readonly source: string
  readonly type: T
  /** `call/{id}`, `agent/{id}`, `queue/{id}`, `screenpop/{id}`, `hours/{id}`, `security/{id}`, `trunk/{id}`, `voicemail/{id}`, `callback/{id}` or `journal/{first cursor skipped}` */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** Gap-free per subject, from "1"; absent on events that are not journaled. */
  readonly sequence?: string
  /** Position in the tenant's journal, never given out twice; absent on events that are not journaled. */
  readonly cursor?: string
  /** The call that this belongs to, if any. */
  readonly correlationid?: string
  /** False when it was published before the store confirmed it (DESIGN §5). */
  readonly durable?: false
  readonly data: EventData<T>
}

/** The envelope as a union that narrows by `type`. */
export type AnyEvent = { [T in EventType]: EventEnvelope<T> }[EventType]

/** The subscription topics of the realtime interface. */
export const topics = ['calls', 'agents', 'queues', 'screenpop'] as const
export type Topic = (typeof topics)[number]

const topicOfPrefix: Readonly<Record<string, Topic>> = {
  call: 'calls',
  offer: 'calls',
  callback: 'calls',
  recording: 'calls',
  voicemail: 'calls',
  monitor: 'calls',
  agent: 'agents',
  queue: 'queues',
  hours: 'queues',
  screenpop: 'screenpop',
  journal: 'calls',
  security: 'calls',
  trunk: 'calls',
}

/** The topic that carries a type of event. */
export function topicOf(type: EventType): Topic {
  return topicOfPrefix[type.slice(0, type.indexOf('.'))] ?? 'calls'
}
