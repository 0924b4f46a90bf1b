/** An agent's part in a call: from the accepted offer to the end of the conversation. */
import type { QueueConfig } from '../config.ts'
import type { Clock } from '../ports/clock.ts'
import type { CallCore } from './call-core.ts'

export interface SegmentOptions {
  readonly segmentId: string
  readonly offerId: string
  readonly agentId: string
  readonly visitId: string | null
  readonly queue: QueueConfig | null
  readonly ringMs: number
  readonly clock: Pick<Clock, 'now'>
}

type Side = 'customer' | 'agent'

export class Segment {
  readonly segmentId: string
  readonly offerId: string
  readonly agentId: string
  readonly visitId: string | null
  readonly queue: QueueConfig | null
  readonly ringMs: number
  readonly #clock: Pick<Clock, 'now'>
  readonly #heldSince = new Map<Side, number>()
  #connectedAt: number | null = null
  /** Since when any side holds. */
  #anyHeldSince: number | null = null
  #heldMs = 0

  constructor(options: SegmentOptions) {
    this.segmentId = options.segmentId
    this.offerId = options.offerId
    this.agentId = options.agentId
    this.visitId = options.visitId
    this.queue = options.queue
    this.ringMs = options.ringMs
    this.#clock = options.clock
  }

  get queueId(): string | null {
    return this.queue?.id ?? null
  }

  get connected(): boolean {
    return this.#connectedAt !== null
  }

  get held(): boolean {
    return this.#heldSince.size > 0
  }

  connect(): void {
    this.#connectedAt = this.#clock.now()
  }

  /** `edge`: the call as a whole went on hold, or came off it. */
  hold(by: Side): { edge: boolean; heldMs: number } {
    const now = this.#clock.now()
    this.#heldSince.set(by, now)
    const edge = this.#anyHeldSince === null
    this.#anyHeldSince ??= now
    return { edge, heldMs: 0 }
  }

  retrieve(by: Side): { edge: boolean; heldMs: number } {
    const now = this.#clock.now()
    const since = this.#heldSince.get(by) ?? now
    this.#heldSince.delete(by)
    const edge = this.#heldSince.size === 0 && this.#anyHeldSince !== null
    if (edge) {
      this.#heldMs += now - (this.#anyHeldSince ?? now)
      this.#anyHeldSince = null
    }
    return { edge, heldMs: now - since }
  }

  finish(): { talkMs: number; holdMs: number } {
    const now = this.#clock.now()
    const holdMs = this.#heldMs + (this.#anyHeldSince === null ? 0 : now - this.#anyHeldSince)
    const total = this.#connectedAt === null ? 0 : now - this.#connectedAt
    return { talkMs: Math.max(0, total - holdMs), holdMs }
  }
}

/** One side has put the other on hold, or taken it back: told to machine, roster and journal. */
export function tellHold(core: CallCore, segment: Segment, held: boolean, by: Side): void {
  if (!segment.connected) return
  const { services, callId } = core
  const { edge, heldMs } = held ? segment.hold(by) : segment.retrieve(by)
  if (edge) {
    core.send({ type: held ? 'hold' : 'retrieve' })
    services.roster.setHeld(segment.agentId, held, segment.segmentId)
  }
  if (held) core.emit('call.held', { callId, by })
  else core.emit('call.retrieved', { callId, by, heldMs })
}
