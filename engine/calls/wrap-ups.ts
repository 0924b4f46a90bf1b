/** The after-call work that a call still waits for, and what its handling times teach the estimates. */
import type { EventData } from '../events.ts'
import type { CallCore } from './call-core.ts'
import type { Segment } from './segment.ts'

export class WrapUps {
  readonly #core: CallCore
  #open = 0

  constructor(core: CallCore) {
    this.#core = core
  }

  /** True when the call waits for none. */
  get none(): boolean {
    return this.#open === 0
  }

  /** A segment has ended. @returns how long its agent has for the work; 0: there is none */
  begin({ segmentId, agentId, queueId, queue }: Segment, handleMs: number): number {
    const { services, callId, emit } = this.#core
    const wrapUpMs = queue?.wrapUpMs ?? 0
    if (wrapUpMs > 0) {
      this.#open++
      const deadline = new Date(services.clock.now() + wrapUpMs).toISOString()
      emit('call.wrapup_started', { callId, segmentId, agentId, queueId, deadline })
    } else this.#handled(agentId, queueId, handleMs)
    return wrapUpMs
  }

  /** The agent may be gone from the center, and with it the work. */
  settle({ segmentId, agentId }: Segment): void {
    const { roster } = this.#core.services
    if (this.none || (roster.has(agentId) && roster.view(agentId).slot === 'wrapping')) return
    this.completed({ segmentId, agentId, wrapMs: 0, by: 'signOut', disposition: null, notes: null })
  }

  completed(data: Omit<EventData<'call.wrapup_completed'>, 'callId'>): void {
    const { callId, emit, record } = this.#core
    this.#open--
    emit('call.wrapup_completed', { callId, ...data })
    const segment = record.segments.find(({ segmentId }) => segmentId === data.segmentId)
    if (segment !== undefined)
      this.#handled(segment.agentId, segment.queueId, segment.talkMs + segment.holdMs + data.wrapMs)
  }

  #handled(agentId: string, queueId: string | null, handleMs: number): void {
    const { roster, estimates } = this.#core.services
    estimates.handled(queueId, roster.has(agentId) ? roster.queuesOf(agentId) : [], handleMs)
  }
}
