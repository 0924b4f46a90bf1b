/** What the parts of one call share: its facts, its record, its machine's ear, and the way to tell an event. */
import type { CallBridge } from '../b2bua/bridge-alphabet.ts'
import type { AnyEvent, EventData, EventType, ScreenPop } from '../events.ts'
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

export interface CallCore {
  readonly services: CallServices
  /** Other ones once an agent hands on a call that he has made himself: then it is another one's. */
  facts: CallFacts
  readonly callId: string
  readonly record: CallRecord
  readonly bridge: CallBridge
  readonly intake: Intake
  /** The trigger of screen pops when it is not that an offer rings: the call was transferred, or is a consultation. */
  passed: 'transfer' | 'consult' | null
  send(event: CallMachineEvent): void
  /** Runs what happens later in the name of the call, be it after its end. */
  guard(work: () => void): void
  /** Something is still to be told of the call, even if it ends before. @returns what says that it has been */
  hold(): () => void
  /** How much is still to be told. */
  held(): number
  /** Journals an event of this call and keeps its record. */
  emit<T extends EventType>(type: T, data: EventData<T>): void
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

export function createCore(
  services: CallServices,
  facts: CallFacts,
  record: CallRecord,
  bridge: CallBridge,
  machine: ChartActor<typeof callMachine>,
  guard: (work: () => void) => void,
): CallCore {
  const { callId } = facts
  let held = 0
  return {
    services,
    facts,
    callId,
    record,
    bridge,
    intake: { digits: '', secrets: {}, match: noMatch },
    passed: null,
    send: machine.send,
    guard,
    hold() {
      held += 1
      return () => {
        held -= 1
        if (held === 0) services.onReleased(callId)
      }
    },
    held: () => held,
    emit(type, data) {
      const event = services.journal.emit(type, `call/${callId}`, data, callId)
      applyToRecord(record, event as unknown as AnyEvent)
    },
  }
}
