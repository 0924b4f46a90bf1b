/** All calls of the engine: takes new ones in, finds them, lets ended ones go once they are told to the end. */
import type { WrappedSegment } from '../agents/roster-types.ts'
import type { InboundCall } from '../api.ts'
import type { BlockConfig } from '../config-intake.ts'
import type { Ani } from '../events.ts'
import { callerResponses } from '../outcomes.ts'
import type { CallRecord } from '../records.ts'
import { Call } from './call.ts'
import type { CallLog } from './call-log.ts'
import type { CallFacts, CallServices, MakeBridge, Route } from './call-services.ts'
import { inboundView } from './inbound-call.ts'

export type InboundHandler = (call: InboundCall) => void | Promise<void>

export interface CallDeskOptions {
  readonly services: Omit<CallServices, 'onEnded'>
  readonly log: CallLog
  /** What the number table says for a caller; null: nothing that he may call. */
  routeFor(facts: CallFacts): Route | null
  /** The entry of the block list that a caller falls under. */
  blockOf(ani: Ani): BlockConfig | null
  /** Every call is gone, wrap-ups included. */
  onIdle(): void
}

export class CallDesk {
  readonly #options: CallDeskOptions
  readonly #services: CallServices
  readonly #calls = new Map<string, Call>()
  /** Ended, with an agent still wrapping up. */
  readonly #settling = new Map<string, Call>()
  #handler: InboundHandler | null = null
  #arrived = 0

  constructor(options: CallDeskOptions) {
    this.#options = options
    this.#services = { ...options.services, onEnded: call => this.#onEnded(call) }
  }

  get active(): number {
    return this.#calls.size
  }

  get arrived(): number {
    return this.#arrived
  }

  onInbound(handler: InboundHandler): void {
    this.#handler = handler
  }

  /** Calls in progress, oldest first. */
  live(): readonly CallRecord[] {
    return [...this.#calls.values()].map(({ record }) => record)
  }

  /** Ended calls that only memory knows, newest first. */
  justEnded(): readonly CallRecord[] {
    const settling = [...this.#settling.values()].map(({ record }) => record)
    return [...settling, ...this.#options.log.unsaved()].sort((a, b) => (a.callId < b.callId ? 1 : -1))
  }

  find(callId: string): Call | null {
    return this.#calls.get(callId) ?? null
  }

  record(callId: string): CallRecord | null {
    return (this.#calls.get(callId) ?? this.#settling.get(callId))?.record ?? this.#options.log.find(callId)
  }

  /** Takes a new call in and has it decided. */
  admit(facts: CallFacts, makeBridge: MakeBridge): Call {
    const call = new Call(this.#services, facts, makeBridge)
    this.#arrived++
    this.#calls.set(facts.callId, call)
    if (facts.told !== undefined) call.setAttributes(facts.told, 'sip')
    this.#decide(call)
    return call
  }

  wrapUpEnded({ callId, queueId: _queueId, ...wrapUp }: WrappedSegment): void {
    const call = this.#settling.get(callId) ?? this.#calls.get(callId)
    if (call === undefined) return
    call.wrapUpCompleted(wrapUp)
    if (call.settled) this.#settle(call)
  }

  /** Ends every call that is left: the process stops. */
  endAll(reason: string): void {
    for (const call of [...this.#calls.values()]) call.hangup('system', reason)
  }

  #decide(call: Call): void {
    if (this.#isBlocked(call)) return
    if (this.#handler === null) {
      this.#byTable(call)
      return
    }
    const handled = this.#ask(call, this.#handler)
    if (handled instanceof Promise)
      handled.catch(error => this.#handlerFailed(call, error)).then(() => this.#byTable(call))
    else this.#byTable(call)
  }

  #ask(call: Call, handler: InboundHandler): void | Promise<void> {
    try {
      return handler(inboundView(call, this.#services))
    } catch (error) {
      this.#handlerFailed(call, error)
    }
  }

  /** The embedder's fault must not cost the caller his call: the number table decides then. */
  #handlerFailed(call: Call, error: unknown): void {
    this.#services.logger.error({ err: error, callId: call.callId }, 'the onInbound handler failed')
  }

  /** Before anybody is asked, and before any answer. */
  #isBlocked(call: Call): boolean {
    const { facts } = call
    const block = facts.fromAgentId === null ? this.#options.blockOf(facts.ani) : null
    if (block === null) return false
    call.block(block)
    return true
  }

  #byTable(call: Call): void {
    if (!call.undecided) return
    const route = this.#options.routeFor(call.facts)
    if (route === null) call.reject(callerResponses.noSuchNumber, 'noSuchNumber')
    else call.follow(route)
  }

  #onEnded(call: Call): void {
    this.#calls.delete(call.callId)
    if (call.settled) this.#settle(call)
    else this.#settling.set(call.callId, call)
  }

  #settle(call: Call): void {
    this.#settling.delete(call.callId)
    this.#services.journal.closeSubject(`call/${call.callId}`)
    this.#options.log.save(call.record)
    if (this.#calls.size === 0 && this.#settling.size === 0) this.#options.onIdle()
  }
}
