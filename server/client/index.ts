/**
 * The typed client of a Strowger server, for Node and for browsers: screen pops and events live, the rest over REST.
 * It needs nothing but `fetch` and socket.io-client.
 */
export type { AnyEvent, EventData, EventEnvelope, EventType, QueueMetrics, ScreenPop } from '../../engine/events.ts'
export type { AgentReply } from '../api/agents.ts'
export type { CallbackReply, CallbackRequest } from '../api/callbacks.ts'
export type { CallExplanationReply, CallRecord, CallReply, CallTransfer } from '../api/calls.ts'
export type { ProblemDocument } from '../api/common.ts'
export type { HoursReply } from '../api/hours.ts'
export type { QueueReply } from '../api/queues.ts'
export type { Snapshot } from '../api/realtime.ts'
export type { Credentials, SessionReply, WhoAmI } from '../api/session.ts'
export type { MailboxReply, VoicemailRecord } from '../api/voicemail.ts'
export type { CenterEntry, CenterEntryInput, CenterList, CenterRest, ChangeOptions, Tagged } from './center.ts'
export { type AckOutcome, type Center, type ConnectOptions, connect, type Status } from './connection.ts'
export { type RestOptions, StrowgerError } from './request.ts'
export { createRest, type HoursWish, type Page, type Rest, signIn, type VoicemailQuery } from './rest.ts'
