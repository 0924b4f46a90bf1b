/** Which of their queues agents have joined or left, from their events, so that it outlives the process. */
import { type AgentConfig, membershipsOf } from './config.ts'
import type { AnyEvent } from './events.ts'
import type { Checkpoint } from './ports/store.ts'

/** By queue: joined, or left. */
type Said = Readonly<Record<string, boolean>>

export class MembershipLog {
  readonly #checkpoint: (checkpoint: Checkpoint) => void
  readonly #said = new Map<string, Said>()

  constructor(checkpoint: (checkpoint: Checkpoint) => void) {
    this.#checkpoint = checkpoint
  }

  /** What the last process knew. Before {@link configure}. */
  restore(checkpoints: readonly Checkpoint[]): void {
    for (const { kind, id, state } of checkpoints)
      if (kind === 'membership' && state !== null) this.#said.set(id, (state as { readonly queues: Said }).queues)
  }

  /** What was said of queues that an agent no longer serves is forgotten. */
  configure(agents: readonly AgentConfig[]): void {
    const served = new Map(agents.map(agent => [agent.id, new Set(membershipsOf(agent).map(({ id }) => id))]))
    for (const [agentId, said] of this.#said) {
      const left = Object.entries(said).filter(([queueId]) => served.get(agentId)?.has(queueId) === true)
      if (left.length < Object.keys(said).length) this.#keep(agentId, Object.fromEntries(left))
    }
  }

  see(event: AnyEvent): void {
    if (event.type !== 'agent.queue_membership_changed') return
    const { agentId, queueId, signedIn } = event.data
    this.#keep(agentId, { ...this.#said.get(agentId), [queueId]: signedIn })
  }

  /** Whether the agent has joined a queue or left it; null: nothing was said, and the definition holds. */
  said(agentId: string, queueId: string): boolean | null {
    const said = this.#said.get(agentId)
    // A queue may be called as something that every object has.
    return said !== undefined && Object.hasOwn(said, queueId) ? (said[queueId] ?? null) : null
  }

  #keep(agentId: string, said: Said): void {
    const isEmpty = Object.keys(said).length === 0
    if (isEmpty) this.#said.delete(agentId)
    else this.#said.set(agentId, said)
    this.#checkpoint({ kind: 'membership', id: agentId, state: isEmpty ? null : { queues: said } })
  }
}
