/** Live calls from memory and ended ones from the store, as one: the `calls` of an engine. */
import type { Engine } from './api.ts'
import type { Call } from './calls/call.ts'
import type { CallDesk } from './calls/call-desk.ts'
import { explainCall } from './calls/explanation.ts'
import { EngineError } from './errors.ts'
import type { Store } from './ports/store.ts'

/** Of one call; what would be beyond is not told of. */
const mostEvents = 5_000

/** @param journal for what happened to a call */
export function createCallQueries(
  desk: CallDesk,
  store: Store,
  journal: Pick<Engine['journal'], 'read'>,
): Engine['calls'] {
  function known(callId: string): Call {
    const call = desk.find(callId)
    if (call === null) throw new EngineError('call.unknown', `There is no call ${callId} in progress`)
    return call
  }

  return {
    live: () => desk.live(),
    get: async callId => desk.record(callId) ?? (await store.getCall(callId)),
    async ended(query) {
      const { limit, before, queueId, agentId } = query
      const recent = desk
        .justEnded()
        .filter(record => before === undefined || record.callId < before)
        .filter(record => queueId === undefined || record.visits.some(visit => visit.queueId === queueId))
        .filter(record => agentId === undefined || record.segments.some(segment => segment.agentId === agentId))
      const waiting = new Set(recent.map(({ callId }) => callId))
      const stored = await store.listCalls(query)
      return [...recent, ...stored.filter(({ callId }) => !waiting.has(callId))]
        .sort((a, b) => (a.callId < b.callId ? 1 : -1))
        .slice(0, limit)
    },
    async explain(callId) {
      const record = desk.record(callId) ?? (await store.getCall(callId))
      if (record === null) return null
      const call = desk.find(callId)
      const waiting = { visitId: call?.visitId ?? null, because: call?.waitingBecause() ?? null }
      return explainCall(record, waiting, await journal.read(0, mostEvents, callId))
    },
    hangup(callId, { actor = 'embedder', reason = 'hangup' } = {}) {
      known(callId).hangup(actor === 'embedder' ? 'system' : 'supervisor', reason)
    },
    transfer(callId, target, { actor = 'embedder' } = {}) {
      known(callId).passing.transfer(target, actor)
    },
    setAttributes(callId, attributes, { actor = 'embedder' } = {}) {
      known(callId).setAttributes(attributes, actor)
    },
  }
}
