/** Which calls are an agent's own: those it was or is offered, has or had, or started. */
import type { CallRecord } from '../engine/records.ts'

export function isOwnCall(call: CallRecord, agentId: string): boolean {
  return (
    call.agentId === agentId ||
    call.fromAgentId === agentId ||
    call.segments.some(segment => segment.agentId === agentId) ||
    call.visits.some(visit => visit.agentId === agentId || visit.offers.some(offer => offer.agentId === agentId))
  )
}
