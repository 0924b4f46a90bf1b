/** One request to the REST interface over `fetch`; every refusal is a {@link StrowgerError}. */
import type { ProblemDocument } from '../api/common.ts'

const prefix = '/api/v1'

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

export interface RestOptions {
  /** Where the server is, e.g. `https://cc.example`. */
  readonly url: string
  /** A session token or an API key. */
  readonly token: string
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export function addressOf({ url }: Pick<RestOptions, 'url'>, path: string): string {
  return `${url.replace(/\/+$/, '')}${prefix}${path}`
}

/** @throws StrowgerError */
export async function send(
  options: RestOptions,
  method: Method,
  path: string,
  { body, headers: more = {} }: { body?: object; headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const { url, token } = options
  const address = addressOf(options, path)
  const headers: Record<string, string> = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...more,
  }
  let reply: Response
  try {
    reply = await fetch(address, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  } catch (error) {
    throw new StrowgerError('server.unreachable', `${url} can not be reached: ${(error as Error).message}`, 0, null)
  }
  if (reply.ok) return reply
  const problem = isJson(reply) ? ((await reply.json()) as ProblemDocument) : null
  const code = problem?.code ?? 'server.failed'
  throw new StrowgerError(code, problem?.detail ?? `${method} ${address}: ${reply.status}`, reply.status, problem)
}

/** As {@link send}, with what the answer says; null if it says nothing. */
export async function request<T>(options: RestOptions, method: Method, path: string, body?: object): Promise<T> {
  const reply = await send(options, method, path, body === undefined ? {} : { body })
  return contentOf<T>(reply)
}

export async function contentOf<T>(reply: Response): Promise<T> {
  const text = await reply.text()
  return (isJson(reply) ? JSON.parse(text) : null) as T
}

function isJson(reply: Response): boolean {
  return /^application\/(?:[\w.-]+\+)?json/.test(reply.headers.get('content-type') ?? '')
}
