/** Agent sessions as records, from their events. */
import type { AnyEvent } from './events.ts'
import type { Ids } from './ports/ids.ts'
import type { Checkpoint } from './ports/store.ts'
import type { AgentSessionRecord } from './records.ts'

export interface SessionLogOptions {
  readonly ids: Ids
  readonly tenant: string
  save(record: AgentSessionRecord): void
  /** Says who is signed in, for the case that the process is killed. */
  checkpoint(checkpoint: Checkpoint): void
}

export class SessionLog {
  readonly #options: SessionLogOptions
  readonly #open = new Map<string, AgentSessionRecord>()

  constructor(options: SessionLogOptions) {
    this.#options = options
  }

  see(event: AnyEvent): void {
    if (event.type !== 'agent.session_changed') return
    const { agentId, to, reason } = event.data
    const { ids, tenant, save, checkpoint } = this.#options
    if (to === 'online') {
      const session = { sessionId: ids.ulid(), tenant, agentId, startedAt: event.time, endedAt: null, endReason: null }
      this.#open.set(agentId, session)
      save(session)
      checkpoint({ kind: 'agent', id: agentId, state: session })
      return
    }
    const session = this.#open.get(agentId)
    if (session === undefined) return
    this.#open.delete(agentId)
    save({ ...session, endedAt: event.time, endReason: reason })
    checkpoint({ kind: 'agent', id: agentId, state: null })
  }
}
