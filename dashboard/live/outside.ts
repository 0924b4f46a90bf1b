/** Calls to outside numbers: how a call's legs follow their events, and which one matters. Pure. */
import type { AnyEvent } from '../../engine/events.ts'
import type { CallRecord } from '../../server/api/calls.ts'

export type OutsideLeg = NonNullable<CallRecord['outside']>[number]

export type OutsideEvent = Extract<AnyEvent, { type: `call.outside_${string}` }>

/** The outside party that is called or talks; of an ended call the last one. Null: there is none now. */
export function outsideParty(call: CallRecord): OutsideLeg | null {
  const last = call.outside?.at(-1)
  return last === undefined || (last.endedAt !== null && call.endedAt === null) ? null : last
}

/** The call in which an agent talks to somebody outside whom he has called himself; null: there is none. */
export function ownCallOf(
  calls: readonly CallRecord[],
  agentId: string,
): { readonly callId: string; readonly number: string } | null {
  for (const call of calls) {
    const { callId, fromAgentId, state } = call
    // With an agent it is his work as any other.
    const party = fromAgentId === agentId && state === 'connected' && call.agentId === null ? outsideParty(call) : null
    if (party !== null) return { callId, number: party.number }
  }
  return null
}

/** How long was talked to outside parties in all. */
export function outsideTalkMs(call: CallRecord): number {
  return (call.outside ?? []).reduce((sum, { talkMs }) => sum + talkMs, 0)
}

/** The legs after an event. One that we have not seen begin stays unknown. */
export function outsideAfter(legs: readonly OutsideLeg[], { type, data, time }: OutsideEvent): OutsideLeg[] {
  const { legId, number, trunkId } = data
  if (type === 'call.outside_dialled') {
    const leg = { legId, number, trunkId, dialledAt: time, connectedAt: null, endedAt: null }
    return [
      ...legs.filter(known => known.legId !== legId),
      { ...leg, outcome: null, reason: null, sipCode: null, talkMs: 0 },
    ]
  }
  const change =
    type === 'call.outside_connected'
      ? { connectedAt: time }
      : { endedAt: time, outcome: data.outcome, reason: data.reason, sipCode: data.sipCode, talkMs: data.talkMs }
  return legs.map(leg => (leg.legId === legId ? { ...leg, ...change } : leg))
}
