/** The REST interface as typed functions over `fetch`. */
import type { AnyEvent, ScreenPop } from '../../engine/events.ts'
import type { AgentReply, AgentSessionChange, AgentStateChange, WrapUpCompletion } from '../api/agents.ts'
import type { CallbackExplanationReply, CallbackReply, CallbackRequest } from '../api/callbacks.ts'
import type { CallExplainQuery, CallExplanationReply, CallRecord, CallReply, CallTransfer } from '../api/calls.ts'
import type { HoursOverride, HoursReply } from '../api/hours.ts'
import type { QueueExplanationReply, QueueReply } from '../api/queues.ts'
import type { Credentials, SessionReply, WhoAmI } from '../api/session.ts'
import type { MailboxReply, VoicemailRecord } from '../api/voicemail.ts'
import { type CenterRest, createCenterRest } from './center.ts'
import { addressOf, type RestOptions, request, send } from './request.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Pass it as `before` (calls, voicemail) or `after` (events); null at the end. */
  readonly next: string | null
}

/** Every method rejects with {@link StrowgerError}. */
export interface Rest {
  whoAmI(): Promise<WhoAmI>
  queues(): Promise<Page<QueueReply>>
  queue(queueId: string): Promise<QueueReply>
  /** Why nobody is being rung for those who wait. */
  explainQueue(queueId: string): Promise<QueueExplanationReply>
  agents(): Promise<Page<AgentReply>>
  agent(agentId: string): Promise<AgentReply>
  setAgentState(agentId: string, change: AgentStateChange): Promise<AgentReply>
  setAgentSession(agentId: string, change: AgentSessionChange): Promise<AgentReply>
  completeWrapUp(agentId: string, completion?: WrapUpCompletion): Promise<AgentReply>
  calls(query?: { limit?: number; before?: string; queue?: string; agent?: string }): Promise<Page<CallRecord>>
  call(callId: string): Promise<CallReply>
  /** Why a call went where it went; with `agentId` also why it did not come to this agent. */
  explain(callId: string, query?: CallExplainQuery): Promise<CallExplanationReply>
  setAttributes(callId: string, attributes: Record<string, string>): Promise<CallRecord>
  /** Hands a call from its agent to somebody else: `{ agent }`, `{ queue }` or `{ number }`. */
  transfer(callId: string, to: CallTransfer['to']): Promise<CallRecord>
  hangup(callId: string): Promise<void>
  events(query?: { after?: string; limit?: number }): Promise<Page<AnyEvent>>
  /** Open ones, of one queue or of all. */
  callbacks(queueId?: string): Promise<Page<CallbackReply>>
  callback(callbackId: string): Promise<CallbackReply>
  /** What became of it and why, open or over. */
  explainCallback(callbackId: string): Promise<CallbackExplanationReply>
  /** Joins the line for a customer, who is called back in his turn. */
  requestCallback(queueId: string, request: CallbackRequest): Promise<CallbackReply>
  cancelCallback(callbackId: string, reason?: string): Promise<void>
  /** All opening hours, and what they say now. */
  hours(): Promise<Page<HoursReply>>
  hoursOf(hoursId: string): Promise<HoursReply>
  /** Opens or closes whatever the calendar says, until an instant or until it is taken back; null: the calendar holds again. */
  overrideHours(hoursId: string, wish: HoursWish): Promise<HoursReply>
  mailboxes(): Promise<Page<MailboxReply>>
  /** Messages, newest first. */
  voicemail(query?: VoicemailQuery): Promise<Page<VoicemailRecord>>
  message(messageId: string): Promise<VoicemailRecord>
  /** Where its recording is: a WAV file, for who has the session's cookie or sends the token. */
  audioUrl(messageId: string): string
  /** The recording itself: a WAV file of 16 bits, 8 kHz, one channel. */
  audio(messageId: string): Promise<Blob>
  setHeard(messageId: string, heard: boolean): Promise<VoicemailRecord>
  deleteMessage(messageId: string): Promise<void>
  screenpops(): Promise<Page<ScreenPop>>
  acknowledge(popId: string, result: string): Promise<void>
  signOut(): Promise<void>
  /** The definition: queues, agents, numbers, … */
  readonly center: CenterRest
}

/** What is said without a reason has none. */
export type HoursWish = Omit<HoursOverride, 'reason'> & Partial<Pick<HoursOverride, 'reason'>>

export interface VoicemailQuery {
  readonly limit?: number
  readonly before?: string
  readonly mailbox?: string
  readonly unheard?: boolean
}

/** @throws StrowgerError `auth.failed`, `request.too_many` */
export function signIn(url: string, credentials: Credentials): Promise<SessionReply> {
  return request({ url, token: '' }, 'POST', '/session', credentials)
}

export function createRest(options: RestOptions): Rest {
  const get = <T>(path: string) => request<T>(options, 'GET', path)
  const id = encodeURIComponent
  return {
    whoAmI: () => get('/session'),
    queues: () => get('/queues'),
    queue: queueId => get(`/queues/${id(queueId)}`),
    explainQueue: queueId => get(`/queues/${id(queueId)}/explain`),
    agents: () => get('/agents'),
    agent: agentId => get(`/agents/${id(agentId)}`),
    setAgentState: (agentId, change) => request(options, 'PUT', `/agents/${id(agentId)}/state`, change),
    setAgentSession: (agentId, change) => request(options, 'PUT', `/agents/${id(agentId)}/session`, change),
    completeWrapUp: (agentId, completion = {}) =>
      request(options, 'POST', `/agents/${id(agentId)}/wrap-up/complete`, completion),
    calls: query => get(`/calls${queryText(query)}`),
    call: callId => get(`/calls/${id(callId)}`),
    explain: (callId, query) => get(`/calls/${id(callId)}/explain${queryText(query)}`),
    setAttributes: (callId, attributes) => request(options, 'PATCH', `/calls/${id(callId)}`, { attributes }),
    transfer: (callId, to) => request(options, 'POST', `/calls/${id(callId)}/transfer`, { to }),
    hangup: callId => request(options, 'POST', `/calls/${id(callId)}/hangup`),
    events: query => get(`/events${queryText(query)}`),
    callbacks: queueId => get(queueId === undefined ? '/callbacks' : `/queues/${id(queueId)}/callbacks`),
    callback: callbackId => get(`/callbacks/${id(callbackId)}`),
    explainCallback: callbackId => get(`/callbacks/${id(callbackId)}/explain`),
    requestCallback: (queueId, body) => request(options, 'POST', `/queues/${id(queueId)}/callbacks`, body),
    cancelCallback: (callbackId, reason) =>
      request(options, 'DELETE', `/callbacks/${id(callbackId)}${queryText({ reason })}`),
    hours: () => get('/hours'),
    hoursOf: hoursId => get(`/hours/${id(hoursId)}`),
    overrideHours: (hoursId, wish) => request(options, 'PUT', `/hours/${id(hoursId)}/override`, wish),
    mailboxes: () => get('/mailboxes'),
    voicemail: query => get(`/voicemail${queryText({ ...query })}`),
    message: messageId => get(`/voicemail/${id(messageId)}`),
    audioUrl: messageId => addressOf(options, audioPath(messageId)),
    audio: async messageId => (await send(options, 'GET', audioPath(messageId))).blob(),
    setHeard: (messageId, heard) => request(options, 'PATCH', `/voicemail/${id(messageId)}`, { heard }),
    deleteMessage: messageId => request(options, 'DELETE', `/voicemail/${id(messageId)}`),
    screenpops: () => get('/screenpops'),
    acknowledge: (popId, result) => request(options, 'POST', `/screenpops/${id(popId)}/ack`, { result }),
    signOut: () => request(options, 'DELETE', '/session'),
    center: createCenterRest(options),
  }
}

function audioPath(messageId: string): string {
  return `/voicemail/${encodeURIComponent(messageId)}/audio`
}

function queryText(query: Readonly<Record<string, string | number | boolean | undefined>> = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value))
  return search.size === 0 ? '' : `?${search}`
}
