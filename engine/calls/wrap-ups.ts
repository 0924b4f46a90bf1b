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

  /** A segment has ended. @returns how long its agent has for the work; null: as long as it takes; 0: there is none */
  begin({ segmentId, agentId, queueId }: Segment, handleMs: number): number | null {
    const { services, callId } = this.#core
    const { roster, clock } = services
    const wrapUpMs = queueId === null ? 0 : roster.wrapUpTime(agentId)
    if (wrapUpMs !== 0) {
      this.#open++
      const deadline = wrapUpMs === null ? null : new Date(clock.now() + wrapUpMs).toISOString()
      this.#core.emit('call.wrapup_started', { callId, segmentId, agentId, queueId, deadline })
      return wrapUpMs
    }
    const said = roster.wrapUpNotes(agentId)
    if (queueId === null || (said.disposition === null && said.notes === null))
      this.#handled(agentId, queueId, handleMs)
    else {
      // What the agent said during the call is told where everybody looks for it.
      this.#open++
      this.#core.emit('call.wrapup_started', { callId, segmentId, agentId, queueId, deadline: null })
      this.completed({ segmentId, agentId, wrapMs: 0, by: 'agent', ...said })
    }
    return 0
  }

  /** The agent may be gone from the center, and with it the work. */
  settle({ segmentId, agentId }: Segment): void {
    const { roster } = this.#core.services
    if (this.none || (roster.has(agentId) && roster.view(agentId).slot === 'wrapping')) return
    this.completed({ segmentId, agentId, wrapMs: 0, by: 'signOut', disposition: null, notes: null })
  }

  completed(data: Omit<EventData<'call.wrapup_completed'>, 'callId'>): void {
    const { callId, record } = this.#core
    this.#open--
    this.#core.emit('call.wrapup_completed', { callId, ...data })
    const segment = record.segments.find(({ segmentId }) => segmentId === data.segmentId)
    if (segment !== undefined)
      this.#handled(segment.agentId, segment.queueId, segment.talkMs + segment.holdMs + data.wrapMs)
  }

  #handled(agentId: string, queueId: string | null, handleMs: number): void {
    const { roster, estimates } = this.#core.services
    estimates.handled(queueId, roster.has(agentId) ? roster.queuesOf(agentId) : [], handleMs)
  }
}
