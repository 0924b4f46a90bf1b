/**
 * An INVITE to whichever of several servers takes it (RFC 3263 §4.3): the next one is tried after a 503, a transport
 * error, or when nothing at all was heard for a few seconds. Its CANCEL, its ACK and its retries stay with the server that they are for.
 */
import type { TimerHandle } from '../../ports/clock.ts'
import type { Target } from '../location/selection.ts'
import type { SipResponse } from '../message/message.ts'
import type { Authorizer } from './dialog-request.ts'
import { InviteClient, type InviteClientHandlers, type InviteClientOptions } from './invite-client.ts'
import type { UserAgent } from './user-agent.ts'

export interface Route {
  /** Best first. */
  readonly targets: readonly Target[]
  /** A server that is silent for so long is left for the next one. */
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

  /** False if no target is left. */
  #try(): boolean {
    const { route, ...options } = this.#options
    const { location, options: ports } = this.#userAgent
    for (;;) {
      const target = route.targets[this.#next]
      if (target === undefined) return false
      this.#next++
      const flow = this.#userAgent.flowToTarget(target)
      if (flow === null) continue
      const isLast = this.#next >= route.targets.length
      // Nobody else is left to ask: then Timer B decides.
      if (!isLast) this.#silence = ports.clock.setTimeout(() => this.#onSilence(target), route.failoverMs)
      const { authorizer } = route
      const client = new InviteClient(
        this.#userAgent,
        { ...options, flow, fromTag: this.#fromTag, ...(authorizer === undefined ? {} : { authorizer }) },
        {
          dialog: this.#handlers.dialog,
          onHeard: () => {
            this.#listen()
            location.answered(target)
          },
          onProgress: response => {
            if (!this.#over) this.#handlers.onProgress(response)
          },
          onAccepted: (dialog, answer, response) => {
            this.#over = true
            this.#handlers.onAccepted(dialog, answer, response)
          },
          onFailed: (status, response) => {
            if (client === this.#client || this.#client === null) this.#onFailed(target, status, response)
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

  #onSilence(target: Target): void {
    this.#silence = null
    this.#userAgent.location.failed(target)
    const silent = this.#client
    this.#client = null
    // Should it come to life after all, its call is cancelled, or ended if it was answered (§9.1).
    silent?.cancel()
    if (!this.#try()) this.#fail(408, null)
  }

  #onFailed(target: Target, status: number, response: SipResponse | null): void {
    this.#listen()
    const isDown = status === 503 || (status === 408 && response === null)
    if (!isDown) {
      this.#fail(status, response)
      return
    }
    this.#userAgent.location.failed(target, response?.headers.retryAfterMs ?? 0)
    if (this.#over || !this.#try()) this.#fail(status, response)
  }

  #fail(status: number, response: SipResponse | null): void {
    if (this.#over) return
    this.#over = true
    this.#handlers.onFailed(status, response)
  }
}
