/** What agents have done today, so that it outlives the process. */
import type { AgentDay } from './agents/agent-day.ts'
import { LazyCheckpoints } from './lazy-checkpoints.ts'
import type { Clock } from './ports/clock.ts'
import type { Checkpoint } from './ports/store.ts'

const kind = 'agentDay'

export interface DayLogOptions {
  readonly clock: Clock
  /** Of an agent of the center; null: there is none of this name any more. */
  dayOf(agentId: string): AgentDay | null
  checkpoint(checkpoint: Checkpoint): void
}

export interface Restored {
  readonly today: string
  /** Until when the last process lived, and with it the sessions; milliseconds since the epoch. */
  readonly aliveMs: number
  /** Of the center in force. */
  readonly agentIds: ReadonlySet<string>
}

export class DayLog {
  readonly #options: DayLogOptions
  readonly #checkpoints: LazyCheckpoints
  readonly #restored = new Map<string, AgentDay>()

  constructor(options: DayLogOptions) {
    const { clock, dayOf, checkpoint } = options
    this.#options = options
    this.#checkpoints = new LazyCheckpoints({ clock, kind, stateOf: dayOf, checkpoint })
  }

  /** What the last process knew of this day and of these agents; the rest is forgotten. */
  restore(checkpoints: readonly Checkpoint[], { today, aliveMs, agentIds }: Restored): void {
    for (const { kind: one, id, state } of checkpoints) {
      if (one !== kind || state === null) continue
      const isOver = (state as AgentDay).day !== today || !agentIds.has(id)
      const day = isOver ? null : signedOutAt(state as AgentDay, aliveMs)
      if (day !== null) this.#restored.set(id, day)
      // Ended for good: to a third process it must not look as if the session had lasted over the second one.
      if (day !== state) this.#options.checkpoint({ kind, id, state: day })
    }
  }

  /** What somebody has done today in the last process, once. */
  take(agentId: string): AgentDay | null {
    const day = this.#restored.get(agentId) ?? null
    this.#restored.delete(agentId)
    return day
  }

  touch(agentId: string): void {
    this.#checkpoints.touch(agentId)
  }

  flush(): void {
    this.#checkpoints.flush()
  }
}

function signedOutAt(day: AgentDay, aliveMs: number): AgentDay {
  const { signedInMs, signedInSince } = day.load
  if (signedInSince === null) return day
  const endedMs = signedInMs + Math.max(0, aliveMs - signedInSince)
  return { ...day, load: { ...day.load, signedInMs: endedMs, signedInSince: null } }
}
