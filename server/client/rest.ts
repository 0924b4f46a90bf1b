/** The REST interface as typed functions over `fetch`. */
import type { AnyEvent, ScreenPop } from '../../engine/events.ts'
import type { AgentReply, AgentSessionChange, AgentStateChange, WrapUpCompletion } from '../api/agents.ts'
import type { CallExplanationReply, CallRecord, CallReply, CallTransfer } from '../api/calls.ts'
import type { ProblemDocument } from '../api/common.ts'
import type { QueueReply } from '../api/queues.ts'
import type { Credentials, SessionReply, WhoAmI } from '../api/session.ts'

const prefix = '/api/v1'

export interface Page<T> {
  readonly items: readonly T[]
  /** Pass it as `before` (calls) or `after` (events); null at the end. */
  readonly next: string | null
}

/** A refusal of the server. */
export class StrowgerError extends Error {
  /** One of the documented codes, e.g. `agent.conflict`. */
  readonly code: string
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number
  readonly problem: ProblemDocument | null

  constructor(code: string, message: string, status: number, problem: ProblemDocument | null) {
    super(message)
    this.name = 'StrowgerError'
    this.code = code
    this.status = status
    this.problem = problem
  }
}

/** Every method rejects with {@link StrowgerError}. */
export interface Rest {
  whoAmI(): Promise<WhoAmI>
  queues(): Promise<Page<QueueReply>>
  queue(queueId: string): Promise<QueueReply>
  agents(): Promise<Page<AgentReply>>
  agent(agentId: string): Promise<AgentReply>
  setAgentState(agentId: string, change: AgentStateChange): Promise<AgentReply>
  setAgentSession(agentId: string, change: AgentSessionChange): Promise<AgentReply>
  completeWrapUp(agentId: string, completion?: WrapUpCompletion): Promise<AgentReply>
  calls(query?: { limit?: number; before?: string; queue?: string; agent?: string }): Promise<Page<CallRecord>>
  call(callId: string): Promise<CallReply>
  explain(callId: string): Promise<CallExplanationReply>
  setAttributes(callId: string, attributes: Record<string, string>): Promise<CallRecord>
  /** Hands a call from its agent to somebody else: `{ agent }`, `{ queue }` or `{ number }`. */
  transfer(callId: string, to: CallTransfer['to']): Promise<CallRecord>
  hangup(callId: string): Promise<void>
  events(query?: { after?: string; limit?: number }): Promise<Page<AnyEvent>>
  screenpops(): Promise<Page<ScreenPop>>
  acknowledge(popId: string, result: string): Promise<void>
  signOut(): Promise<void>
}

export interface RestOptions {
  /** Where the server is, e.g. `https://cc.example`. */
  readonly url: string
  /** A session token or an API key. */
  readonly token: string
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
    agents: () => get('/agents'),
    agent: agentId => get(`/agents/${id(agentId)}`),
    setAgentState: (agentId, change) => request(options, 'PUT', `/agents/${id(agentId)}/state`, change),
    setAgentSession: (agentId, change) => request(options, 'PUT', `/agents/${id(agentId)}/session`, change),
    completeWrapUp: (agentId, completion = {}) =>
      request(options, 'POST', `/agents/${id(agentId)}/wrap-up/complete`, completion),
    calls: query => get(`/calls${queryText(query)}`),
    call: callId => get(`/calls/${id(callId)}`),
    explain: callId => get(`/calls/${id(callId)}/explain`),
    setAttributes: (callId, attributes) => request(options, 'PATCH', `/calls/${id(callId)}`, { attributes }),
    transfer: (callId, to) => request(options, 'POST', `/calls/${id(callId)}/transfer`, { to }),
    hangup: callId => request(options, 'POST', `/calls/${id(callId)}/hangup`),
    events: query => get(`/events${queryText(query)}`),
    screenpops: () => get('/screenpops'),
    acknowledge: (popId, result) => request(options, 'POST', `/screenpops/${id(popId)}/ack`, { result }),
    signOut: () => request(options, 'DELETE', '/session'),
  }
}

function queryText(query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value))
  return search.size === 0 ? '' : `?${search}`
}

async function request<T>({ url, token }: RestOptions, method: string, path: string, body?: object): Promise<T> {
  const address = `${url.replace(/\/+$/, '')}${prefix}${path}`
  const headers: Record<string, string> = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  let reply: Response
  try {
    reply = await fetch(address, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  } catch (error) {
    throw new StrowgerError('server.unreachable', `${url} can not be reached: ${(error as Error).message}`, 0, null)
  }
  const text = await reply.text()
  const content = isJson(reply) ? (JSON.parse(text) as unknown) : null
  if (reply.ok) return content as T
  const problem = content as ProblemDocument | null
  const code = problem?.code ?? 'server.failed'
  throw new StrowgerError(code, problem?.detail ?? `${method} ${address}: ${reply.status}`, reply.status, problem)
}

function isJson(reply: Response): boolean {
  return /^application\/(?:[\w.-]+\+)?json/.test(reply.headers.get('content-type') ?? '')
}
