/** Live calls from memory and ended ones from the store, as one: the `calls` of an engine. */
import type { Roster } from './agents/roster-types.ts'
import type { AgentView, Engine } from './api.ts'
import type { CallbackQueries } from './callback-queries.ts'
import type { Call } from './calls/call.ts'
import type { CallDesk } from './calls/call-desk.ts'
import { explainCall } from './calls/explanation.ts'
import type { NameOf } from './calls/wait-moments.ts'
import { whyNot } from './calls/why-not.ts'
import { EngineError } from './errors.ts'
import type { AnyEvent } from './events.ts'
import type { JournalLookBack } from './journal-look-back.ts'
import type { Clock } from './ports/clock.ts'
import type { Store } from './ports/store.ts'

/** Of one call; what would be beyond is not told of. */
const mostEvents = 5_000
/** Of the journal, around a call: what an agent did since before it came, and what he did next, is found there or not at all. */
const eventsBefore = 5_000
const eventsAfter = 1_000

export interface CallQueriesOptions {
  readonly clock: Clock
  readonly desk: CallDesk
  readonly store: Store
  /** For what happened to a call. */
  readonly journal: Pick<Engine['journal'], 'read'>
  /** For what happened to agents. */
  readonly lookBack: JournalLookBack
  readonly callbacks: Pick<CallbackQueries, 'find'>
  readonly roster: Pick<Roster, 'view'>
  readonly nameOf: NameOf
}

export function createCallQueries({
  clock,
  desk,
  store,
  journal,
  lookBack,
  callbacks,
  roster,
  nameOf,
}: CallQueriesOptions): Engine['calls'] {
  function known(callId: string): Call {
    const call = desk.find(callId)
    if (call === null) throw new EngineError('call.unknown', `There is no call ${callId} in progress`)
    return call
  }

  async function whyNotOf(agent: AgentView, waitingVisitId: string | null, events: readonly AnyEvent[]) {
    const first = Number(events.find(({ type }) => type === 'call.queued')?.cursor ?? 0)
    const upTo = waitingVisitId === null ? Number(events.at(-1)?.cursor ?? first) + eventsAfter : undefined
    const from = Math.max(0, first - eventsBefore)
    const past = first === 0 ? [] : await lookBack.of(`agent/${agent.id}`, from, upTo === undefined ? {} : { upTo })
    return whyNot({ events, past, agent, waitingVisitId, nowMs: clock.now(), nameOf })
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
    async explain(callId, { agentId } = {}) {
      const agent = agentId === undefined ? null : roster.view(agentId)
      const record = desk.record(callId) ?? (await store.getCall(callId))
      if (record === null) return null
      const call = desk.find(callId)
      const waiting = { visitId: call?.visitId ?? null, because: call?.waitingBecause() ?? null }
      const events = await journal.read(0, mostEvents, callId)
      const callbackId = record.callbackId ?? events.find(event => event.type === 'callback.requested')?.data.callbackId
      const callback = callbackId === undefined ? null : await callbacks.find(callbackId)
      return {
        ...explainCall(record, waiting, events, nameOf),
        ...(callback === null ? {} : { callback }),
        ...(agent === null ? {} : { agent: await whyNotOf(agent, waiting.visitId, events) }),
      }
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
