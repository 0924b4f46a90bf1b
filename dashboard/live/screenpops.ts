/** How the open screen pops follow screenpop.* events. Pure. */
import type { AnyEvent, ScreenPop } from '../../engine/events.ts'
import type { CallReply } from '../../server/api/calls.ts'

export type Pops = ReadonlyMap<string, ScreenPop>

/** An agent has one call at a time; a few more cover a pop that was never taken away. */
const maxPops = 50

/** An acknowledged pop stays: the card shows it until the work on the call is done. */
export function applyToPops(pops: Pops, event: AnyEvent): Pops {
  switch (event.type) {
    case 'screenpop.requested':
    case 'screenpop.updated': {
      const next = new Map(pops)
      next.delete(event.data.popId)
      next.set(event.data.popId, event.data)
      const oldest = next.keys().next().value
      if (next.size > maxPops && oldest !== undefined) next.delete(oldest)
      return next
    }
    case 'screenpop.withdrawn': {
      if (!pops.has(event.data.popId)) return pops
      const next = new Map(pops)
      next.delete(event.data.popId)
      return next
    }
    default:
      return pops
  }
}

/** The newest pop of a call for an agent. */
export function popOf(pops: Pops, agentId: string, callId: string): ScreenPop | null {
  return [...pops.values()].findLast(pop => pop.agentId === agentId && pop.callId === callId) ?? null
}

/** The newest pop of a call for an agent as the journal tells it: after a reload, acknowledged pops are only there. */
export function popInTimeline(call: Pick<CallReply, 'timeline'> | null, agentId: string): ScreenPop | null {
  const entries = (call?.timeline ?? []).flatMap(entry =>
    entry.type === 'screenpop.requested' || entry.type === 'screenpop.updated' ? [entry.data as ScreenPop] : [],
  )
  return entries.findLast(pop => pop.agentId === agentId) ?? null
}
