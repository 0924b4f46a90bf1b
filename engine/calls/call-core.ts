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
  match: { readonly status: ScreenPop['matchStatus']; readonly matches: ScreenPop['matches'] }
}

const noMatch: Intake['match'] = { status: 'none', matches: [] }

export interface CallCore {
  readonly services: CallServices
  readonly facts: CallFacts
  readonly callId: string
  readonly record: CallRecord
  readonly bridge: CallBridge
  readonly intake: Intake
  send(event: CallMachineEvent): void
  /** Journals an event of this call and keeps its record. */
  emit<T extends EventType>(type: T, data: EventData<T>): void
}

/** Tells that the call has arrived, and begins its record. */
export function announceArrival(services: CallServices, facts: CallFacts): CallRecord {
  const { callId, ani, dnis, trunkId, fromAgentId, sipCallId, uui } = facts
  const direction = fromAgentId === null ? 'inbound' : services.isOutside(facts) ? 'outbound' : 'internal'
  const arrived = services.journal.emit(
    'call.arrived',
    `call/${callId}`,
    { callId, direction, ani, dnis, trunkId, fromAgentId, sipCallId, uui },
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
): CallCore {
  const { callId } = facts
  return {
    services,
    facts,
    callId,
    record,
    bridge,
    intake: { digits: '', match: noMatch },
    send: machine.send,
    emit(type, data) {
      const event = services.journal.emit(type, `call/${callId}`, data, callId)
      applyToRecord(record, event as unknown as AnyEvent)
    },
  }
}
