/**
 * The open callbacks of the center. Each is a ghost in the line of its queue: it keeps the place, the priority and the
 * skills of the caller who asked for it, counts in the size of the queue and, once it may be called, in everybody's position,
 * and is matched with agents as everybody else. When its turn comes an attempt is made; what comes of it ends the callback, or lets it wait for
 * the next one in the same place. All of them are stored, and survive the process.
 */
import type { Actor } from '../api.ts'
import type { CallbackView } from '../api-callbacks.ts'
import type { CallbackWish, OutsideGoal } from '../calls/call-services.ts'
import type { OfferAssignment } from '../calls/offer-book.ts'
import type { QueueConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { EventData } from '../events.ts'
import type { Checkpoint } from '../ports/store.ts'
import type { Dormancy, WaitingVisit } from '../queues/waiting-list.ts'
import { nextAttemptAt } from './attempt-outcome.ts'
import { CallbackAttempt } from './callback-attempt.ts'
import { expiryOf, held, resumed } from './callback-expiry.ts'
import { type NumberRefusal, resolveNumber } from './callback-number.ts'
import type { CallbackBookOptions, CallbackEvent, CallbackState } from './callback-types.ts'
import { OpenCallback } from './open-callback.ts'

export type RequestRefusal = NumberRefusal | 'duplicate' | 'full' | 'unknownQueue'

export type CallbackRequested =
  | { readonly ok: true; readonly callbackId: string }
  | { readonly ok: false; readonly reason: RequestRefusal }

/** Hours are looked at again this often: somebody may open them whatever the calendar says. */
const closedLookMs = 60_000
/** A customer who could not even be dialled (a bound was reached, the trunk leads nowhere) is tried again after this. */
const undialledRetryMs = 60_000
/** Timers hold no longer delays than this. */
const longestTimerMs = 2_147_483_647

export class CallbackBook {
  readonly #options: CallbackBookOptions
  readonly #open = new Map<string, OpenCallback>()
  /** Restored ones with an attempt of which nobody knows what came of it. */
  readonly #unsure: OpenCallback[] = []
  #stopped = false

  constructor(options: CallbackBookOptions) {
    this.#options = options
  }

  /** Those of one queue, or all, in the order in which they were asked for. */
  list(queueId: string | null = null): readonly CallbackView[] {
    const views: CallbackView[] = []
    for (const one of this.#open.values())
      if (queueId === null || one.state.queueId === queueId) views.push(this.#viewOf(one))
    return views
  }

  /** @throws EngineError `callback.unknown` */
  view(callbackId: string): CallbackView {
    return this.#viewOf(this.#known(callbackId))
  }

  count(queueId: string): number {
    let count = 0
    for (const { state } of this.#open.values()) if (state.queueId === queueId) count += 1
    return count
  }

  /** A number that may be called back for this queue; null: it may not. */
  number(queueId: string, raw: string): OutsideGoal | null {
    const queue = this.#options.queue(queueId)
    if (queue === null) return null
    const found = resolveNumber(this.#options, queue.callback, raw)
    return found.ok ? found.goal : null
  }

  /** Whether the queue has room for one more. */
  hasRoom(queueId: string): boolean {
    const queue = this.#options.queue(queueId)
    return queue !== null && this.count(queueId) < queue.callback.maxOpen
  }

  /** Whether a caller would be called back who asked for it at this moment. */
  canTake(queueId: string, number: string): boolean {
    return this.#examined(queueId, number).ok
  }

  request(wish: CallbackWish): CallbackRequested {
    const { clock, ids } = this.#options
    const examined = this.#examined(wish.queueId, wish.number, wish.name)
    if (!examined.ok) return examined
    const { queue, found, before } = examined
    if (before !== null)
      return wish.once === 'refuse' ? { ok: false, reason: 'duplicate' } : { ok: true, callbackId: before.callbackId }
    const { number } = found.goal
    const nowMs = clock.now()
    const { delayMs, expireMs } = queue.callback
    const nextAt = Math.max(nowMs + delayMs, wish.notBefore ?? 0)
    const state: CallbackState = {
      callbackId: ids.ulid(),
      queueId: queue.id,
      number,
      ani: found.ani,
      dnis: wish.dnis,
      callId: wish.callId,
      priority: wish.priority,
      request: wish.request,
      attributes: { ...wish.attributes },
      actor: wish.actor,
      requestedAt: nowMs,
      enqueuedAt: wish.enqueuedAt,
      expiresAt: expiryOf(queue, this.#options.hours, nextAt, expireMs),
      nextAt,
      attempts: 0,
      dialling: null,
      lastReason: null,
      told: 0,
    }
    const one = this.#admit(state)
    const { position } = this.#options.dispatcher.prospect(one.place(queue, null))
    this.#emit(one, 'callback.requested', {
      ...one.ref,
      callId: state.callId,
      enqueuedAt: instant(state.enqueuedAt),
      priority: state.priority,
      position,
      nextAt: instant(state.nextAt),
      expiresAt: instant(state.expiresAt),
      actor: state.actor,
    })
    this.#save(one)
    this.#settle(one)
    return { ok: true, callbackId: state.callbackId }
  }

  /** @throws EngineError `callback.unknown` */
  cancel(callbackId: string, actor: Actor, reason: string): void {
    const one = this.#known(callbackId)
    this.#close(one)
    const { attempts } = one.state
    this.#emit(one, 'callback.canceled', { ...one.ref, attempts, actor, reason })
    this.#part(one, 'callbackCanceled')
  }

  // What the dispatcher says.

  /** An agent was chosen for a callback. False if he can't be rung after all. */
  offer(assignment: OfferAssignment & { readonly visit: WaitingVisit }): boolean {
    const one = this.#open.get(assignment.visit.visitId)
    if (one === undefined || this.#stopped) return false
    const call = one.attempt?.call ?? this.#begin(one)
    return call?.offer(assignment) ?? false
  }

  /** Customer-first: it is this one's turn, and an agent is free. Each customer who is dialled needs a free agent of his own. */
  turn({ visitId }: Pick<WaitingVisit, 'visitId'>): void {
    const one = this.#open.get(visitId)
    const queue = one === undefined ? null : this.#options.queue(one.state.queueId)
    if (one === undefined || queue === null || one.attempt !== null || this.#stopped) return
    if (this.#dialling(queue.id) >= Math.max(1, this.#options.dispatcher.freeFor(one.place(queue, null)))) {
      one.isPaced = true
      this.#settle(one)
      return
    }
    this.#begin(one)
  }

  // The life of the book.

  /** What the last process left. Before {@link configure}. An attempt that it was making counts as made. */
  restore(checkpoints: readonly Checkpoint[]): void {
    for (const { kind, state } of checkpoints) {
      if (kind !== 'callback' || state === null) continue
      const one = this.#admit(state as CallbackState)
      this.#options.resumed(one.callbackId, one.state.told)
      if (one.state.dialling !== null) this.#unsure.push(one)
    }
  }

  /** Queues have changed: all are looked at again, and those whose queue is gone are over. */
  configure(): void {
    for (const one of this.#unsure.splice(0)) {
      const { dialling } = one.state
      if (dialling !== null) this.#failed(one, dialling.callId, 'restart', null)
    }
    for (const one of [...this.#open.values()]) {
      one.routing = undefined
      if (this.#options.queue(one.state.queueId) === null) this.#giveUp(one, null, 'queueGone', null)
      else this.#settle(one)
    }
  }

  /** No further attempt begins; what is open stays stored. */
  stop(): void {
    this.#stopped = true
    for (const one of this.#open.values()) {
      this.#disarm(one)
      if (one.attempt?.dialled === false) one.attempt.call?.hangup('system', 'shutdown')
    }
  }

  // One callback.

  #admit(state: CallbackState): OpenCallback {
    const one = new OpenCallback(state)
    this.#open.set(state.callbackId, one)
    return one
  }

  /** Brings the ghost's place in line and its timer in line with the clock and the hours. */
  #settle(one: OpenCallback): void {
    if (this.#stopped || one.attempt !== null || !this.#open.has(one.callbackId)) return
    const { clock, dispatcher } = this.#options
    const queue = this.#options.queue(one.state.queueId)
    if (queue === null) return
    const nowMs = clock.now()
    const { dormant, lookAt } = this.#standing(one, queue, nowMs)
    const { expiresAt, openLeftMs = null } = one.state
    if (openLeftMs === null && nowMs >= expiresAt) {
      this.#expire(one)
      return
    }
    this.#arm(one, openLeftMs === null ? Math.min(lookAt, expiresAt) : lookAt)
    one.routing ??= this.#options.routing(queue, one.state.request, one.state.attributes)
    one.because = dormant?.because ?? null
    dispatcher.enqueue(one.place(queue, dormant))
  }

  #standing(one: OpenCallback, queue: QueueConfig, nowMs: number): { dormant: Dormancy | null; lookAt: number } {
    const { nextAt } = one.state
    if (nowMs < nextAt) return { dormant: asleep(`It is called back from ${instant(nextAt)} on.`), lookAt: nextAt }
    if (queue.hours !== undefined) {
      const { open, nextChangeMs } = this.#options.hours.verdict(queue.hours)
      const lookAt = Math.min(nextChangeMs ?? Number.POSITIVE_INFINITY, nowMs + closedLookMs)
      this.#countDown(one, queue, open, nowMs)
      if (!open) return { dormant: asleep('It is called back when the queue is open.'), lookAt }
      if (one.isPaced) return { dormant: paced, lookAt }
      return { dormant: null, lookAt }
    }
    this.#countDown(one, queue, true, nowMs)
    return { dormant: one.isPaced ? paced : null, lookAt: Number.POSITIVE_INFINITY }
  }

  /** Time passes towards its end only while the queue is open. */
  #countDown(one: OpenCallback, queue: QueueConfig, isOpen: boolean, nowMs: number): void {
    const before = one.state
    const { hours } = this.#options
    const hoursId = isOpen ? undefined : queue.hours
    one.state = hoursId === undefined ? resumed(before, queue, hours, nowMs) : held(before, hoursId, hours, nowMs)
    if (one.state !== before) this.#save(one)
  }

  #begin(one: OpenCallback): CallbackAttempt['call'] {
    const queue = this.#options.queue(one.state.queueId)
    if (queue === null) return null
    const { mode } = queue.callback
    one.isPaced = false
    one.because = mode === 'agent-first' ? null : called.because
    const attempt: CallbackAttempt = new CallbackAttempt({
      book: this.#options,
      mode,
      state: () => one.state,
      goal: () => this.#goalOf(one),
      onDial: agentId => this.#dialled(one, attempt, agentId),
      onConnected: agentId => this.#connected(one, attempt, agentId),
      onFailed: (reason, sipCode) => this.#attemptFailed(one, attempt, reason, sipCode),
    })
    one.attempt = attempt
    this.#arm(one, one.state.expiresAt)
    // Whoever is called keeps his place, but nobody is rung for him before he has answered.
    if (mode === 'customer-first') this.#options.dispatcher.enqueue(one.place(queue, called))
    return attempt.begin()
  }

  #goalOf({ state }: OpenCallback): OutsideGoal | null {
    const queue = this.#options.queue(state.queueId)
    const goal = this.#options.outsideRoute(state.number)
    if (queue === null || goal === null) return null
    const callerId = queue.callback.callerId ?? goal.callerId ?? (isShown(state.dnis) ? state.dnis : null)
    return { ...goal, callerId }
  }

  #dialled(one: OpenCallback, { callId, mode }: CallbackAttempt, agentId: string | null): void {
    const attempt = one.state.attempts + 1
    one.state = { ...one.state, attempts: attempt, dialling: { callId, since: this.#options.clock.now() } }
    this.#emit(one, 'callback.attempted', { ...one.ref, attempt, callId, mode, agentId })
    this.#save(one)
  }

  #connected(one: OpenCallback, { callId }: CallbackAttempt, agentId: string): void {
    const { attempts, enqueuedAt, queueId } = one.state
    if (!this.#close(one)) return
    const waitMs = Math.max(0, this.#options.clock.now() - enqueuedAt)
    this.#emit(one, 'callback.connected', { ...one.ref, attempt: attempts, callId, agentId, waitMs })
    this.#options.closed(one.callbackId)
    this.#wakePaced(queueId)
  }

  #attemptFailed(one: OpenCallback, attempt: CallbackAttempt, reason: string, sipCode: number | null): void {
    if (one.attempt === attempt) one.attempt = null
    this.#wakePaced(one.state.queueId)
    if (!this.#open.has(one.callbackId)) return
    if (attempt.dialled) this.#failed(one, attempt.callId, reason, sipCode)
    else if (reason === 'denied') this.#giveUp(one, attempt.callId, reason, null)
    else if (!this.#stopped) {
      one.state = { ...one.state, nextAt: this.#options.clock.now() + undialledRetryMs, lastReason: reason }
      this.#save(one)
      this.#settle(one)
    }
  }

  /** An attempt was made, or may have been. */
  #failed(one: OpenCallback, callId: string, reason: string, sipCode: number | null): void {
    const { attempts, expiresAt } = one.state
    const queue = this.#options.queue(one.state.queueId)
    const nowMs = this.#options.clock.now()
    const next = queue === null ? null : nextAttemptAt(queue.callback, { attempts, reason, sipCode }, nowMs, expiresAt)
    if (next === null) {
      this.#giveUp(one, callId, reason, sipCode)
      return
    }
    one.state = { ...one.state, nextAt: next, dialling: null, lastReason: reason }
    const nextAt = instant(next)
    this.#emit(one, 'callback.failed', { ...one.ref, attempt: attempts, callId, reason, sipCode, nextAt })
    this.#save(one)
    this.#settle(one)
  }

  #giveUp(one: OpenCallback, callId: string | null, reason: string, sipCode: number | null): void {
    if (!this.#close(one)) return
    const { attempts } = one.state
    this.#emit(one, 'callback.failed', { ...one.ref, attempt: attempts, callId, reason, sipCode, nextAt: null })
    this.#part(one, reason)
  }

  #expire(one: OpenCallback): void {
    if (!this.#close(one)) return
    this.#emit(one, 'callback.expired', { ...one.ref, attempts: one.state.attempts })
    this.#part(one, 'callbackExpired')
  }

  /** Out of the line and the store. False if it was so already. */
  #close(one: OpenCallback): boolean {
    if (!this.#open.delete(one.callbackId)) return false
    this.#disarm(one)
    this.#options.dispatcher.remove(one.callbackId)
    this.#options.checkpoint({ kind: 'callback', id: one.callbackId, state: null })
    return true
  }

  /** After its last event: whoever is being called for it is let go. */
  #part(one: OpenCallback, reason: string): void {
    this.#options.closed(one.callbackId)
    one.attempt?.call?.hangup('system', reason)
  }

  #save(one: OpenCallback): void {
    this.#options.checkpoint({ kind: 'callback', id: one.callbackId, state: one.state })
  }

  #emit<T extends CallbackEvent>(one: OpenCallback, type: T, data: EventData<T>): void {
    const callId = 'callId' in data && typeof data.callId === 'string' ? data.callId : one.state.callId
    one.state = { ...one.state, told: one.state.told + 1 }
    this.#options.emit(type, one.callbackId, data, callId)
  }

  #arm(one: OpenCallback, atMs: number): void {
    this.#disarm(one)
    const { clock } = this.#options
    const delayMs = Math.min(longestTimerMs, Math.max(0, atMs - clock.now()))
    one.timer = clock.setTimeout(() => {
      one.timer = null
      if (one.attempt === null) this.#settle(one)
      // A customer who is on the line is not cut off.
      else if (!one.attempt.dialled) this.#expire(one)
    }, delayMs)
  }

  #disarm(one: OpenCallback): void {
    if (one.timer !== null) this.#options.clock.clearTimeout(one.timer)
    one.timer = null
  }

  #dialling(queueId: string): number {
    let count = 0
    for (const { state, attempt } of this.#open.values())
      if (state.queueId === queueId && attempt !== null && attempt.mode === 'customer-first') count += 1
    return count
  }

  #wakePaced(queueId: string): void {
    for (const one of [...this.#open.values()]) {
      if (one.state.queueId !== queueId || !one.isPaced) continue
      one.isPaced = false
      this.#settle(one)
    }
  }

  #examined(queueId: string, raw: string, name?: string | null) {
    const queue = this.#options.queue(queueId)
    if (queue === null) return { ok: false, reason: 'unknownQueue' } as const
    const found = resolveNumber(this.#options, queue.callback, raw, name)
    if (!found.ok) return found
    const before = this.#find(queue.id, found.goal.number)
    if (before === null && !this.hasRoom(queue.id)) return { ok: false, reason: 'full' } as const
    return { ok: true, queue, found, before } as const
  }

  #find(queueId: string, number: string): OpenCallback | null {
    for (const one of this.#open.values()) if (one.state.queueId === queueId && one.state.number === number) return one
    return null
  }

  #known(callbackId: string): OpenCallback {
    const one = this.#open.get(callbackId)
    if (one === undefined) throw new EngineError('callback.unknown', `There is no open callback ${callbackId}`)
    return one
  }

  #viewOf(one: OpenCallback): CallbackView {
    const queue = this.#options.queue(one.state.queueId)
    return one.view(this.#options.dispatcher.position(one.callbackId), queue?.callback.maxAttempts ?? 0)
  }
}

const paced: Dormancy = { kind: 'served', because: 'Other customers are being called for the agents who are free.' }
const called: Dormancy = { kind: 'served', because: 'The customer is being called.' }

function asleep(because: string): Dormancy {
  return { kind: 'asleep', because }
}

/** A name that somebody called is no number to show. */
function isShown(dnis: string): boolean {
  return /^[+]?[0-9]{2,15}$/.test(dnis)
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
