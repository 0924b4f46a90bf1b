/** Names of agents and queues by id, as far as the reader may know them. */
import { useAgents, useQueues } from '../live/store.ts'

export interface Names {
  readonly agent: (id: string) => string
  readonly queue: (id: string) => string
}

export function useNames(): Names {
  const agents = useAgents()
  const queues = useQueues()
  return { agent: id => agents.get(id)?.name ?? id, queue: id => queues.get(id)?.name ?? id }
}
