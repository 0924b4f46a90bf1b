/** Every REST resource that the pages use, one function each. All of them throw ApiError. */
import type {
  AgentDeviceChange,
  AgentQueueChange,
  AgentReply,
  AgentSessionChange,
  AgentStateChange,
  DeviceReply,
  WrapUpCompletion,
  WrapUpExtension,
} from '../../server/api/agents.ts'
import type { CallbackExplanationReply, CallbackReply, CallbackRequest } from '../../server/api/callbacks.ts'
import type { CallExplanationReply, CallRecord, CallReply, CallTransfer } from '../../server/api/calls.ts'
import type { HoursOverride, HoursReply } from '../../server/api/hours.ts'
import type { QueueExplanationReply, QueueReply } from '../../server/api/queues.ts'
import type {
  ApiKeyCreate,
  ApiKeyCreated,
  ApiKeyView,
  Credentials,
  SessionReply,
  WhoAmI,
} from '../../server/api/session.ts'
import type { SimulatedStaffingReply, StaffingQuestion, StaffingReply } from '../../server/api/staffing.ts'
import type { TrunkReply } from '../../server/api/trunks.ts'
import type { MailboxReply, VoicemailRecord } from '../../server/api/voicemail.ts'
import { request, requestTagged, requestYaml, type Tagged } from './http.ts'

export interface PageOf<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

const at = (collection: string, id: string, rest = '') => `/${collection}/${encodeURIComponent(id)}${rest}`

export const session = {
  who: () => request<WhoAmI>('/session', { expectUnauthorized: true }),
  signIn: (credentials: Credentials) =>
    request<SessionReply>('/session', { method: 'POST', body: credentials, expectUnauthorized: true }),
  signOut: () => request<void>('/session', { method: 'DELETE', expectUnauthorized: true }),
}

export const queues = {
  list: () => request<PageOf<QueueReply>>('/queues'),
  explain: (id: string) => request<QueueExplanationReply>(at('queues', id, '/explain')),
}

export const trunks = {
  list: () => request<PageOf<TrunkReply>>('/trunks'),
}

export const callbacks = {
  ofQueue: (id: string) => request<PageOf<CallbackReply>>(at('queues', id, '/callbacks')),
  explain: (id: string) => request<CallbackExplanationReply>(at('callbacks', id, '/explain')),
  request: (queueId: string, body: CallbackRequest) =>
    request<CallbackReply>(at('queues', queueId, '/callbacks'), { method: 'POST', body }),
  cancel: (id: string) => request<void>(at('callbacks', id), { method: 'DELETE' }),
}

export const hours = {
  list: () => request<PageOf<HoursReply>>('/hours'),
  override: (id: string, body: HoursOverride) =>
    request<HoursReply>(at('hours', id, '/override'), { method: 'PUT', body }),
}

export const agents = {
  list: () => request<PageOf<AgentReply>>('/agents'),
  get: (id: string) => request<AgentReply>(at('agents', id)),
  setState: (id: string, body: AgentStateChange) =>
    request<AgentReply>(at('agents', id, '/state'), { method: 'PUT', body }),
  setSession: (id: string, body: AgentSessionChange) =>
    request<AgentReply>(at('agents', id, '/session'), { method: 'PUT', body }),
  completeWrapUp: (id: string, body: WrapUpCompletion) =>
    request<AgentReply>(at('agents', id, '/wrap-up/complete'), { method: 'POST', body }),
  noteWrapUp: (id: string, body: WrapUpCompletion) =>
    request<AgentReply>(at('agents', id, '/wrap-up'), { method: 'PUT', body }),
  askWrapUp: (id: string) => request<AgentReply>(at('agents', id, '/wrap-up/request'), { method: 'POST' }),
  extendWrapUp: (id: string, body: WrapUpExtension = {}) =>
    request<AgentReply>(at('agents', id, '/wrap-up/extend'), { method: 'POST', body }),
  setQueue: (id: string, queueId: string, signedIn: boolean) =>
    request<AgentReply>(at('agents', id, `/queues/${encodeURIComponent(queueId)}`), {
      method: 'PUT',
      body: { signedIn } satisfies AgentQueueChange,
    }),
  setDevice: (id: string, deviceId: string | null) =>
    request<AgentReply>(at('agents', id, '/device'), {
      method: 'PUT',
      body: { deviceId } satisfies AgentDeviceChange,
    }),
}

export const devices = {
  list: () => request<PageOf<DeviceReply>>('/devices'),
}

export interface CallFilter {
  readonly limit?: number
  readonly before?: string
  readonly queue?: string
  readonly agent?: string
  readonly sipCallId?: string
}

export const calls = {
  list: (filter: CallFilter) => request<PageOf<CallRecord>>('/calls', { query: { ...filter } }),
  get: (id: string) => request<CallReply>(at('calls', id)),
  /** @param agentId also why it did not come to this agent */
  explain: (id: string, agentId?: string) =>
    request<CallExplanationReply>(at('calls', id, '/explain'), agentId === undefined ? {} : { query: { agentId } }),
  transfer: (id: string, to: CallTransfer['to']) =>
    request<CallRecord>(at('calls', id, '/transfer'), { method: 'POST', body: { to } }),
  hangUp: (id: string) => request<void>(at('calls', id, '/hangup'), { method: 'POST', body: {} }),
}

export interface VoicemailFilter {
  readonly limit?: number
  readonly before?: string
  readonly mailbox?: string
  readonly unheard?: 'true'
}

export const voicemail = {
  mailboxes: () => request<PageOf<MailboxReply>>('/mailboxes'),
  list: (filter: VoicemailFilter) => request<PageOf<VoicemailRecord>>('/voicemail', { query: { ...filter } }),
  setHeard: (id: string, heard: boolean) =>
    request<VoicemailRecord>(at('voicemail', id), { method: 'PATCH', body: { heard } }),
  remove: (id: string) => request<void>(at('voicemail', id), { method: 'DELETE' }),
  /** Where its sound is; the browser shows the session cookie there by itself. */
  audioPath: (id: string) => `/api/v1${at('voicemail', id, '/audio')}`,
}

export const staffing = {
  plan: (body: StaffingQuestion) => request<StaffingReply>('/staffing', { method: 'POST', body }),
  simulate: (body: StaffingQuestion) =>
    request<SimulatedStaffingReply>('/staffing-simulations', { method: 'POST', body }),
}

type Definition = Readonly<Record<string, unknown>>

export const center = {
  /** JSON Schema of the definition. */
  schema: () => request<unknown>('/center/schema'),
  /** The definition in force, without secrets. */
  whole: () => requestTagged<Definition>('/center'),
  /** Changes the settings that are named; null: back to the default. */
  patch: (body: Definition, ifMatch: string) =>
    requestTagged<Definition>('/center', { method: 'PATCH', body, ifMatch }),
  section: (name: string) => requestTagged<Definition>(`/center/${name}`),
  putSection: (name: string, body: unknown, ifMatch: string) =>
    requestTagged<Definition>(`/center/${name}`, { method: 'PUT', body, ifMatch }),
  entry: (list: string, key: string) => requestTagged<Definition>(at(`center/${list}`, key)),
  /** @param ifMatch null: it is to be a new one */
  putEntry: (list: string, key: string, body: unknown, ifMatch: string | null) =>
    requestTagged<Definition>(at(`center/${list}`, key), {
      method: 'PUT',
      body,
      ...(ifMatch === null ? { ifNew: true } : { ifMatch }),
    }),
  removeEntry: (list: string, key: string) => request<void>(at(`center/${list}`, key), { method: 'DELETE' }),
  /** The definition in force as YAML, without secrets. */
  read: () => requestYaml('/center'),
  /** @returns the definition now in force, as {@link center.read} gives it. */
  async apply(yaml: string, ifMatch: string): Promise<Tagged<string>> {
    await request<unknown>('/center', { method: 'PUT', yaml, ifMatch })
    return requestYaml('/center')
  },
}

export const apiKeys = {
  list: () => request<PageOf<ApiKeyView>>('/api-keys'),
  create: (body: ApiKeyCreate) => request<ApiKeyCreated>('/api-keys', { method: 'POST', body }),
  remove: (keyId: string) => request<void>(at('api-keys', keyId), { method: 'DELETE' }),
}
