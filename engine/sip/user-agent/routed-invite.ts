/**
 * An INVITE by whichever of several ways takes it, to servers (RFC 3263 §4.3) or over flows of a device (RFC 5626 §7): the next one
 * is tried after a 503, a 430, a transport error, or when nothing at all was heard for a few seconds. Its CANCEL, its ACK and its
 * retries stay with the way that they are for.
 */
import type { TimerHandle } from '../../ports/clock.ts'
import type { SipResponse } from '../message/message.ts'
import type { Authorizer } from './dialog-request.ts'
import { InviteClient, type InviteClientHandlers, type InviteClientOptions } from './invite-client.ts'
import type { UserAgent } from './user-agent.ts'
import { flowFailed, type Way } from './way.ts'

export interface Route {
  /** Best first. */
  readonly ways: readonly Way[]
  /** A way that is silent for so long is left for the next one. */
  readonly failoverMs: number
  /** Answers challenges; default: they are refusals. */
  readonly authorizer?: Authorizer
}

export type RoutedInviteOptions = Omit<InviteClientOptions, 'flow' | 'fromTag' | 'authorizer'> & {
  readonly route: Route
}

export class RoutedInvite {
  readonly #userAgent: UserAgent
  readonly #options: RoutedInviteOptions
  readonly #handlers: InviteClientHandlers
  /** Every try is the same request, but for its branch. */
  readonly #fromTag: string
  #client: InviteClient | null = null
  #silence: TimerHandle | null = null
  #next = 0
  #over = false

  constructor(userAgent: UserAgent, options: RoutedInviteOptions, handlers: InviteClientHandlers) {
    this.#userAgent = userAgent
    this.#options = options
    this.#handlers = handlers
    this.#fromTag = userAgent.options.ids.token()
    // Whoever calls must have this object before he hears of a failure.
    if (!this.#try()) userAgent.options.clock.setTimeout(() => this.#fail(503, null), 0)
  }

  get callId(): string {
    return this.#options.callId
  }

  /** As {@link InviteClient.cancel}. */
  cancel(reason: string | null = null): void {
    if (this.#over) return
    this.#over = true
    this.#listen()
    this.#client?.cancel(reason)
  }

  /** False if no way is left. */
  #try(): boolean {
    const { route, ...options } = this.#options
    const { options: ports } = this.#userAgent
    for (;;) {
      const way = route.ways[this.#next]
      if (way === undefined) return false
      this.#next++
      const flow = way.flow()
      if (flow === null) continue
      const isLast = this.#next >= route.ways.length
      // Nobody else is left to ask: then Timer B decides.
      if (!isLast) this.#silence = ports.clock.setTimeout(() => this.#onSilence(way), route.failoverMs)
      const { authorizer } = route
      const client = new InviteClient(
        this.#userAgent,
        {
          ...options,
          uri: way.uri ?? options.uri,
          headers: way.path === undefined ? options.headers : headersBy(way.path, options.headers),
          flow,
          fromTag: this.#fromTag,
          ...(authorizer === undefined ? {} : { authorizer }),
        },
        {
          dialog: this.#handlers.dialog,
          onHeard: () => {
            this.#listen()
            way.answered()
          },
          onProgress: response => {
            if (!this.#over) this.#handlers.onProgress(response)
          },
          onAccepted: (dialog, answer, response) => {
            this.#over = true
            this.#handlers.onAccepted(dialog, answer, response)
          },
          onFailed: (status, response) => {
            if (client === this.#client || this.#client === null) this.#onFailed(way, status, response)
          },
        },
      )
      this.#client = client
      return true
    }
  }

  /** Something was heard. */
  #listen(): void {
    if (this.#silence !== null) this.#userAgent.options.clock.clearTimeout(this.#silence)
    this.#silence = null
  }

  #onSilence(way: Way): void {
    this.#silence = null
    way.failed(408, 0)
    const silent = this.#client
    this.#client = null
    // Should it come to life after all, its call is cancelled, or ended if it was answered (§9.1).
    silent?.cancel()
    if (!this.#try()) this.#fail(408, null)
  }

  #onFailed(way: Way, status: number, response: SipResponse | null): void {
    this.#listen()
    const isDown = status === 503 || status === flowFailed || (status === 408 && response === null)
    if (!isDown) {
      this.#fail(status, response)
      return
    }
    way.failed(status, response?.headers.retryAfterMs ?? 0)
    if (this.#over || !this.#try()) this.#fail(status, response)
  }

  #fail(status: number, response: SipResponse | null): void {
    if (this.#over) return
    this.#over = true
    this.#handlers.onFailed(status, response)
  }
}

/** With the proxies of another way. */
function headersBy(path: readonly string[], headers: InviteClientOptions['headers']): InviteClientOptions['headers'] {
  return [...path.map(proxy => ['route', proxy] as const), ...headers.filter(([name]) => name !== 'route')]
}
