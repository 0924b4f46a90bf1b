/** Callbacks, as an embedder and the server see them. */

import type { Actor } from './api-agents.ts'
import type { RoutingRequest } from './api-inbound.ts'
import type { Attributes } from './events.ts'

/** Somebody who waits in line without being on the line, as shown to people. Instants are RFC 3339. */
export interface CallbackView {
  readonly id: string
  readonly queueId: string
  /** As it is dialled. */
  readonly number: string
  readonly name: string | null
  /** The call that is being made for it now, else the one that asked for it; null: it came through the API. */
  readonly callId: string | null
  readonly priority: number
  /** `later`: its time has not come; `waiting`: in line as everybody else; `calling`: an attempt is under way. */
  readonly state: 'later' | 'waiting' | 'calling'
  /** Why nobody is called for it whoever is free, in a sentence. */
  readonly because: string | null
  /** 1 for the first of the queue. */
  readonly position: number | null
  readonly requestedAt: string
  /** The place in line: when the caller began to wait. */
  readonly enqueuedAt: string
  /** Not called before. */
  readonly nextAt: string
  readonly expiresAt: string
  /** Attempts made. */
  readonly attempts: number
  readonly maxAttempts: number
  /** What came of the last attempt. */
  readonly lastReason: string | null
  /** Who asked for it: `caller`, `flow:main`, `user:ada`. */
  readonly actor: Actor
}

/** A callback that somebody else than the caller himself asks for. */
export interface CallbackRequest extends Omit<RoutingRequest, 'changes'> {
  /** National or international; as the outbound rules and the queue's `callback.numbers` permit. */
  readonly number: string
  /** Of the customer: the agent's phone shows it. */
  readonly name?: string
  readonly priority?: number
  readonly attributes?: Attributes
  /** RFC 3339; not called before. */
  readonly notBefore?: string
  /** The call that it is asked for. If it waits, or has waited a moment ago, in this queue, its place is kept. */
  readonly callId?: string
  /** RFC 3339; the place in line: when the customer began to wait. Default: that of the call, else now. */
  readonly enqueuedAt?: string
  readonly actor?: Actor
}

/** The way of a callback: asked for, in line, tried, and how it ended. */
export interface CallbackExplanation {
  readonly callbackId: string
  readonly queueId: string
  readonly number: string
  /** What keeps it from being called now, or how it ended, in a sentence. */
  readonly summary: string
  /** From when it was asked for on; the journal is looked through for them, and not without end. */
  readonly moments: readonly {
    readonly at: string
    /** Since the wait began. */
    readonly afterMs: number
    readonly words: string
    /** The call that asked for it, or that was made for it; null: none. */
    readonly callId: string | null
  }[]
}

export interface CallbackCommands {
  /** Open ones, in the order in which they were asked for. @throws EngineError `queue.unknown` */
  list(queueId?: string): readonly CallbackView[]
  /** @throws EngineError `callback.unknown` */
  get(callbackId: string): CallbackView
  /** Open or over. @throws EngineError `callback.unknown` if the journal doesn't have it either */
  explain(callbackId: string): Promise<CallbackExplanation>
  /**
   * Joins the line for a customer, who is called back in his turn.
   * @throws EngineError `queue.unknown`, `request.invalid` for what is no number, `outbound.denied` for one that may not be
   * called, `callback.conflict` if there is an open one for it, or no room
   */
  request(queueId: string, request: CallbackRequest): CallbackView
  /** @throws EngineError `callback.unknown` */
  cancel(callbackId: string, options?: { actor?: Actor; reason?: string }): void
}
