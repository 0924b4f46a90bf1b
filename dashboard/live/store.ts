/** The live store: what the pages select from. Fed by one connection (connection.ts), changed by nobody else. */
import { createStore } from '@xstate/store'
import { useSelector } from '@xstate/store-react'
import type { AnyEvent, ScreenPop } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'
import type { QueueReply } from '../../server/api/queues.ts'
import type { Snapshot } from '../../server/api/realtime.ts'
import { applyAll, emptyState, fromSnapshot, type LiveState, withAgent } from './state.ts'

export type ConnectionState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'live' }
  /** `retryAtMs` on the page's own clock; null while an attempt is under way. */
  | { readonly phase: 'lost'; readonly retryAtMs: number | null; readonly lastSeenMs: number | null }
  | { readonly phase: 'refused'; readonly message: string }

export interface LiveContext {
  readonly connection: ConnectionState
  /** False until the first snapshot. */
  readonly loaded: boolean
  readonly live: LiveState
}

const initial: LiveContext = { connection: { phase: 'connecting' }, loaded: false, live: emptyState }

export const liveStore = createStore({
  context: initial,
  on: {
    reset: (): LiveContext => initial,
    connectionChanged: (context, event: { connection: ConnectionState }): LiveContext => ({
      ...context,
      connection: event.connection,
    }),
    snapshotTaken: (context, event: { snapshot: Snapshot }): LiveContext => ({
      ...context,
      loaded: true,
      live: fromSnapshot(context.live, event.snapshot),
    }),
    eventsArrived: (context, event: { events: readonly AnyEvent[] }): LiveContext => ({
      ...context,
      live: applyAll(context.live, event.events),
    }),
    queuesFetched: (context, event: { queues: readonly QueueReply[] }): LiveContext => ({
      ...context,
      live: { ...context.live, queues: new Map(event.queues.map(queue => [queue.id, queue])) },
    }),
    agentFetched: (context, event: { agent: AgentReply }): LiveContext => ({
      ...context,
      live: withAgent(context.live, event.agent),
    }),
  },
})

function useLive<T>(select: (context: LiveContext) => T): T {
  return useSelector(liveStore, snapshot => select(snapshot.context))
}

export const useConnection = () => useLive(context => context.connection)
export const useLoaded = () => useLive(context => context.loaded)
export const useQueues = () => useLive(context => context.live.queues)
export const useAgents = () => useLive(context => context.live.agents)
export const useCalls = () => useLive(context => context.live.calls)
export const useEndedCalls = () => useLive(context => context.live.ended)
export const useJournalBehindSince = () => useLive(context => context.live.journalBehindSince)
export const usePops = (): ReadonlyMap<string, ScreenPop> => useLive(context => context.live.pops)
export const useAgent = (id: string) => useLive(context => context.live.agents.get(id))
export const useCall = (id: string | null) => useLive(context => (id === null ? undefined : context.live.calls.get(id)))
