/** The SIP legs of a live call beside the customer's, as its events tell them: people search for a trace's Call-ID. Pure. */
import type { AnyEvent } from '../../engine/events.ts'
import type { CallRecord } from '../../server/api/calls.ts'

/** The same call if the event tells of no leg that isn't known. */
export function withLegs<T extends CallRecord>(call: T, event: AnyEvent): T {
  const told = legsOf(event)
  if (told === null) return call
  const known = sipCallIdsOf(call)
  const legs = told.sipCallIds.flatMap(sipCallId =>
    sipCallId === undefined || sipCallId === '' || known.includes(sipCallId)
      ? []
      : { sipCallId, party: told.party, at: event.time },
  )
  return legs.length === 0 ? call : { ...call, legs: [...(call.legs ?? []), ...legs] }
}

/** Of all legs, the customer's first. */
export function sipCallIdsOf({ sipCallId, legs = [] }: CallRecord): readonly string[] {
  return [sipCallId, ...legs.map(leg => leg.sipCallId)]
}

function legsOf(
  event: AnyEvent,
): { readonly party: string; readonly sipCallIds: readonly (string | undefined)[] } | null {
  switch (event.type) {
    case 'offer.created':
      return { party: `agent:${event.data.agentId}`, sipCallIds: event.data.sipCallIds ?? [] }
    case 'offer.redirected':
    case 'call.connected':
    case 'call.moved':
      return { party: `agent:${event.data.agentId}`, sipCallIds: [event.data.sipCallId] }
    case 'call.outside_dialled':
      return { party: `number:${event.data.number}`, sipCallIds: [event.data.sipCallId] }
    default:
      return null
  }
}
