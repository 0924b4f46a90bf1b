/** What the parts of one call share: its facts, its record, its machine's ear, and the way to tell an event. */
import type { Actor } from '../api.ts'
import type { CallBridge } from '../b2bua/bridge-alphabet.ts'
import type { AnyEvent, Attributes, EventData, EventType, ScreenPop } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Refusal } from '../queues/waiting-list.ts'
import type { CallRecord } from '../records.ts'
import type { ChartActor } from '../statechart/chart-actor.ts'
import type { CallMachineEvent, callMachine } from './call.machine.ts'
import { applyToRecord, beginRecord } from './call-record.ts'
import type { CallFacts, CallServices } from './call-services.ts'

/** What menus and lookups have learnt, for the agent's screen. */
export interface Intake {
  /** Everything that was pressed when asked. */
  digits: string
  /** What was pressed for a question that is secret, by attribute: for branches and lookups only, and never told. */
  secrets: Readonly<Record<string, string>>
  match: { readonly status: ScreenPop['matchStatus']; readonly matches: ScreenPop['matches'] }
}

const noMatch: Intake['match'] = { status: 'none', matches: [] }

/** What the parts of a call ask of the call itself. */
export interface CallSelf {
  /** As {@link CallCore.guard}. */
  guard(work: () => void): void
  setAttributes(changed: Attributes, origin: Actor): void
}

export class CallCore {
  readonly services: CallServices
  /** For timers: a fault in what one of them sets off ends this call, and no other. */
  readonly clock: Clock
  /** Other ones once an agent hands on a call that he has made himself: then it is another one's. */
  facts: CallFacts
  readonly callId: string
  readonly record: CallRecord
  readonly bridge: CallBridge
  /** The trigger of screen pops when it is not that an offer rings: the call was transferred, or is a consultation. */
  passed: 'transfer' | 'consult' | null = null
  /** By agent: who has refused the call, and had better not be rung for it again, wherever it waits; null: nobody has. */
  refusals: Map<string, Refusal> | null = null
  readonly #machine: ChartActor<typeof callMachine>
  readonly #call: CallSelf
  #intake: Intake | null = null
  #held = 0

  constructor(
    { services, clock, facts, record, bridge }: Pick<CallCore, 'services' | 'clock' | 'facts' | 'record' | 'bridge'>,
    machine: ChartActor<typeof callMachine>,
    call: CallSelf,
  ) {
    this.services = services
    this.clock = clock
    this.facts = facts
    this.callId = facts.callId
    this.record = record
    this.bridge = bridge
    this.#machine = machine
    this.#call = call
  }

  get intake(): Intake {
    this.#intake ??= { digits: '', secrets: {}, match: noMatch }
    return this.#intake
  }

  send(event: CallMachineEvent): void {
    this.#machine.send(event)
  }

  /** Runs what happens later in the name of the call, be it after its end. */
  guard(work: () => void): void {
    this.#call.guard(work)
  }

  /** As {@link Call.setAttributes}. */
  setAttributes(changed: Attributes, origin: Actor): void {
    this.#call.setAttributes(changed, origin)
  }

  /** Something is still to be told of the call, even if it ends before. @returns what says that it has been */
  hold(): () => void {
    this.#held += 1
    return () => {
      this.#held -= 1
      if (this.#held === 0) this.services.onReleased(this.callId)
    }
  }

  /** How much is still to be told. */
  get held(): number {
    return this.#held
  }

  /** Journals an event of this call and keeps its record. */
  emit<T extends EventType>(type: T, data: EventData<T>): void {
    const { callId, services, record } = this
    const event = services.journal.emit(type, `call/${callId}`, data, callId)
    applyToRecord(record, event as unknown as AnyEvent)
  }
}

/** Tells that the call has arrived, and begins its record. */
export function announceArrival(services: CallServices, facts: CallFacts): CallRecord {
  const { callId, ani, dnis, trunkId, fromAgentId, sipCallId, uui, callback } = facts
  const called = callback === undefined ? {} : { callbackId: callback.callbackId }
  const direction =
    callback !== undefined
      ? 'outbound'
      : fromAgentId === null && facts.fromPhone === undefined
        ? 'inbound'
        : services.isOutside(facts)
          ? 'outbound'
          : 'internal'
  const arrived = services.journal.emit(
    'call.arrived',
    `call/${callId}`,
    { callId, direction, ani, dnis, trunkId, fromAgentId, sipCallId, uui, ...called },
    callId,
  )
  services.journal.checkpoint({ kind: 'call', id: callId, state: { arrivedAt: arrived.time } })
  return beginRecord(arrived as Extract<AnyEvent, { type: 'call.arrived' }>, services.tenant)
}
