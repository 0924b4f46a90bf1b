/** What an embedder imports. */
export type {
  Actor,
  AgentView,
  Availability,
  CallExplanation,
  DeviceView,
  Engine,
  EngineCounters,
  EngineOptions,
  GatherReply,
  GatherRequest,
  Health,
  HoursView,
  InboundCall,
  LookupAnswer,
  LookupFacts,
  LookupFunction,
  LookupReply,
  LookupRequest,
  NamedAgent,
  QueueExplanation,
  QueueView,
  RoutingRequest,
  TrunkView,
} from './api.ts'
export type { CallbackRequest, CallbackView } from './api-callbacks.ts'
export type { MailboxView, VoicemailReply, VoicemailRequest } from './api-voicemail.ts'
export { CenterConfig, type CenterInput, type StrategyName, strategyNames } from './config.ts'
export { parseCenter, withoutSecrets } from './config-check.ts'
export type { FlowConfig, FlowInput, FlowStep, FlowStepInput } from './config-inputs.ts'
export { createEngine } from './engine.ts'
export { describeProblems, EngineError, type ErrorCode, errorCodes, type Problem } from './errors.ts'
export {
  type AgentLabel,
  type Ani,
  type AnyEvent,
  type Attributes,
  type EventData,
  type EventEnvelope,
  type EventType,
  type Explanation,
  eventSchemas,
  eventTypes,
  type QueueMetrics,
  type ScreenPop,
  type Topic,
  topicOf,
  topics,
  type WaitEstimate,
} from './events.ts'
export { createNodeClock } from './node/clock.ts'
export { createWorkerMedia } from './node/media-port.ts'
export { createNodeNetwork } from './node/network.ts'
export { createNodeRandom } from './node/random.ts'
export type { Clock } from './ports/clock.ts'
export type { HttpPort } from './ports/http.ts'
export type { Logger } from './ports/logger.ts'
export type { MediaPort } from './ports/media.ts'
export type { Network, SipSocket, SipSocketPeer, TlsIdentity } from './ports/network.ts'
export type { PasswordHash } from './ports/password-hash.ts'
export type { Random } from './ports/random.ts'
export type { Store } from './ports/store.ts'
export type { CallRecord, VoicemailRecord } from './records.ts'
export {
  agentsNeeded,
  erlangAFigures,
  erlangB,
  erlangC,
  erlangCFigures,
  fitPatienceSec,
  type ImpatientLoad,
  type Load,
  offeredErlangs,
  type PriorityLoad,
  priorityWaitsSec,
  type StaffingFigures,
  type StaffingGoal,
} from './staffing/index.ts'
export { createMemoryStore } from './store/memory-store.ts'
