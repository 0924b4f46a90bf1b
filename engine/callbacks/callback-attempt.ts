/**
 * One attempt to bring a customer and an agent together: a call of its own, in which the customer is dialled at most once.
 * That it is going to be is stored first: a process that is killed in between must not dial the same customer again at once.
 */
import type { CalledBack, OutsideGoal, OutsidePass } from '../calls/call-services.ts'
import type { CallbackMode } from '../config-callback.ts'
import type { CallbackBookOptions, CallbackCall, CallbackState } from './callback-types.ts'

/** A bound on outside calls is reached. */
const limited = 'outboundLimited'

export interface CallbackAttemptOptions {
  readonly book: CallbackBookOptions
  readonly mode: CallbackMode
  /** As they are now. */
  state(): CallbackState
  goal(): OutsideGoal | null
  /** The customer is going to be dialled: told and stored. */
  onDial(agentId: string | null): void
  onConnected(agentId: string): void
  /** The call is over, and nobody was connected. */
  onFailed(reason: string, sipCode: number | null): void
}

export class CallbackAttempt implements CalledBack {
  readonly callId: string
  /** Of the INVITE to the customer. */
  readonly sipCallId: string
  readonly callbackId: string
  readonly queueId: string
  readonly mode: CallbackMode
  readonly enqueuedAt: number
  readonly priority: number
  readonly request: CallbackState['request']
  readonly attributes: CallbackState['attributes']
  readonly #options: CallbackAttemptOptions
  #call: CallbackCall | null = null
  #dialled = false
  #pass: OutsidePass | null = null
  #connectedAt: number | null = null
  #ended = false
  /** Counts who asked to dial: an agent may leave, and another one accept, before the line is found. */
  #turn = 0

  constructor(options: CallbackAttemptOptions) {
    const state = options.state()
    this.#options = options
    this.callId = options.book.ids.ulid()
    this.sipCallId = options.book.ids.ulid()
    this.callbackId = state.callbackId
    this.queueId = state.queueId
    this.mode = options.mode
    this.enqueuedAt = state.enqueuedAt
    this.priority = state.priority
    this.request = state.request
    this.attributes = state.attributes
  }

  /** Begins the call. */
  begin(): CallbackCall {
    const { book, state } = this.#options
    const { callId, sipCallId } = this
    const { ani, dnis, number } = state()
    const facts = { ani, dnis: dnis === '' ? number : dnis, trunkId: null, fromAgentId: null, uui: null }
    this.#call = book.line.begin(this, { callId, sipCallId, ...facts })
    return this.#call
  }

  get call(): CallbackCall | null {
    return this.#call
  }

  get dialled(): boolean {
    return this.#dialled
  }

  get connected(): boolean {
    return this.#connectedAt !== null
  }

  dial(agentId: string | null, ready: () => void, refused: (reason: string) => void): void {
    if (this.#dialled || this.#ended) return
    this.#turn += 1
    const turn = this.#turn
    this.#reach(turn, agentId).then(
      fault => {
        if (this.#ended || turn !== this.#turn) return
        if (fault === null) ready()
        else refused(fault)
      },
      error => {
        this.#options.book.logger.error(
          { err: error, callbackId: this.callbackId },
          'a customer can not be called back',
        )
        if (!this.#ended && turn === this.#turn) refused('fault')
      },
    )
  }

  answered(): void {
    this.#pass?.answered()
  }

  connect(agentId: string): void {
    if (this.#connectedAt !== null) return
    this.#connectedAt = this.#options.book.clock.now()
    this.#options.onConnected(agentId)
  }

  ended(reason: string, sipCode: number | null): void {
    if (this.#ended) return
    this.#ended = true
    const { book, onFailed } = this.#options
    this.#pass?.end()
    book.line.forget(this.callId)
    if (this.#connectedAt === null) onFailed(reason, sipCode)
  }

  /** @returns why the customer can't be dialled now; null if he can, and that is stored */
  async #reach(turn: number, agentId: string | null): Promise<string | null> {
    const { book, onDial } = this.#options
    const goal = this.#options.goal()
    if (goal === null) return 'denied'
    if (!(await book.line.prepare(this, goal))) return 'unreachable'
    if (this.#ended || turn !== this.#turn) return 'ended'
    this.#pass = book.outsidePass(goal.number)
    if (this.#pass === null) return limited
    this.#pass.onSpent(() => this.#call?.hangup('system', limited))
    this.#dialled = true
    onDial(agentId)
    await book.settled()
    return null
  }
}
