/** Which calls the tables show. Pure. */
import type { CallRecord } from '../../server/api/calls.ts'
import { sipCallIdsOf } from '../live/legs.ts'
import { callerNumber, callerTitle, callStateWords } from '../words.ts'

export interface CallsView {
  readonly text: string
  readonly queueId: string | null
}

/** @param agentName an agent's name by id; people search for names */
export function selectCalls<T extends CallRecord>(
  calls: readonly T[],
  view: CallsView,
  agentName: (id: string) => string,
): readonly T[] {
  const text = view.text.trim().toLowerCase()
  return calls
    .filter(call => view.queueId === null || call.queueId === view.queueId)
    .filter(call => text === '' || searchText(call, agentName).includes(text))
}

function searchText(call: CallRecord, agentName: (id: string) => string): string {
  const offered = call.visits.flatMap(visit => visit.offers.map(offer => offer.agentId))
  const agents = new Set(call.agentId === null ? offered : [...offered, call.agentId])
  return [callerTitle(call.ani), callerNumber(call.ani), call.dnis, callStateWords[call.state]]
    .concat(sipCallIdsOf(call))
    .concat([...agents].flatMap(id => [id, agentName(id)]))
    .join('\n')
    .toLowerCase()
}

/** Calls that ended while we watched, and those that REST told of: each once, newest first. */
export function mergeEnded(justEnded: readonly CallRecord[], fetched: readonly CallRecord[]): readonly CallRecord[] {
  const byId = new Map(justEnded.map(call => [call.callId, call]))
  // The stored record is the fuller one.
  for (const call of fetched) byId.set(call.callId, call)
  return [...byId.values()].sort((a, b) => Date.parse(b.endedAt ?? b.since) - Date.parse(a.endedAt ?? a.since))
}
