/** Which agents have a window open: the sign of life of those who work on the desk. */
import type { Engine } from '../../engine/api.ts'
import { EngineError } from '../../engine/errors.ts'

export interface Desks {
  /** One more window of an agent. @returns what closes it, once */
  open(agentId: string): () => void
}

export function createDesks({ agents }: Pick<Engine, 'agents'>): Desks {
  const windows = new Map<string, number>()

  function count(agentId: string, change: 1 | -1): void {
    const before = windows.get(agentId) ?? 0
    const after = before + change
    if (after === 0) windows.delete(agentId)
    else windows.set(agentId, after)
    if (before > 0 && after > 0) return
    try {
      agents.deskOpen(agentId, after > 0)
    } catch (error) {
      // A user whose agent the center does not define (any more) has nothing to be there for.
      if (!(error instanceof EngineError)) throw error
    }
  }

  return {
    open(agentId) {
      count(agentId, 1)
      let isOpen = true
      return () => {
        if (isOpen) count(agentId, -1)
        isOpen = false
      }
    },
  }
}
