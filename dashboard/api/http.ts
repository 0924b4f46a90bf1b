/**
 * One way to talk to the REST interface: JSON in, JSON out, and every failure as an {@link ApiError}. The token of a
 * fresh sign-in lives in memory only; after a reload the session cookie takes its place.
 */
import type { ProblemDocument } from '../../server/api/common.ts'

const apiPrefix = '/api/v1'

export class ApiError extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number
  readonly problem: ProblemDocument | null
  /** Seconds to wait, when the server says so (429, 503). */
  readonly retryAfterSec: number | null

  constructor(status: number, message: string, problem: ProblemDocument | null, retryAfterSec: number | null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
    this.retryAfterSec = retryAfterSec
  }
}

let token: string | null = null
let onUnauthorized: () => void = () => {}

export function setToken(value: string | null): void {
  token = value
}

export function getToken(): string | null {
  return token
}

/** Called when a request is refused for want of a session. */
export function setUnauthorizedHandler(handler: () => void): void {
  onUnauthorized = handler
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface RequestOptions {
  readonly method?: Method
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, as YAML. */
  readonly yaml?: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly signal?: AbortSignal
  /** The tag of what was read: refused with 412 if somebody else has changed it meanwhile. */
  readonly ifMatch?: string
  /** Refused with 412 if there is one already. */
  readonly ifNew?: boolean
  /** A 401 is this request's own answer (sign-in), not the end of the session. */
  readonly expectUnauthorized?: boolean
}

/** @throws ApiError */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, 'application/json', options)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** Something with the tag by which a change can insist on it. */
export interface Tagged<T> {
  readonly value: T
  readonly tag: string
}

/** @throws ApiError */
export async function requestTagged<T>(path: string, options: RequestOptions = {}): Promise<Tagged<T>> {
  const response = await send(path, 'application/json', options)
  return { value: (await response.json()) as T, tag: response.headers.get('etag') ?? '' }
}

/** The answer as YAML. @throws ApiError */
export async function requestYaml(path: string, options: RequestOptions = {}): Promise<Tagged<string>> {
  const response = await send(path, 'application/yaml', options)
  return { value: await response.text(), tag: response.headers.get('etag') ?? '' }
}

async function send(path: string, accept: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept }
  if (token !== null) headers.authorization = `Bearer ${token}`
  const init: RequestInit = { method: options.method ?? 'GET', headers, credentials: 'same-origin' }
  if (options.signal !== undefined) init.signal = options.signal
  if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch
  if (options.ifNew === true) headers['if-none-match'] = '*'
  if (options.body !== undefined) {
    headers['content-type'] = 'application/json'
    init.body = JSON.stringify(options.body)
  } else if (options.yaml !== undefined) {
    headers['content-type'] = 'application/yaml'
    init.body = options.yaml
  }
  const response = await fetch(apiPrefix + path + queryString(options.query), init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'The server can’t be reached.', null, null)
  })
  if (response.ok) return response
  if (response.status === 401 && options.expectUnauthorized !== true) onUnauthorized()
  throw await errorOf(response)
}

function queryString(query: RequestOptions['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

async function errorOf(response: Response): Promise<ApiError> {
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const problem = isJson ? ((await response.json().catch(() => null)) as ProblemDocument | null) : null
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const message = problem?.detail ?? problem?.title ?? `The server answered ${response.status}.`
  return new ApiError(response.status, message, problem, Number.isFinite(retryAfter) ? retryAfter : null)
}

/** An error in words for a reader. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
