/** All calls of the engine: takes new ones in, finds them, lets ended ones go once they are told to the end. */
import type { WrappedSegment } from '../agents/roster-types.ts'
import type { InboundCall } from '../api.ts'
import type { BlockConfig } from '../config-intake.ts'
import { EngineError } from '../errors.ts'
import type { Ani } from '../events.ts'
import { callerResponses } from '../outcomes.ts'
import type { Clock } from '../ports/clock.ts'
import { ReEntries } from '../queues/re-entries.ts'
import type { CallRecord } from '../records.ts'
import { TurnoverMap } from '../turnover-map.ts'
import { Call } from './call.ts'
import type { CallLog } from './call-log.ts'
import type { CallFacts, CallServices, MakeBridge, Route } from './call-services.ts'
import { HandlerPatience } from './handler-patience.ts'
import { inboundView } from './inbound-call.ts'

export type InboundHandler = (call: InboundCall) => void | Promise<void>

export interface CallDeskOptions {
  readonly clock: Clock
  readonly services: Omit<CallServices, 'call' | 'reEntries' | 'ownCallOf' | 'onEnded' | 'onReleased'>
  readonly log: CallLog
  /** How long a handler may think about a call. */
  readonly inboundDeadlineMs: number
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
  /** Who has just left a line that lets them come back. */
  readonly reEntries: ReEntries
  readonly #calls = new TurnoverMap<string, Call>()
  /** Ended, with an agent still wrapping up, or a message being completed. */
  readonly #settling = new TurnoverMap<string, Call>()
  /** Calls of agents that count as use of their phones, with who that is. */
  readonly #own = new TurnoverMap<string, string>()
  /** Calls that a handler thinks about. */
  readonly #thinking = new TurnoverMap<string, HandlerPatience>()
  #handler: InboundHandler | null = null
  #arrived = 0

  constructor(options: CallDeskOptions) {
    this.#options = options
    this.reEntries = new ReEntries(checkpoint => options.services.journal.checkpoint(checkpoint))
    this.#services = {
      ...options.services,
      reEntries: this.reEntries,
      call: callId => this.find(callId),
      ownCallOf: (callId, agentId) => this.#ownCallOf(callId, agentId),
      onEnded: call => this.#onEnded(call),
      onReleased: callId => this.#onReleased(callId),
    }
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
    const call = new Call(this.#services, this.#options.clock, facts, makeBridge)
    this.#arrived++
    this.#calls.set(facts.callId, call)
    if (facts.told !== undefined) call.setAttributes(facts.told, 'sip')
    this.#countOwn(call)
    if (facts.fromAgentId !== null) call.passing.beginConsultation(facts.fromAgentId)
    this.#decide(call)
    return call
  }

  /** Begins a call that is a callback: `facts.callback`. */
  callBack(facts: CallFacts, makeBridge: MakeBridge): Call {
    const call = new Call(this.#services, this.#options.clock, facts, makeBridge)
    this.#calls.set(facts.callId, call)
    call.callBack()
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
    if (this.#isBlocked(call) || this.#isCode(call)) return
    if (this.#handler === null) {
      this.#byTable(call)
      return
    }
    const { clock, inboundDeadlineMs } = this.#options
    const patience = new HandlerPatience(clock, inboundDeadlineMs, () => this.#losePatience(call))
    const handled = this.#ask(call, this.#handler, patience)
    if (!(handled instanceof Promise)) {
      this.#byTable(call)
      return
    }
    if (call.undecided) {
      this.#thinking.set(call.callId, patience)
      patience.begin()
    }
    handled.catch(error => this.#handlerFailed(call, error, patience)).then(() => this.#handled(call))
  }

  #ask(call: Call, handler: InboundHandler, patience: HandlerPatience): void | Promise<void> {
    try {
      return handler(inboundView(call, this.#services, patience))
    } catch (error) {
      this.#handlerFailed(call, error, patience)
    }
  }

  #handled(call: Call): void {
    this.#forgetHandler(call.callId)
    this.#byTable(call)
  }

  #forgetHandler(callId: string): void {
    this.#thinking.get(callId)?.end()
    this.#thinking.delete(callId)
  }

  /** DESIGN §10.4: no caller waits for ever for a program that may have died. */
  #losePatience(call: Call): void {
    this.#thinking.delete(call.callId)
    if (!call.undecided) return
    const { inboundDeadlineMs: deadlineMs } = this.#options
    const words = 'the onInbound handler has not decided in time: the numbers do'
    this.#services.logger.error({ callId: call.callId, deadlineMs }, words)
    this.#byTable(call)
  }

  /** The embedder's fault must not cost the caller his call: the number table decides then. */
  #handlerFailed(call: Call, error: unknown, { isLost }: HandlerPatience): void {
    // What it says of a call that was decided without it counts for nothing; that it was late has been told.
    if (isLost && error instanceof EngineError && error.code === 'call.conflict') return
    this.#services.logger.error({ err: error, callId: call.callId }, 'the onInbound handler failed')
  }

  /** Before anybody is asked, and before any answer. */
  #isBlocked(call: Call): boolean {
    const { facts } = call
    if (facts.fromAgentId !== null) return false
    const hidden = facts.asserted === undefined ? null : this.#options.blockOf(facts.asserted)
    const block = hidden ?? this.#options.blockOf(facts.ani)
    if (block === null) return false
    // RFC 3323: an entry found by what the caller withholds would tell it.
    call.block(block, hidden === null ? block.match : facts.ani.raw)
    return true
  }

  /** Codes of our own phones are nobody else's business. */
  #isCode(call: Call): boolean {
    const { code, fromPhone } = call.facts
    if (code === undefined || fromPhone === undefined) return false
    call.serve({ code, account: fromPhone })
    return true
  }

  #byTable(call: Call): void {
    if (!call.undecided || call.finishMessage()) return
    const route = this.#options.routeFor(call.facts)
    if (route === null) call.reject(callerResponses.noSuchNumber, 'noSuchNumber')
    else call.follow(route)
  }

  #onEnded(call: Call): void {
    this.#calls.delete(call.callId)
    this.#forgetHandler(call.callId)
    this.#ownCallOf(call.callId, null)
    call.facts.callback?.ended(call.record.cause ?? 'fault', call.record.sipCode)
    if (call.settled) this.#settle(call)
    else this.#settling.set(call.callId, call)
  }

  /** Who talks on a call of his own is not rung for a queue, unless the center says otherwise. */
  #countOwn(call: Call): void {
    const { fromAgentId, code } = call.facts
    if (fromAgentId === null || code !== undefined || !this.#services.agentPolicy().countNonQueueCalls) return
    this.#own.set(call.callId, fromAgentId)
    this.#services.roster.setInUse(fromAgentId, true)
  }

  #ownCallOf(callId: string, agentId: string | null): void {
    const { roster } = this.#services
    const before = this.#own.get(callId)
    if (before === undefined) return
    if (agentId === null) this.#own.delete(callId)
    else {
      this.#own.set(callId, agentId)
      roster.setInUse(agentId, true)
    }
    roster.setInUse(before, false)
  }

  #onReleased(callId: string): void {
    const call = this.#settling.get(callId)
    if (call?.settled === true) this.#settle(call)
  }

  #settle(call: Call): void {
    this.#settling.delete(call.callId)
    this.#services.journal.closeSubject(`call/${call.callId}`)
    this.#options.log.save(call.record)
    if (this.#calls.size === 0 && this.#settling.size === 0) this.#options.onIdle()
  }
}
